"""Takes the label off the head of a reply: models like to begin with `NAME:` or to repeat what was already said.

Text is held only while it may still be a label, and apart from label, repetition and outer white space it passes
unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable

_COLONS = (":", "：")
_MARKS = ("", "**", "*", "__", "_")


class Opening:
    """The head of one reply as it streams in.

    `names` may stand before it as labels; `delivered` is what a second attempt may repeat.
    """

    def __init__(self, names: Iterable[str], delivered: str = "") -> None:
        self._labels = tuple(dict.fromkeys(label for name in names if name for label in _labels(name)))
        self._delivered = delivered.strip()
        self._head = ""
        self._open = False

    def feed(self, text: str) -> str:
        """What may pass on now, possibly ""."""
        if self._open:
            return text
        self._head += text
        head = self._head.lstrip()
        if not head or self._undecided(head):
            return ""
        return self._release()

    def flush(self) -> str:
        """The reply has ended: what was still held."""
        return "" if self._open else self._release()

    def _undecided(self, head: str) -> bool:
        folded = head.casefold()
        if any(label.startswith(folded) for label in self._labels):
            return True
        rest = self._without_label(head).lstrip()
        repeats = len(rest) <= len(self._delivered) and self._delivered.startswith(rest)
        return rest == "" or (self._delivered != "" and repeats)

    def _release(self) -> str:
        self._open = True
        head = self._without_label(self._head.lstrip()).lstrip()
        if self._delivered and head.startswith(self._delivered):
            head = head[len(self._delivered) :]
        self._head = ""
        return head

    def _without_label(self, head: str) -> str:
        folded = head.casefold()
        # The longest first, or `**NAME:**` would leave its stars behind.
        for label in sorted(self._labels, key=len, reverse=True):
            if folded.startswith(label):
                return head[len(label) :]
        return head


def _labels(name: str) -> list[str]:
    folded = name.casefold()
    labels = []
    for colon in _COLONS:
        for mark in _MARKS:
            labels.append(f"{mark}{folded}{mark}{colon}")
            labels.append(f"{mark}{folded}{colon}{mark}")
    return labels
