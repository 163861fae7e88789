"""Checkout sessions through the API: created from prices or `price_data`, read, expired.

What a person does on the pay page is in `paying.py`. Totals are the line items' sum: there are no discounts, no taxes
and no shipping, and whoever asks for one is refused.
"""

from __future__ import annotations

from tests.fakes.stripe_server import catalogue
from tests.fakes.stripe_server.customers import living
from tests.fakes.stripe_server.faults import StripeFault, not_played, wanting
from tests.fakes.stripe_server.intents import checked_amount
from tests.fakes.stripe_server.listing import having, page
from tests.fakes.stripe_server.world import Json, World, checked_metadata, metadata_of, update_fields

EXPIRES_AFTER_S = 86_400
EXPIRES_AFTER_MIN_S = 1_800
_UNPLAYED = ("discounts", "shipping_options", "optional_items", "setup_intent_data", "payment_method_data", "currency")
_UNPLAYED_IN = {
    "automatic_tax": "enabled",
    "adaptive_pricing": "enabled",
    "payment_intent_data": "application_fee_amount capture_method transfer_data on_behalf_of",
    "subscription_data": "trial_end trial_period_days billing_cycle_anchor billing_cycle_anchor_config transfer_data",
}
_ECHOED = (
    "allow_promotion_codes",
    "cancel_url",
    "client_reference_id",
    "customer_email",
    "locale",
    "return_url",
    "success_url",
    "submit_type",
)


def create(world: World, params: Json) -> Json:
    """POST /v1/checkout/sessions."""
    _refuse(params)
    _expect_complete(params)
    items = [_line_item(world, item, f"line_items[{place}]") for place, item in enumerate(params["line_items"])]
    mode = params["mode"]
    total = sum(item["amount_total"] for item in items)
    _expect_fitting_prices(mode, items)
    if total or mode == "subscription":
        checked_amount(total, items[0]["currency"], "line_items")
    identity = world.ids.make("cs_test", 40)
    session: Json = {
        "id": identity,
        "object": "checkout.session",
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": params.get("billing_address_collection"),
        "created": world.now_s,
        "currency": items[0]["currency"],
        "custom_fields": [],
        "custom_text": dict.fromkeys(
            ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance"),
        ),
        "customer": living(world, params["customer"])["id"] if "customer" in params else None,
        "customer_creation": None if "customer" in params else _customer_creation(params),
        "customer_details": None,
        "expires_at": _expires_at(world, params),
        "invoice": None,
        "livemode": False,
        "metadata": metadata_of(params),
        "mode": mode,
        "origin_context": params.get("origin_context"),
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": params.get("payment_method_collection", "always"),
        "payment_method_types": params.get("payment_method_types", ["card"]),
        "payment_status": "unpaid" if total else "no_payment_required",
        "redirect_on_completion": None,
        "setup_intent": None,
        "shipping_options": [],
        "status": "open",
        "subscription": None,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{world.base_url}/pay/{identity}",
        **dict.fromkeys(_ECHOED),
        **{name: params[name] for name in _ECHOED if name in params},
    }
    world.line_items[identity] = items
    world.promised[identity] = _promised(params)
    return world.add(session)


def _refuse(params: Json) -> None:
    """What Stripe could do and the stand-in cannot."""
    for name in _UNPLAYED:
        if name in params:
            raise not_played(name)
    for name, inner in _UNPLAYED_IN.items():
        for part in inner.split():
            if (params.get(name) or {}).get(part):
                raise not_played(f"{name}[{part}]")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise not_played("ui_mode")


def _expect_complete(params: Json) -> None:
    """What is missing, and what contradicts itself."""
    for name in ("mode", "success_url"):
        if name not in params:
            raise wanting(name)
    if not params.get("line_items"):
        raise wanting("line_items")
    if params["mode"] == "setup":
        raise not_played("mode")
    other = {"payment": "subscription_data", "subscription": "payment_intent_data"}[params["mode"]]
    if other in params:
        raise StripeFault(f"You can not pass `{other}` in `{params['mode']}` mode.", param=other)
    if "customer" in params and "customer_email" in params:
        raise StripeFault("You may only specify one of these parameters: customer, customer_email.", param="customer")


