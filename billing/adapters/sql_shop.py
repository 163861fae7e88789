"""The shop in a relational database, inside one transaction of the caller: nothing here commits.

An order's row is locked before the fan's wallet, never after it. What an order is worth is in the journal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.adapters import sql_packs
from billing.adapters.shop_tables import discrepancies, orders, refund_requests, refused_webhooks, webhook_inbox
from billing.adapters.sql_inserts import insert_new, insert_or_count
from billing.errors import IdempotencyConflict, UnknownOrder
from billing.orders import Discrepancy, Order, RefundRequest
from billing.packs import Pack
from billing.units import DAY_MS
from billing.webhooks import TillEvent

_COLUMNS = tuple(field.name for field in fields(Order))


class SqlShop:
    """`billing.shop_ports.Shop` over one connection in a transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add_pack(self, pack: Pack, *, now_ms: int) -> None:
        await sql_packs.add(self._connection, pack, now_ms)

    async def retire_pack(self, pack: str, *, actor: str, now_ms: int) -> None:
        await sql_packs.retire(self._connection, pack, actor, now_ms)

    async def packs(self) -> tuple[Pack, ...]:
        return await sql_packs.on_sale(self._connection)

    async def pack(self, pack: str) -> Pack:
        return await sql_packs.one_on_sale(self._connection, pack)

    async def add(self, order: Order) -> bool:
        new = insert_new(self._connection, orders, orders.c.id).returning(orders.c.id)
        return (await self._connection.execute(new, asdict(order))).one_or_none() is not None

    async def order(self, order: str) -> Order:
        return await self._one(order, lock=False)

    async def locked(self, order: str) -> Order:
        return await self._one(order, lock=True)

    async def save(self, order: Order) -> None:
        statement = update(orders).where(orders.c.id == order.id).values(asdict(order))
        changed = (await self._connection.execute(statement)).rowcount
        assert changed == 1, "an order that was locked is there"

    async def find(
        self,
        *,
        session: str | None = None,
        payment: str | None = None,
        invoice: str | None = None,
        subscription: str | None = None,
    ) -> Order | None:
        wanted = {"session": session, "payment": payment, "invoice": invoice, "subscription": subscription}
        conditions = [orders.c[name] == value for name, value in wanted.items() if value is not None]
        assert len(conditions) == 1, "an order is found by one object"
        if subscription is not None:
            conditions.append(orders.c.kind == "subscription")
        found = await self._read(*conditions)
        return found[0] if found else None

    async def of_fan(self, fan: str) -> tuple[Order, ...]:
        return (await self._read(orders.c.fan == fan))[::-1]

    async def due(self, *, now_ms: int, limit: int) -> tuple[str, ...]:
        statement = (
            select(orders.c.id)
            .where(orders.c.next_look_ms <= now_ms)
            .order_by(orders.c.next_look_ms, orders.c.id)
            .limit(limit)
        )
        return tuple((await self._connection.execute(statement)).scalars().all())

    async def paid_between(self, since_ms: int, until_ms: int) -> tuple[Order, ...]:
        granting = orders.c.kind != "subscription"
        return await self._read(granting, orders.c.paid_at_ms >= since_ms, orders.c.paid_at_ms < until_ms)

    async def by_payments(self, payments: Sequence[str]) -> tuple[Order, ...]:
        found: list[Order] = []
        for start in range(0, len(payments), 500):
            found.extend(await self._read(orders.c.payment.in_(payments[start : start + 500])))
        return tuple(found)

    async def take_in(self, event: TillEvent, outcome: str, *, now_ms: int) -> bool:
        values = {
            "id": event.id,
            "type": event.type[:100],
            "object": event.object_id,
            "outcome": outcome,
            "created_at_ms": event.created_at_ms,
            "received_at_ms": now_ms,
        }
        new = insert_new(self._connection, webhook_inbox, webhook_inbox.c.id).returning(webhook_inbox.c.id)
        return (await self._connection.execute(new, values)).one_or_none() is not None

    async def knows(self, event: str) -> bool:
        statement = select(webhook_inbox.c.id).where(webhook_inbox.c.id == event)
        return (await self._connection.execute(statement)).one_or_none() is not None

    async def taken_in(self) -> dict[str, int]:
        statement = select(webhook_inbox.c.outcome, func.count().label("times")).group_by(webhook_inbox.c.outcome)
        return {row.outcome: row.times for row in (await self._connection.execute(statement)).all()}

    async def forget_events(self, *, before_ms: int) -> int:
        statement = delete(webhook_inbox).where(webhook_inbox.c.received_at_ms < before_ms)
        return (await self._connection.execute(statement)).rowcount

    async def refuse(self, reason: str, *, now_ms: int) -> None:
        key = (refused_webhooks.c.day, refused_webhooks.c.reason)
        counted = insert_or_count(self._connection, refused_webhooks, key, {"times": refused_webhooks.c.times + 1})
        await self._connection.execute(counted, {"day": now_ms // DAY_MS, "reason": reason, "times": 1})

    async def refused(self) -> dict[tuple[int, str], int]:
        rows = (await self._connection.execute(select(refused_webhooks))).all()
        return {(row.day, row.reason): row.times for row in rows}

    async def note(self, discrepancies_: Sequence[Discrepancy], *, now_ms: int) -> None:
        key = (discrepancies.c.order_id, discrepancies.c.field, discrepancies.c.found)
        for one in discrepancies_:
            again = {"times": discrepancies.c.times + 1, "last_at_ms": now_ms}
            counted = insert_or_count(self._connection, discrepancies, key, again)
            values = {
                "order_id": one.order,
                "field": one.field,
                "expected": one.expected,
                "found": one.found[:255],
                "times": 1,
                "first_at_ms": now_ms,
                "last_at_ms": now_ms,
            }
            await self._connection.execute(counted, values)

    async def discrepancies(self) -> tuple[tuple[Discrepancy, int], ...]:
        table = discrepancies
        ordered = select(table).order_by(table.c.order_id, table.c.field, table.c.found)
        rows = (await self._connection.execute(ordered)).all()
        return tuple((Discrepancy(row.order_id, row.field, row.expected, row.found), row.times) for row in rows)

    async def ask_refund(self, request: RefundRequest) -> RefundRequest:
        new = insert_new(self._connection, refund_requests, refund_requests.c.key)
        await self._connection.execute(new, _named(request))
        statement = select(refund_requests).where(refund_requests.c.key == request.key)
        kept = _request((await self._connection.execute(statement)).one())
        if kept.order != request.order:
            raise IdempotencyConflict(request.key)
        return kept

    async def refunds_of(self, order: str) -> tuple[RefundRequest, ...]:
        table = refund_requests
        ordered = select(table).where(table.c.order_id == order).order_by(table.c.asked_at_ms, table.c.key)
        return tuple(_request(row) for row in (await self._connection.execute(ordered)).all())

    async def _one(self, order: str, *, lock: bool) -> Order:
        statement = select(orders).where(orders.c.id == order)
        row = (await self._connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
        if row is None:
            raise UnknownOrder(order)
        return _order(row)

    async def _read(self, *conditions: ColumnElement[bool]) -> tuple[Order, ...]:
        return await read_orders(self._connection, *conditions)


async def read_orders(connection: AsyncConnection, *conditions: ColumnElement[bool]) -> tuple[Order, ...]:
    """The orders that meet the conditions, oldest first."""
    ordered = select(orders).where(*conditions).order_by(orders.c.created_at_ms, orders.c.id)
    return tuple(_order(row) for row in (await connection.execute(ordered)).all())


def _named(request: RefundRequest) -> dict[str, Any]:
    values = asdict(request)
    return {**values, "order_id": values.pop("order")}


def _request(row: Row[Any]) -> RefundRequest:
    return RefundRequest(row.key, row.order_id, row.amount_minor, row.reason, row.note, row.actor, row.asked_at_ms)


def _order(row: Row[Any]) -> Order:
    return Order(**{name: getattr(row, name) for name in _COLUMNS})
