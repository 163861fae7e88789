"""The cashier and webhooks: each once, in any order, and none that is not the till's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from billing.errors import (
    TillUnavailable,
    WebhookRefused,
)
from billing.till import SessionState
from billing.units import DAY_MS, HOUR_MS
from tests.billing.builders import FAN, NOW_MS
from tests.billing.counters import Counter
from tests.billing.scripted_till import signed, told


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
