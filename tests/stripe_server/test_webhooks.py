"""Webhooks as the receiver gets them, verified with the SDK: retries and every switch."""

from __future__ import annotations

import time

import pytest
import stripe

from tests.fakes.stripe_server.faults import StripeFault
from tests.stripe_server.till import SDK_WARNS, Till

pytestmark = SDK_WARNS


async def _customers(till: Till, number: int) -> list[str]:
    """Make customers, one `customer.created` each; returns the events' ids, oldest first."""
    for _ in range(number):
        await till.client.v1.customers.create_async({"name": "Fan"})
    return [one["id"] for one in till.server.world.every("event")][-number:]


async def test_a_webhook_is_signed_with_the_secret_and_no_other(till: Till) -> None:
    [event] = await _customers(till, 1)
    await till.server.settled()
    [came] = till.receiver.arrived
    assert came.checked(till.server.secret).id == event
    with pytest.raises(stripe.SignatureVerificationError):
        came.checked("whsec_other")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(came.body + b" ", came.signature, till.server.secret)


async def test_webhooks_come_in_order_and_again_until_they_are_taken(till: Till) -> None:
    till.receiver.statuses.extend([500, 302])
    events = await _customers(till, 2)
    await till.server.settled()
    came = till.receiver.ids(till.server.secret)
    assert came[:2] == events
    assert sorted(came) == sorted([*events, *events])
    assert [one["pending_webhooks"] for one in till.server.world.every("event")] == [0, 0]


async def test_a_receiver_that_never_takes_it_is_given_up_and_the_event_stays_listed(till: Till) -> None:
    till.receiver.statuses.extend([500] * 10)
    [event] = await _customers(till, 1)
    await till.server.settled()
    assert till.receiver.ids(till.server.secret) == [event] * 4
    assert (await till.client.v1.events.retrieve_async(event)).pending_webhooks == 1
    till.receiver.statuses.clear()
    await till.server.control("resend", event=event)
    await till.server.settled()
    assert (await till.client.v1.events.retrieve_async(event)).pending_webhooks == 0


async def test_a_receiver_that_is_not_there_is_tried_again(till: Till) -> None:
    await till.server.control("endpoint", url="http://127.0.0.1:9/hook")
    await _customers(till, 1)
    await till.server.settled()
    assert [(one.attempt, one.status) for one in till.server.courier.log] == [(n, None) for n in (1, 2, 3, 4)]


async def test_a_webhook_that_an_answer_to_a_webhook_causes_is_waited_for(till: Till) -> None:
    till.receiver.on_arrival = lambda: till.server.world.emit("customer.updated", {"id": "cus_x", "object": "customer"})
    await _customers(till, 1)
    assert await till.arrived() == ["customer.created", "customer.updated"]


async def test_dropped_events_never_come_but_are_listed(till: Till) -> None:
    await till.server.control("switches", drop=1)
    events = await _customers(till, 2)
    await till.server.settled()
    assert till.receiver.ids(till.server.secret) == events[1:]
    assert {one.id for one in (await till.client.v1.events.list_async()).data} == set(events)


async def test_duplicated_events_come_several_times(till: Till) -> None:
    await till.server.control("switches", duplicate={"copies": 2})
    [event] = await _customers(till, 1)
    await till.server.settled()
    assert till.receiver.ids(till.server.secret) == [event] * 3


async def test_reordered_events_come_in_reverse(till: Till) -> None:
    await till.server.control("switches", reorder={"window": 3})
    events = await _customers(till, 4)
    await till.server.settled()
    assert till.receiver.ids(till.server.secret) == events[2::-1]
    await till.server.control("release")
    await till.server.settled()
    assert till.receiver.ids(till.server.secret) == [*events[2::-1], events[3]]


async def test_delayed_events_come_after_later_ones(till: Till) -> None:
    await till.server.control("switches", delay={"times": 1, "seconds": 0.05})
    events = await _customers(till, 2)
    await till.server.settled()
    assert till.receiver.ids(till.server.secret) == events[::-1]


async def test_held_events_come_when_they_are_released(till: Till) -> None:
    await till.server.control("switches", hold={"types": ["customer.*"]})
    events = await _customers(till, 2)
    await till.server.settled()
    assert till.receiver.arrived == []
    await till.server.control("switches", hold=False)
    await till.server.control("release")
    await till.server.settled()
    assert till.receiver.ids(till.server.secret) == events


async def test_forged_events_fail_the_check(till: Till) -> None:
    await till.server.control("switches", forge=1)
    await _customers(till, 2)
    await till.server.settled()
    forged, true = till.receiver.arrived
    with pytest.raises(stripe.SignatureVerificationError):
        forged.checked(till.server.secret)
    assert true.checked(till.server.secret).type == "customer.created"
    assert [one.signed for one in till.server.courier.log] == ["forged", "true"]


async def test_future_events_pass_the_check_of_the_sdk_and_are_dated_tomorrow(till: Till) -> None:
    await till.server.control("switches", future={"seconds": 86_400, "times": 1})
    await _customers(till, 1)
    await till.server.settled()
    [came] = till.receiver.arrived
    assert came.checked(till.server.secret).type == "customer.created"
    assert came.stamp_s > time.time() + 80_000


async def test_old_events_fail_the_check(till: Till) -> None:
    event = {"id": "evt_old", "object": "event", "type": "customer.created", "data": {"object": {}}}
    await till.server.control("send", event=event, ahead_s=-1000.0)
    await till.server.settled()
    with pytest.raises(stripe.SignatureVerificationError, match="tolerance"):
        till.receiver.arrived[0].checked(till.server.secret)


async def test_an_invented_event_comes_once_and_is_in_no_list(till: Till) -> None:
    till.receiver.statuses.append(400)
    event = {"id": "evt_invented", "object": "event", "type": "checkout.session.completed", "data": {"object": {}}}
    await till.server.control("send", event=event, secret="whsec_attacker")
    await till.server.settled()
    [came] = till.receiver.arrived
    assert came.checked("whsec_attacker").id == "evt_invented"
    assert (await till.client.v1.events.list_async()).data == []


async def test_during_a_rotation_both_secrets_hold_and_afterwards_only_the_new_one(till: Till) -> None:
    await till.server.control("endpoint", secret="whsec_new", keep_old_secret=True)
    await _customers(till, 1)
    await till.server.control("endpoint", secret="whsec_new")
    await till.server.settled()
    [both] = till.receiver.arrived
    assert both.checked("whsec_new").id == both.checked(till.server.secret).id
    await _customers(till, 1)
    await till.server.settled()
    with pytest.raises(stripe.SignatureVerificationError):
        till.receiver.arrived[1].checked(till.server.secret)


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("switches", {"explode": True}),
        ("switches", {"drop": {"colour": "red"}}),
        ("answer_fault", {"colour": "red"}),
        ("_control", {}),
        ("run", {}),
        ("answer", {}),
        ("dispute_open", {"charge": "ch_none"}),
        ("refund_fail", {"refund": "re_none"}),
        ("advance", {}),
        ("press", {"session": "cs_none"}),
        ("send", {"event": {}}),
    ],
)
async def test_an_order_that_makes_no_sense_is_refused(till: Till, action: str, arguments: dict[str, object]) -> None:
    with pytest.raises(StripeFault):
        await till.server.control(action, **arguments)
