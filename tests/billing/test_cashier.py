"""The cashier against a till that says what each test wrote down, with the books in memory and in both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.cashier import LATE_MS, Cashier, PollReport
from billing.errors import (
    InvalidPack,
    NoCustomer,
    NothingToRefund,
    OrderBusy,
    TillUnavailable,
    UnknownOrder,
    UnknownPack,
    WebhookRefused,
)
from billing.orders import DAY_MS, HOUR_MS, Discrepancy, Order
from billing.reconciling import Finding
from billing.shop_double import MemoryUnits
from billing.till import BalanceLine, CheckoutPage, CheckoutRequest, DisputeStatus, SessionState
from billing.types import Usage
from tests.billing.builders import FAN, NOW_MS, STRANGER, TEXT, TTL_MS, stock
from tests.billing.scripted_till import SECRET, ScriptedTill, signed, told
from tests.billing.shop_builders import Clock, counted, furnish
from tests.billing.shops import SqlShopUnits

Units = MemoryUnits | SqlShopUnits


@dataclass
class Counter:
    """A shop with its cashier, its till and its time."""

    units: Units
    till: ScriptedTill
    clock: Clock
    cashier: Cashier
    numbers: count[int]

    async def begin(self, pack: str = "small", shortfall: int = 0) -> str:
        urls = {"success_url": "https://s/{ORDER}", "cancel_url": "https://c"}
        return (await self.cashier.checkout(FAN, pack, shortfall=shortfall, **urls)).order

    async def buy(self) -> str:
        order = await self.begin()
        self.till.pay(order)
        await self.cashier.fulfil(order)
        return order

    async def tell(self, kind: str, thing: str, name: str, event: str | None = None, **fields: str) -> str:
        event = event or f"evt_{next(self.numbers)}"
        payload = told(kind, {"id": name, "object": thing, **fields}, name=event)
        return await self.cashier.webhook(payload, signed(payload, self.clock.now_ms))

    async def available(self) -> int:
        async with self.units.begin() as unit:
            assert await unit.books.verify() == ()
            return (await unit.books.wallet(FAN)).available

    async def wrong(self) -> list[Discrepancy]:
        async with self.units.begin() as unit:
            return [found for found, _ in await unit.shop.discrepancies()]


async def opened(units: Units) -> Counter:
    clock = Clock()
    till = ScriptedTill(clock)
    cashier = Cashier(units, till, clock=clock, new_id=counted(), livemode=False, secrets=["old", SECRET])
    await furnish(units)
    return Counter(units, till, clock, cashier, count(1))


@pytest.fixture
async def at(units: Units) -> Counter:
    return await opened(units)


class TestCheckout:
    async def test_what_is_offered_is_in_the_regions_currency(self, at: Counter) -> None:
        exact, small, monthly = await at.cashier.offers(region="jp", shortfall=12)
        assert (exact.credits, exact.amount_minor, exact.currency, exact.covers) == (30, 54, "jpy", True)
        assert (small.amount_minor, small.currency, monthly.interval) == (750, "jpy", "month")
        assert [offer.currency for offer in await at.cashier.offers(region="FR")] == ["usd", "usd"]

    async def test_the_till_is_asked_for_exactly_what_was_offered(self, at: Counter) -> None:
        order = await at.begin()
        request = at.till.requests[0]
        assert (request.order, request.fan, request.credits, request.customer) == (order, FAN, 550, None)
        assert (request.amount_minor, request.currency, request.mode) == (499, "usd", "payment")
        assert request.success_url == f"https://s/{order}"
        kept = (await at.cashier.orders(FAN))[0]
        assert (kept.id, kept.state, kept.session) == (order, "open", f"cs_{order}")
        assert await at.cashier.orders(STRANGER) == ()

    async def test_an_exact_top_up_covers_what_is_missing(self, at: Counter) -> None:
        order = await at.begin("exact", shortfall=123)
        at.till.pay(order)
        await at.cashier.fulfil(order)
        assert (at.till.requests[0].amount_minor, await at.available()) == (150, 125)

    async def test_what_is_not_for_sale_is_not_sold(self, at: Counter) -> None:
        with pytest.raises(UnknownPack):
            await at.begin("nothing")
        with pytest.raises(InvalidPack):
            await at.begin("exact")
        assert await at.cashier.orders(FAN) == ()

    async def test_an_order_whose_page_never_came_is_over_after_a_day(self, at: Counter) -> None:
        at.till.down = True
        with pytest.raises(TillUnavailable):
            await at.begin()
        at.till.down = False
        assert (await at.cashier.orders(FAN))[0].state == "new"
        at.clock.now_ms += 26 * HOUR_MS
        assert await at.cashier.poll() == PollReport(1, 0, reached=True)
        assert (await at.cashier.orders(FAN))[0].state == "expired"

    async def test_a_known_customer_is_known_again_and_sees_the_portal(self, at: Counter) -> None:
        with pytest.raises(NoCustomer):
            await at.cashier.portal(FAN, "https://back")
        await at.buy()
        await at.begin()
        assert at.till.requests[1].customer == "cus_1"
        assert await at.cashier.portal(FAN, "https://back") == "https://till.example/portal/cus_1?https://back"


class TestFulfilment:
    async def test_whoever_comes_first_grants_and_the_rest_find_it_done(self, at: Counter) -> None:
        order = await at.begin()
        assert (await at.cashier.fulfil(order)).state == "open"
        at.till.pay(order)
        assert (await at.cashier.fulfil(order)).state == "paid"
        assert await at.tell("checkout.session.completed", "checkout.session", f"cs_{order}") == "applied"
        at.clock.now_ms += DAY_MS
        await at.cashier.poll()
        assert await at.available() == 550

    async def test_a_delayed_payment_is_granted_when_it_arrives(self, at: Counter) -> None:
        order = await at.begin()
        at.till.pay(order, delayed=True)
        await at.tell("checkout.session.completed", "checkout.session", f"cs_{order}")
        assert ((await at.cashier.fulfil(order)).state, await at.available()) == ("awaiting", 0)
        at.till.pay(order)
        await at.tell("checkout.session.async_payment_succeeded", "checkout.session", f"cs_{order}")
        assert await at.available() == 550

    async def test_a_delayed_payment_that_fails_grants_nothing(self, at: Counter) -> None:
        order = await at.begin()
        at.till.pay(order, delayed=True)
        at.till.payments[f"pi_{order}"] = replace(at.till.payments[f"pi_{order}"], status="requires_payment_method")
        assert ((await at.cashier.fulfil(order)).state, await at.available()) == ("failed", 0)
        at.till.pay(order)  # the fan's bank may still think better of it
        assert (await at.cashier.fulfil(order)).state == "paid"

    async def test_a_delayed_payment_is_given_up_after_a_month(self, at: Counter) -> None:
        order = await at.begin()
        at.till.pay(order, delayed=True)
        at.clock.now_ms += 31 * DAY_MS
        found = await at.cashier.fulfil(order)
        assert (found.state, found.next_look_ms) == ("failed", None)

    async def test_an_expired_checkout_is_over(self, at: Counter) -> None:
        order = await at.begin()
        at.till.sessions[f"cs_{order}"] = replace(at.till.sessions[f"cs_{order}"], status="expired")
        await at.tell("checkout.session.expired", "checkout.session", f"cs_{order}")
        found = (await at.cashier.orders(FAN))[0]
        assert (found.state, found.next_look_ms) == ("expired", None)

    @pytest.mark.parametrize(
        ("wrong", "field", "found"),
        [
            ({"amount_minor": 498}, "amount", "498"),
            ({"currency": "eur"}, "currency", "eur"),
            ({"livemode": True}, "livemode", "True"),
            ({"order": "another"}, "order", "another"),
            ({"mode": "subscription"}, "mode", "subscription"),
        ],
    )
    async def test_what_was_not_ordered_changes_nothing_and_shows(
        self, at: Counter, wrong: dict[str, object], field: str, found: str
    ) -> None:
        order = await at.begin()
        at.till.pay(order)
        session = at.till.sessions[f"cs_{order}"]
        at.till.sessions[session.id] = replace(session, **wrong)  # type: ignore[arg-type]
        for _ in range(2):
            assert (await at.cashier.fulfil(order)).state == "open"
        assert [(each.field, each.found) for each in await at.wrong()] == [(field, found)]
        assert await at.available() == 0
        at.clock.now_ms += 31 * DAY_MS
        assert (await at.cashier.fulfil(order)).next_look_ms is None

    @pytest.mark.parametrize("wrong", [{"amount_minor": 498}, {"currency": "eur"}, {"livemode": True}, {"order": None}])
    async def test_the_payment_itself_has_to_be_right_too(self, at: Counter, wrong: dict[str, object]) -> None:
        order = await at.begin()
        at.till.pay(order)
        at.till.payments[f"pi_{order}"] = replace(at.till.payments[f"pi_{order}"], **wrong)  # type: ignore[arg-type]
        assert (await at.cashier.fulfil(order)).state == "open"
        assert (len(await at.wrong()), await at.available()) == (1, 0)

    async def test_an_order_that_was_refunded_before_we_looked_is_granted_and_taken(self, at: Counter) -> None:
        order = await at.begin()
        at.till.pay(order)
        at.till.refunded(f"pi_{order}", 499)
        found = await at.cashier.fulfil(order)
        assert (found.state, found.refunded_minor, await at.available()) == ("paid", 499, 0)

    async def test_what_an_older_look_saw_never_overwrites_what_a_newer_one_booked(self, at: Counter) -> None:
        order = await at.buy()
        payment, asking = f"pi_{order}", at.till.payment
        at.till.dispute(payment, "needs_response")

        async def slow(payment_id: str) -> object:
            old = await asking(payment_id)
            at.till.payment = asking  # type: ignore[method-assign]
            at.till.dispute(payment, "lost")
            await at.cashier.fulfil(order)  # somebody else looks while our answer is on its way
            return old

        at.till.payment = slow  # type: ignore[method-assign,assignment]
        assert (await at.cashier.fulfil(order)).dispute == "lost"

    async def test_who_is_always_overtaken_gives_up(self, at: Counter) -> None:
        order = await at.buy()
        asking = at.till.payment

        async def overtaken(payment_id: str) -> object:
            async with at.units.begin() as unit:
                now = await unit.shop.locked(order)
                await unit.shop.save(replace(now, looks=now.looks + 1))
            return await asking(payment_id)

        at.till.payment = overtaken  # type: ignore[method-assign,assignment]
        with pytest.raises(OrderBusy):
            await at.cashier.fulfil(order)

    async def test_a_fan_who_pays_before_our_commit_is_served_once(self, at: Counter) -> None:
        opening = at.till.open_checkout

        async def paid_at_once(request: CheckoutRequest) -> CheckoutPage:
            page = await opening(request)
            at.till.pay(request.order)
            await at.tell("checkout.session.completed", "checkout.session", page.session)
            return page

        at.till.open_checkout = paid_at_once  # type: ignore[method-assign,assignment]
        order = await at.begin()
        assert ((await at.cashier.fulfil(order)).state, await at.available()) == ("paid", 550)

    async def test_an_order_that_never_was_is_not_fulfilled(self, at: Counter) -> None:
        with pytest.raises(UnknownOrder):
            await at.cashier.fulfil("nothing")


class TestSubscription:
    async def test_each_paid_period_grants_once_and_lapses_after_its_grace(self, at: Counter) -> None:
        order = await at.begin("pass")
        at.till.subscribe(order)
        for _ in range(2):
            assert (await at.cashier.fulfil(order)).state == "paid"
        assert await at.available() == 800
        at.clock.now_ms = NOW_MS + 30 * DAY_MS
        at.till.bill(order, 2)
        await at.tell("invoice.paid", "invoice", "in_2")
        await at.tell("invoice_payment.paid", "invoice_payment", "inpay", invoice="in_2")
        assert await at.available() == 1600
        at.clock.now_ms = NOW_MS + 33 * DAY_MS
        async with at.units.begin() as unit:
            assert await unit.books.lapse(now_ms=at.clock.now_ms, limit=9) == (FAN,)
        assert await at.available() == 800

    async def test_a_renewal_nobody_told_of_is_found_by_the_poller(self, at: Counter) -> None:
        order = await at.begin("pass")
        at.till.subscribe(order)
        await at.cashier.fulfil(order)
        at.till.bill(order, 2)
        at.clock.now_ms = NOW_MS + 30 * DAY_MS + HOUR_MS
        await at.cashier.poll()
        assert await at.available() == 1600

    async def test_a_period_that_is_served_late_has_its_grace_from_then_on(self, at: Counter) -> None:
        order = await at.begin("pass")
        at.till.subscribe(order)
        at.clock.now_ms = NOW_MS + 90 * DAY_MS
        await at.cashier.fulfil(order)
        assert await at.available() == 800

    async def test_an_ended_subscription_is_not_polled(self, at: Counter) -> None:
        order = await at.begin("pass")
        at.till.subscribe(order)
        at.till.subscriptions["sub_1"] = replace(at.till.subscriptions["sub_1"], status="canceled")
        await at.tell("customer.subscription.deleted", "subscription", "sub_1")
        assert (await at.cashier.fulfil(order)).next_look_ms is None

    async def test_an_invoice_of_another_amount_grants_nothing_and_the_others_do(self, at: Counter) -> None:
        order = await at.begin("pass")
        at.till.subscribe(order)
        await at.cashier.fulfil(order)
        at.till.bill(order, 2)
        at.till.bill(order, 3)
        at.till.invoices["in_2"] = replace(at.till.invoices["in_2"], amount_paid_minor=1)
        await at.cashier.fulfil(order)
        assert (await at.available(), [each.order for each in await at.wrong()]) == (1600, [f"{order}-in_2"])

    async def test_an_order_that_is_paid_stays_so_whatever_becomes_of_its_session(self, at: Counter) -> None:
        order = await at.begin("pass")
        at.till.subscribe(order)
        await at.cashier.fulfil(order)
        at.till.sessions[f"cs_{order}"] = replace(at.till.sessions[f"cs_{order}"], status="expired")
        assert (await at.cashier.fulfil(order)).state == "paid"

    async def test_a_disputed_period_freezes_its_own_credits_only(self, at: Counter) -> None:
        order = await at.begin("pass")
        at.till.subscribe(order)
        at.till.bill(order, 2)
        await at.cashier.fulfil(order)
        at.till.dispute("pi_in_2", "needs_response")
        await at.tell("charge.dispute.created", "dispute", "du_1", charge="ch_in_2")
        assert await at.available() == 800

    async def test_a_subscription_that_is_not_paid_yet_waits(self, at: Counter) -> None:
        order = await at.begin("pass")
        assert (await at.cashier.fulfil(order)).state == "open"
        at.till.subscribe(order)
        at.till.invoices["in_1"] = replace(at.till.invoices["in_1"], status="open", payment=None)
        assert (await at.cashier.fulfil(order)).state == "awaiting"


class TestWebhook:
    @pytest.mark.parametrize(
        ("header", "reason"),
        [
            (lambda payload: "", "unsigned"),
            (lambda payload: signed(payload, NOW_MS, "stolen"), "forged"),
            (lambda payload: signed(payload + b" ", NOW_MS), "forged"),
            (lambda payload: signed(payload, NOW_MS - HOUR_MS), "stale"),
            (lambda payload: signed(payload, NOW_MS + DAY_MS), "future"),
        ],
    )
    async def test_what_is_not_authentic_is_counted_and_changes_nothing(
        self, at: Counter, header: Callable[[bytes], str], reason: str
    ) -> None:
        order = await at.begin()
        at.till.pay(order)
        payload = told("checkout.session.completed", {"id": f"cs_{order}", "object": "checkout.session"})
        for _ in range(2):
            with pytest.raises(WebhookRefused) as caught:
                await at.cashier.webhook(payload, header(payload))
            assert caught.value.reason == reason
        async with at.units.begin() as unit:
            assert await unit.shop.refused() == {(NOW_MS // DAY_MS, reason): 2}
            assert await unit.shop.taken_in() == {}
        assert (await at.cashier.orders(FAN))[0].state == "open"

    async def test_the_other_mode_is_refused(self, at: Counter) -> None:
        payload = told("checkout.session.completed", {"id": "cs", "object": "checkout.session"}, livemode=True)
        with pytest.raises(WebhookRefused) as caught:
            await at.cashier.webhook(payload, signed(payload, NOW_MS))
        assert caught.value.reason == "wrong_mode"

    async def test_a_duplicate_changes_nothing_and_asks_nothing(self, at: Counter) -> None:
        order = await at.begin()
        at.till.pay(order)
        kind, thing = "checkout.session.completed", "checkout.session"
        assert await at.tell(kind, thing, f"cs_{order}", "evt_a") == "applied"
        asked = at.till.asked
        assert await at.tell(kind, thing, f"cs_{order}", "evt_a") == "duplicate"
        assert (at.till.asked, await at.available()) == (asked, 550)

    async def test_a_duplicate_that_comes_while_the_first_is_on_its_way_changes_nothing(self, at: Counter) -> None:
        order = await at.begin()
        at.till.pay(order)
        asking = at.till.session

        async def slow(session_id: str) -> object:
            at.till.session = asking  # type: ignore[method-assign]
            await at.tell("checkout.session.completed", "checkout.session", f"cs_{order}", "evt_a")
            return await asking(session_id)

        at.till.session = slow  # type: ignore[method-assign,assignment]
        await at.tell("checkout.session.completed", "checkout.session", f"cs_{order}", "evt_a")
        assert ((await at.cashier.orders(FAN))[0].looks, await at.available()) == (1, 550)

    async def test_without_the_till_nothing_is_kept_and_it_may_come_again(self, at: Counter) -> None:
        order = await at.begin()
        at.till.pay(order)
        at.till.down = True
        with pytest.raises(TillUnavailable):
            await at.tell("checkout.session.completed", "checkout.session", f"cs_{order}", "evt_a")
        at.till.down = False
        assert await at.tell("checkout.session.completed", "checkout.session", f"cs_{order}", "evt_a") == "applied"
        assert await at.available() == 550

    async def test_what_concerns_nothing_of_ours_is_acknowledged_and_counted(self, at: Counter) -> None:
        at.till.sessions["cs_x"] = replace((await self.foreign(at)), id="cs_x")
        for kind, thing, name in (
            ("checkout.session.completed", "checkout.session", "cs_x"),
            ("checkout.session.completed", "checkout.session", "cs_unheard_of"),
            ("payment_intent.succeeded", "payment_intent", "pi_unheard_of"),
            ("invoice.paid", "invoice", "in_unheard_of"),
            ("customer.subscription.updated", "subscription", "sub_unheard_of"),
        ):
            assert await at.tell(kind, thing, name) == "unknown"
        assert await at.tell("payout.paid", "payout", "po_1", "evt_p") == "ignored"
        assert await at.tell("payout.paid", "payout", "po_1", "evt_p") == "duplicate"
        async with at.units.begin() as unit:
            assert await unit.shop.taken_in() == {"unknown": 5, "ignored": 1}

    async def foreign(self, at: Counter) -> SessionState:
        order = await at.begin()
        return replace(at.till.sessions[f"cs_{order}"], order="somebody-elses")

    async def test_a_webhook_that_overtakes_our_own_commit_finds_the_order(self, at: Counter) -> None:
        order = await at.begin()
        at.till.pay(order)
        async with at.units.begin() as unit:
            await unit.shop.save(replace(await unit.shop.locked(order), session=None, state="new"))
        await at.tell("checkout.session.completed", "checkout.session", f"cs_{order}")
        found = (await at.cashier.orders(FAN))[0]
        assert (found.state, found.session, await at.available()) == ("paid", f"cs_{order}", 550)

    @pytest.mark.parametrize("told_first", ["payment_intent", "charge"])
    async def test_a_payment_leads_to_its_order(self, at: Counter, told_first: str) -> None:
        order = await at.begin()
        at.till.pay(order)
        if told_first == "charge":
            await at.tell("charge.refunded", "charge", f"ch_{order}")
        else:
            await at.tell("payment_intent.succeeded", "payment_intent", f"pi_{order}")
        assert await at.available() == 550

    @pytest.mark.parametrize("kind", ["payment", "invoice", "subscription"])
    async def test_anything_of_a_subscription_leads_to_its_order(self, at: Counter, kind: str) -> None:
        order = await at.begin("pass")
        at.till.subscribe(order)
        async with at.units.begin() as unit:
            await unit.shop.save(replace(await unit.shop.locked(order), session=None, state="new"))
        match kind:
            case "payment":
                await at.tell("payment_intent.succeeded", "payment_intent", "pi_in_1")
            case "invoice":
                await at.tell("invoice.paid", "invoice", "in_1")
            case _:
                await at.tell("customer.subscription.created", "subscription", "sub_1")
        assert await at.available() == 800

    async def test_an_invoice_without_our_metadata_leads_there_by_its_subscription(self, at: Counter) -> None:
        order = await at.begin("pass")
        at.till.subscribe(order)
        at.till.invoices["in_1"] = replace(at.till.invoices["in_1"], order=None)
        await at.tell("invoice.paid", "invoice", "in_1")
        assert (await at.available(), (await at.wrong())[0].field) == (0, "order")


STATES: list[tuple[int, DisputeStatus | None]] = [
    (0, "needs_response"),
    (100, "needs_response"),
    (100, "under_review"),
    (100, "won"),
    (499, None),
    (0, "lost"),
    (100, "lost"),
    (0, "warning_needs_response"),
]


class TestStandingOfOrders:
    async def test_a_dispute_freezes_and_its_end_decides(self, at: Counter) -> None:
        order = await at.buy()
        at.till.dispute(f"pi_{order}", "needs_response")
        await at.tell("charge.dispute.funds_withdrawn", "dispute", "du_1", charge=f"ch_{order}")
        found = (await at.cashier.orders(FAN))[0]
        assert (await at.available(), found.dispute, found.next_look_ms) == (0, "needs_response", NOW_MS + 6 * HOUR_MS)
        at.till.dispute(f"pi_{order}", "won")
        at.clock.now_ms += 6 * HOUR_MS
        await at.cashier.poll()  # nobody told
        assert await at.available() == 550

    async def test_what_holds_were_promised_is_taken_by_the_poller(self, at: Counter) -> None:
        order = await at.buy()
        async with at.units.begin() as unit:
            await stock(unit.books)
            await unit.books.hold("t1", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
        at.till.dispute(f"pi_{order}", "lost")
        assert (await at.cashier.fulfil(order)).pending == 3
        async with at.units.begin() as unit:
            await unit.books.void("t1", "failed", now_ms=NOW_MS)
        at.clock.now_ms += HOUR_MS
        await at.cashier.poll()
        found = (await at.cashier.orders(FAN))[0]
        assert (found.pending, found.next_look_ms, await at.available()) == (0, None, 0)

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.integers(0, len(STATES) - 1), min_size=1, max_size=5), st.randoms(use_true_random=False))
    async def test_any_order_and_repetition_of_webhooks_gives_the_same_books(
        self, path: list[int], chance: object
    ) -> None:
        """I9: to one cashier each state is told as it comes, to the other all of them late, shuffled and doubled."""
        told_all, told_late = await opened(MemoryUnits()), await opened(MemoryUnits())
        for at in (told_all, told_late):
            await at.buy()
        events = [f"evt_{number}" for number in range(len(path))] * 2
        chance.shuffle(events)  # type: ignore[attr-defined]
        for step, state in enumerate(path):
            for at in (told_all, told_late):
                refunded, dispute = STATES[state]
                at.till.refunded("pi_order-1", refunded)
                if dispute:
                    at.till.dispute("pi_order-1", dispute)
            await told_all.tell("charge.refunded", "charge", "ch_order-1", events[step])
        for event in events:
            await told_late.tell("charge.refunded", "charge", "ch_order-1", event)
        await told_all.tell("charge.refunded", "charge", "ch_order-1", "evt_last")
        assert await books(told_all) == await books(told_late)


async def books(at: Counter) -> tuple[int, int, list[int]]:
    """What a fan has, owes and has left of each lot."""
    async with at.units.begin() as unit:
        lots = [lot.remaining for lot in await unit.books.lots_of("order-1")]
        debt = await unit.books.debt(FAN)
    return await at.available(), debt, lots


class TestRefund:
    async def refund(self, at: Counter, order: str, credits: int | None = None, key: str = "r1") -> Order:
        return await at.cashier.refund(
            order, credits, reason="requested_by_customer", note="sorry", actor="desk:ana", idem_key=key
        )

    async def test_all_that_is_left_is_given_back_to_the_last_cent(self, at: Counter) -> None:
        order = await at.buy()
        found = await self.refund(at, order)
        assert (found.refunded_minor, await at.available()) == (499, 0)
        with pytest.raises(NothingToRefund):
            await self.refund(at, order, key="r2")

    async def test_part_of_it_is_given_back_rounded_down(self, at: Counter) -> None:
        order = await at.buy()
        assert (await self.refund(at, order, 100)).refunded_minor == 99
        assert await at.available() == 550 - 99 - 9
        assert (await self.refund(at, order, key="r2")).refunded_minor == 499

    async def test_the_same_key_again_gives_back_nothing_more(self, at: Counter) -> None:
        order = await at.buy()
        for credits in (100, 100, 300):
            assert (await self.refund(at, order, credits)).refunded_minor == 99
        async with at.units.begin() as unit:
            kept = await unit.shop.refunds_of(order)
        assert [(each.key, each.amount_minor, each.actor, each.note) for each in kept] == [
            ("r1", 99, "desk:ana", "sorry")
        ]

    async def test_what_is_spent_is_not_given_back(self, at: Counter) -> None:
        order = await at.buy()
        async with at.units.begin() as unit:
            await stock(unit.books)
            for number in range(50):  # 150 credits: the 50 of the bonus first
                await unit.books.hold(f"t{number}", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
                await unit.books.capture(f"t{number}", Usage(text=True), now_ms=NOW_MS)
        found = await self.refund(at, order, 10_000)
        assert (found.refunded_minor, await at.available()) == (399, 1)  # 499 · 400 / 500, rounded down

    async def test_what_is_not_paid_is_not_refunded(self, at: Counter) -> None:
        with pytest.raises(NothingToRefund):
            await self.refund(at, await at.begin())
        delayed = await at.begin()
        at.till.pay(delayed, delayed=True)
        with pytest.raises(NothingToRefund):
            await self.refund(at, delayed)

    async def test_of_a_subscription_a_period_is_refunded_and_not_the_whole(self, at: Counter) -> None:
        order = await at.begin("pass")
        at.till.subscribe(order)
        await at.cashier.fulfil(order)
        with pytest.raises(NothingToRefund):
            await self.refund(at, order)
        assert (await self.refund(at, f"{order}-in_1")).refunded_minor == 499
        assert await at.available() == 0


def line(name: str, category: str, amount: int, payment: str | None, at_ms: int = NOW_MS) -> BalanceLine:
    return BalanceLine(name, category, category, amount, 0, "usd", at_ms, None, payment, None)


class TestReconcile:
    SPAN = (NOW_MS - DAY_MS, NOW_MS + DAY_MS)

    async def test_what_matches_is_counted(self, at: Counter) -> None:
        order = await at.buy()
        at.till.lines = [line("t1", "charge", 499, f"pi_{order}"), line("t2", "payout", -499, None)]
        found = await at.cashier.reconcile(*self.SPAN, repair=True)
        assert (found.matched, found.findings, found.repaired) == (1, (), ())

    async def test_a_lost_webhook_is_found_and_repaired(self, at: Counter) -> None:
        order = await at.begin()
        at.till.pay(order)
        at.till.lines = [line("t1", "charge", 499, f"pi_{order}")]
        found = await at.cashier.reconcile(*self.SPAN, repair=False)
        missing = Finding("missing_here", f"pi_{order}", None, "", "charge 499 usd", ("t1",))
        assert (found.findings, found.repaired, await at.available()) == ((missing,), (), 0)
        assert (await at.cashier.reconcile(*self.SPAN, repair=True)).repaired == (order,)
        assert await at.available() == 550
        assert (await at.cashier.reconcile(*self.SPAN, repair=True)).findings == ()

    async def test_a_refund_nobody_told_of_is_found_and_repaired(self, at: Counter) -> None:
        order = await at.buy()
        at.till.refunded(f"pi_{order}", 499)
        at.till.lines = [line("t1", "charge", 499, f"pi_{order}"), line("t2", "refund", -499, f"pi_{order}")]
        found = await at.cashier.reconcile(*self.SPAN, repair=True)
        assert [(each.kind, each.expected, each.found) for each in found.findings] == [("refund", "0", "499")]
        assert await at.available() == 0
        assert (await at.cashier.reconcile(*self.SPAN, repair=True)).matched == 1

    async def test_a_payment_that_is_none_of_ours_is_named_and_left_alone(self, at: Counter) -> None:
        at.till.lines = [line("t1", "charge", 100, "pi_theirs")]
        found = await at.cashier.reconcile(*self.SPAN, repair=True)
        assert ([each.payment for each in found.findings], found.repaired) == (["pi_theirs"], ())

    async def test_a_grant_the_till_knows_nothing_of_is_found(self, at: Counter) -> None:
        order = await at.buy()
        found = await at.cashier.reconcile(*self.SPAN, repair=False)
        assert found.findings == (Finding("missing_there", f"pi_{order}", order, "499 usd", ""),)
        at.till.lines = [line("t1", "charge", 499, f"pi_{order}", NOW_MS - LATE_MS)]
        assert (await at.cashier.reconcile(*self.SPAN, repair=False)).findings == ()

    async def test_a_converted_payment_is_judged_by_itself(self, at: Counter) -> None:
        order = await at.buy()
        at.till.lines = [replace(line("t1", "charge", 455, f"pi_{order}"), currency="eur")]
        assert (await at.cashier.reconcile(*self.SPAN, repair=False)).matched == 1
        at.till.refunded(f"pi_{order}", 5)
        found = await at.cashier.reconcile(*self.SPAN, repair=False)
        assert [each.kind for each in found.findings] == ["currency"]


class TestPoll:
    async def test_it_stops_when_the_till_does_not_answer(self, at: Counter) -> None:
        await at.begin()
        at.clock.now_ms += HOUR_MS
        at.till.down = True
        assert await at.cashier.poll() == PollReport(0, 0, reached=False)

    async def test_an_order_the_till_does_not_know_does_not_stand_in_the_way(self, at: Counter) -> None:
        order = await at.begin()
        other = await at.begin()
        at.till.pay(other)
        del at.till.sessions[f"cs_{order}"]
        at.clock.now_ms += HOUR_MS
        assert await at.cashier.poll() == PollReport(1, 1, reached=True)
        assert await at.cashier.poll() == PollReport(0, 0, reached=True)
        assert await at.available() == 550

    async def test_it_does_no_more_than_it_is_told(self, at: Counter) -> None:
        for _ in range(3):
            await at.begin()
        at.clock.now_ms += HOUR_MS
        assert (await at.cashier.poll(limit=2)).looked == 2
