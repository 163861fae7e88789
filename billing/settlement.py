"""The life of a turn's holds: open, then captured, voided or expired, and what each step does to the books.

Pure: a decision is returned as a `Settlement`, and the books write it in one transaction. Text and voice of a turn are
two holds that are always opened together and settled together, never one without the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from billing import pricing, shares
from billing.errors import HoldNotOverdue, NotRefundable
from billing.ledger import (
    KEY_LENGTH_MAX,
    REASON_LENGTH_MAX,
    TURN_CREDITS_MAX,
    Entry,
    Lot,
    WalletRow,
    burn_of,
    capture_entry,
    plan_burn,
    plan_refund,
    refund_entry,
    uncollected_entry,
)
from billing.shares import Basis
from billing.types import (
    Burn,
    Charge,
    ChargeKind,
    HoldStatus,
    PriceScope,
    PriceVersion,
    Quote,
    Receipt,
    ShareTerms,
    Usage,
)
from billing.units import DAY_MS

HOLD_TTL_MS_MAX = DAY_MS
EXTEND_TURNS_MAX = 10_000

ANYTHING, UNUSED = PriceScope(), Usage()

DELIVERED, EXPIRED, UNCOLLECTED = "delivered", "expired", "uncollected"
"""Reasons the books give themselves; those of a void come from the caller."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Credits reserved for one kind of charge of one turn. `receipt` is the id both holds of the turn share."""

    turn: str
    kind: ChargeKind
    receipt: str
    fan: str
    status: HoldStatus
    max_credits: int
    captured_credits: int
    price_version: str
    reason: str
    opened_at_ms: int
    expires_at_ms: int
    settled_at_ms: int | None
    scope: PriceScope = ANYTHING
    voice: str = ""
    conversation_opened_at_ms: int | None = None
    waived: str = ""
    share_terms: str | None = None
    usage: Usage = UNUSED
    """What was delivered, of all the turn; nothing until it is captured."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What one settlement changes: the holds as they are afterwards, and what the wallet and the journal see."""

    holds: tuple[Hold, ...]
    burns: tuple[Burn, ...] = ()
    entry: Entry | None = None
    released: int = 0
    """Credits to take off `held`."""

    @property
    def spent(self) -> int:
        """Credits to take off `posted`."""
        return sum(burn.credits for burn in self.burns)


def open_holds(turn: str, fan: str, quote: Quote, *, receipt: str, now_ms: int, ttl_ms: int) -> tuple[Hold, ...]:
    """The holds of a new turn: one for the text, one more for the voice when it costs something."""
    assert 0 < len(turn) <= KEY_LENGTH_MAX, "a hold belongs to a turn"
    assert 0 < len(fan) <= KEY_LENGTH_MAX, "a hold belongs to a fan"
    assert 0 < ttl_ms <= HOLD_TTL_MS_MAX, "a hold ends"
    assert 0 <= quote.amounts.text <= TURN_CREDITS_MAX, "a quote comes from the rate card"
    assert 0 <= quote.amounts.voice <= TURN_CREDITS_MAX, "a quote comes from the rate card"
    text = Hold(
        turn=turn,
        kind="text",
        receipt=receipt,
        fan=fan,
        status="open",
        max_credits=quote.amounts.text,
        captured_credits=0,
        price_version=quote.price_version,
        reason="",
        opened_at_ms=now_ms,
        expires_at_ms=now_ms + ttl_ms,
        settled_at_ms=None,
        scope=quote.scope,
        voice=quote.voice,
        conversation_opened_at_ms=quote.conversation_opened_at_ms,
        waived=quote.waived,
        share_terms=quote.share,
    )
    if quote.amounts.voice == 0:
        return (text,)
    return (text, replace(text, kind="voice", max_credits=quote.amounts.voice))


def held(holds: Sequence[Hold]) -> Charge:
    """What the holds of one turn reserve at most."""
    of_kind = {hold.kind: hold.max_credits for hold in holds}
    return Charge(text=of_kind.get("text", 0), voice=of_kind.get("voice", 0))


def status_of(holds: Sequence[Hold]) -> HoldStatus:
    """The one status of a turn's holds."""
    statuses = {hold.status for hold in holds}
    assert len(statuses) == 1, "the holds of a turn move together"
    return statuses.pop()


def quoted(holds: Sequence[Hold]) -> Quote:
    """The quote that the holds of one turn were opened with."""
    first = holds[0]
    return Quote(
        first.price_version,
        held(holds),
        first.scope,
        first.voice,
        first.waived,
        first.share_terms,
        first.conversation_opened_at_ms,
    )


def capture(
    holds: Sequence[Hold],
    version: PriceVersion,
    usage: Usage,
    wallet: WalletRow,
    lots: Sequence[Lot],
    *,
    terms: ShareTerms | None = None,
    now_ms: int,
) -> Settlement:
    """Settle a delivered turn whose holds are open or expired, at the price of the version they are pinned to.

    An open hold burns lots that were alive when it was opened: the credits it was promised. An expired one reserved
    nothing any more, so it is served from what is available now (expired lots have lapsed before), all of it or none.
    What cannot be collected is booked as such, and the fan is not charged. A share is posted by `terms`.
    """
    first, status = holds[0], status_of(holds)
    assert status in ("open", "expired"), "a settled turn keeps its receipt"
    delivered = pricing.charge(version, quoted(holds), usage)
    is_open = status == "open"
    used = tuple(replace(hold, usage=usage) for hold in holds)
    burns = plan_burn(lots, delivered.total, first.opened_at_ms if is_open else now_ms)
    short = sum(burn.credits for burn in burns) < delivered.total or (
        not is_open and wallet.available < delivered.total
    )
    released = held(holds).total if is_open else 0
    if short:
        entry = uncollected_entry(
            first.turn, first.fan, delivered.total, price_version=first.price_version, at_ms=now_ms
        )
        after = _settled(used, "captured", UNCOLLECTED, now_ms, Charge())
        return Settlement(after, entry=entry, released=released)
    after = _settled(used, "captured", first.waived or DELIVERED, now_ms, delivered)
    if not burns:
        return Settlement(after, released=released)
    bases = {lot.terms.lot: basis_of(lot) for lot in lots}
    earned = shares.postings(terms, [(bases[burn.lot], 0, burn.credits) for burn in burns])
    entry = capture_entry(first.turn, first.fan, burns, price_version=first.price_version, at_ms=now_ms, shares=earned)
    return Settlement(after, burns, entry, released)


