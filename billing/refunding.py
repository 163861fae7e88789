"""Giving credits of a turn back, and having the till looked at where they may not stay.

A refund returns credits to the very lots that were burned. Where the money of such a lot went back meanwhile, the level
rule takes them again; it must never be left to chance when that is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from billing.ports import Books
from billing.shop_ports import Shop
from billing.types import Receipt


class RefundUnit(Protocol):
    """One transaction over turns, money and orders."""

    @property
    def books(self) -> Books: ...
    @property
    def shop(self) -> Shop: ...


async def refund_turn(
    unit: RefundUnit, turn: str, *, credits: int | None, reason: str, actor: str, idem_key: str, now_ms: int
) -> Receipt:
    """Refund a turn (see `Books.refund`), and make a look due at each of its orders that was refunded or disputed.

    Locks: the turn's holds, its orders by id, then the wallet and the lots. Raises what `Books.refund` raises, and
    UnknownOrder where a lot's order is not in the shop.
    """
    for name in await unit.books.orders_of(turn):
        order = await unit.shop.locked(name)
        if order.refunded_minor or order.dispute:  # else all that was paid stands, and a look would change nothing
            await unit.shop.save(replace(order, next_look_ms=now_ms))
    return await unit.books.refund(turn, credits=credits, reason=reason, actor=actor, idem_key=idem_key, now_ms=now_ms)
