"""Products and prices: known ones, and those that a checkout session makes from `price_data`.

A price never changes its amount. Only plain prices per unit are played: no tiers, no metering, no other currencies.
"""

from __future__ import annotations

from tests.fakes.stripe_server.faults import StripeFault, not_played, wanting
from tests.fakes.stripe_server.listing import having, page
from tests.fakes.stripe_server.world import Json, World, metadata_of, update_fields

_UNPLAYED = ("currency_options", "custom_unit_amount", "tiers", "transform_quantity", "unit_amount_decimal")


def create_product(world: World, params: Json) -> Json:
    """POST /v1/products."""
    if "default_price_data" in params:
        raise not_played("default_price_data")
    product: Json = {
        "id": params.get("id") or world.ids.make("prod", 14),
        "object": "product",
        "active": params.get("active", True),
        "created": world.now_s,
        "default_price": None,
        "description": params.get("description") or None,
        "images": params.get("images", []),
        "livemode": False,
        "marketing_features": params.get("marketing_features", []),
        "metadata": metadata_of(params),
        "name": params["name"],
        "tax_code": params.get("tax_code"),
        "type": "service",
        "unit_label": params.get("unit_label"),
        "updated": world.now_s,
    }
    if product["id"] in world.objects:
        raise StripeFault("Product already exists.", code="resource_already_exists", param="id")
    world.add(product)
    world.emit("product.created", product)
    return product


def create_price(world: World, params: Json) -> Json:
    """POST /v1/prices."""
    for name in _UNPLAYED:
        if name in params:
            raise not_played(name)
    if "unit_amount" not in params:
        raise wanting("unit_amount")
    if params["unit_amount"] < 0:
        message = "Invalid non-negative integer"
        raise StripeFault(message, code="parameter_invalid_integer", param="unit_amount")
    recurring = params.get("recurring")
    price: Json = {
        "id": world.ids.make("price"),
        "object": "price",
        "active": params.get("active", True),
        "billing_scheme": "per_unit",
        "created": world.now_s,
        "currency": checked_currency(params["currency"], "currency"),
        "livemode": False,
        "lookup_key": params.get("lookup_key"),
        "metadata": metadata_of(params),
        "nickname": params.get("nickname"),
        "product": _product(world, params),
        "recurring": None,
        "tax_behavior": params.get("tax_behavior", "unspecified"),
        "tiers_mode": None,
        "type": "recurring" if recurring else "one_time",
        "unit_amount": params["unit_amount"],
        "unit_amount_decimal": str(params["unit_amount"]),
    }
    if recurring:
        price["recurring"] = {
            "interval": recurring["interval"],
            "interval_count": recurring.get("interval_count", 1),
            "meter": None,
            "trial_period_days": None,
            "usage_type": "licensed",
        }
    world.add(price)
    world.emit("price.created", price)
    return price


def checked_currency(currency: str, param: str) -> str:
    """Three letters, in lower case. Raises StripeFault."""
    if len(currency) != 3 or not currency.isascii() or not currency.isalpha():
        raise StripeFault(f"Invalid currency: {currency}", param=param)
    return currency.lower()


def _product(world: World, params: Json) -> str:
    if "product" in params:
        return str(world.get("product", params["product"], param="product")["id"])
    if "product_data" not in params:
        raise wanting("product")
    return str(create_product(world, params["product_data"])["id"])


def retrieve_product(world: World, params: Json, identity: str) -> Json:
    """GET /v1/products/{id}."""
    return world.get("product", identity)


def list_products(world: World, params: Json) -> Json:
    """GET /v1/products."""
    return page(world, having(world.every("product"), params, ("active",)), params, "/v1/products")


def retrieve_price(world: World, params: Json, identity: str) -> Json:
    """GET /v1/prices/{id}."""
    return world.get("price", identity)


def update_price(world: World, params: Json, identity: str) -> Json:
    """POST /v1/prices/{id}: everything but the money."""
    price = world.get("price", identity)
    previous = update_fields(price, params, ("active", "nickname", "lookup_key"))
    if previous:
        world.emit("price.updated", price, previous)
    return price


def list_prices(world: World, params: Json) -> Json:
    """GET /v1/prices."""
    found = having(world.every("price"), params, ("active", "currency", "product", "type"))
    if "lookup_keys" in params:
        found = [price for price in found if price["lookup_key"] in params["lookup_keys"]]
    return page(world, found, params, "/v1/prices")
