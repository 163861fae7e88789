"""Keys, parameters, idempotency, lists and events: what is the same for every kind of object."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import cast, get_args

import httpx
import pytest
import stripe

from tests.fakes.stripe_server import faults
from tests.fakes.stripe_server.running import stripe_server
from tests.stripe_server.declared import misfits
from tests.stripe_server.till import SDK_WARNS, Till, pack, sdk

pytestmark = SDK_WARNS


async def _post(till: Till, path: str, body: str, **headers: str) -> httpx.Response:
    known = {"authorization": f"Bearer {till.server.key}", **headers}
    return await till.browser.post(f"{till.server.url}/v1/{path}", content=body, headers=known)


async def test_only_the_key_opens_the_api(till: Till) -> None:
    async with sdk(till.server.url, "sk_test_wrong") as stranger:
        with pytest.raises(stripe.AuthenticationError):
            await stranger.v1.customers.list_async()
    assert (await till.browser.get(f"{till.server.url}/v1/customers")).status_code == 401
    assert "sk_test" not in (await till.browser.get(f"{till.server.url}/_log")).text


async def test_an_unknown_url_and_an_unknown_object_are_404(till: Till) -> None:
    answer = await _post(till, "telepathy", "")
    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "invalid_request_error")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await till.client.v1.charges.retrieve_async("ch_none")
    assert (refused.value.http_status, refused.value.code, refused.value.param) == (404, "resource_missing", "id")


@pytest.mark.parametrize(
    ("path", "body", "code", "param"),
    [
        ("customers", "nickname=x", "parameter_unknown", "nickname"),
        ("customers", "address[planet]=x", "parameter_unknown", "address[planet]"),
        ("customers", "api_key=x", "parameter_unknown", "api_key"),
        ("customers", "email=", "parameter_invalid_empty", "email"),
        ("customers", "balance=ten", "parameter_invalid_integer", "balance"),
        ("customers", "address=x", None, "address"),
        ("customers", "name[first]=x", None, "name"),
        ("customers", "tax_exempt=maybe", None, "tax_exempt"),
        ("customers", "preferred_locales=en", None, "preferred_locales"),
        ("customers", "email[=x", None, "email["),
        ("customers", "email=a&email[b]=c", None, "email[b]"),
        ("refunds", "charge=ch_none", "resource_missing", "charge"),
        ("refunds", "", "parameter_missing", "charge"),
        ("payment_intents", "amount=100", "parameter_missing", "currency"),
        ("payment_intents", "amount=100&currency=usd&confirm=yes", None, "confirm"),
        ("payment_intents", "amount=1&currency=usd", "amount_too_small", "amount"),
        ("payment_intents", "amount=100&currency=usd&on_behalf_of=a", "not_played_by_the_stand_in", "on_behalf_of"),
        ("prices", "currency=usd&unit_amount_decimal=x", None, "unit_amount_decimal"),
        ("prices", "currency=usd&product=prod_none&unit_amount=-1", "parameter_invalid_integer", "unit_amount"),
        ("prices", "currency=usd&product=prod_none", "parameter_missing", "unit_amount"),
        ("prices", "currency=usd&unit_amount=1", "parameter_missing", "product"),
        (
            "prices",
            "currency=usd&unit_amount=1&tiers_mode=volume&tiers[0][up_to]=inf",
            "not_played_by_the_stand_in",
            "tiers",
        ),
        ("customers", "source=tok_visa", "not_played_by_the_stand_in", "source"),
        ("refunds", "charge=ch_none&reverse_transfer=true", "not_played_by_the_stand_in", "reverse_transfer"),
        ("billing_portal/sessions", "", "parameter_missing", "customer"),
        ("payment_intents", "amount=100000000&currency=usd", "amount_too_large", "amount"),
        ("checkout/sessions", "ui_mode=elements", "not_played_by_the_stand_in", "ui_mode"),
        ("checkout/sessions", "automatic_tax[enabled]=true", "not_played_by_the_stand_in", "automatic_tax[enabled]"),
        ("checkout/sessions", "mode=barter", None, "mode"),
        (
            "checkout/sessions",
            "mode=payment&line_items[0][price_data][unit_amount]=5",
            "parameter_missing",
            "line_items[0][price_data][currency]",
        ),
    ],
)
async def test_what_the_sdk_does_not_declare_is_refused(
    till: Till, path: str, body: str, code: str | None, param: str
) -> None:
    answer = await _post(till, path, body)
    error = answer.json()["error"]
    assert (answer.status_code, error.get("code"), error.get("param")) == (400, code, param), error


async def test_the_same_key_and_parameters_get_the_first_answer_again(till: Till) -> None:
    customers = till.client.v1.customers
    first = await customers.create_async({"name": "Fan"}, {"idempotency_key": "k1"})
    again = await customers.create_async({"name": "Fan"}, {"idempotency_key": "k1"})
    assert again.id == first.id
    assert again.last_response is not None
    assert again.last_response.headers is not None
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert len((await customers.list_async()).data) == 1
    with pytest.raises(stripe.IdempotencyError):
        await customers.create_async({"name": "Other"}, {"idempotency_key": "k1"})
    with pytest.raises(stripe.IdempotencyError):
        await till.client.v1.products.create_async({"name": "Fan"}, {"idempotency_key": "k1"})
    assert [one["replayed"] for one in till.server.requests[:2]] == [False, True]


async def test_a_refusal_that_ran_is_kept_and_one_that_did_not_run_is_not(till: Till) -> None:
    refunds = till.client.v1.refunds
    charge = await till.charge()
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
            await refunds.create_async({"charge": charge.id, "amount": 500}, {"idempotency_key": "k2"})
    assert (await _post(till, "customers", "nickname=x", **{"idempotency-key": "k3"})).status_code == 400
    assert (await _post(till, "customers", "name=x", **{"idempotency-key": "k3"})).status_code == 200


@pytest.mark.parametrize("executed", [True, False])
async def test_a_500_is_kept_under_its_key_whether_or_not_it_had_its_effect(till: Till, executed: bool) -> None:
    charge = await till.charge()
    await till.server.control("answer_fault", path="/v1/refunds", status=500, executed=executed)
    for _ in range(2):
        with pytest.raises(stripe.APIError) as failed:
            await till.client.v1.refunds.create_async({"charge": charge.id}, {"idempotency_key": "k4"})
        assert failed.value.http_status == 500
    assert len((await till.client.v1.refunds.list_async()).data) == int(executed)


async def test_a_key_is_forgotten_after_a_day(till: Till) -> None:
    customers = till.client.v1.customers
    first = await customers.create_async({"name": "Fan"}, {"idempotency_key": "k7"})
    await till.server.control("advance", seconds=86_000)
    assert (await customers.create_async({"name": "Fan"}, {"idempotency_key": "k7"})).id == first.id
    await till.server.control("advance", seconds=400)
    assert (await customers.create_async({"name": "Fan"}, {"idempotency_key": "k7"})).id != first.id


async def test_a_key_that_is_in_use_is_a_conflict_and_is_not_kept(till: Till) -> None:
    await till.server.control("answer_fault", path="/v1/customers", status=409)
    with pytest.raises(stripe.APIError) as busy:
        await till.client.v1.customers.create_async({"name": "Fan"}, {"idempotency_key": "k8"})
    assert busy.value.http_status == 409
    assert busy.value.error is not None
    assert busy.value.error.code == "idempotency_key_in_use"
    assert (await till.client.v1.customers.create_async({"name": "Fan"}, {"idempotency_key": "k8"})).name == "Fan"


async def test_a_rate_limit_is_not_kept(till: Till) -> None:
    await till.server.control("answer_fault", path="/v1/customers", status=429)
    with pytest.raises(stripe.RateLimitError):
        await till.client.v1.customers.create_async({"name": "Fan"}, {"idempotency_key": "k5"})
    assert (await till.client.v1.customers.create_async({"name": "Fan"}, {"idempotency_key": "k5"})).name == "Fan"


async def test_a_lost_answer_had_its_effect_and_the_sdk_finds_it_by_its_key(till: Till) -> None:
    charge = await till.charge()
    await till.server.control("answer_fault", path="/v1/refunds", lost=True)
    async with sdk(till.server.url, retries=1) as stubborn:
        refund = await stubborn.v1.refunds.create_async({"charge": charge.id})
    assert [one.id for one in (await till.client.v1.refunds.list_async()).data] == [refund.id]
    assert [one["lost"] for one in till.server.requests if one["path"] == "/v1/refunds"][:2] == [True, False]


async def test_lists_are_walked_by_cursor_newest_first(till: Till) -> None:
    customers = till.client.v1.customers
    made = [(await customers.create_async({"name": f"Fan {number}"})).id for number in range(7)]
    first = await customers.list_async({"limit": 3})
    assert ([one.id for one in first.data], first.has_more) == (made[:3:-1], True)
    assert [one.id async for one in first.auto_paging_iter()] == made[::-1]
    last = await customers.list_async({"limit": 3, "starting_after": made[1]})
    assert ([one.id for one in last.data], last.has_more) == ([made[0]], False)
    back = await customers.list_async({"limit": 2, "ending_before": made[0]})
    assert [one.id for one in back.data] == [made[2], made[1]]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await customers.list_async({"starting_after": "cus_none"})
    assert refused.value.param == "starting_after"
    with pytest.raises(stripe.InvalidRequestError):
        await customers.list_async({"limit": 101})


async def test_a_cursor_that_dropped_out_of_the_list_still_marks_its_place(till: Till) -> None:
    opened = [(await till.open(pack())).id for _ in range(4)]
    sessions = till.client.v1.checkout.sessions
    [newest, second] = (await sessions.list_async({"status": "open", "limit": 2})).data
    await till.press(second.id)
    rest = await sessions.list_async({"status": "open", "starting_after": second.id})
    assert [one.id for one in rest.data] == opened[1::-1]
    before = await sessions.list_async({"status": "open", "ending_before": second.id})
    assert [one.id for one in before.data] == [newest.id]
    paid = await till.session(second.id)
    with pytest.raises(stripe.InvalidRequestError, match=r"No such checkout\.session"):
        await sessions.list_async({"starting_after": str(paid.payment_intent)})


async def test_events_older_than_thirty_days_are_gone(till: Till) -> None:
    await till.client.v1.customers.create_async({"name": "Fan"})
    [event] = (await till.client.v1.events.list_async()).data
    await till.server.control("advance", seconds=30 * 86_400 - 600)
    assert (await till.client.v1.events.retrieve_async(event.id)).id == event.id
    await till.server.control("advance", seconds=1200)
    assert (await till.client.v1.events.list_async()).data == []
    with pytest.raises(stripe.InvalidRequestError, match="No such event"):
        await till.client.v1.events.retrieve_async(event.id)


async def test_a_missing_intent_is_blamed_on_the_intent(till: Till) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await till.client.v1.payment_intents.retrieve_async("pi_none")
    assert (refused.value.http_status, refused.value.param) == (404, "intent")


def test_every_error_code_is_one_that_the_sdk_knows() -> None:
    hint = inspect.get_annotations(stripe.PaymentIntent.LastPaymentError)["code"]
    known = {code for arm in get_args(hint) for code in get_args(arm)}
    folder = Path(faults.__file__).parent
    used = {code for path in folder.glob("*.py") for code in re.findall(r'\bcode="(\w+)"', path.read_text("utf-8"))}
    assert used - known == {"not_played_by_the_stand_in"}


async def test_lists_are_cut_by_the_time_of_creation(till: Till) -> None:
    customers = till.client.v1.customers
    old = await customers.create_async({"name": "Old"})
    await till.server.control("advance", seconds=1000)
    new = await customers.create_async({"name": "New"})
    assert [one.id for one in (await customers.list_async({"created": {"gt": old.created}})).data] == [new.id]
    between = await customers.list_async({"created": {"gte": old.created, "lt": new.created}})
    assert [one.id for one in between.data] == [old.id]
    assert [one.id for one in (await customers.list_async({"created": new.created})).data] == [new.id]


async def test_events_are_listed_by_type_and_by_delivery(till: Till) -> None:
    await till.server.control("switches", drop={"types": ["charge.succeeded"]})
    await till.buy(metadata={"order": "o1"})
    await till.server.settled()
    events = till.client.v1.events
    assert {one.type for one in (await events.list_async({"type": "charge.*"})).data} == {
        "charge.succeeded",
        "charge.updated",
    }
    wanted = ["payment_intent.succeeded", "checkout.session.completed"]
    assert [one.type for one in (await events.list_async({"types": wanted})).data] == wanted[::-1]
    missed = (await events.list_async({"delivery_success": False})).data
    assert [(one.type, one.pending_webhooks) for one in missed] == [("charge.succeeded", 1)]
    newest = (await events.list_async({"limit": 1})).data[0]
    assert newest.data.object["metadata"]["order"] == "o1"
    assert (await events.retrieve_async(newest.id)).type == "checkout.session.completed"


async def test_events_are_asked_for_by_one_kind_of_filter(till: Till) -> None:
    for params in ({"type": "a", "types": ["b"]}, {"types": ["a"] * 21}):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await till.client.v1.events.list_async(cast(stripe.params.EventListParams, params))
        assert refused.value.param == "types"


async def test_an_event_keeps_its_object_as_it_was_and_names_its_request(till: Till) -> None:
    customer = await till.client.v1.customers.create_async({"name": "Before"}, {"idempotency_key": "k6"})
    await till.client.v1.customers.update_async(customer.id, {"name": "After"})
    updated, created = (await till.client.v1.events.list_async()).data
    assert (created.data.object["name"], updated.data.object["name"]) == ("Before", "After")
    assert created.request is not None
    assert created.request.idempotency_key == "k6"
    assert updated.data.previous_attributes is not None
    assert updated.data.previous_attributes["name"] == "Before"


async def test_what_cannot_be_expanded_is_refused(till: Till) -> None:
    session = await till.open(pack())
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        await till.client.v1.checkout.sessions.retrieve_async(session.id, {"expand": ["soul"]})


async def test_every_object_has_the_fields_that_the_sdk_declares(till: Till) -> None:
    charge = await till.charge()
    await till.client.v1.refunds.create_async({"charge": charge.id, "amount": 1})
    await till.server.control("dispute_open", charge=charge.id)
    subscription = await till.subscribe()
    await till.server.control("advance_period", subscription=subscription.id, succeeded=False)
    portal = await till.client.v1.billing_portal.sessions.create_async({"customer": str(subscription.customer)})
    things = [thing.copy() for thing in till.server.world.objects.values()]
    kinds = {thing["object"] for thing in things}
    assert kinds == {
        "product",
        "price",
        "customer",
        "checkout.session",
        "payment_intent",
        "charge",
        "balance_transaction",
        "refund",
        "dispute",
        "subscription",
        "invoice",
        "invoice_payment",
        "event",
    }
    assert misfits([*things, *till.server.world.line_items.values(), portal.to_dict()]) == []


async def test_the_same_seed_and_deeds_give_the_same_ids() -> None:
    seen = []
    for seed in (7, 7, 8):
        async with (
            stripe_server(seed=seed, now=lambda: 1_800_000_000.0) as server,
            sdk(server.url) as client,
        ):
            session = await client.v1.checkout.sessions.create_async(pack())
            await server.control("press", session=session.id, button="pay")
            seen.append([(one["id"], one.get("created")) for one in server.world.objects.values()])
    assert seen[0] == seen[1]
    assert not {identity for identity, _ in seen[0]} & {identity for identity, _ in seen[2]}
