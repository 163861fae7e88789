"""A fan's statement: every movement of their credits with the balance after it, newest first, and why.

Pure: it is given entries of one fan and the balance they start from. What moved no credits of the fan is not in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from billing.ledger import EntryKind, Recorded

STATEMENT_LINES_MAX = 200


@dataclass(frozen=True, slots=True)
class LotMovement:
    """Credits that came into one lot (positive) or went out of it (negative)."""

    lot: str
    credits: int


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One entry as the fan sees it. `seq` is its place in the journal, and what the next page is asked for with."""

    seq: int
    at_ms: int
    kind: EntryKind
    credits: int
    balance: int
    """All of the fan's credits after the entry, held ones too."""
    reason: str
    actor: str
    turn: str | None
    price_version: str | None
    lots: tuple[LotMovement, ...]


def moved(recorded: Recorded) -> tuple[LotMovement, ...]:
    """What an entry did to the fan's lots, in the order it was booked."""
    return tuple(LotMovement(p.lot, p.credits) for p in recorded.entry.postings if p.lot is not None)


def lines(page: Sequence[Recorded], *, balance: int) -> tuple[StatementLine, ...]:
    """The statement of a page of entries, given by ascending place, and the fan's balance before the first of them."""
    found: list[StatementLine] = []
    for recorded in page:
        movements, entry = moved(recorded), recorded.entry
        if not movements:
            continue
        credits = sum(movement.credits for movement in movements)
        balance += credits
        found.append(
            StatementLine(
                seq=recorded.seq,
                at_ms=entry.at_ms,
                kind=entry.kind,
                credits=credits,
                balance=balance,
                reason=entry.reason,
                actor=entry.actor,
                turn=entry.turn,
                price_version=entry.price_version,
                lots=movements,
            )
        )
    return tuple(reversed(found))
