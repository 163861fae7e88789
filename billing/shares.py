"""What the actor's side earns: which terms apply to a turn, what each captured credit posts, and what is to be paid.

Pure. Money is counted in millionths of the minor unit and only ever rounded down, per lot and turn; a turn that is
refunded in full takes its whole share back, to exactly zero.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from billing.errors import IdempotencyConflict, InvalidAmount, OverlappingPrice, SameApprover
from billing.ledger import KEY_LENGTH_MAX, SharePosting
from billing.pricing import same_person
from billing.types import LotClass, Quote, ShareTerms
from billing.units import MICROS

BPS = 10_000
"""Hundredths of a percent in the whole."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a share of a lot is reckoned from: what was paid for how many credits."""

    lot: str
    paid_minor: int
    granted: int
    currency: str


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """One posting of a share, or several of one period added up; `credits` are negative for a refund."""

    payee: str
    show: str
    character: str
    currency: str
    lot_class: LotClass
    at_ms: int
    credits: int
    micros: int


@dataclass(frozen=True, slots=True)
class Payout:
    """What a payee earned in one period in one currency with one character."""

    payee: str
    show: str
    character: str
    currency: str
    credits: Mapping[LotClass, int]
    micros: int


def choose(terms: Iterable[ShareTerms], show: str, character: str, now_ms: int) -> ShareTerms | None:
    """The terms in force: the most specific (the character weighs most), and of those the latest. None: no share."""
    applying = [t for t in terms if t.effective_from_ms <= now_ms and applies(t, show, character)]
    return max(applying, key=lambda t: (t.character != "", t.show != "", t.effective_from_ms), default=None)


def applies(terms: ShareTerms, show: str, character: str) -> bool:
    """Whether terms are about this character of this show."""
    return terms.show in ("", show) and terms.character in ("", character)


def is_of(quote: Quote, terms: ShareTerms | None) -> bool:
    """Whether the terms that a quote names are these, and about what it is for; None is right when it names none."""
    if quote.share is None or terms is None:
        return quote.share is None and terms is None
    return quote.share == terms.id and applies(terms, quote.scope.show, quote.scope.character)


def admit(new: ShareTerms, known: Sequence[ShareTerms]) -> bool:
    """Whether the terms are new; False when they are there already, unchanged.

    Raises SameApprover, InvalidAmount (basis points), OverlappingPrice (same show, character and moment),
    IdempotencyConflict (same id, other terms).
    """
    assert all(0 < len(text) <= KEY_LENGTH_MAX for text in (new.id, new.payee, new.author, new.approver))
    assert all(len(text) <= KEY_LENGTH_MAX for text in (new.show, new.character))
    if same_person(new.author, new.approver):
        raise SameApprover(new.author)
    if not 0 <= new.share_bps <= BPS:
        raise InvalidAmount(new.share_bps, 0, BPS)
    for other in known:
        if other.id == new.id:
            if other != new:
                raise IdempotencyConflict(new.id)
            return False
        if (other.show, other.character, other.effective_from_ms) == (new.show, new.character, new.effective_from_ms):
            raise OverlappingPrice(other.id)
    return True


def earned_micros(basis: Basis, credits: int, share_bps: int) -> int:
    """The share of `credits` of a lot, cumulative over a turn: floor(paid · 10⁶ · credits · bps / (granted · 10⁴))."""
    return basis.paid_minor * MICROS * credits * share_bps // (basis.granted * BPS)


def postings(terms: ShareTerms | None, moves: Iterable[tuple[Basis, int, int]]) -> tuple[SharePosting, ...] | None:
    """What an entry posts for lots of which a turn keeps other credits than before: (basis, before, after).

    The difference of a cumulative function: whatever steps a turn takes back to zero credits, its shares sum to zero.
    None when there is nothing to post.
    """
    if terms is None:
        return None
    posted: list[SharePosting] = []
    for basis, before, after in moves:
        micros = earned_micros(basis, after, terms.share_bps) - earned_micros(basis, before, terms.share_bps)
        if micros:
            posted.append(SharePosting(terms.payee, basis.lot, basis.currency, micros))
    return tuple(posted) or None


def payouts(rows: Iterable[PayoutRow], *, from_ms: int, until_ms: int) -> tuple[Payout, ...]:
    """The report of a period (`from_ms` included, `until_ms` not), ordered by payee, show, character and currency.

    Its memory goes by payees, characters and currencies, not by rows; credits are counted by the class of their lot.
    """
    credits: defaultdict[tuple[str, str, str, str], dict[LotClass, int]] = defaultdict(dict)
    micros: defaultdict[tuple[str, str, str, str], int] = defaultdict(int)
    for row in rows:
        if from_ms <= row.at_ms < until_ms:
            key = (row.payee, row.show, row.character, row.currency)
            credits[key][row.lot_class] = credits[key].get(row.lot_class, 0) + row.credits
            micros[key] += row.micros
    return tuple(Payout(*key, credits=credits[key], micros=micros[key]) for key in sorted(micros))
