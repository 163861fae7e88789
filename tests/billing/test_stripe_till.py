"""What the real adapter does when Stripe is away, slow, broken or odd; and what of it never gets out."""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
import pytest_asyncio

from billing.adapters import stripe_reading as reading
from billing.adapters.stripe_till import StripeTill
from billing.errors import BillingError, TillRefused, TillUnavailable, TillUnreadable, UnknownAtTill
from billing.till_double import MemoryTill
from billing.till_fields import Fields
from tests.billing.tills import StripeCounter, bought, membership, order, stripe_counter, subscribed
from tests.fakes.stripe_server.wire import HttpServer, Request, Response

KEY = "sk_test_keep_this_to_yourself"


@pytest_asyncio.fixture
async def counter() -> AsyncIterator[StripeCounter]:
    async with stripe_counter() as real:
        yield real


@asynccontextmanager
async def answering(
    answer: Callable[[Request], Response | None], *, timeout_s: float = 10.0
) -> AsyncIterator[StripeTill]:
    """A till whose Stripe answers like this."""

    async def handle(request: Request) -> Response | None:
        return answer(request)

    server = HttpServer(handle)
    await server.start()
    till = StripeTill(KEY, base_url=server.url, timeout_s=timeout_s, max_network_retries=0)
    try:
        yield till
    finally:
        await till.aclose()
        await server.aclose()


class TestAway:
    async def test_nobody_listening_is_unavailable(self) -> None:
        server = HttpServer(cast(Any, None))
        await server.start()
        await server.aclose()
        till = StripeTill(KEY, base_url=server.url, max_network_retries=0)
        with pytest.raises(TillUnavailable) as away:
            await till.open_checkout(order())
        await till.aclose()
        assert (away.value.reason, away.value.kept) == ("no answer", False)

    async def test_hanging_up_is_unavailable(self) -> None:
        async with answering(lambda request: None) as till:
            with pytest.raises(TillUnavailable):
                await till.session("cs_1")

    async def test_silence_is_unavailable_after_the_timeout(self) -> None:
        async def ponder(request: Request) -> Response | None:
            await asyncio.Event().wait()
            return None

        server = HttpServer(ponder)
        await server.start()
        till = StripeTill(KEY, base_url=server.url, timeout_s=0.05, max_network_retries=0)
        with pytest.raises(TillUnavailable, match="no answer"):
            await till.session("cs_1")
        await till.aclose()
        await server.aclose()

    @pytest.mark.parametrize("status", [409, 429, 500, 502, 503])
    async def test_a_status_that_passes_is_unavailable(self, counter: StripeCounter, status: int) -> None:
        await counter.server.control("answer_fault", path="/v1/checkout", status=status)
        with pytest.raises(TillUnavailable) as away:
            await counter.till.open_checkout(order())
        assert away.value.reason == f"HTTP {status}"
        assert away.value.request is not None

    async def test_a_list_that_breaks_in_the_middle_is_unavailable_and_not_short(self, counter: StripeCounter) -> None:
        payment = await bought(counter)
        for number in range(100):
            await counter.till.refund(payment, 1, key=f"r{number}", reason="duplicate")
        lines = counter.till.balance(0, 10**14)
        assert (await anext(lines)).amount_minor == -1
        await counter.server.control("answer_fault", path="/v1/balance_transactions", method="GET", status=503)
        seen = []
        with pytest.raises(TillUnavailable):
            seen.extend([line async for line in lines])
        assert seen == []

    async def test_the_double_can_be_away_too(self) -> None:
        till = MemoryTill(outages=1)
        with pytest.raises(TillUnavailable):
            await till.open_checkout(order())
        assert (await till.open_checkout(order())).session


