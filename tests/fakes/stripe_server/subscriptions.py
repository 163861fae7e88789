"""Subscriptions: begun by a paid checkout session, renewed period by period, cancelled now or at the period's end.

Renewal is what happens when time has passed; whether its payment succeeds is the test's choice. There is no trial.
"""

from __future__ import annotations

from tests.fakes.stripe_server.faults import StripeFault, not_played
from tests.fakes.stripe_server.invoices import collect, cut
from tests.fakes.stripe_server.listing import as_list, having, page
from tests.fakes.stripe_server.periods import period_start_s
from tests.fakes.stripe_server.world import Json, World, update_fields

_UPDATABLE = ("cancel_at_period_end", "description", "metadata", "cancellation_details")
_RENEWING = ("active", "past_due")


def start(world: World, customer: Json, items: list[Json], fields: Json) -> Json:
    """A subscription from now on; `items` have a price and a quantity. It has no invoice yet."""
    identity = world.ids.make("sub")
    subscription: Json = {
        "id": identity,
        "object": "subscription",
        "application": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": world.now_s,
        "billing_mode": {"type": "flexible"},
        "billing_schedules": [],
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "feedback_option": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": world.now_s,
        "currency": items[0]["price"]["currency"],
        "customer": customer["id"],
        "default_payment_method": world.ids.make("pm"),
        "default_source": None,
        "description": None,
        "discounts": [],
        "ended_at": None,
        "invoice_settings": {"account_tax_ids": None, "issuer": {"account": None, "type": "self"}},
        "items": as_list([], f"/v1/subscription_items?subscription={identity}"),
        "latest_invoice": None,
        "livemode": False,
        "metadata": {},
        "on_behalf_of": None,
        "pending_setup_intent": None,
        "schedule": None,
        "start_date": world.now_s,
        "status": "incomplete",
        "test_clock": None,
        "trial_end": None,
        "trial_start": None,
        **fields,
    }
    subscription["items"]["data"] = [_item(world, subscription, item) for item in items]
    world.cycles[identity] = 1
    world.add(subscription)
    world.emit("customer.subscription.created", subscription)
    return subscription


def _item(world: World, subscription: Json, item: Json) -> Json:
    price = item["price"]
    rhythm = price["recurring"]
    start_s = subscription["billing_cycle_anchor"]
    shared = ("active", "billing_scheme", "created", "currency", "livemode", "metadata", "product", "tiers_mode")
    plan = {
        **{name: price[name] for name in shared},
        "id": price["id"],
        "object": "plan",
        "amount": price["unit_amount"],
        "interval": rhythm["interval"],
        "interval_count": rhythm["interval_count"],
        "usage_type": "licensed",
    }
    return {
        "id": world.ids.make("si", 14),
        "object": "subscription_item",
        "created": world.now_s,
        "current_period_end": period_start_s(start_s, rhythm["interval"], rhythm["interval_count"], 1),
        "current_period_start": start_s,
        "discounts": [],
        "metadata": {},
        "plan": plan,
        "price": price,
        "quantity": item["quantity"],
        "subscription": subscription["id"],
        "tax_rates": [],
    }


def period_end_s(subscription: Json) -> int:
    """End of the current period; all items of a subscription share it."""
    return int(subscription["items"]["data"][0]["current_period_end"])


def next_due(world: World) -> Json | None:
    """The subscription whose period ended first, if one has ended by now."""
    due = [
        one for one in world.every("subscription") if one["status"] in _RENEWING and period_end_s(one) <= world.now_s
    ]
    return min(due, key=period_end_s, default=None)


def renew(world: World, subscription: Json) -> None:
    """Begin the next period with its invoice, or end here if that was asked for."""
    if subscription["cancel_at_period_end"]:
        end(world, subscription)
        return
    number = world.cycles[subscription["id"]] = world.cycles[subscription["id"]] + 1
    previous = {"latest_invoice": subscription["latest_invoice"]}
    ended_s = int(subscription["items"]["data"][0]["current_period_start"])
    for item in subscription["items"]["data"]:
        rhythm = item["price"]["recurring"]
        item["current_period_start"] = item["current_period_end"]
        item["current_period_end"] = period_start_s(
            subscription["billing_cycle_anchor"], rhythm["interval"], rhythm["interval_count"], number
        )
    invoice = cut(world, subscription, "subscription_cycle", period_start_s=ended_s)
    world.emit("customer.subscription.updated", subscription, previous)
    collect(world, invoice, "declined" if subscription["id"] in world.failing else "paid")


def end(world: World, subscription: Json) -> None:
    """End here and now."""
    subscription |= {"status": "canceled", "ended_at": world.now_s}
    subscription["canceled_at"] = subscription["canceled_at"] or world.now_s
    subscription["cancellation_details"]["reason"] = "cancellation_requested"
    world.emit("customer.subscription.deleted", subscription)


def cancel(world: World, params: Json, identity: str) -> Json:
    """DELETE /v1/subscriptions/{id}: at once, without proration."""
    for name in ("prorate", "invoice_now"):
        if params.get(name):
            raise not_played(name)
    subscription = world.get("subscription", identity)
    if subscription["status"] == "canceled":
        raise StripeFault(f"No such subscription: '{identity}'", status=404, code="resource_missing", param="id")
    subscription["cancellation_details"] |= params.get("cancellation_details") or {}
    end(world, subscription)
    return subscription


def retrieve(world: World, params: Json, identity: str) -> Json:
    """GET /v1/subscriptions/{id}."""
    return world.get("subscription", identity)


def update(world: World, params: Json, identity: str) -> Json:
    """POST /v1/subscriptions/{id}: cancellation at the period's end, description, metadata."""
    for name in params:
        if name not in _UPDATABLE:
            raise not_played(name)
    subscription = world.get("subscription", identity)
    if subscription["status"] == "canceled":
        message = "A canceled subscription can only update its cancellation_details and metadata."
        raise StripeFault(message)
    previous = update_fields(subscription, params, ("cancel_at_period_end", "description"))
    subscription["cancellation_details"] |= params.get("cancellation_details") or {}
    if "cancel_at_period_end" in previous:
        ending = subscription["cancel_at_period_end"]
        subscription["cancel_at"] = period_end_s(subscription) if ending else None
        subscription["canceled_at"] = world.now_s if ending else None
        subscription["cancellation_details"]["reason"] = "cancellation_requested" if ending else None
    if previous:
        world.emit("customer.subscription.updated", subscription, previous)
    return subscription


def listed(world: World, params: Json) -> Json:
    """GET /v1/subscriptions: without a status, all that are not cancelled; `ended` for those that are; `all`."""
    found = having(world.every("subscription"), params, ("customer", "collection_method"))
    status = params.get("status")
    if status is None:
        found = [one for one in found if one["status"] != "canceled"]
    elif status == "ended":
        found = [one for one in found if one["status"] == "canceled"]
    elif status != "all":
        found = [one for one in found if one["status"] == status]
    if "price" in params:
        found = [one for one in found if params["price"] in (item["price"]["id"] for item in one["items"]["data"])]
    return page(world, found, params, "/v1/subscriptions")
