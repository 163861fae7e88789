"""Tickets: each opens one socket, once, soon, and from the page that asked for it."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select

from gateway.adapters import tables
from gateway.bootstrap import Store
from gateway.errors import TicketRefused
from gateway.tickets import TICKET_TTL_S, TicketDesk
from tests.gateway.builders import ORIGIN, claims_of

START_MS = 1_800_000_000_000


class Clock:
    """Stands still until it is moved."""

    now_ms = START_MS

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(empty_store: Store) -> Store:
    return empty_store


@pytest.fixture
def desk(store: Store, clock: Clock) -> TicketDesk:
    return TicketDesk(store.units, clock=clock)


async def refused(desk: TicketDesk, ticket: str, origin: str | None) -> bool:
    try:
        await desk.redeem(ticket, origin)
    except TicketRefused:
        return True
    return False


async def tickets_kept(store: Store) -> int:
    async with store.database.reader.connect() as connection:
        return (await connection.execute(select(func.count()).select_from(tables.tickets))).scalar_one()


async def test_a_ticket_carries_the_claims_it_was_issued_for(desk: TicketDesk) -> None:
    claims = claims_of("mara", 12)
    assert await desk.redeem(await desk.issue(claims, ORIGIN), ORIGIN) == claims


async def test_a_ticket_opens_one_socket_however_many_try_at_once(desk: TicketDesk) -> None:
    ticket = await desk.issue(claims_of(), None)
    answers = await asyncio.gather(*(refused(desk, ticket, None) for _ in range(20)))
    assert answers.count(False) == 1


@pytest.mark.parametrize(("after_ms", "late"), [(TICKET_TTL_S * 1000 - 1, False), (TICKET_TTL_S * 1000, True)])
async def test_a_ticket_is_good_until_its_time_is_over(
    desk: TicketDesk, clock: Clock, after_ms: int, late: bool
) -> None:
    ticket = await desk.issue(claims_of(), None)
    clock.now_ms += after_ms
    assert await refused(desk, ticket, None) is late


async def test_tickets_that_nobody_used_do_not_pile_up(store: Store, desk: TicketDesk, clock: Clock) -> None:
    for _ in range(3):
        await desk.issue(claims_of(), None)
    clock.now_ms += TICKET_TTL_S * 1000
    await desk.redeem(await desk.issue(claims_of(), None), None)
    assert await tickets_kept(store) == 0


@pytest.mark.parametrize("from_page", [None, "https://evil.example", "https://app.example:8443", "null", ""])
async def test_a_pages_ticket_works_from_that_page_only(desk: TicketDesk, from_page: str | None) -> None:
    ticket = await desk.issue(claims_of(), ORIGIN)
    assert await refused(desk, ticket, from_page)
    assert await refused(desk, ticket, ORIGIN), "and trying it elsewhere has used it up"


async def test_a_native_clients_ticket_works_without_a_page(desk: TicketDesk) -> None:
    assert await desk.redeem(await desk.issue(claims_of(), None), None) == claims_of()


@pytest.mark.parametrize("ticket", ["", "guess", "x" * 5_000, "é", "0" * 43])
async def test_what_was_never_issued_opens_nothing(desk: TicketDesk, ticket: str) -> None:
    assert await refused(desk, ticket, None)


async def test_the_ticket_itself_is_not_kept(store: Store, desk: TicketDesk) -> None:
    ticket = await desk.issue(claims_of(), None)
    async with store.database.reader.connect() as connection:
        (kept,) = (await connection.execute(select(tables.tickets.c.hash))).scalars()
    assert ticket not in kept
    assert await refused(desk, kept, None)