def basis_of(lot: Lot) -> Basis:
    """What shares of a lot's credits are reckoned from."""
    return Basis(lot.terms.lot, lot.terms.paid_minor, lot.granted, lot.terms.currency)


@dataclass(frozen=True, slots=True)
class Burned:
    """What a captured turn took and gave back so far: its capture's entry, its burns in order, refunds by lot."""

    entry: Entry
    burns: tuple[Burn, ...]
    refunded: Mapping[str, int]
    bases: Mapping[str, Basis]


def burned_by(entries: Iterable[Entry], lots: Mapping[str, Lot]) -> Burned | None:
    """What the entries of one turn say that it burned and gave back; None when nothing was captured of it."""
    refunded: dict[str, int] = {}
    captured: Entry | None = None
    for entry in entries:
        if entry.kind == "capture":
            captured = entry
        for posting in entry.postings if entry.kind == "turn_refund" else ():
            if posting.lot is not None:
                refunded[posting.lot] = refunded.get(posting.lot, 0) + posting.credits
    if captured is None:
        return None
    moved = [(posting.lot, -posting.credits) for posting in captured.postings if posting.lot is not None]
    burns = tuple(burn_of(lots[lot], credits) for lot, credits in moved)
    return Burned(captured, burns, refunded, {lot: basis_of(lots[lot]) for lot, _ in moved})


def orders_of(lots: Iterable[Lot]) -> tuple[str, ...]:
    """The orders that lots belong to, by id; a lot that was given belongs to none."""
    return tuple(sorted({lot.terms.order_id for lot in lots} - {""}))


def refund(
    burned: Burned | None,
    holds: Sequence[Hold],
    credits: int | None,
    *,
    terms: ShareTerms | None,
    reason: str,
    actor: str,
    idem_key: str,
    now_ms: int,
) -> Entry:
    """The entry that gives `credits` (None: all that are left) of a captured turn back, its share included.

    Raises NotRefundable when nothing was charged, or less than that is left.
    """
    first = holds[0]
    left = 0 if burned is None else sum(burn.credits for burn in burned.burns) - sum(burned.refunded.values())
    wanted = left if credits is None else credits
    if burned is None or not 1 <= wanted <= left:
        raise NotRefundable(first.turn, credits, left)
    given = plan_refund(burned.burns, burned.refunded, wanted)
    kept = {burn.lot: burn.credits - burned.refunded.get(burn.lot, 0) for burn in burned.burns}
    moves = [(burned.bases[lot], kept[lot], kept[lot] - back) for lot, back in given]
    return refund_entry(
        burned.entry,
        given,
        reason=reason,
        actor=actor,
        idem_key=idem_key,
        at_ms=now_ms,
        shares=shares.postings(terms, moves),
    )


def void(holds: Sequence[Hold], reason: str, *, now_ms: int) -> Settlement:
    """Settle an open turn that costs nothing."""
    assert status_of(holds) == "open", "a settled turn keeps its receipt"
    assert 0 < len(reason) <= REASON_LENGTH_MAX, "a receipt says why"
    return Settlement(_settled(holds, "voided", reason, now_ms, Charge()), released=held(holds).total)


def expire(holds: Sequence[Hold], *, now_ms: int) -> Settlement:
    """End an open turn that nobody settled in time. Raises HoldNotOverdue."""
    assert status_of(holds) == "open", "a settled turn keeps its receipt"
    first = holds[0]
    if first.expires_at_ms > now_ms:
        raise HoldNotOverdue(first.turn, first.expires_at_ms)
    return Settlement(_settled(holds, "expired", EXPIRED, now_ms, Charge()), released=held(holds).total)


def receipt_for(holds: Sequence[Hold], version: PriceVersion, burned: tuple[Burn, ...], refunded: int = 0) -> Receipt:
    """The receipt of a settled turn."""
    first = holds[0]
    assert first.settled_at_ms is not None, "an open turn has no receipt"
    assert version.id == first.price_version, "the price is the pinned one"
    captured = {hold.kind: hold.captured_credits for hold in holds}
    charged = Charge(text=captured.get("text", 0), voice=captured.get("voice", 0))
    assert sum(burn.credits for burn in burned) == charged.total, "every charged credit left a lot"
    return Receipt(
        id=first.receipt,
        turn=first.turn,
        fan=first.fan,
        charged=charged,
        price_version=version.id,
        author=version.author,
        approver=version.approver,
        burned=burned,
        reason=first.reason,
        opened_at_ms=first.opened_at_ms,
        settled_at_ms=first.settled_at_ms,
        refunded=refunded,
        usage=first.usage,
        scope=first.scope,
        voice=first.voice,
    )


def _settled(holds: Sequence[Hold], status: HoldStatus, reason: str, now_ms: int, charged: Charge) -> tuple[Hold, ...]:
    credits = {"text": charged.text, "voice": charged.voice}
    return tuple(
        replace(hold, status=status, reason=reason, settled_at_ms=now_ms, captured_credits=credits[hold.kind])
        for hold in holds
    )
