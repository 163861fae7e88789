"""The journal's values and the rules every booking obeys: entries balance, lots burn in one order.

Pure: it does no I/O, reads no clock and draws no ids; what it is given decides what it returns. A broken rule here is
a programmer's error and is asserted; what a fan or an admin can get wrong is a typed error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from billing.types import Burn, LotClass, Money
from billing.units import cost_basis

Account = Literal[
    "fan_lots",  # what is owed to fans in replies: the only account whose postings name a lot
    "fan_debt",
    "earned",
    "promo_expense",
    "goodwill",
    "breakage",
    "stripe_clearing",
    "dispute_clearing",
    "uncollected",
    "rights_share",
]

EntryKind = Literal[
    "grant",
    "capture",
    "uncollected",
    "lapse",
    "purchase",
    "purchase_refund",
    "turn_refund",
    "dispute_frozen",
    "dispute_released",
    "dispute_lost",
    "debt_repaid",
    "rights_share",
]

GRANT_CREDITS_MAX = 1_000_000
"""The most one grant may add."""
TURN_CREDITS_MAX = 10_000
"""The most one kind of charge (text, voice) of one turn may cost."""
KEY_LENGTH_MAX = 200
"""Fans, turns, ids, actors and idempotency keys, in characters, before the kind is put in front."""
REASON_LENGTH_MAX = 500
POSTINGS_MAX = 10_000

BOOKS_ACTOR = "encore"
"""Who acted when nobody did: settlements and lapses."""

FUNDING: Mapping[LotClass, Account] = {
    "purchased": "stripe_clearing",
    "subscription": "stripe_clearing",
    "promotional": "promo_expense",
    "reward": "promo_expense",
    "goodwill": "goodwill",
}
"""Which account gives the credits of a grant."""


@dataclass(frozen=True, slots=True)
class Posting:
    """Credits that move into an account (positive) or out of it (negative); never zero."""

    account: Account
    credits: int
    lot: str | None = None


@dataclass(frozen=True, slots=True)
class SharePosting:
    """What a payee earns (positive) or loses again (negative) by an entry, in millionths of the minor unit."""

    payee: str
    lot: str
    currency: str
    micros: int


@dataclass(frozen=True, slots=True)
class LotTerms:
    """What is fixed when a lot is granted, kept in its entry so that the journal alone rebuilds the lot."""

    lot: str
    lot_class: LotClass
    expires_at_ms: int | None = None
    paid_minor: int = 0
    currency: str = ""
    order_id: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One booking of the journal. Its postings sum to zero; `idem_key` is unique over all of the journal."""

    kind: EntryKind
    idem_key: str
    fan: str
    turn: str | None
    at_ms: int
    postings: tuple[Posting, ...]
    reason: str
    actor: str
    price_version: str | None = None
    terms: LotTerms | None = None
    shares: tuple[SharePosting, ...] | None = None
    """None, and never empty, when nobody earns by it: so the seals of older entries hold."""
    order_id: str | None = None
    """The order whose lots it moves; None for everything but purchases and what becomes of them."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry and its place in the journal; `seq` rises, with gaps."""

    seq: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class Lot:
    """Credits granted together and what is left of them. `seq` is the journal's place of the grant: the age."""

    terms: LotTerms
    fan: str
    seq: int
    granted: int
    remaining: int
    granted_at_ms: int

    def alive(self, now_ms: int) -> bool:
        """Not expired: the last moment is the one before `expires_at_ms`."""
        return self.terms.expires_at_ms is None or self.terms.expires_at_ms > now_ms


@dataclass(frozen=True, slots=True)
class WalletRow:
    """A fan's derived balance: `posted` is what all lots hold, `held` what open holds reserve of it."""

    fan: str
    posted: int
    held: int

    @property
    def available(self) -> int:
        return self.posted - self.held


def balanced(postings: Iterable[Posting]) -> bool:
    """Whether nothing was made or lost. Double entry: every credit that arrives somewhere left somewhere."""
    return sum(posting.credits for posting in postings) == 0


