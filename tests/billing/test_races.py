"""What happens on PostgreSQL, where transactions run side by side, when two want the same thing at the same moment.

In every test the second transaction has looked or written before the first one commits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import pytest

from billing.adapters import sql_seals
from billing.adapters.sql_books import SqlBooks
from billing.errors import (
    BillingError,
    BudgetReached,
    IdempotencyConflict,
    NotRefundable,
    OverlappingPrice,
    ProposalDecided,
)
from billing.ports import Books
from billing.types import Charge, PriceVersion, Quote, Violation, Wallet
from gateway.adapters.database import Database
from tests.billing.builders import (
    FAN,
    FREE,
    MEI_SHARE,
    NOTHING,
    NOW_MS,
    PRICE,
    SPEECH,
    SPOKEN,
    STRANGER,
    TEXT,
    TTL_MS,
    WORDS,
    grant,
    stock,
)
from tests.billing.test_refunds_contract import captured, give_back
from tests.postgres import START_S, until_waiting

T = TypeVar("T")
Act = Callable[[Books], Awaitable[T]]


async def alone(database: Database, act: Act[T]) -> T:
    """Do it in a transaction of its own."""
    async with database.writer.begin() as connection:
        return await act(SqlBooks(connection))


async def raced(database: Database, first: Act[object], second: Act[T]) -> T:
    """What the second answers that ran into the first, which had not committed yet."""
    async with database.writer.begin() as connection:
        await first(SqlBooks(connection))
        running = asyncio.ensure_future(alone(database, second))
        await until_waiting(database)
    return await running


async def healthy(database: Database) -> tuple[Violation, ...]:
    return await alone(database, lambda books: books.verify(now_ms=NOW_MS))


async def test_a_grant_sent_twice_at_once_is_booked_once(postgresql: Database) -> None:
    await raced(postgresql, lambda books: grant(books, 5, "order-1"), lambda books: grant(books, 5, "order-1"))
    assert await alone(postgresql, lambda books: books.wallet(FAN)) == Wallet(FAN, 5, 0, {"promotional": 5})


async def test_one_key_for_two_fans_at_once_is_a_conflict(postgresql: Database) -> None:
    with pytest.raises(IdempotencyConflict) as caught:
        await raced(
            postgresql,
            lambda books: grant(books, 5, "order-1"),
            lambda books: grant(books, 5, "order-1", fan=STRANGER),
        )
    assert caught.value.idem_key == "order-1"
    assert await healthy(postgresql) == ()


@pytest.mark.parametrize(("first", "second"), [(TEXT, SPOKEN), (SPOKEN, TEXT), (SPOKEN, SPOKEN)])
async def test_one_turn_for_two_fans_at_once_is_a_conflict_that_leaves_nothing(
    postgresql: Database, first: Quote, second: Quote
) -> None:
    async def prepare(books: Books) -> None:
        await stock(books, 20)
        await grant(books, 20, "theirs", fan=STRANGER)

    async def refused(books: Books) -> Wallet:
        with pytest.raises(IdempotencyConflict):
            await books.hold("t1", STRANGER, second, now_ms=NOW_MS, ttl_ms=TTL_MS)
        return await books.wallet(STRANGER)

    await alone(postgresql, prepare)
    wallet = await raced(postgresql, lambda books: books.hold("t1", FAN, first, now_ms=NOW_MS, ttl_ms=TTL_MS), refused)
    assert wallet == Wallet(STRANGER, 20, 0, {"promotional": 20})
    assert (await alone(postgresql, lambda books: books.wallet(FAN))).held == first.amounts.total
    assert await healthy(postgresql) == ()


@pytest.mark.parametrize("first", [TEXT, SPOKEN])
async def test_one_turn_for_two_fans_at_once_leaves_nothing_of_the_one_with_a_cap_either(
    postgresql: Database, first: Quote
) -> None:
    async def prepare(books: Books) -> None:
        await stock(books, 20)
        await grant(books, 20, "theirs", fan=STRANGER)
        await books.set_budget(STRANGER, show="", set_by="fan", credits=9, now_ms=NOW_MS)

    async def refused(books: Books) -> Wallet:
        with pytest.raises(IdempotencyConflict):
            await books.hold("t1", STRANGER, SPOKEN, now_ms=NOW_MS, ttl_ms=TTL_MS)
        return await books.wallet(STRANGER)

    await alone(postgresql, prepare)
    wallet = await raced(postgresql, lambda books: books.hold("t1", FAN, first, now_ms=NOW_MS, ttl_ms=TTL_MS), refused)
    assert wallet == Wallet(STRANGER, 20, 0, {"promotional": 20})
    assert await healthy(postgresql) == ()


async def test_a_free_turn_sent_twice_at_once_by_a_fan_without_a_wallet_is_one_turn(postgresql: Database) -> None:
    async def hold(books: Books) -> Charge:
        return await books.hold("t1", FAN, NOTHING, now_ms=NOW_MS, ttl_ms=TTL_MS)

    await alone(postgresql, stock)
    assert await raced(postgresql, hold, hold) == Charge()
    assert await healthy(postgresql) == ()


async def test_a_turn_sent_twice_at_once_with_credits_for_one_is_one_turn(postgresql: Database) -> None:
    async def hold(books: Books) -> Charge:
        return await books.hold("t1", FAN, SPOKEN, now_ms=NOW_MS, ttl_ms=TTL_MS)

    await alone(postgresql, lambda books: stock(books, SPOKEN.amounts.total))
    assert await raced(postgresql, hold, hold) == SPOKEN.amounts
    assert await alone(postgresql, lambda books: books.wallet(FAN)) == Wallet(FAN, 0, 8, {"promotional": 8})
    assert await healthy(postgresql) == ()


async def test_a_hold_that_waits_for_the_first_cap_obeys_it(postgresql: Database) -> None:
    async def cap(books: Books) -> None:
        await books.set_budget(FAN, show="", set_by="guardian", credits=2, now_ms=NOW_MS)

    async def refused(books: Books) -> Wallet:
        with pytest.raises(BudgetReached):
            await books.hold("t1", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
        return await books.wallet(FAN)

    await alone(postgresql, lambda books: stock(books, 20))
    assert await raced(postgresql, cap, refused) == Wallet(FAN, 20, 0, {"promotional": 20})


async def test_a_capture_that_waits_for_a_grant_burns_from_it(postgresql: Database) -> None:
    """The hold has expired and what it was promised is spent: only the new lot can pay."""

    async def prepare(books: Books) -> None:
        await stock(books, 3)
        await books.hold("t1", FAN, TEXT, now_ms=NOW_MS, ttl_ms=1)
        await books.expire("t1", now_ms=NOW_MS + 1)
        await books.hold("t2", FAN, TEXT, now_ms=NOW_MS + 1, ttl_ms=TTL_MS)
        await books.capture("t2", WORDS, now_ms=NOW_MS + 2)

    await alone(postgresql, prepare)
    receipt = await raced(
        postgresql,
        lambda books: grant(books, 5, "order-1", lot_class="purchased", now_ms=NOW_MS + 3),
        lambda books: books.capture("t1", WORDS, now_ms=NOW_MS + 3),
    )
    assert (receipt.charged, receipt.reason) == (Charge(3), "delivered")
    assert [burn.lot_class for burn in receipt.burned] == ["purchased"]
    assert await healthy(postgresql) == ()


@pytest.mark.parametrize(
    ("other", "answer"),
    [
        (PRICE, None),
        (replace(PRICE, id="p2"), OverlappingPrice),
        (replace(PRICE, amounts=Charge(9), effective_from_ms=NOW_MS), IdempotencyConflict),
    ],
)
async def test_two_prices_at_once_answer_as_one_after_the_other(
    postgresql: Database, other: PriceVersion, answer: type[BillingError] | None
) -> None:
    async def outcome() -> type[BillingError] | None:
        try:
            await raced(postgresql, lambda books: books.add_price(PRICE), lambda books: books.add_price(other))
        except BillingError as error:
            return type(error)
        return None

    assert await outcome() == answer
    assert await alone(postgresql, lambda books: books.prices()) == (PRICE,)


async def test_two_sealers_at_once_seal_every_entry_once(postgresql: Database) -> None:
    await alone(postgresql, lambda books: grant(books, 1, "a"))

    async def seal_again() -> int:
        async with postgresql.writer.begin() as connection:
            return await sql_seals.seal(connection, NOW_MS)

    async with postgresql.writer.begin() as connection:
        assert await sql_seals.seal(connection, NOW_MS) == 1
        await alone(postgresql, lambda books: grant(books, 1, "b"))
        running = asyncio.ensure_future(seal_again())
        await until_waiting(postgresql)
    assert await running == 1
    assert await healthy(postgresql) == ()


async def test_a_heartbeat_never_waits_for_a_turn_that_is_being_settled(postgresql: Database) -> None:
    async def prepare(books: Books) -> None:
        await stock(books, 20)
        for turn in ("t1", "t2"):
            await books.hold(turn, FAN, SPOKEN, now_ms=NOW_MS, ttl_ms=TTL_MS)

    await alone(postgresql, prepare)
    async with postgresql.writer.begin() as connection:
        await SqlBooks(connection).capture("t1", SPEECH, now_ms=NOW_MS)
        beat = alone(postgresql, lambda books: books.extend(["t1", "t2"], expires_at_ms=NOW_MS + 2 * TTL_MS))
        await asyncio.wait_for(beat, START_S)
    assert await alone(postgresql, lambda books: books.overdue(now_ms=NOW_MS + TTL_MS, limit=9)) == ()
    assert await healthy(postgresql) == ()


async def test_what_is_booked_during_an_audit_is_not_in_it(postgresql: Database) -> None:
    await alone(postgresql, lambda books: books.add_price(FREE))
    async with postgresql.snapshot() as connection:
        books = SqlBooks(connection)
        assert (await books.wallet(FAN)).available == 0
        await alone(postgresql, lambda books: grant(books, 5))
        assert (await books.wallet(FAN)).available == 0
        assert await books.verify() == ()
    assert (await alone(postgresql, lambda books: books.wallet(FAN))).available == 5


async def test_a_refund_sent_twice_at_once_is_booked_once(postgresql: Database) -> None:
    await alone(postgresql, captured)
    receipt = await raced(postgresql, give_back, give_back)
    assert receipt.refunded == 8
    assert (await alone(postgresql, lambda books: books.wallet(FAN))).available == 102
    assert await healthy(postgresql) == ()


async def test_two_refunds_at_once_never_give_back_more_than_was_charged(postgresql: Database) -> None:
    await alone(postgresql, captured)
    with pytest.raises(NotRefundable) as caught:
        await raced(postgresql, lambda books: give_back(books, 5, "a"), lambda books: give_back(books, 5, "b"))
    assert caught.value.left == 3
    assert await healthy(postgresql) == ()


async def test_one_refund_key_for_two_turns_at_once_is_a_conflict(postgresql: Database) -> None:
    async def prepare(books: Books) -> None:
        await captured(books)
        await grant(books, 3, "theirs", fan=STRANGER)
        await books.hold("t2", STRANGER, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
        await books.capture("t2", WORDS, now_ms=NOW_MS)

    await alone(postgresql, prepare)
    with pytest.raises(IdempotencyConflict):
        await raced(postgresql, lambda books: give_back(books, 1), lambda books: give_back(books, 1, turn="t2"))
    assert await healthy(postgresql) == ()


async def test_a_draft_approved_and_withdrawn_at_once_is_decided_once(postgresql: Database) -> None:
    draft = replace(PRICE, id="p2", approver="", effective_from_ms=NOW_MS + 1)
    await alone(postgresql, lambda books: books.card.propose(draft, now_ms=NOW_MS))
    with pytest.raises(ProposalDecided):
        await raced(
            postgresql,
            lambda books: books.card.approve("p2", approver="ben", now_ms=NOW_MS),
            lambda books: books.card.withdraw("p2", actor="ana", now_ms=NOW_MS),
        )
    assert [version.id for version in await alone(postgresql, lambda books: books.prices())] == ["p2"]


async def test_a_draft_proposed_and_terms_added_twice_at_once_are_there_once(postgresql: Database) -> None:
    draft = replace(PRICE, id="p2", approver="", effective_from_ms=NOW_MS + 1)

    async def both(books: Books) -> None:
        await books.card.propose(draft, now_ms=NOW_MS)
        await books.card.add_share(MEI_SHARE)

    await raced(postgresql, both, both)
    assert len(await alone(postgresql, lambda books: books.card.proposals())) == 1
    assert await alone(postgresql, lambda books: books.card.shares()) == (MEI_SHARE,)
    await raced(postgresql, *(2 * [lambda books: books.card.add_share(replace(MEI_SHARE, id="x", show="x"))]))
    assert len(await alone(postgresql, lambda books: books.card.shares())) == 2


async def test_a_cap_set_while_a_turn_is_taken_sees_it(postgresql: Database) -> None:
    await alone(postgresql, lambda books: stock(books, 20))
    standing = await raced(
        postgresql,
        lambda books: books.hold("t1", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS),
        lambda books: books.set_budget(FAN, show="", set_by="fan", credits=9, now_ms=NOW_MS),
    )
    assert [(cap.credits, cap.spent) for cap in standing] == [(9, 3)]
