"""What can go wrong in memory.

MemoryFault
├── IndexUnavailable
│   └── IndexInUse
├── EmbedderUnavailable
├── GateBreached
└── UnknownTurn
"""

from __future__ import annotations


class MemoryFault(Exception):
    """Base of this package's errors (`MemoryError` is Python's own)."""


class IndexUnavailable(MemoryFault):
    """The vector index cannot be opened or asked; `reason` is one clause without paths."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"The passage index is not available: {self.reason}."


class IndexInUse(IndexUnavailable):
    """The embedded index belongs to one process at a time, and another one has it."""

    def __init__(self) -> None:
        super().__init__("another process, such as a running server, has it open")


class EmbedderUnavailable(MemoryFault):
    """The configured embedder is not installed or does not load."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name, self.reason = name, reason

    def __str__(self) -> str:
        return f"The embedder “{self.name}” is not available: {self.reason}."


class GateBreached(MemoryFault):
    """An index answered with a passage that was not allowed. The recall is refused; `passage` is its id."""

    def __init__(self, passage: str) -> None:
        super().__init__(passage)
        self.passage = passage

    def __str__(self) -> str:
        return f"The passage index answered with “{self.passage}”, which is behind the gate."


class UnknownTurn(MemoryFault):
    """A turn was finished that never began."""

    def __init__(self, turn: str) -> None:
        super().__init__(turn)
        self.turn = turn

    def __str__(self) -> str:
        return f"There is no turn “{self.turn}” to finish."
