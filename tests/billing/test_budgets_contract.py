"""Caps that hold turns back, and what turns cost us: the same for any `Books`."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from billing.errors import BudgetReached, IdempotencyConflict, InsufficientCredits, UnknownHold
from billing.types import Budget, PriceScope, Quote, TurnCost
from billing.units import DAY_MS
from tests.billing.builders import FAN, NOTHING, SCOPE, SPOKEN, STRANGER, TEXT, TTL_MS, WORDS, Transaction, grant, stock

NOW_MS = 20_900 * DAY_MS
MIDNIGHT_MS = NOW_MS + DAY_MS
IN_SHOW = replace(TEXT, scope=SCOPE)
ELSEWHERE = replace(TEXT, scope=PriceScope(show="another"))
COST = TurnCost("text", "a-provider", "a-model", 900, 120, "usd", 45_000)


class TestBudgets:
    async def test_a_turn_that_would_go_over_the_cap_is_refused(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books, 100)
            standing = await books.set_budget(FAN, show="", set_by="fan", credits=8, now_ms=NOW_MS)
            assert standing == (Budget("", "fan", 8, 0, MIDNIGHT_MS),)
            await books.hold("t1", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
            await books.capture("t1", WORDS, now_ms=NOW_MS)
            await books.hold("t2", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
            with pytest.raises(BudgetReached) as caught:
                await books.hold("t3", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
            error = caught.value
            assert (error.scope, error.cap, error.spent, error.resets_at_ms) == ("", 8, 6, MIDNIGHT_MS)
            assert (await books.wallet(FAN)).held == 3
            await books.void("t2", "failed", now_ms=NOW_MS)
            await books.hold("t3", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
            assert (await books.budgets(FAN, now_ms=NOW_MS))[0].spent == 6
            assert await books.verify() == ()

    async def test_a_turn_that_was_taken_before_is_answered_whatever_the_cap(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books, 100)
            held = await books.hold("t1", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
            await books.set_budget(FAN, show="", set_by="fan", credits=0, now_ms=NOW_MS)
            assert await books.hold("t1", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS) == held

    async def test_a_free_turn_passes_any_cap(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books, 100)
            await books.set_budget(FAN, show="", set_by="guardian", credits=0, now_ms=NOW_MS)
            await books.hold("t1", FAN, NOTHING, now_ms=NOW_MS, ttl_ms=TTL_MS)
            with pytest.raises(BudgetReached):
                await books.hold("t2", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)

    async def test_the_next_day_begins_anew(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books, 100)
            await books.set_budget(FAN, show="", set_by="fan", credits=3, now_ms=NOW_MS)
            await books.hold("t1", FAN, TEXT, now_ms=MIDNIGHT_MS - 1, ttl_ms=TTL_MS)
            with pytest.raises(BudgetReached):
                await books.hold("t2", FAN, TEXT, now_ms=MIDNIGHT_MS - 1, ttl_ms=TTL_MS)
            await books.hold("t2", FAN, TEXT, now_ms=MIDNIGHT_MS, ttl_ms=TTL_MS)

    async def test_a_cap_on_a_show_leaves_the_others_alone(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books, 100)
            await books.set_budget(FAN, show=SCOPE.show, set_by="fan", credits=3, now_ms=NOW_MS)
            await books.hold("t1", FAN, ELSEWHERE, now_ms=NOW_MS, ttl_ms=TTL_MS)
            await books.hold("t2", FAN, IN_SHOW, now_ms=NOW_MS, ttl_ms=TTL_MS)
            with pytest.raises(BudgetReached) as caught:
                await books.hold("t3", FAN, IN_SHOW, now_ms=NOW_MS, ttl_ms=TTL_MS)
            assert (caught.value.scope, caught.value.spent) == (SCOPE.show, 3)
            await books.hold("t3", FAN, ELSEWHERE, now_ms=NOW_MS, ttl_ms=TTL_MS)

    async def test_a_cap_is_of_one_fan(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books, 100)
            await grant(books, 9, "theirs", fan=STRANGER)
            await books.set_budget(FAN, show="", set_by="fan", credits=0, now_ms=NOW_MS)
            await books.hold("t1", STRANGER, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
            assert await books.budgets(STRANGER, now_ms=NOW_MS) == ()

    async def test_raising_waits_a_day_and_the_same_wish_again_changes_nothing(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await books.set_budget(FAN, show="", set_by="fan", credits=3, now_ms=NOW_MS)
            for now_ms in (NOW_MS, NOW_MS + 5):
                standing = await books.set_budget(FAN, show="", set_by="fan", credits=None, now_ms=now_ms)
                assert standing == (Budget("", "fan", 3, 0, MIDNIGHT_MS, None, MIDNIGHT_MS),)
            assert (await books.budgets(FAN, now_ms=MIDNIGHT_MS - 1))[0].credits == 3
            assert await books.budgets(FAN, now_ms=MIDNIGHT_MS) == ()

    async def test_who_has_too_few_credits_is_told_so_within_the_cap(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books, 5)
            await books.set_budget(FAN, show="", set_by="fan", credits=9, now_ms=NOW_MS)
            with pytest.raises(InsufficientCredits):
                await books.hold("t1", FAN, SPOKEN, now_ms=NOW_MS, ttl_ms=TTL_MS)


async def test_parallel_sends_do_not_pass_a_cap_together(sql: Transaction) -> None:
    async with sql() as books:
        await stock(books, 1_000)
        await books.set_budget(FAN, show="", set_by="fan", credits=10, now_ms=NOW_MS)

    async def send(turn: str, quote: Quote = TEXT) -> bool:
        try:
            async with sql() as books:
                await books.hold(turn, FAN, quote, now_ms=NOW_MS, ttl_ms=TTL_MS)
        except BudgetReached:
            return False
        return True

    admitted = await asyncio.gather(*(send(f"t{number}") for number in range(40)))
    assert admitted.count(True) == 3
    async with sql() as books:
        assert (await books.wallet(FAN)).held == 9
        assert await books.verify() == ()


class TestCosts:
    async def test_a_cost_is_noted_once_for_each_kind(self, transaction: Transaction) -> None:
        voice = replace(COST, kind="voice", micros=9)
        async with transaction() as books:
            await stock(books, 9)
            for turn in ("t1", "t2"):
                await books.hold(turn, FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
            for cost in (voice, COST, COST):
                await books.note_cost("t1", cost, now_ms=NOW_MS)
            assert await books.costs_of("t1") == (COST, voice)
            assert await books.costs_of("t2") == ()
            with pytest.raises(IdempotencyConflict):
                await books.note_cost("t1", replace(COST, micros=1), now_ms=NOW_MS)

    async def test_a_turn_that_never_was_costs_nothing(self, transaction: Transaction) -> None:
        async with transaction() as books:
            with pytest.raises(UnknownHold):
                await books.note_cost("t1", COST, now_ms=NOW_MS)
