"""Rolling summaries of a talk, as values: what has left the window of a prompt, told in short, one for each horizon.

Pure. A summary is made only of turns that were said at its own horizon, so that showing those at or below a fan's
horizon can give nothing away; it must never be made of turns that were said at two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from memory.types import Exchange

SUMMARY_CHARS_MAX = 700
SUMMARISED = ("completed", "cancelled")
"""How a turn ended that is told of: another one was not answered."""

Mark = tuple[int, str]
"""The place of a turn in its talk: when it was said (ms since the epoch, UTC), and its id among those of one moment."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What was said at one horizon, up to a turn. Times: ms since the epoch, UTC."""

    conversation: str
    horizon: int
    text: str
    turns: int
    """How many turns are told in it."""
    since_ms: int
    """When the first of them was said."""
    through: Mark
    """The last of them: what was said at this horizon up to here is in the text, or is forgotten."""
    written_by: str
    """What wrote it: `rules`, or a model's name."""

    def covers(self, exchange: Exchange) -> bool:
        """Whether this exchange, which is of the same talk, is told here."""
        return exchange.horizon == self.horizon and mark_of(exchange) <= self.through


@dataclass(frozen=True, slots=True)
class TalkUnderWay:
    """A conversation whose summaries wait to be brought up to date, as it stood when it was read."""

    conversation: str
    fan: str
    told: int
    """How often a turn of it had ended or was forgotten."""
    version: int
    """Moves whenever a summary of it is written or dropped: who read an older one writes nothing."""
    forgotten_ms: int
    """What was said up to here is never told again; -1 when there is no such moment."""


@dataclass(frozen=True, slots=True)
class Window:
    """How much of the end of a talk stands in a prompt word for word."""

    turns_max: int
    tokens_max: int

    def start(self, ended: Sequence[Exchange], cost: Callable[[Exchange], int]) -> Mark | None:
        """The place of the first turn in the window; None when nothing was said. The newest turn is always in it.

        `ended`: the newest turns, oldest first. `cost` in tokens.
        """
        first, left = None, self.tokens_max
        for exchange in ended[::-1][: self.turns_max]:
            left -= cost(exchange)
            if left < 0 and first is not None:
                break
            first = mark_of(exchange)
        return first


def mark_of(exchange: Exchange) -> Mark:
    """The place of an exchange in its talk."""
    return exchange.at_ms, exchange.turn


def ended(exchanges: Sequence[Exchange]) -> tuple[Exchange, ...]:
    """Those that were answered, in their order."""
    return tuple(one for one in exchanges if one.status in SUMMARISED and one.reply_text.strip())


def by_horizon(exchanges: Sequence[Exchange]) -> tuple[tuple[Exchange, ...], ...]:
    """The exchanges of each horizon, in their order; the lowest horizon first."""
    horizons = sorted({one.horizon for one in exchanges})
    return tuple(tuple(one for one in exchanges if one.horizon == horizon) for horizon in horizons)


def rolled(old: Summary | None, exchanges: Sequence[Exchange], text: str, *, conversation: str, by: str) -> Summary:
    """The summary that takes the place of `old` when `text` tells it and these exchanges. They are of one horizon."""
    assert exchanges
    assert {one.horizon for one in exchanges} == {exchanges[0].horizon if old is None else old.horizon}
    return Summary(
        conversation=conversation,
        horizon=exchanges[0].horizon,
        text=text[:SUMMARY_CHARS_MAX],
        turns=len(exchanges) + (old.turns if old else 0),
        since_ms=old.since_ms if old else exchanges[0].at_ms,
        through=mark_of(exchanges[-1]),
        written_by=by,
    )