def checked(entry: Entry) -> Entry:
    """The entry, once it is known to obey the rules of the journal."""
    assert balanced(entry.postings), "an entry sums to zero"
    assert 2 <= len(entry.postings) <= POSTINGS_MAX, "an entry moves credits between accounts"
    assert all(posting.credits for posting in entry.postings), "a posting moves something"
    assert all((posting.account == "fan_lots") == (posting.lot is not None) for posting in entry.postings)
    assert 0 < len(entry.fan) <= KEY_LENGTH_MAX, "an entry belongs to a fan"
    assert 0 < len(entry.actor) <= KEY_LENGTH_MAX, "somebody acted"
    assert 0 < len(entry.reason) <= REASON_LENGTH_MAX, "an entry says why"
    assert entry.at_ms > 0, "times are milliseconds since the epoch"
    assert entry.shares is None or (entry.shares and all(share.micros for share in entry.shares)), (
        "a share is something"
    )
    return entry


def burn_of(lot: Lot, credits: int) -> Burn:
    """Credits of a lot, with the money they stand for."""
    terms = lot.terms
    micros = cost_basis(credits, granted=lot.granted, paid_minor=terms.paid_minor)
    return Burn(terms.lot, terms.lot_class, credits, terms.currency, micros)


def burn_order(lot: Lot) -> tuple[bool, int, bool, int, str]:
    """The sort key of burning: expiring first by expiry, then not purchased, then purchased; oldest first inside."""
    expires_at_ms = lot.terms.expires_at_ms
    never = expires_at_ms is None
    return (never, expires_at_ms or 0, never and lot.terms.lot_class == "purchased", lot.seq, lot.terms.lot)


def plan_burn(lots: Sequence[Lot], credits: int, now_ms: int) -> tuple[Burn, ...]:
    """Which lots give `credits`, in burn order; those expired at `now_ms` give nothing.

    The plan falls short, and its sum shows it, when the lots do not cover the credits.
    """
    assert credits >= 0, "nobody burns less than nothing"
    plan: list[Burn] = []
    missing = credits
    for lot in sorted(lots, key=burn_order):
        taken = min(lot.remaining, missing) if lot.alive(now_ms) else 0
        if taken > 0:
            plan.append(burn_of(lot, taken))
            missing -= taken
    return tuple(plan)


def burned(lots: Sequence[Lot], burns: Sequence[Burn]) -> tuple[Lot, ...]:
    """The lots after the burns."""
    taken = {burn.lot: burn.credits for burn in burns}
    return tuple(replace(lot, remaining=lot.remaining - taken.get(lot.terms.lot, 0)) for lot in lots)


def plan_lapse(lots: Sequence[Lot], holds: Sequence[tuple[int, int]], now_ms: int) -> tuple[Burn, ...]:
    """What expired lots lose to breakage at `now_ms`, given the open holds as (opened_at_ms, credits).

    A hold may burn whatever was alive when it was opened, so what the open holds would burn is kept. Lots a hold may
    use are nested by its opening (an older hold may use all that a younger may, and more); giving each hold, oldest
    first, what expires first is therefore an optimal assignment, and what it leaves in expired lots serves nobody.
    """
    left = unpromised(lots, holds)
    lapsed = [lot for lot in sorted(left, key=burn_order) if not lot.alive(now_ms)]
    return tuple(burn_of(lot, lot.remaining) for lot in lapsed if lot.remaining > 0)


def unpromised(lots: Sequence[Lot], holds: Sequence[tuple[int, int]]) -> tuple[Lot, ...]:
    """The lots after what the open holds, as (opened_at_ms, credits), would burn of them."""
    left = tuple(lots)
    for opened_at_ms, credits in sorted(holds):
        left = burned(left, plan_burn(left, credits, opened_at_ms))
    return left


def plan_refund(burns: Sequence[Burn], refunded: Mapping[str, int], credits: int) -> tuple[tuple[str, int], ...]:
    """Which lots get `credits` back: the last burned first, each at most what it gave less what it got back before."""
    plan: list[tuple[str, int]] = []
    missing = credits
    for burn in reversed(burns):
        given = min(burn.credits - refunded.get(burn.lot, 0), missing)
        if given > 0:
            plan.append((burn.lot, given))
            missing -= given
    assert missing == 0, "checked by the books"
    return tuple(plan)


def grant_key(idem_key: str) -> str:
    """The journal's key of a grant: a caller's key never meets the keys of settlements."""
    assert 0 < len(idem_key) <= KEY_LENGTH_MAX, "a grant has a key"
    return f"grant:{idem_key}"