class TestKeys:
    @pytest.mark.parametrize("executed", [True, False])
    async def test_a_500_that_is_kept_under_its_key_says_so_when_it_comes_again(
        self, counter: StripeCounter, executed: bool
    ) -> None:
        payment = await bought(counter)
        await counter.server.control("answer_fault", path="/v1/refunds", status=500, executed=executed)
        kept = []
        for _ in range(2):
            with pytest.raises(TillUnavailable) as away:
                await counter.till.refund(payment, 100, key="r1", reason="duplicate")
            kept.append(away.value.kept)
        assert kept == [False, True]
        assert (await counter.till.payment(payment)).amount_refunded_minor == (100 if executed else 0)

    async def test_a_lost_answer_is_asked_for_again_and_gives_back_once(self) -> None:
        async with stripe_counter(retries=1) as stubborn:
            payment = await bought(stubborn)
            await stubborn.server.control("answer_fault", path="/v1/refunds", lost=True)
            refund = await stubborn.till.refund(payment, 100, key="r1", reason="duplicate")
            assert refund.amount_minor == 100
            assert (await stubborn.till.payment(payment)).amount_refunded_minor == 100

    async def test_a_checkout_whose_answer_was_lost_is_found_by_its_order(self, counter: StripeCounter) -> None:
        await counter.server.control("answer_fault", path="/v1/checkout", lost=True)
        with pytest.raises(TillUnavailable):
            await counter.till.open_checkout(order())
        page = await counter.till.open_checkout(order())
        opened = [one for one in counter.server.world.every("checkout.session")]
        assert [one["id"] for one in opened] == [page.session]
        posted = [one for one in counter.server.requests if one["path"] == "/v1/checkout/sessions"]
        assert {one["idempotency_key"] for one in posted} == {"checkout:ord-1"}


class TestSent:
    @pytest.mark.parametrize("asked", [order(), membership()])
    async def test_the_order_is_in_everything_that_the_payer_starts(self, counter: StripeCounter, asked: Any) -> None:
        page = await counter.till.open_checkout(asked)
        session = counter.server.world.objects[page.session]
        metadata = {"order": "ord-1", "fan": "fan-1", "credits": "500"}
        assert (session["metadata"], session["client_reference_id"]) == (metadata, "ord-1")
        assert counter.server.world.promised[page.session]["metadata"] == metadata
        [posted] = [one for one in counter.server.requests if one["path"] == "/v1/checkout/sessions"]
        assert posted["params"]["adaptive_pricing"] == {"enabled": "false"}
        assert posted["params"]["automatic_tax"] == {"enabled": "false"}

    async def test_an_id_that_is_none_is_never_asked_for(self, counter: StripeCounter) -> None:
        for identity in ("", "../refunds", "cs_1?expand[]=x"):
            with pytest.raises(UnknownAtTill):
                await counter.till.session(identity)
        assert counter.server.requests == []

    async def test_evidence_says_something_and_not_too_much(self, counter: StripeCounter) -> None:
        for evidence in ({}, {"service_date": ""}, {"uncategorized_text": "x" * 150_001}):
            with pytest.raises(AssertionError):
                await counter.till.submit_evidence("du_1", cast(Any, evidence))


class TestRefused:
    async def test_a_wrong_key_is_refused_and_shown_nowhere(self, counter: StripeCounter) -> None:
        stranger = StripeTill(KEY, base_url=counter.server.url, max_network_retries=0)
        with pytest.raises(TillRefused) as refused:
            await stranger.open_checkout(order())
        await stranger.aclose()
        assert refused.value.code == "invalid_request_error"
        assert KEY not in "".join(traceback.format_exception(refused.value)) + repr(stranger) + repr(vars(stranger))

    async def test_stripes_message_stays_behind(self) -> None:
        message = f"Invalid API Key provided: {KEY}"
        body = json.dumps({"error": {"type": "invalid_request_error", "message": message}}).encode()
        for status in (400, 401, 402, 403):
            async with answering(lambda request, status=status: Response(status, body)) as till:  # type: ignore[misc]
                with pytest.raises(TillRefused) as refused:
                    await till.session("cs_1")
            assert refused.value.code == "invalid_request_error"
            assert KEY not in "".join(traceback.format_exception(refused.value))

    async def test_a_page_that_is_not_there_is_refused_and_not_an_unknown_object(self) -> None:
        body = json.dumps({"error": {"type": "invalid_request_error", "message": "Unrecognized request URL"}}).encode()
        async with answering(lambda request: Response(404, body)) as till:
            with pytest.raises(TillRefused):
                await till.session("cs_1")

    async def test_an_unknown_customer_at_checkout_is_named(self, counter: StripeCounter) -> None:
        with pytest.raises(UnknownAtTill) as unknown:
            await counter.till.open_checkout(order(customer="cus_none"))
        assert (unknown.value.kind, unknown.value.id) == ("customer", "cus_none")


