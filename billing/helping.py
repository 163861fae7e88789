"""What staff do with a fan's account: give credits as an apology within caps, and answer a dispute from the books.

Each is one unit of work of the caller. Nothing here gives anything without a reason and a name in the journal.
"""

from __future__ import annotations

from typing import Protocol

from billing import goodwill
from billing.account_ports import Accounts
from billing.errors import UnknownOrder
from billing.evidence import DisputePack, OrderFacts, dispute_pack
from billing.goodwill import FAN_SPAN_MS, GIVER_SPAN_MS, GoodwillCaps
from billing.ports import Books, Reports
from billing.shop_ports import Shop
from billing.types import Wallet

EVIDENCE_TURNS_MAX = 5_000
"""The most turns of one lot that a dispute is answered with."""


class HelpUnit(Protocol):
    """One transaction over money, orders and accounts."""

    @property
    def books(self) -> Books: ...
    @property
    def shop(self) -> Shop: ...
    @property
    def reports(self) -> Reports: ...
    @property
    def accounts(self) -> Accounts: ...


async def give_goodwill(
    unit: HelpUnit,
    fan: str,
    credits: int,
    *,
    caps: GoodwillCaps,
    reason: str,
    actor: str,
    idem_key: str,
    now_ms: int,
) -> Wallet:
    """Grant goodwill; the same key again changes nothing. Raises GoodwillCapped, InvalidAmount, IdempotencyConflict.

    It is granted first and then counted, with the fan's wallet locked: of two at once the second counts the first.
    """
    wallet = await unit.books.grant(
        fan, credits, lot_class="goodwill", reason=reason, actor=actor, idem_key=idem_key, now_ms=now_ms
    )
    to_fan = await unit.accounts.given("goodwill", since_ms=now_ms - FAN_SPAN_MS, fan=fan)
    by_giver = await unit.accounts.given("goodwill", since_ms=now_ms - GIVER_SPAN_MS, actor=actor)
    goodwill.check(caps, credits, to_fan=to_fan - credits, by_giver=by_giver - credits)
    return wallet


async def evidence_of(unit: HelpUnit, order: str) -> DisputePack:
    """What answers a dispute over an order: what was bought, and which delivered replies it paid for.

    Raises UnknownOrder, also for one that nobody paid.
    """
    bought = await unit.shop.order(order)
    if bought.paid_at_ms is None:
        raise UnknownOrder(order)
    facts = OrderFacts(
        order_id=bought.id,
        pack=bought.title,
        credits=bought.credits + bought.bonus,
        paid_minor=bought.amount_minor,
        currency=bought.currency,
        paid_at_ms=bought.paid_at_ms,
        lots=frozenset(lot.terms.lot for lot in await unit.books.lots_of(order)),
    )
    turns = [t for lot in sorted(facts.lots) for t in await unit.reports.turns_burning(lot, limit=EVIDENCE_TURNS_MAX)]
    found = [await unit.books.receipt_of(turn) for turn in dict.fromkeys(turns)]
    return dispute_pack(facts, [receipt for receipt in found if receipt is not None])