def grant_entry(
    fan: str, credits: int, terms: LotTerms, *, reason: str, actor: str, idem_key: str, at_ms: int
) -> Entry:
    """A new lot, given by the account that pays for its class."""
    assert 1 <= credits <= GRANT_CREDITS_MAX, "checked by the books"
    assert terms.expires_at_ms is None or terms.expires_at_ms > at_ms, "a lot is granted alive"
    assert terms.expires_at_ms is None or terms.lot_class != "purchased", "purchased credits never expire"
    assert terms.paid_minor >= 0, "nobody is paid for taking credits"
    assert terms.paid_minor == 0 or terms.currency, "a price has a currency"
    postings = (Posting("fan_lots", credits, terms.lot), Posting(FUNDING[terms.lot_class], -credits))
    return checked(Entry("grant", grant_key(idem_key), fan, None, at_ms, postings, reason, actor, terms=terms))


def capture_entry(
    turn: str,
    fan: str,
    burns: Sequence[Burn],
    *,
    price_version: str,
    at_ms: int,
    shares: tuple[SharePosting, ...] | None = None,
) -> Entry:
    """A delivered turn: credits go from the fan's lots, in burn order, to what is earned."""
    postings = (*_from_lots(burns), Posting("earned", sum(burn.credits for burn in burns)))
    entry = Entry("capture", f"capture:{turn}", fan, turn, at_ms, postings, "delivered", BOOKS_ACTOR, price_version)
    return checked(replace(entry, shares=shares))


def refund_key(idem_key: str) -> str:
    """The journal's key of a turn's refund."""
    assert 0 < len(idem_key) <= KEY_LENGTH_MAX, "a refund has a key"
    return f"turn_refund:{idem_key}"


def uncollected_entry(turn: str, fan: str, credits: int, *, price_version: str, at_ms: int) -> Entry:
    """A delivered turn whose credits are gone: earned, and lost in the same breath; the fan's lots are untouched."""
    postings = (Posting("uncollected", -credits), Posting("earned", credits))
    key = f"uncollected:{turn}"
    return checked(
        Entry("uncollected", key, fan, turn, at_ms, postings, "uncollected", BOOKS_ACTOR, price_version=price_version)
    )


def lapse_entry(fan: str, burns: Sequence[Burn], *, lapse: str, at_ms: int) -> Entry:
    """Expired credits nobody can burn any more. `lapse` is a fresh id: the lots' state is the gate, not the key."""
    postings = (*_from_lots(burns), Posting("breakage", sum(burn.credits for burn in burns)))
    return checked(Entry("lapse", f"lapse:{lapse}", fan, None, at_ms, postings, "expired", BOOKS_ACTOR))


def refund_entry(
    captured: Entry,
    given: Sequence[tuple[str, int]],
    *,
    reason: str,
    actor: str,
    idem_key: str,
    at_ms: int,
    shares: tuple[SharePosting, ...] | None = None,
) -> Entry:
    """Credits of a captured turn go back to the lots they came from, out of what was earned."""
    back = tuple(Posting("fan_lots", credits, lot) for lot, credits in given)
    postings = (*back, Posting("earned", -sum(credits for _, credits in given)))
    key, version = refund_key(idem_key), captured.price_version
    entry = Entry("turn_refund", key, captured.fan, captured.turn, at_ms, postings, reason, actor, version)
    return checked(replace(entry, shares=shares))


def same_grant(entry: Entry, fan: str, credits: int, lot_class: LotClass) -> bool:
    """Whether a grant asked for again is the one that was booked.

    The expiry and the wording are not compared: callers count an expiry from the moment of the call.
    """
    terms = entry.terms
    booked = (entry.fan, sum(p.credits for p in entry.postings if p.lot), terms.lot_class if terms else None)
    return booked == (fan, credits, lot_class)


def same_refund(entry: Entry, turn: str, credits: int | None) -> bool:
    """Whether a refund asked for again is the one that was booked; None stands for whatever was left then."""
    given = sum(posting.credits for posting in entry.postings if posting.lot)
    return entry.turn == turn and credits in (None, given)


def value_of(lots: Sequence[Lot], holds: Sequence[tuple[int, int]], credits: int, now_ms: int) -> tuple[Money, ...]:
    """What `credits` cost in money, by currency: those a hold would burn at `now_ms`, after what open holds reserve."""
    micros: dict[str, int] = {}
    for burn in plan_burn(unpromised(lots, holds), credits, now_ms):
        if burn.paid_micros:
            micros[burn.currency] = micros.get(burn.currency, 0) + burn.paid_micros
    return tuple(Money(currency, micros[currency]) for currency in sorted(micros))


def _from_lots(burns: Sequence[Burn]) -> tuple[Posting, ...]:
    return tuple(Posting("fan_lots", -burn.credits, burn.lot) for burn in burns)
