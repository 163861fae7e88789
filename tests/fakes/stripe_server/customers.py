"""Customers, and the link to their billing portal.

A deleted customer stays as a tombstone, as at Stripe; nothing else is forgotten.
"""

from __future__ import annotations

from tests.fakes.stripe_server import subscriptions
from tests.fakes.stripe_server.faults import no_such, not_played, wanting
from tests.fakes.stripe_server.listing import having, page
from tests.fakes.stripe_server.world import Json, World, metadata_of, update_fields

_FIELDS = ("address", "description", "email", "name", "phone", "preferred_locales", "shipping", "tax_exempt")


def create(world: World, params: Json) -> Json:
    """POST /v1/customers."""
    for name in ("test_clock", "source", "cash_balance", "tax_id_data"):
        if name in params:
            raise not_played(name)
    customer: Json = {
        "id": world.ids.make("cus", 14),
        "object": "customer",
        "address": None,
        "balance": params.get("balance", 0),
        "created": world.now_s,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": params.get("invoice_prefix") or world.ids.make("prefix", 8)[7:].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": metadata_of(params),
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    customer |= {name: params[name] or None for name in _FIELDS if name in params}
    world.add(customer)
    world.emit("customer.created", customer)
    return customer


def retrieve(world: World, params: Json, identity: str) -> Json:
    """GET /v1/customers/{id}."""
    return world.get("customer", identity)


def living(world: World, identity: str) -> Json:
    """A customer that a parameter names and that was not deleted. Raises StripeFault."""
    customer = world.get("customer", identity, param="customer")
    if customer.get("deleted"):
        raise no_such("customer", identity, param="customer", status=400)
    return customer


def _undeleted(world: World, identity: str) -> Json:
    """A customer of the path that was not deleted. Raises StripeFault."""
    customer = world.get("customer", identity)
    if customer.get("deleted"):
        raise no_such("customer", identity)
    return customer


def update(world: World, params: Json, identity: str) -> Json:
    """POST /v1/customers/{id}."""
    customer = _undeleted(world, identity)
    previous = update_fields(customer, params, _FIELDS)
    if previous:
        world.emit("customer.updated", customer, previous)
    return customer


def delete(world: World, params: Json, identity: str) -> Json:
    """DELETE /v1/customers/{id}: their subscriptions end at once."""
    customer = _undeleted(world, identity)
    for subscription in having(world.every("subscription"), {"customer": identity}, ("customer",)):
        if subscription["status"] != "canceled":
            subscriptions.end(world, subscription)
    world.emit("customer.deleted", customer)
    created = customer["created"]
    customer.clear()
    customer |= {"id": identity, "object": "customer", "deleted": True, "created": created}
    return {"id": identity, "object": "customer", "deleted": True}


def listed(world: World, params: Json) -> Json:
    """GET /v1/customers."""
    kept = [customer for customer in world.every("customer") if not customer.get("deleted")]
    return page(world, having(kept, params, ("email",)), params, "/v1/customers")


def open_portal(world: World, params: Json) -> Json:
    """POST /v1/billing_portal/sessions."""
    if "customer" not in params:
        raise wanting("customer")
    if "flow_data" in params:
        raise not_played("flow_data")
    identity = world.ids.make("bps")
    return {
        "id": identity,
        "object": "billing_portal.session",
        "configuration": params.get("configuration", "bpc_default"),
        "created": world.now_s,
        "customer": living(world, params["customer"])["id"],
        "customer_account": None,
        "flow": None,
        "livemode": False,
        "locale": params.get("locale"),
        "on_behalf_of": None,
        "return_url": params.get("return_url"),
        "url": f"{world.base_url}/portal/{params['customer']}",
    }