def _line_item(world: World, item: Json, path: str) -> Json:
    if "adjustable_quantity" in item:
        raise not_played(f"{path}[adjustable_quantity]")
    if item.get("quantity", 0) < 1:
        raise wanting(f"{path}[quantity]")
    price = _price(world, item, path)
    amount = price["unit_amount"] * item["quantity"]
    return {
        "id": world.ids.make("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": world.objects[price["product"]]["name"],
        "metadata": checked_metadata(item.get("metadata", {})),
        "price": price,
        "quantity": item["quantity"],
    }


def _price(world: World, item: Json, path: str) -> Json:
    if "price" in item:
        price = world.get("price", item["price"], param=f"{path}[price]")
        if not price["active"]:
            raise StripeFault("The price specified is inactive.", param=f"{path}[price]")
        return price
    if "price_data" not in item:
        raise wanting(f"{path}[price]")
    try:
        return catalogue.create_price(world, {**item["price_data"], "active": True})
    except StripeFault as fault:
        fault.param = f"{path}[price_data][{fault.param}]" if fault.param else fault.param
        raise


def _expect_fitting_prices(mode: str, items: list[Json]) -> None:
    recurring = [item["price"]["recurring"] for item in items]
    if len({item["currency"] for item in items}) > 1:
        raise StripeFault("All line items must have the same currency.", param="line_items")
    if mode == "payment" and any(recurring):
        message = (
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use "
            "only one-time prices."
        )
        raise StripeFault(message, param="line_items")
    if mode == "subscription" and not any(recurring):
        message = "You must provide at least one recurring price in `subscription` mode when using prices."
        raise StripeFault(message, param="line_items")
    rhythms = {(one["interval"], one["interval_count"]) if one else None for one in recurring}
    if len(rhythms) > 1:
        raise not_played("line_items")


def _customer_creation(params: Json) -> str:
    default = "always" if params["mode"] == "subscription" else "if_required"
    return str(params.get("customer_creation", default))


def _expires_at(world: World, params: Json) -> int:
    at = int(params.get("expires_at", world.now_s + EXPIRES_AFTER_S))
    if not EXPIRES_AFTER_MIN_S <= at - world.now_s <= EXPIRES_AFTER_S:
        message = "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation."
        raise StripeFault(message, param="expires_at")
    return at


def _promised(params: Json) -> Json:
    """The fields of the payment intent or the subscription that paying will make."""
    data = params.get("payment_intent_data") or params.get("subscription_data") or {}
    kept = {name: data[name] for name in ("description", "receipt_email", "setup_future_usage") if name in data}
    return {**kept, "metadata": metadata_of(data)}


def retrieve(world: World, params: Json, identity: str) -> Json:
    """GET /v1/checkout/sessions/{id}."""
    return world.get("checkout.session", identity)


def update(world: World, params: Json, identity: str) -> Json:
    """POST /v1/checkout/sessions/{id}: metadata only."""
    for name in params:
        if name != "metadata":
            raise not_played(name)
    session = world.get("checkout.session", identity)
    update_fields(session, params, ())
    return session


def expire(world: World, params: Json, identity: str) -> Json:
    """POST /v1/checkout/sessions/{id}/expire."""
    session = world.get("checkout.session", identity)
    if session["status"] != "open":
        message = 'Only Checkout Sessions with a status in ["open"] can be expired. '
        raise StripeFault(message + f"This Checkout Session has a status of {session['status']}.", param="session")
    _close(world, session)
    return session


def expire_due(world: World) -> None:
    """Expire every open session whose time has come."""
    for session in world.every("checkout.session"):
        if session["status"] == "open" and session["expires_at"] <= world.now_s:
            _close(world, session)


def _close(world: World, session: Json) -> None:
    session |= {"status": "expired", "url": None}
    world.emit("checkout.session.expired", session)


def listed(world: World, params: Json) -> Json:
    """GET /v1/checkout/sessions."""
    names = ("customer", "payment_intent", "payment_link", "status", "subscription")
    found = having(world.every("checkout.session"), params, names)
    if "customer_details" in params:
        email = params["customer_details"].get("email")
        found = [one for one in found if (one["customer_details"] or {}).get("email") == email]
    return page(world, found, params, "/v1/checkout/sessions")


def list_line_items(world: World, params: Json, identity: str) -> Json:
    """GET /v1/checkout/sessions/{id}/line_items, in the order they were given."""
    world.get("checkout.session", identity)
    items = world.line_items[identity][::-1]
    return page(world, items, params, f"/v1/checkout/sessions/{identity}/line_items")
