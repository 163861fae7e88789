"""The list of events, as it is asked for by whoever may have missed a webhook.

An event holds its object as it was then; it never changes, but for the count of webhooks that are still to come.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from tests.fakes.stripe_server.faults import StripeFault, no_such
from tests.fakes.stripe_server.listing import page
from tests.fakes.stripe_server.world import Json, World

TYPES_MAX = 20
KEPT_S = 30 * 86_400
"""Older events cannot be asked for (https://docs.stripe.com/api/events/list)."""


def retrieve(world: World, params: Json, identity: str) -> Json:
    """GET /v1/events/{id}."""
    event = world.get("event", identity)
    if not _kept(world, event):
        raise no_such("event", identity)
    return event


def _kept(world: World, event: Json) -> bool:
    return bool(world.now_s - event["created"] <= KEPT_S)


def listed(world: World, params: Json) -> Json:
    """GET /v1/events, by type (`charge.*` for a group), several types, or whether delivery has succeeded."""
    if "type" in params and "types" in params:
        raise StripeFault("You may only specify one of these parameters: type, types.", param="types")
    patterns = params.get("types") or [params.get("type", "*")]
    if len(patterns) > TYPES_MAX:
        raise StripeFault(f"You may only specify up to {TYPES_MAX} types.", param="types")
    kept = [event for event in world.every("event") if _kept(world, event)]
    found = [event for event in kept if any(fnmatchcase(event["type"], one) for one in patterns)]
    if "delivery_success" in params:
        found = [event for event in found if (event["pending_webhooks"] == 0) is params["delivery_success"]]
    return page(world, found, params, "/v1/events")
