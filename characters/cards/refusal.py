"""How a codec says no: the one error of this package, before anybody knows the file's name."""

from __future__ import annotations


class NotACard(ValueError):
    """`where` is a place in the file (“chunk 3”, “card.json”), `reason` says what is wrong. Never quotes the file."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(where, reason)
        self.where, self.reason = where, reason
