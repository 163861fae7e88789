"""Where the gateway keeps its state, and how its parts hear of new events.

Everything that must happen together happens in one `Unit`: money, words and the log commit as one, or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from billing.gift_ports import Promotions, Rewards
from billing.ports import Books, Reports
from billing.shop_ports import Shop
from gateway.events import LogEvent, ReceiptView, TurnStatus
from gateway.records import Conversation, Logged, Turn, TurnMessages
from memory.ports import Notebook, TranscriptWriter


class Conversations(Protocol):
    """Conversations of fans."""

    async def find(self, fan: str, show: str, character: str, mode: str) -> Conversation | None:
        """The fan's one conversation of this kind."""
        ...

    async def add(self, conversation: Conversation) -> None:
        """Keep a new conversation."""
        ...

    async def get(self, conversation: str, *, fan: str) -> Conversation:
        """Raises UnknownConversation, also for another fan's."""
        ...

    async def of_fan(self, fan: str) -> tuple[Conversation, ...]:
        """All of a fan's, newest first."""
        ...

    async def set_horizon_cap(self, conversation: str, cap: int | None) -> None:
        """Remember how far the fan asked to be taken to have watched."""
        ...

    async def erase(self, fan: str) -> None:
        """Delete a fan's conversations with their turns and logs."""
        ...


class EventLog(Protocol):
    """The append-only log of each conversation."""

    async def append(self, conversation: str, drafts: Sequence[LogEvent], *, now_ms: int) -> tuple[Logged, ...]:
        """Give each draft its id, `epoch` and `seq`, contiguous from the head, and keep it."""
        ...

    async def read(self, conversation: str, *, after: int, limit: int) -> tuple[Logged, ...]:
        """Events with `seq` > `after`, in order."""
        ...

    async def of_turn(self, turn: str) -> tuple[Logged, ...]:
        """Every event of a turn, in order."""
        ...


class Turns(Protocol):
    """Turns, their owners and their ends."""

    async def add(self, turn: Turn) -> None:
        """Keep a running turn."""
        ...

    async def by_message(self, fan: str, client_msg_id: str) -> Turn | None:
        """The turn that a message of this fan began."""
        ...

    async def get(self, turn: str, *, fan: str) -> Turn:
        """Raises UnknownTurn, also for another fan's."""
        ...

    async def running(self, conversation: str) -> Turn | None:
        """The turn under way in a conversation."""
        ...

    async def still_runs(self, turn: str) -> bool:
        """Whether a turn has not ended; until this unit ends nobody else can end it or ask this about it."""
        ...

    async def finish(self, turn: str, status: TurnStatus, receipt: ReceiptView, *, now_ms: int) -> bool:
        """End a running turn; False when it had ended already. The one gate of a turn's end."""
        ...

    async def beat(self, turns: Sequence[str], *, now_ms: int) -> None:
        """Their owner is alive."""
        ...

    async def abandoned(self, *, quiet_since_ms: int) -> tuple[Turn, ...]:
        """Running turns that have not been heard of since then, oldest first."""
        ...

    async def page(self, conversation: str, *, before: str | None, limit: int) -> tuple[TurnMessages, ...]:
        """The newest turns (before the turn `before`), oldest first."""
        ...


class Tickets(Protocol):
    """Single-use tickets, known by their hash only."""

    async def issue(self, ticket_hash: str, claims: dict[str, Any], origin: str | None, *, expires_at_ms: int) -> None:
        """Keep a ticket."""
        ...

    async def redeem(self, ticket_hash: str, *, now_ms: int) -> tuple[dict[str, Any], str | None] | None:
        """Use a ticket up: its claims and origin, once; None when unknown, used or expired."""
        ...


class Unit(Protocol):
    """One transaction over everything the gateway may change."""

    @property
    def conversations(self) -> Conversations: ...
    @property
    def log(self) -> EventLog: ...
    @property
    def turns(self) -> Turns: ...
    @property
    def tickets(self) -> Tickets: ...
    @property
    def transcripts(self) -> TranscriptWriter: ...
    @property
    def notes(self) -> Notebook: ...
    @property
    def books(self) -> Books: ...
    @property
    def promotions(self) -> Promotions: ...
    @property
    def rewards(self) -> Rewards: ...
    @property
    def reports(self) -> Reports: ...
    @property
    def shop(self) -> Shop: ...


class Units(Protocol):
    """Opens units."""

    def begin(self) -> AbstractAsyncContextManager[Unit]:
        """A unit that commits when its block ends, and rolls back when the block raises."""
        ...

    def read(self) -> AbstractAsyncContextManager[Unit]:
        """A unit for reading: it never waits for a writer, and nothing may be written through it."""
        ...


class Listener(Protocol):
    """Somebody who follows conversations."""

    def hear(self, events: Sequence[Logged]) -> None:
        """New events of one conversation, in order. Must return at once; what is missed is read from the log."""
        ...


class LiveEvents(Protocol):
    """Tells listeners of events that were just appended. Losing one loses nothing: the log has it."""

    def publish(self, events: Sequence[Logged]) -> None:
        """Events of one conversation, committed."""
        ...

    def follow(self, conversation: str, listener: Listener) -> None:
        """Begin to hear of a conversation; again is harmless."""
        ...

    def leave(self, listener: Listener) -> None:
        """Stop hearing of anything."""
        ...
