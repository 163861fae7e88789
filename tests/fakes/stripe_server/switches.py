"""The misfortunes that can be ordered for webhooks, and for the answers of the API.

A switch says which events it touches and how many of them; it is pure bookkeeping and sends nothing itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from tests.fakes.stripe_server.faults import StripeFault
from tests.fakes.stripe_server.world import Json

NAMES = ("drop", "hold", "duplicate", "reorder", "delay", "forge", "future")


@dataclass(slots=True)
class Switch:
    """One misfortune: it strikes the next `times` events (None: every one) of these types."""

    times: int | None = None
    types: tuple[str, ...] = ("*",)
    copies: int = 1
    """Of `duplicate`: how many more are sent."""
    seconds: float = 86_400.0
    """Of `delay`: how late; of `future`: how far ahead the signature is dated."""
    window: int = 2
    """Of `reorder`: how many events are gathered and then sent in reverse."""

    def strikes(self, kind: str) -> bool:
        """Whether an event of this type is struck; it counts as one."""
        if self.times == 0 or not any(fnmatchcase(kind, pattern) for pattern in self.types):
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass(slots=True)
class Switches:
    """The switches that are on, by name."""

    on: dict[str, Switch] = field(default_factory=dict)

    def set(self, wanted: Json) -> None:
        """Turn switches on (`true`, a number of times, or the fields of a `Switch`) or off. Raises StripeFault."""
        for name, value in wanted.items():
            if name not in NAMES:
                raise StripeFault(f"No such switch: {name}", param=name)
            if value is None or value is False:
                self.on.pop(name, None)
            else:
                self.on[name] = _switch(name, value)

    def strikes(self, name: str, kind: str) -> Switch | None:
        """The switch of this name, if it is on and strikes an event of this type."""
        switch = self.on.get(name)
        return switch if switch is not None and switch.strikes(kind) else None


def _switch(name: str, value: object) -> Switch:
    if value is True:
        return Switch()
    if isinstance(value, int):
        return Switch(times=value)
    if not isinstance(value, dict) or not set(value) <= set(Switch.__slots__):
        raise StripeFault(f"A switch has {', '.join(Switch.__slots__)}", param=name)
    fields = {**value, "types": tuple(value.get("types", ("*",)))}
    return Switch(**fields)


@dataclass(slots=True)
class AnswerFault:
    """A misfortune of the API's next answers to requests whose path begins with `path`."""

    path: str = "/v1/"
    method: str = "POST"
    times: int = 1
    status: int = 500
    executed: bool = False
    """Whether the request has its effect all the same."""
    lost: bool = False
    """The request has its effect and the connection is closed without an answer."""

    def strikes(self, method: str, path: str) -> bool:
        """Whether this request is struck; it counts as one."""
        if self.times < 1 or method != self.method or not path.startswith(self.path):
            return False
        self.times -= 1
        return True
