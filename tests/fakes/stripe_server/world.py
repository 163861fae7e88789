"""Everything the stand-in knows: its objects, its clock, its seeded ids and the events it has recorded.

Time is an argument (`now`, seconds since the epoch) plus what a test has advanced; ids come from a seed and a count, so
two runs that do the same are the same. It must never read a clock or chance of its own.
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import stripe

from tests.fakes.stripe_server.faults import StripeFault, no_such

Json = dict[str, Any]

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_NOUNS = {"balance_transaction": "balance transaction"}
_PATH_PARAMS = {"payment_intent": "intent"}
"""What a 404 blames where that is not `id`, as seen in https://github.com/stripe/stripe-terminal-js-demo/issues/72."""
API_VERSION = stripe.api_version
METADATA_KEYS_MAX = 50
METADATA_KEY_CHARS_MAX = 40
METADATA_VALUE_CHARS_MAX = 500


class Ids:
    """Ids of a seed: the n-th id with a prefix is always the same."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._counts: dict[str, int] = {}

    def make(self, prefix: str, length: int = 24) -> str:
        """Such as `ch_4Zk…`; at most 43 characters follow the prefix."""
        count = self._counts[prefix] = self._counts.get(prefix, 0) + 1
        number = int.from_bytes(hashlib.sha256(f"{self._seed}/{prefix}/{count}".encode()).digest(), "big")
        letters = []
        for _ in range(length):
            number, rest = divmod(number, len(_ALPHABET))
            letters.append(_ALPHABET[rest])
        return f"{prefix}_{''.join(letters)}"


@dataclass
class World:
    """One account's data."""

    now: Callable[[], float]
    """Seconds since the epoch: what webhooks are signed with."""
    ids: Ids
    base_url: str = ""
    advanced_s: int = 0
    """How far a test has moved the account's time ahead of `now`."""
    objects: dict[str, Json] = field(default_factory=dict)
    """By id, oldest first."""
    kinds: dict[str, list[Json]] = field(default_factory=dict)
    """The same objects by kind, oldest first."""
    on_event: Callable[[Json], None] = lambda event: None
    request: Json = field(default_factory=lambda: {"id": None, "idempotency_key": None})
    """The API request that is being answered; events name it."""
    line_items: dict[str, list[Json]] = field(default_factory=dict)
    """Of a checkout session, by its id: no event and no answer has them unless they are asked for."""
    promised: dict[str, Json] = field(default_factory=dict)
    """By checkout session: the fields of the payment intent or subscription that paying it will make."""
    failing: set[str] = field(default_factory=set)
    """Subscriptions whose next payments are declined."""
    cycles: dict[str, int] = field(default_factory=dict)
    """How many periods a subscription has begun."""

    looking_back_s: int | None = None
    """The moment at which something that has fallen due is being caught up with."""

    @property
    def now_s(self) -> int:
        """The account's time, seconds since the epoch."""
        if self.looking_back_s is not None:
            return self.looking_back_s
        return int(self.now()) + self.advanced_s

    def add(self, thing: Json) -> Json:
        """Keep a new object."""
        self.objects[thing["id"]] = thing
        self.kinds.setdefault(thing["object"], []).append(thing)
        return thing

    def get(self, kind: str, identity: str, *, param: str | None = None) -> Json:
        """An object by id; with `param` the refusal blames that parameter (400), else the path (404)."""
        found = self.objects.get(identity)
        if found is None or found["object"] != kind:
            noun = _NOUNS.get(kind, kind)
            blamed = param or _PATH_PARAMS.get(kind, "id")
            raise no_such(noun, identity, param=blamed, status=400 if param else 404)
        return found

    def every(self, kind: str) -> list[Json]:
        """All objects of a kind, oldest first."""
        return list(self.kinds.get(kind, ()))

    def emit(self, kind: str, thing: Json, previous: Json | None = None) -> Json:
        """Record an event with the object as it is now, and have it delivered."""
        data: Json = {"object": copy.deepcopy(thing)}
        if previous is not None:
            data["previous_attributes"] = previous
        event: Json = {
            "id": self.ids.make("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now_s,
            "data": data,
            "livemode": False,
            "pending_webhooks": 1,
            "request": dict(self.request),
            "type": kind,
        }
        self.add(event)
        self.on_event(event)
        return event


def checked_metadata(metadata: dict[str, str]) -> dict[str, str]:
    """Metadata within Stripe's limits. Raises StripeFault."""
    if len(metadata) > METADATA_KEYS_MAX:
        raise StripeFault(f"You can only have up to {METADATA_KEYS_MAX} metadata keys.", param="metadata")
    for key, value in metadata.items():
        if len(key) > METADATA_KEY_CHARS_MAX or re.search(r"[\[\]]", key):
            raise StripeFault(f"Metadata keys can have up to {METADATA_KEY_CHARS_MAX} characters.", param="metadata")
        if len(value) > METADATA_VALUE_CHARS_MAX:
            message = f"Metadata values can have up to {METADATA_VALUE_CHARS_MAX} characters."
            raise StripeFault(message, param=f"metadata[{key}]")
    return {key: value for key, value in metadata.items() if value != ""}


def metadata_of(params: Json) -> dict[str, str]:
    """The metadata of a new object."""
    return checked_metadata(params.get("metadata") or {})


def update_fields(thing: Json, params: Json, names: tuple[str, ...]) -> Json:
    """Take these fields over from an update; metadata is merged. Returns what they were before, where they changed."""
    previous: Json = {}
    changes: Json = {name: None if params[name] == "" else params[name] for name in names if name in params}
    if "metadata" in params:
        merged = {**thing["metadata"], **params["metadata"]} if params["metadata"] else {}
        changes["metadata"] = checked_metadata(merged)
    for name, value in changes.items():
        if thing.get(name) != value:
            previous[name] = thing.get(name)
            thing[name] = value
    return previous
