"""Lists and expansion, the same for every kind of object: filters, cursors, `has_more`, and ids replaced by objects.

It reads the world and never changes it; what it returns is a copy.
"""

from __future__ import annotations

import copy
from typing import Any

from tests.fakes.stripe_server.faults import StripeFault, no_such
from tests.fakes.stripe_server.world import Json, World

LIMIT_DEFAULT = 10
LIMIT_MAX = 100
_LAZY = {"checkout.session": ("line_items",), "charge": ("refunds",), "invoice": ("payments",)}
"""Sub-lists that are there only when they are asked for."""


def as_list(data: list[Json], url: str, *, has_more: bool = False) -> Json:
    """A list object."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def page(world: World, things: list[Json], params: Json, url: str) -> Json:
    """A page of these things (oldest first as given), newest first, cut by `created`, the cursors and `limit`."""
    limit = params.get("limit", LIMIT_DEFAULT)
    if not 1 <= limit <= LIMIT_MAX:
        raise StripeFault(f"Invalid limit: must be between 1 and {LIMIT_MAX}", param="limit")
    newest_first = [thing for thing in reversed(things) if _created_fits(thing, params.get("created"))]
    after, before = params.get("starting_after"), params.get("ending_before")
    if after and before:
        raise StripeFault("You may only specify one of these parameters: starting_after, ending_before.")
    if after:
        newest_first = newest_first[_around(world, newest_first, after, "starting_after")[1] :]
    if before:
        newest_first = newest_first[: _around(world, newest_first, before, "ending_before")[0]]
        return as_list(newest_first[-limit:], url, has_more=len(newest_first) > limit)
    return as_list(newest_first[:limit], url, has_more=len(newest_first) > limit)


def _around(world: World, newest_first: list[Json], identity: str, param: str) -> tuple[int, int]:
    """Where the things that are newer than a cursor end, and where the older ones begin. Raises StripeFault.

    The cursor may have dropped out of the list since it was read: an open session that was paid, for instance.
    """
    for place, thing in enumerate(newest_first):
        if thing["id"] == identity:
            return place, place + 1
    kinds = {thing["object"] for thing in newest_first}
    if identity not in world.objects or not kinds <= {world.objects[identity]["object"]}:
        raise no_such(kinds.pop() if kinds else "object", identity, param=param, status=400)
    rank = {known: place for place, known in enumerate(world.objects)}
    newer = sum(rank[thing["id"]] > rank[identity] for thing in newest_first)
    return newer, newer


def _created_fits(thing: Json, created: Any) -> bool:
    if created is None:
        return True
    when: int = thing["created"]
    if isinstance(created, int):
        return when == created
    after = when > created.get("gt", -1) and when >= created.get("gte", 0)
    before = when < created.get("lt", when + 1) and when <= created.get("lte", when)
    return bool(after and before)


def having(things: list[Json], params: Json, names: tuple[str, ...]) -> list[Json]:
    """The things whose fields equal the parameters of the same names, where those were sent."""
    return [thing for thing in things if all(thing.get(name) == params[name] for name in names if name in params)]


def expanded(world: World, answer: Json, paths: list[str]) -> Json:
    """A copy of an answer in which the ids at these paths are objects, and lazy sub-lists are there when asked for."""
    shown = copy.deepcopy(answer)
    for path in paths:
        _expand(world, shown, path.split("."), path)
    return shown


def _expand(world: World, shown: Any, parts: list[str], path: str) -> None:
    if isinstance(shown, list):
        for one in shown:
            _expand(world, one, parts, path)
        return
    name, rest = parts[0], parts[1:]
    value = _lazy(world, shown, name) if name in _LAZY.get(shown.get("object", ""), ()) else shown.get(name)
    if name not in shown and value is None:
        raise StripeFault(f"This property cannot be expanded ({path}).", param="expand[0]")
    if isinstance(value, str):
        if value not in world.objects:
            raise StripeFault(f"This property cannot be expanded ({path}).", param="expand[0]")
        value = copy.deepcopy(world.objects[value])
    shown[name] = value
    if rest and value is not None:
        _expand(world, value, rest, path)


def _lazy(world: World, shown: Json, name: str) -> Json:
    identity = shown["id"]
    if name == "refunds":
        found = having(world.every("refund"), {"charge": identity}, ("charge",))
        return as_list(copy.deepcopy(found[::-1]), f"/v1/charges/{identity}/refunds")
    if name == "payments":
        found = having(world.every("invoice_payment"), {"invoice": identity}, ("invoice",))
        return as_list(copy.deepcopy(found), f"/v1/invoices/{identity}/payments")
    return as_list(copy.deepcopy(world.line_items[identity]), f"/v1/checkout/sessions/{identity}/line_items")
