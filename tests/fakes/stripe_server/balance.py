"""The account's balance: one transaction for every movement of money, with its fee and its net.

Fees are 2.9 % + 30 minor units of a charge and 15.00 for a dispute; each currency settles in itself. Other methods than
cards are of the types `payment` and `payment_refund`, in the same reporting categories. `net` is always
`amount - fee`, and a transaction never changes but for becoming available.
"""

from __future__ import annotations

from tests.fakes.stripe_server.listing import having, page
from tests.fakes.stripe_server.world import Json, World

AVAILABLE_AFTER_S = 2 * 86_400
DISPUTE_FEE = 1_500


def charge_fee(amount: int) -> int:
    """The fee of a charge in minor units, never more than the charge."""
    return min(amount, (amount * 29 + 500) // 1000 + 30)


def book(
    world: World, kind: str, category: str, source: Json, amount: int, *, fee: int = 0, text: str | None = None
) -> Json:
    """Book a movement of `amount` (negative: out) that `source` caused; a `fee` is taken from it."""
    details = [{"amount": fee, "application": None, "currency": source["currency"], "type": "stripe_fee"}]
    for detail in details:
        detail["description"] = "Stripe processing fees" if category == "charge" else "Dispute fee"
    return world.add(
        {
            "id": world.ids.make("txn"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": world.now_s + AVAILABLE_AFTER_S,
            "balance_type": "payments",
            "created": world.now_s,
            "currency": source["currency"],
            "description": text,
            "exchange_rate": None,
            "fee": fee,
            "fee_details": details if fee else [],
            "net": amount - fee,
            "reporting_category": category,
            "source": source["id"],
            "status": "pending",
            "type": kind,
        }
    )


def mature(world: World) -> None:
    """Make available what is due."""
    for entry in world.every("balance_transaction"):
        if entry["available_on"] <= world.now_s:
            entry["status"] = "available"


def retrieve(world: World, params: Json, identity: str) -> Json:
    """GET /v1/balance_transactions/{id}."""
    mature(world)
    return world.get("balance_transaction", identity)


def listed(world: World, params: Json) -> Json:
    """GET /v1/balance_transactions. Nothing is ever paid out, so `payout` finds nothing."""
    mature(world)
    found = having(world.every("balance_transaction"), params, ("currency", "source", "type", "payout"))
    return page(world, found, params, "/v1/balance_transactions")