GARBAGE = [
    b'{"error": []}',
    b'{"error": {}}',
    b'{"data": [7], "has_more": false}',
    b"",
    b"<html>",
    b"null",
    b"[]",
    b"7",
    b'"text"',
    b"{}",
    b'{"object": "checkout.session"}',
    b"\xff\xfe",
]


class TestGarbage:
    @pytest.mark.parametrize("status", [200, 400, 500])
    @pytest.mark.parametrize("body", GARBAGE)
    async def test_whatever_comes_is_an_error_of_ours(self, body: bytes, status: int) -> None:
        async with answering(lambda request: Response(status, body)) as till:
            asks: list[Callable[[], Any]] = [
                lambda: till.open_checkout(order()),
                lambda: till.session("cs_1"),
                lambda: till.payment("pi_1"),
                lambda: till.payment("ch_1"),
                lambda: till.invoice("in_1"),
                lambda: till.subscription("sub_1"),
                lambda: till.invoices_of("sub_1"),
                lambda: till.refund("pi_1", 1, key="k", reason="duplicate"),
                lambda: till.portal("cus_1", "https://fan.example/"),
                lambda: till.submit_evidence("du_1", {"product_description": "x"}),
                lambda: anext(till.balance(0, 1)),
                lambda: anext(till.events(0)),
            ]
            for ask in asks:
                with pytest.raises(BillingError):
                    await ask()


Reader = Callable[[Fields], object]
READERS: dict[str, tuple[str, Reader, str]] = {
    "session": (
        "checkout.session",
        reading.session_state,
        "id mode status payment_status amount_total currency livemode",
    ),
    "page": ("checkout.session", reading.page, "id url expires_at"),
    "payment": (
        "payment_intent",
        lambda fields: reading.payment_state(fields, (), None),
        "id status amount currency livemode",
    ),
    "dispute": ("dispute", reading.dispute_state, "id status amount"),
    "refund": ("refund", reading.refund_state, "id amount"),
    "invoice": ("invoice", reading.invoice_state, "id status amount_paid currency livemode"),
    "subscription": ("subscription", reading.subscription_state, "id status cancel_at_period_end customer items"),
    "line": ("balance_transaction", reading.balance_line, "id type reporting_category amount fee currency created"),
}


