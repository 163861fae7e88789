"""Where webhooks arrive in these tests: it keeps what came and answers with the statuses it was given.

It must never check a signature itself; the tests do that with the SDK.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import stripe

from tests.fakes.stripe_server.wire import HttpServer, Request, Response


@dataclass(frozen=True, slots=True)
class Arrived:
    """One webhook as it came over the wire."""

    body: bytes
    signature: str

    def checked(self, secret: str) -> stripe.Event:
        """The event, if the signature holds. Raises stripe.SignatureVerificationError."""
        event: stripe.Event = stripe.Webhook.construct_event(self.body, self.signature, secret)
        return event

    @property
    def stamp_s(self) -> int:
        """When it says it was signed."""
        return int(self.signature.split(",")[0].removeprefix("t="))


@dataclass
class Receiver:
    """`statuses` are given in turn, then 200."""

    statuses: deque[int] = field(default_factory=deque)
    arrived: list[Arrived] = field(default_factory=list)
    on_arrival: Callable[[], object] | None = None
    """Done once, at the first arrival."""

    def __post_init__(self) -> None:
        self.http = HttpServer(self._take)

    async def _take(self, request: Request) -> Response:
        self.arrived.append(Arrived(request.body, request.headers["stripe-signature"]))
        if self.on_arrival is not None:
            done, self.on_arrival = self.on_arrival, None
            done()
        return Response(self.statuses.popleft() if self.statuses else 200)

    def types(self, secret: str) -> list[str]:
        """The types of what came, in order; every signature must hold."""
        return [str(one.checked(secret).type) for one in self.arrived]

    def ids(self, secret: str) -> list[str]:
        """The event ids of what came, in order."""
        return [one.checked(secret).id for one in self.arrived]

    def objects(self, kind: str, secret: str) -> list[dict[str, Any]]:
        """The objects of the events of a type that came, in order."""
        events = [one.checked(secret) for one in self.arrived]
        return [event.data.object.to_dict() for event in events if event.type == kind]
