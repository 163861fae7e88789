"""What any `Shop` and any books of orders do, the double and the real ones alike."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from billing.errors import IdempotencyConflict, InvalidPack, SameApprover, UnknownOrder, UnknownPack
from billing.orders import Discrepancy
from billing.packs import PackPrice
from billing.purchases import Purchase
from billing.shop_double import MemoryUnits
from billing.shop_ports import ShopUnits
from billing.standing import Plan, Standing, Taken
from billing.types import Charge, Usage
from billing.units import DAY_MS
from tests.billing.builders import FAN, NOW_MS, STRANGER, TEXT, TTL_MS, stock
from tests.billing.shop_builders import EXACT, PASS, SMALL, asked, event, furnish, order, pack
from tests.billing.shops import SqlShopUnits

BOUGHT = Purchase("o1", FAN, 500, 50, "purchased", 499, "usd")
PERIOD = Purchase("o2", FAN, 800, 0, "subscription", 699, "usd", NOW_MS + DAY_MS)
Units = MemoryUnits | SqlShopUnits


class TestPacks:
    async def test_packs_are_listed_by_id_and_never_twice(self, units: ShopUnits) -> None:
        for _ in range(2):
            await furnish(units)
        async with units.begin() as unit:
            assert await unit.shop.packs() == (EXACT, PASS, SMALL)
            assert await unit.shop.pack("pass") == PASS

    async def test_a_pack_that_many_put_up_at_once_is_there_once(self, units: ShopUnits) -> None:
        await asyncio.gather(*(furnish(units) for _ in range(8)))
        async with units.begin() as unit:
            assert await unit.shop.packs() == (EXACT, PASS, SMALL)

    async def test_a_retired_pack_is_sold_no_longer(self, units: ShopUnits) -> None:
        await furnish(units)
        for _ in range(2):
            async with units.begin() as unit:
                await unit.shop.retire_pack("small", actor="ana", now_ms=NOW_MS)
        async with units.begin() as unit:
            assert await unit.shop.packs() == (EXACT, PASS)
            with pytest.raises(UnknownPack):
                await unit.shop.pack("small")
            await unit.shop.add_pack(SMALL, now_ms=NOW_MS)
            assert await unit.shop.packs() == (EXACT, PASS)

    async def test_what_breaks_a_rule_is_refused(self, units: ShopUnits) -> None:
        await furnish(units)
        async with units.begin() as unit:
            with pytest.raises(SameApprover):
                await unit.shop.add_pack(pack("new", approver=" ANA"), now_ms=NOW_MS)
            with pytest.raises(InvalidPack):
                await unit.shop.add_pack(pack("new", credits=0), now_ms=NOW_MS)
            with pytest.raises(IdempotencyConflict):
                await unit.shop.add_pack(pack(prices=(PackPrice("usd", 599),)), now_ms=NOW_MS)
            with pytest.raises(UnknownPack):
                await unit.shop.retire_pack("new", actor="ana", now_ms=NOW_MS)


class TestOrders:
    async def test_an_order_is_kept_as_it_is_and_only_once(self, units: ShopUnits) -> None:
        await furnish(units)
        full = order(session="cs", payment="pi", customer="cus", dispute="won", refunded_minor=3, pending=2, looks=7)
        async with units.begin() as unit:
            assert await unit.shop.add(order())
            assert not await unit.shop.add(order(fan=STRANGER))
            assert await unit.shop.order("o1") == order()
            await unit.shop.save(full)
            assert await unit.shop.locked("o1") == full
            with pytest.raises(UnknownOrder):
                await unit.shop.order("o2")
            with pytest.raises(UnknownOrder):
                await unit.shop.locked("o2")

    async def test_an_order_is_found_by_any_of_the_tills_objects(self, units: ShopUnits) -> None:
        await furnish(units)
        parent = order("p", kind="subscription", subscription="sub", session="cs")
        period = order("p-in", kind="period", parent="p", subscription="sub", invoice="in", payment="pi")
        async with units.begin() as unit:
            await unit.shop.add(parent)
            await unit.shop.add(period)
            assert await unit.shop.find(session="cs") == parent
            assert await unit.shop.find(subscription="sub") == parent
            assert await unit.shop.find(invoice="in") == period
            assert await unit.shop.find(payment="pi") == period
            assert await unit.shop.find(payment="cs") is None
            assert await unit.shop.by_payments(["pi", "other"]) == (period,)
            assert await unit.shop.by_payments([]) == ()

    async def test_a_fans_orders_come_newest_first(self, units: ShopUnits) -> None:
        await furnish(units)
        async with units.begin() as unit:
            for name, fan, at in (("a", FAN, 1), ("b", STRANGER, 2), ("c", FAN, 3)):
                await unit.shop.add(order(name, fan=fan, now_ms=NOW_MS + at))
            assert [each.id for each in await unit.shop.of_fan(FAN)] == ["c", "a"]

    async def test_what_is_due_comes_longest_due_first(self, units: ShopUnits) -> None:
        await furnish(units)
        async with units.begin() as unit:
            for name, at_ms in (("a", 30), ("b", 10), ("c", None), ("d", 31), ("e", 20)):
                await unit.shop.add(order(name, next_look_ms=at_ms))
            assert await unit.shop.due(now_ms=30, limit=9) == ("b", "e", "a")
            assert await unit.shop.due(now_ms=30, limit=2) == ("b", "e")

    async def test_what_was_granted_in_a_span_includes_its_begin_and_not_its_end(self, units: ShopUnits) -> None:
        await furnish(units)
        async with units.begin() as unit:
            for name, at_ms in (("a", 9), ("b", 10), ("c", 19), ("d", 20)):
                await unit.shop.add(order(name, state="paid", paid_at_ms=at_ms))
            await unit.shop.add(order("s", kind="subscription", state="paid", paid_at_ms=10))
            await unit.shop.add(order("open"))
            assert [each.id for each in await unit.shop.paid_between(10, 20)] == ["b", "c"]


class TestMessages:
    async def test_an_event_is_taken_in_once_and_forgotten_after_its_time(self, units: ShopUnits) -> None:
        async with units.begin() as unit:
            assert await unit.shop.take_in(event(), "applied", now_ms=NOW_MS)
            assert not await unit.shop.take_in(event(), "ignored", now_ms=NOW_MS)
            assert await unit.shop.take_in(event("evt_2", object_id=None), "ignored", now_ms=NOW_MS + 1)
            assert await unit.shop.knows("evt_1")
            assert not await unit.shop.knows("evt_3")
            assert await unit.shop.taken_in() == {"applied": 1, "ignored": 1}
            assert await unit.shop.forget_events(before_ms=NOW_MS + 1) == 1
            assert await unit.shop.taken_in() == {"ignored": 1}

    async def test_refused_webhooks_are_counted_by_day_and_reason(self, units: ShopUnits) -> None:
        day = NOW_MS // DAY_MS
        async with units.begin() as unit:
            for reason, at_ms in (
                ("forged", NOW_MS),
                ("forged", NOW_MS),
                ("stale", NOW_MS),
                ("stale", NOW_MS + DAY_MS),
            ):
                await unit.shop.refuse(reason, now_ms=at_ms)
            assert await unit.shop.refused() == {(day, "forged"): 2, (day, "stale"): 1, (day + 1, "stale"): 1}

    async def test_what_does_not_add_up_is_kept_once_and_counted(self, units: ShopUnits) -> None:
        wrong = Discrepancy("o1", "amount", "499", "500")
        other = replace(wrong, found="1")
        async with units.begin() as unit:
            await unit.shop.note([wrong, other], now_ms=NOW_MS)
            await unit.shop.note([wrong], now_ms=NOW_MS + 1)
            assert await unit.shop.discrepancies() == ((other, 1), (wrong, 2))

    async def test_a_refund_is_asked_for_once_under_a_key(self, units: ShopUnits) -> None:
        await furnish(units)
        async with units.begin() as unit:
            await unit.shop.add(order())
            await unit.shop.add(order("o2"))
            assert await unit.shop.ask_refund(asked("r2")) == asked("r2")
            assert await unit.shop.ask_refund(asked("r1")) == asked("r1")
            assert await unit.shop.ask_refund(asked("r1", amount_minor=7, actor="desk:ben")) == asked("r1")
            assert await unit.shop.refunds_of("o1") == (asked("r1"), asked("r2"))
            assert await unit.shop.refunds_of("o2") == ()
            with pytest.raises(IdempotencyConflict):
                await unit.shop.ask_refund(asked("r1", order="o2"))

    async def test_a_transaction_that_fails_leaves_neither_order_nor_credits(self, units: ShopUnits) -> None:
        await furnish(units)

        async def fail() -> None:
            async with units.begin() as unit:
                await unit.shop.add(order())
                await unit.books.purchase(BOUGHT, now_ms=NOW_MS)
                await unit.shop.pack("no such pack")

        with pytest.raises(UnknownPack):
            await fail()
        async with units.begin() as unit:
            assert await unit.shop.of_fan(FAN) == ()
            assert await unit.books.lots_of("o1") == ()


class TestOrderBooks:
    async def test_a_purchase_is_booked_once(self, units: Units) -> None:
        for first in (True, False, False):
            async with units.begin() as unit:
                assert await unit.books.purchase(BOUGHT, now_ms=NOW_MS) is first
        async with units.begin() as unit:
            assert (await unit.books.wallet(FAN)).by_class == {"purchased": 500, "promotional": 50}
            paid = [lot.terms for lot in await unit.books.lots_of("o1") if lot.terms.paid_minor]
            assert [(terms.paid_minor, terms.currency, terms.order_id) for terms in paid] == [(499, "usd", "o1")]
            assert await unit.books.verify() == ()

    @pytest.mark.parametrize("other", [replace(BOUGHT, fan=STRANGER), replace(BOUGHT, credits=501)])
    async def test_one_order_is_never_two_purchases(self, units: Units, other: Purchase) -> None:
        async with units.begin() as unit:
            await unit.books.purchase(BOUGHT, now_ms=NOW_MS)
            with pytest.raises(IdempotencyConflict):
                await unit.books.purchase(other, now_ms=NOW_MS)

    async def test_an_order_that_was_never_paid_has_no_standing(self, units: Units) -> None:
        async with units.begin() as unit:
            await unit.books.open_wallet(FAN, now_ms=NOW_MS)
            assert await unit.books.stand("o1", FAN, Standing(499, 499), now_ms=NOW_MS) == Plan((), Taken(), 0)
            assert await unit.books.lots_of("") == ()

    async def test_frozen_credits_are_not_available_and_come_back(self, units: Units) -> None:
        async with units.begin() as unit:
            await unit.books.purchase(BOUGHT, now_ms=NOW_MS)
            await unit.books.stand("o1", FAN, Standing(499, open_minor=499), now_ms=NOW_MS)
            assert (await unit.books.wallet(FAN)).available == 0
            assert await unit.books.verify() == ()
            await unit.books.stand("o1", FAN, Standing(499), now_ms=NOW_MS)
            assert (await unit.books.wallet(FAN)).available == 550
            assert await unit.books.verify() == ()

    async def test_what_a_hold_was_promised_is_frozen_only_when_it_is_settled(self, units: Units) -> None:
        disputed = Standing(499, open_minor=499)
        async with units.begin() as unit:
            await stock(unit.books)
            await unit.books.purchase(replace(BOUGHT, bonus=0), now_ms=NOW_MS)
            await unit.books.hold("t1", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
            assert (await unit.books.stand("o1", FAN, disputed, now_ms=NOW_MS)).pending == 3
            assert (await unit.books.wallet(FAN)).available == 0
            assert (await unit.books.capture("t1", Usage(text=True), now_ms=NOW_MS)).charged == Charge(3)
            assert (await unit.books.stand("o1", FAN, disputed, now_ms=NOW_MS)).pending == 0
            assert await unit.books.verify() == ()

    async def test_a_debt_is_repaid_by_the_next_purchase_and_comes_back_when_it_was_none(self, units: Units) -> None:
        lost = Standing(499, lost_minor=499)
        async with units.begin() as unit:
            await stock(unit.books)
            await unit.books.purchase(replace(BOUGHT, bonus=0), now_ms=NOW_MS)
            for turn in ("t1", "t2"):
                await unit.books.hold(turn, FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
                await unit.books.capture(turn, Usage(text=True), now_ms=NOW_MS)
            await unit.books.stand("o1", FAN, lost, now_ms=NOW_MS)
            assert await unit.books.debt(FAN) == 6
            await unit.books.purchase(PERIOD, now_ms=NOW_MS)
            assert await unit.books.debt(FAN) == 0
            assert (await unit.books.wallet(FAN)).available == 794
            await unit.books.stand("o1", FAN, Standing(499), now_ms=NOW_MS)
            assert await unit.books.debt(FAN) == 0
            assert (await unit.books.wallet(FAN)).by_class == {"purchased": 494, "subscription": 800}
            assert await unit.books.verify() == ()

    async def test_credits_that_come_back_from_a_debt_to_the_order_looked_at_are_judged_with_it(
        self, units: Units
    ) -> None:
        async with units.begin() as unit:
            await stock(unit.books)

            async def buy_and_spend(name: str, credits: int, turns: int) -> None:
                await unit.books.purchase(Purchase(name, FAN, credits, 0, "purchased", 7, "usd"), now_ms=NOW_MS)
                for number in range(turns):
                    await unit.books.hold(f"{name}-{number}", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
                    await unit.books.capture(f"{name}-{number}", Usage(text=True), now_ms=NOW_MS)

            await buy_and_spend("a", 6, 2)
            await unit.books.stand("a", FAN, Standing(7, lost_minor=7), now_ms=NOW_MS)
            await buy_and_spend("b", 12, 1)  # 6 of it repay a
            await unit.books.stand("b", FAN, Standing(7, lost_minor=7), now_ms=NOW_MS)
            await buy_and_spend("c", 9, 0)  # all of it repays b
            await unit.books.stand("a", FAN, Standing(7), now_ms=NOW_MS)  # now b's own credits repay b
            planned = await unit.books.stand("b", FAN, Standing(7, refunded_minor=7), now_ms=NOW_MS)
            assert planned.after == Taken(refunded=9)
            assert [lot.remaining for lot in await unit.books.lots_of("b")] == [0]
            assert (await unit.books.wallet(FAN)).available == 9
            again = await unit.books.stand("b", FAN, Standing(7, refunded_minor=7), now_ms=NOW_MS)
            assert (again.entries, again.after) == ((), planned.after)
            assert await unit.books.verify() == ()

    async def test_what_comes_back_from_a_debt_serves_the_holds_so_that_nothing_is_pending(self, units: Units) -> None:
        async with units.begin() as unit:
            await stock(unit.books)
            await unit.books.purchase(Purchase("a", FAN, 3, 0, "purchased", 7, "usd"), now_ms=NOW_MS)
            await unit.books.hold("t1", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
            await unit.books.capture("t1", Usage(text=True), now_ms=NOW_MS)
            await unit.books.stand("a", FAN, Standing(7, lost_minor=7), now_ms=NOW_MS)
            await unit.books.purchase(Purchase("b", FAN, 7, 0, "purchased", 7, "usd"), now_ms=NOW_MS)  # 3 repay a
            await unit.books.refund("t1", credits=None, reason="r", actor="eve", idem_key="k", now_ms=NOW_MS)
            for turn in ("t2", "t3"):
                await unit.books.hold(turn, FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
            assert (await unit.books.wallet(FAN)).available == 1
            planned = await unit.books.stand("a", FAN, Standing(7, lost_minor=7), now_ms=NOW_MS)
            assert (planned.after, planned.pending) == (Taken(lost=3), 0)
            assert [lot.remaining for lot in await unit.books.lots_of("b")] == [7]
            assert (await unit.books.debt(FAN), await unit.books.verify()) == (0, ())

    async def test_what_comes_back_to_an_expired_lot_lapses(self, units: Units) -> None:
        async with units.begin() as unit:
            await unit.books.purchase(PERIOD, now_ms=NOW_MS)
            await unit.books.stand("o2", FAN, Standing(699, open_minor=699), now_ms=NOW_MS)
            later = NOW_MS + 2 * DAY_MS
            assert await unit.books.lapse(now_ms=later, limit=9) == ()
            await unit.books.stand("o2", FAN, Standing(699), now_ms=later)
            assert await unit.books.lapse(now_ms=later, limit=9) == (FAN,)
            assert (await unit.books.wallet(FAN)).available == 0
            assert await unit.books.verify() == ()
