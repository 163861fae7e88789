"""What a chaos run leaves behind: the rows of the database and what the fans hold, as plain values.

It is read when everything has come to rest. It judges nothing; `tests.chaos.findings` does.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.adapters.shop_tables import orders
from billing.adapters.tables import holds, journal_entries, lots, postings, price_versions, wallets
from gateway.adapters.database import Database
from gateway.adapters.tables import log_events, turns
from tests.chaos.plan import Errand
from tests.gateway.client import Event


@dataclass(frozen=True, slots=True)
class TurnRow:
    """A turn as the database has it."""

    id: str
    conversation: str
    fan: str
    client_msg_id: str
    state: str


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A hold as the books have it."""

    turn: str
    kind: str
    status: str
    captured_credits: int
    price_version: str
    opened_at_ms: int


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A booking: `to_fan` is by how much the fan's credits rose."""

    kind: str
    fan: str
    turn: str | None
    order: str | None
    to_fan: int


@dataclass(frozen=True, slots=True)
class LotRow:
    """Credits of an order: what was granted, what turns spent of it, what repaid a debt, and what is left."""

    order: str
    lot_class: str
    granted: int
    spent: int
    repaid: int
    remaining: int


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as our side has it."""

    id: str
    fan: str
    credits: int
    bonus: int
    state: str


@dataclass(frozen=True, slots=True)
class PaidRow:
    """An order as the till has it, in minor units; `gone` was refunded, lost or is disputed."""

    paid: int
    gone: int


@dataclass(frozen=True, slots=True)
class Price:
    """A version of the price of a message."""

    credits: int
    from_ms: int


@dataclass(frozen=True, slots=True)
class FanSaw:
    """What a fan holds: the logs, and for each errand the turns it was accepted as and how it was refused."""

    logs: Mapping[str, Mapping[int, Event]]
    turns: Mapping[str, frozenset[str]]
    """`client_msg_id` → turns."""
    refused: frozenset[str]
    """Messages that were sent once, and answered by an error: no other copy could be taken when credits had come."""
    posts: Mapping[str, int] = field(default_factory=dict)
    """How often a message that was accepted has been sent: `client_msg_id` → times."""
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything. Fans are account owners, `app/fan`."""

    granted: Mapping[str, int]
    errands: Mapping[str, tuple[Errand, ...]]
    saw: Mapping[str, FanSaw]
    prices: Mapping[str, Price]
    turns: tuple[TurnRow, ...] = ()
    holds: tuple[HoldRow, ...] = ()
    entries: tuple[EntryRow, ...] = ()
    wallets: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Posted and held credits."""
    logs: Mapping[str, tuple[Event, ...]] = field(default_factory=dict)
    orders: tuple[OrderRow, ...] = ()
    lots: tuple[LotRow, ...] = ()
    paid: Mapping[str, PaidRow] = field(default_factory=dict)
    """What the till was paid, by order."""


async def read_evidence(
    database: Database,
    *,
    granted: Mapping[str, int],
    errands: Mapping[str, tuple[Errand, ...]],
    saw: Mapping[str, FanSaw],
    paid: Mapping[str, PaidRow],
) -> Evidence:
    """Everything, as it is at one moment."""
    async with database.snapshot() as connection:
        credits = func.coalesce(func.sum(postings.c.credits).filter(postings.c.account == "fan_lots"), 0)
        entries = (
            select(*journal_entries.c["kind", "fan", "turn", "order_id"], credits)
            .join(postings, postings.c.entry_seq == journal_entries.c.seq)
            .group_by(journal_entries.c.seq)
        )
        logs: defaultdict[str, list[Event]] = defaultdict(list)
        for conversation, wire in await _rows(
            connection, select(log_events.c.conversation, log_events.c.wire).order_by(log_events.c.seq)
        ):
            logs[conversation].append(json.loads(wire))
        # Nobody here plays a scene with two, which has a price of its own.
        plain = price_versions.c.mode != "scene"
        prices = select(*price_versions.c["id", "text_credits", "effective_from_ms"]).where(plain)
        return Evidence(
            granted=granted,
            errands=errands,
            saw=saw,
            prices={name: Price(*rest) for name, *rest in await _rows(connection, prices)},
            turns=tuple(
                TurnRow(*row) for row in await _rows(connection, select(*turns.c[tuple(TurnRow.__dataclass_fields__)]))
            ),
            holds=tuple(
                HoldRow(*row) for row in await _rows(connection, select(*holds.c[tuple(HoldRow.__dataclass_fields__)]))
            ),
            entries=tuple(EntryRow(*row) for row in await _rows(connection, entries)),
            wallets={
                fan: (posted, held)
                for fan, posted, held in await _rows(connection, select(*wallets.c["fan", "posted", "held"]))
            },
            orders=tuple(
                OrderRow(*row)
                for row in await _rows(connection, select(*orders.c[tuple(OrderRow.__dataclass_fields__)]))
            ),
            lots=tuple(LotRow(*row) for row in await _rows(connection, _lots())),
            paid=paid,
            logs={conversation: tuple(events) for conversation, events in logs.items()},
        )


def _lots() -> Select[Any]:
    """Lots of orders, with what the journal has moved out of them."""

    def out(kind: str) -> Any:
        moved = func.sum(-postings.c.credits).filter(journal_entries.c.kind == kind)
        return func.coalesce(moved, 0)

    moves = postings.join(journal_entries, journal_entries.c.seq == postings.c.entry_seq)
    return (
        select(lots.c.order_id, lots.c.lot_class, lots.c.granted, out("capture"), out("debt_repaid"), lots.c.remaining)
        .join_from(lots, moves, postings.c.lot == lots.c.id)
        .where(lots.c.order_id != "")
        .group_by(lots.c.id)
    )


async def unsettled(database: Database) -> int:
    """How many turns still run and how many holds are still open."""
    async with database.reader.connect() as connection:
        running = await connection.scalar(select(func.count()).select_from(turns).where(turns.c.state == "running"))
        held = await connection.scalar(select(func.count()).select_from(holds).where(holds.c.status == "open"))
    return int(running or 0) + int(held or 0)


async def _rows(connection: AsyncConnection, query: Select[Any]) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await connection.execute(query)]