class TestReading:
    """Objects as the stand-in made them, with one field changed on the way."""

    @pytest_asyncio.fixture
    async def things(self, counter: StripeCounter) -> dict[str, dict[str, Any]]:
        payment = await bought(counter)
        await counter.till.refund(payment, 1, key="r1", reason="duplicate")
        await counter.dispute(payment)
        await subscribed(counter, number=2)
        await counter.till.open_checkout(order(3))
        every = counter.server.world.every
        newest = {kind: every(kind)[-1] for kind, _, _ in READERS.values()}
        return newest | {"charge": every("charge")[0]}

    @pytest.mark.parametrize("value", [None, [], 0.5, "drop"])
    @pytest.mark.parametrize("name", READERS)
    async def test_what_money_depends_on_has_to_be_there(
        self, things: dict[str, dict[str, Any]], name: str, value: object
    ) -> None:
        kind, reader, fields = READERS[name]
        reader(Fields.of(kind, things[kind]))
        for field in fields.split():
            changed = {**things[kind], field: value}
            if value == "drop":
                del changed[field]
            with pytest.raises(TillUnreadable) as unreadable:
                reader(Fields.of(kind, changed))
            assert unreadable.value.field == field

    @pytest.mark.parametrize("name", ["session", "payment", "dispute", "invoice", "subscription"])
    async def test_a_status_that_is_new_to_us_is_not_guessed_at(
        self, things: dict[str, dict[str, Any]], name: str
    ) -> None:
        kind, reader, _ = READERS[name]
        with pytest.raises(TillUnreadable, match="status"):
            reader(Fields.of(kind, {**things[kind], "status": "levitating"}))

    @pytest.mark.parametrize("field", ["id", "amount_refunded"])
    async def test_a_charge_has_to_say_what_was_given_back(self, things: dict[str, dict[str, Any]], field: str) -> None:
        charge = {name: value for name, value in things["charge"].items() if name != field}
        intent = {**things["payment_intent"], "latest_charge": charge}
        with pytest.raises(TillUnreadable, match=field):
            reading.payment_state(Fields.of("payment", intent), (), None)

    async def test_what_does_not_matter_may_be_missing_or_new(self, things: dict[str, dict[str, Any]]) -> None:
        bare = {"id": "pi_1", "status": "succeeded", "amount": 5, "currency": "usd", "livemode": True, "telepathy": {}}
        state = reading.payment_state(Fields.of("payment", bare), (), None)
        assert (state.order, state.customer, state.charge, state.amount_refunded_minor) == (None, None, None, 0)

    async def test_an_order_is_found_by_the_clients_reference_without_metadata(
        self, things: dict[str, dict[str, Any]]
    ) -> None:
        session = {**things["checkout.session"], "metadata": None}
        assert reading.session_state(Fields.of("session", session)).order == "ord-3"

    async def test_an_invoice_without_lines_has_its_own_period_and_without_a_subscription_no_order(
        self, things: dict[str, dict[str, Any]]
    ) -> None:
        bare = {**things["invoice"], "lines": None, "parent": None, "period_start": 5, "period_end": 6}
        state = reading.invoice_state(Fields.of("invoice", bare))
        assert (state.period_start_ms, state.period_end_ms, state.order, state.subscription) == (5000, 6000, None, None)

    async def test_of_several_payments_of_an_invoice_the_paid_one_is_told(
        self, things: dict[str, dict[str, Any]]
    ) -> None:
        links = [
            {"status": "open", "is_default": True, "payment": {"payment_intent": "pi_default"}},
            {"status": "open", "is_default": False, "payment": {"payment_intent": "pi_other"}},
            {"status": "paid", "is_default": False, "payment": {"charge": "ch_old"}},
        ]
        paid = {"status": "paid", "is_default": False, "payment": {"payment_intent": {"id": "pi_paid"}}}
        told = [
            reading.invoice_state(Fields.of("invoice", {**things["invoice"], "payments": {"data": data}})).payment
            for data in ([*links, paid], links, links[1:], [])
        ]
        assert told == ["pi_paid", "pi_default", None, None]

    async def test_a_payment_that_began_elsewhere_has_no_order_and_no_invoice(self, counter: StripeCounter) -> None:
        payment = await bought(counter)
        counter.server.world.objects[payment]["metadata"] = {}
        state = await counter.till.payment(payment)
        assert (state.status, state.order, state.invoice) == ("succeeded", None, None)

    async def test_a_charge_without_a_payment_is_not_ours(self) -> None:
        body = json.dumps({"id": "ch_1", "object": "charge", "payment_intent": None}).encode()
        async with answering(lambda request: Response(200, body)) as till:
            with pytest.raises(UnknownAtTill):
                await till.payment("ch_1")

    @pytest.mark.parametrize("status", [None, "levitating"])
    async def test_a_refund_of_a_new_status_is_pending(self, status: str | None) -> None:
        body = json.dumps({"id": "re_1", "object": "refund", "amount": 5, "status": status}).encode()
        async with answering(lambda request: Response(200, body)) as till:
            assert (await till.refund("pi_1", 5, key="k", reason="duplicate")).status == "pending"

    async def test_a_movement_without_a_payment_is_still_a_line(self) -> None:
        row = {"id": "txn_1", "object": "balance_transaction", "type": "payout", "reporting_category": "payout"}
        row |= {"amount": -5, "fee": 0, "currency": "usd", "created": 1, "source": {"id": "po_1", "object": "payout"}}  # type: ignore[dict-item]
        fee = {**row, "id": "txn_2", "source": None}
        listed = {"object": "list", "data": [row, fee], "has_more": False, "url": "/v1/balance_transactions"}
        async with answering(lambda request: Response(200, json.dumps(listed).encode())) as till:
            lines = [line async for line in till.balance(0, 5000)]
        assert [(line.source, line.payment, line.charge) for line in lines] == [
            ("po_1", None, None),
            (None, None, None),
        ]
