"""A price tried on turns that were really taken: what they would have brought, by day and character, and who pays more.

Pure, and one pass over a stream: its memory goes by days and characters, both bounded, and never by turns or fans.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from billing import pricing
from billing.errors import NoPrice
from billing.types import Charge, PriceScope, PriceVersion, TurnKind, Usage
from billing.units import DAY_MS

_Key = TypeVar("_Key", int, tuple[str, str])

GROUPS_MAX = 2_000
"""The most days, and the most characters, that are told apart; what comes after them is summed as one more."""
REST = "…"
"""The name of what is summed as one more."""


@dataclass(frozen=True, slots=True)
class RecordedTurn:
    """A turn that was delivered, as its holds recorded it."""

    fan: str
    scope: PriceScope
    voice: bool | str
    usage: Usage
    quoted_at_ms: int
    charged: Charge
    conversation_opened_at_ms: int | None = None
    kind: TurnKind = "message"


@dataclass(slots=True)
class Revenue:
    """Credits of a group of turns: as they were charged, and as they would have been."""

    turns: int = 0
    charged: int = 0
    would_be: int = 0

    def add(self, charged: int, would_be: int) -> None:
        """Count one more turn."""
        self.turns += 1
        self.charged += charged
        self.would_be += would_be


@dataclass(slots=True)
class Simulation:
    """What a price would have brought. `fans_*` count fans by the sum over their turns; `unpriced` turns are free."""

    total: Revenue = field(default_factory=Revenue)
    by_day: dict[int | str, Revenue] = field(default_factory=dict)
    """By the first moment of the UTC day in ms."""
    by_character: dict[tuple[str, str] | str, Revenue] = field(default_factory=dict)
    """By (show, character)."""
    fans_paying_more: int = 0
    fans_paying_less: int = 0
    fans_paying_the_same: int = 0
    most_more: tuple[str, int] = ("", 0)
    """The fan who would pay the most more, and how many credits."""
    unpriced: int = 0


def with_draft(card: Sequence[PriceVersion], draft: PriceVersion, from_ms: int) -> tuple[PriceVersion, ...]:
    """The card as if the draft had taken effect at `from_ms` and nothing had followed it for its scope."""
    before = [v for v in card if v.scope != draft.scope or v.effective_from_ms < from_ms]
    protects = draft.protects_until_ms
    until_ms = None if protects is None else from_ms + protects - draft.effective_from_ms
    moved = replace(draft, effective_from_ms=from_ms, protects_until_ms=until_ms)
    return (*before, moved)


def would_charge(card: Iterable[PriceVersion], turn: RecordedTurn) -> Charge | None:
    """What one turn would have been charged under a card; None when the card has no price for it."""
    opened_at_ms = turn.conversation_opened_at_ms
    try:
        version = pricing.choose(card, turn.scope, turn.quoted_at_ms, voice=turn.voice, opened_at_ms=opened_at_ms)
    except NoPrice:
        return None
    quote = pricing.quote(version, voice=turn.voice, scope=turn.scope, kind=turn.kind)
    return pricing.charge(version, quote, turn.usage)


@dataclass(slots=True)
class Trial:
    """Charges turns anew under a card (see `with_draft`), as they come. The turns of a fan come one after the other.

    That fans come in ascending order is asserted: without it one fan would be counted as several.
    """

    card: Sequence[PriceVersion]
    _found: Simulation = field(default_factory=Simulation)
    _fan: str = ""
    _more: int = 0

    def take(self, turn: RecordedTurn) -> None:
        """Charge the next turn."""
        assert turn.fan >= self._fan, "the turns of a fan come together"
        if turn.fan != self._fan:
            _count(self._found, self._fan, self._more)
            self._fan, self._more = turn.fan, 0
        anew = would_charge(self.card, turn)
        self._found.unpriced += anew is None
        charged, would_be = turn.charged.total, 0 if anew is None else anew.total
        self._more += would_be - charged
        self._found.total.add(charged, would_be)
        _group(self._found.by_day, turn.quoted_at_ms - turn.quoted_at_ms % DAY_MS).add(charged, would_be)
        _group(self._found.by_character, (turn.scope.show, turn.scope.character)).add(charged, would_be)

    def end(self) -> Simulation:
        """What the price would have brought. Nothing is taken after it."""
        _count(self._found, self._fan, self._more)
        self._fan = ""
        return self._found


def simulate(turns: Iterable[RecordedTurn], card: Sequence[PriceVersion]) -> Simulation:
    """A `Trial` of turns that are at hand."""
    trial = Trial(card)
    for turn in turns:
        trial.take(turn)
    return trial.end()


def _group(groups: dict[_Key | str, Revenue], key: _Key) -> Revenue:
    return groups.setdefault(key if key in groups or len(groups) < GROUPS_MAX else REST, Revenue())


def _count(found: Simulation, fan: str, more: int) -> None:
    if fan == "":
        return
    found.fans_paying_more += more > 0
    found.fans_paying_less += more < 0
    found.fans_paying_the_same += more == 0
    if more > found.most_more[1]:
        found.most_more = (fan, more)
