"""Promotions: the rules alone, then the same contract in memory, in SQLite and in PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import promotions as rules
from billing.adapters.sql_books import SqlBooks
from billing.adapters.sql_promotions import SqlPromotions
from billing.doubles import MemoryBooks
from billing.errors import (
    IdempotencyConflict,
    InvalidAmount,
    InvalidPromotion,
    PromotionRefused,
    SameApprover,
    UnknownPromotion,
)
from billing.gift_ports import Promotions
from billing.ports import Books
from billing.promoting import first_purchase_bonus, give, redeem_code
from billing.promotion_double import MemoryPromotions
from billing.promotions import Gift, Promotion, PromotionKind, Redeemed
from billing.units import DAY_MS, HOUR_MS
from gateway.adapters.database import Database
from tests.billing.builders import FAN, NOW_MS, STRANGER
from tests.postgres import until_waiting

CODE = Promotion("lantern", "code", "For lantern lighters", NOW_MS, "ana", "ben", credits=10, lot_days=30)
WELCOME = Promotion("hello", "welcome", "Welcome", NOW_MS, "ana", "ben", credits=20, per_hour_max=3)
DAILY = Promotion("line", "daily", "A line a day", NOW_MS, "ana", "ben", credits=2)
FIRST = Promotion("first", "first_purchase", "Half as much again", NOW_MS, "ana", "ben", bonus_bps=5_000)


@dataclass(frozen=True, slots=True)
class Unit:
    books: Books
    promotions: Promotions


Units = Callable[[], AbstractAsyncContextManager[Unit]]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def units(request: pytest.FixtureRequest) -> Units:
    if request.param == "memory":
        books, promotions = MemoryBooks(), MemoryPromotions()

        @asynccontextmanager
        async def remembered() -> AsyncIterator[Unit]:
            async with books.transaction() as kept, promotions.transaction() as offers:
                yield Unit(kept, offers)

        return remembered
    database: Database = request.getfixturevalue(request.param)

    @asynccontextmanager
    async def written() -> AsyncIterator[Unit]:
        async with database.writer.begin() as connection:
            yield Unit(SqlBooks(connection), SqlPromotions(connection))

    return written


async def offer(units: Units, *promotions: Promotion) -> None:
    async with units() as unit:
        for promotion in promotions:
            await unit.promotions.offer(promotion)


async def typed(units: Units, code: str, fan: str = FAN, *, source: str = "here", now_ms: int = NOW_MS) -> int:
    async with units() as unit:
        return await redeem_code(unit, code, fan, source=source, verified=True, now_ms=now_ms)


async def given_to(
    units: Units, kind: PromotionKind, fan: str = FAN, *, verified: bool = True, now_ms: int = NOW_MS, bought: int = 0
) -> int:
    async with units() as unit:
        return await give(unit, kind, fan, source="here", verified=verified, now_ms=now_ms, bought=bought)


async def available(units: Units, fan: str = FAN) -> int:
    async with units() as unit:
        assert await unit.books.verify(now_ms=NOW_MS) == ()
        return (await unit.books.wallet(fan)).available


class TestWhatMayBeOffered:
    @pytest.mark.parametrize(
        ("changed", "error"),
        [
            (replace(CODE, approver=" Ana"), SameApprover),
            (replace(CODE, credits=-1), InvalidAmount),
            (replace(CODE, credits=1_000_001), InvalidAmount),
            (replace(CODE, credits=0), InvalidPromotion),
            (replace(CODE, name=""), InvalidPromotion),
            (replace(CODE, name="x" * 64), InvalidPromotion),
            (replace(CODE, name="Lantern"), InvalidPromotion),
            (replace(CODE, name="lan:tern"), InvalidPromotion),
            (replace(CODE, bonus_bps=1), InvalidPromotion),
            (replace(FIRST, bonus_bps=-1), InvalidPromotion),
            (replace(FIRST, bonus_bps=100_001), InvalidPromotion),
            (replace(CODE, ends_at_ms=NOW_MS), InvalidPromotion),
            (replace(CODE, lot_days=0), InvalidPromotion),
            (replace(CODE, redemptions_max=0), InvalidPromotion),
            (replace(CODE, per_hour_max=0), InvalidPromotion),
            (replace(CODE, per_source_day_max=0), InvalidPromotion),
        ],
    )
    def test_what_is_wrong_is_refused(self, changed: Promotion, error: type[Exception]) -> None:
        with pytest.raises(error):
            rules.admit(changed)

    @pytest.mark.parametrize("promotion", [CODE, WELCOME, DAILY, FIRST, replace(CODE, ends_at_ms=NOW_MS + 1)])
    def test_what_is_right_is_offered(self, promotion: Promotion) -> None:
        assert rules.admit(promotion) == promotion


class TestWhoGetsIt:
    @pytest.mark.parametrize(
        ("promotion", "so_far", "now_ms", "reason"),
        [
            (CODE, Redeemed(), NOW_MS - 1, "not_begun"),
            (replace(CODE, ends_at_ms=NOW_MS + 5), Redeemed(), NOW_MS + 5, "ended"),
            (replace(CODE, redemptions_max=2), Redeemed(ever=2), NOW_MS, "spent"),
            (WELCOME, Redeemed(last_hour=3), NOW_MS, "too_fast"),
            (replace(CODE, per_source_day_max=1), Redeemed(from_source_last_day=1), NOW_MS, "too_fast"),
            (FIRST, Redeemed(), NOW_MS, "nothing"),
        ],
    )
    def test_a_bound_that_is_reached_refuses(
        self, promotion: Promotion, so_far: Redeemed, now_ms: int, reason: str
    ) -> None:
        with pytest.raises(PromotionRefused) as refused:
            rules.decide(promotion, so_far, verified=True, now_ms=now_ms)
        assert refused.value.reason == reason

    def test_one_below_a_bound_is_given(self) -> None:
        bounded = replace(CODE, redemptions_max=2, per_hour_max=2, per_source_day_max=2, ends_at_ms=NOW_MS + 5)
        gift = rules.decide(bounded, Redeemed(1, 1, 1), verified=False, now_ms=NOW_MS + 4)
        assert (gift.credits, gift.expires_at_ms) == (10, NOW_MS + 4 + 30 * DAY_MS)

    def test_a_welcome_is_for_verified_fans(self) -> None:
        with pytest.raises(PromotionRefused, match="verified"):
            rules.decide(WELCOME, Redeemed(), verified=False, now_ms=NOW_MS)

    @given(st.integers(NOW_MS, NOW_MS + 400 * DAY_MS))
    def test_a_daily_line_ends_with_its_utc_day(self, now_ms: int) -> None:
        gift = rules.decide(DAILY, Redeemed(), verified=False, now_ms=now_ms)
        assert gift.expires_at_ms is not None
        assert now_ms < gift.expires_at_ms <= now_ms + DAY_MS
        assert gift.expires_at_ms % DAY_MS == 0
        assert rules.occasion_of(DAILY, gift.expires_at_ms) != gift.occasion == rules.occasion_of(DAILY, now_ms)

    @given(bought=st.integers(0, 1_000_000), bps=st.integers(1, 100_000), flat=st.integers(0, 1_000_000))
    def test_a_bonus_is_its_share_rounded_down_and_never_beyond_a_grant(self, bought: int, bps: int, flat: int) -> None:
        first = replace(FIRST, bonus_bps=bps, credits=flat)
        exact = flat + bought * bps / 10_000
        try:
            credits = rules.decide(first, Redeemed(), verified=True, now_ms=NOW_MS, bought=bought).credits
        except PromotionRefused:
            assert exact < 1
        else:
            assert credits == 1_000_000 <= exact or exact - 1 < credits <= exact


class TestRedeeming:
    async def test_a_code_is_granted_once_in_any_spelling(self, units: Units) -> None:
        await offer(units, CODE)
        assert [await typed(units, code) for code in ("lantern", " LANTERN ", "Lantern")] == [10, 0, 0]
        assert await typed(units, "lantern", STRANGER) == 10
        assert (await available(units), await available(units, STRANGER)) == (10, 10)

    async def test_only_codes_can_be_typed_in(self, units: Units) -> None:
        await offer(units, WELCOME)
        for code in ("hello", "nothing", ""):
            with pytest.raises(UnknownPromotion):
                await typed(units, code)
        assert await available(units) == 0

    async def test_a_refused_code_leaves_nothing(self, units: Units) -> None:
        await offer(units, replace(CODE, redemptions_max=1))
        await typed(units, "lantern", STRANGER)
        with pytest.raises(PromotionRefused):
            await typed(units, "lantern")
        assert await available(units) == 0

    async def test_a_code_that_is_retired_is_unknown(self, units: Units) -> None:
        await offer(units, CODE)
        async with units() as unit:
            await unit.promotions.retire("lantern", now_ms=NOW_MS)
            await unit.promotions.retire("lantern", now_ms=NOW_MS + 1)
            assert await unit.promotions.offered("code") == ()
            with pytest.raises(UnknownPromotion):
                await unit.promotions.retire("other", now_ms=NOW_MS)
            with pytest.raises(UnknownPromotion):
                await unit.promotions.redeem("lantern", FAN, source="", verified=True, now_ms=NOW_MS)
        with pytest.raises(UnknownPromotion):
            await typed(units, "lantern")

    async def test_a_daily_line_comes_every_day_and_goes_with_it(self, units: Units) -> None:
        await offer(units, DAILY)
        midnight = (NOW_MS // DAY_MS + 1) * DAY_MS
        days = [NOW_MS, midnight - 1, midnight, midnight + DAY_MS - 1]
        assert [await given_to(units, "daily", now_ms=now_ms) for now_ms in days] == [2, 0, 2, 0]
        async with units() as unit:
            await unit.books.lapse(now_ms=midnight + DAY_MS, limit=10)
        assert await available(units) == 0

    async def test_a_velocity_cap_opens_again_with_time(self, units: Units) -> None:
        await offer(units, replace(WELCOME, per_hour_max=2, per_source_day_max=3))
        fans = [f"app:fan-{number}" for number in range(6)]
        times = [NOW_MS, NOW_MS, NOW_MS, NOW_MS + HOUR_MS, NOW_MS + HOUR_MS, NOW_MS + DAY_MS]
        got = [await given_to(units, "welcome", fan, now_ms=at) for fan, at in zip(fans, times, strict=True)]
        assert got == [20, 20, 0, 20, 0, 20]

    async def test_a_welcome_is_not_for_the_unverified(self, units: Units) -> None:
        await offer(units, WELCOME)
        assert await given_to(units, "welcome", verified=False) == 0
        assert await given_to(units, "welcome") == 20

    async def test_a_first_purchase_has_its_bonus_once(self, units: Units) -> None:
        await offer(units, FIRST)
        assert [await given_to(units, "first_purchase", bought=credits) for credits in (101, 500)] == [50, 0]

    async def test_a_bonus_to_be_booked_with_an_order_is_counted_and_grants_nothing_itself(self, units: Units) -> None:
        await offer(units, replace(FIRST, redemptions_max=1))
        async with units() as unit:
            fans = (FAN, FAN, STRANGER)
            got = [await first_purchase_bonus(unit.promotions, fan, 101, now_ms=NOW_MS) for fan in fans]
        assert (got, await available(units)) == ([50, 0, 0], 0)

    async def test_the_same_offer_again_changes_nothing_and_another_of_its_name_is_refused(self, units: Units) -> None:
        await offer(units, CODE, CODE)
        async with units() as unit:
            assert await unit.promotions.offered("code") == (CODE,)
        with pytest.raises(IdempotencyConflict):
            await offer(units, replace(CODE, credits=11))
        async with units() as unit:
            await unit.promotions.retire("lantern", now_ms=NOW_MS)
        with pytest.raises(IdempotencyConflict):
            await offer(units, CODE)


async def test_parallel_redemptions_never_pass_a_bound(database: Database) -> None:
    @asynccontextmanager
    async def units() -> AsyncIterator[Unit]:
        async with database.writer.begin() as connection:
            yield Unit(SqlBooks(connection), SqlPromotions(connection))

    await offer(units, replace(CODE, redemptions_max=7))

    async def one(number: int) -> int:
        try:
            return await typed(units, "lantern", f"app:fan-{number % 20}")
        except PromotionRefused:
            return -1

    got = await asyncio.gather(*(one(number) for number in range(40)))
    assert got.count(10) == 7
    async with units() as unit:
        assert await unit.books.verify(now_ms=NOW_MS) == ()


async def test_a_code_that_a_fan_sends_twice_at_once_is_redeemed_once(postgresql: Database) -> None:
    async def redeem() -> Gift | None:
        async with postgresql.writer.begin() as connection:
            return await SqlPromotions(connection).redeem("lantern", FAN, source="", verified=True, now_ms=NOW_MS)

    async with postgresql.writer.begin() as connection:
        await SqlPromotions(connection).offer(CODE)
    async with postgresql.writer.begin() as connection:
        first = await SqlPromotions(connection).redeem("lantern", FAN, source="", verified=True, now_ms=NOW_MS)
        running = asyncio.ensure_future(redeem())
        await until_waiting(postgresql)
    assert first is not None
    assert await running is None
