"""What a test may order: time, disputes, declined renewals, misfortunes of webhooks and answers.

`POST /_control` with `{"action": name, …}` does it over HTTP; each method here is an action and its arguments are the
other fields. It is no part of Stripe's API and needs no key.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, get_args

from tests.fakes.stripe_server import disputes, pages, passing, paying, refunds
from tests.fakes.stripe_server.api import Api, encode
from tests.fakes.stripe_server.courier import Courier, Parcel
from tests.fakes.stripe_server.faults import StripeFault
from tests.fakes.stripe_server.subscriptions import period_end_s
from tests.fakes.stripe_server.switches import AnswerFault
from tests.fakes.stripe_server.wire import Request, Response
from tests.fakes.stripe_server.world import Json, World


class Control:
    """The actions; each returns the object it changed, or an empty one. They raise StripeFault."""

    def __init__(self, world: World, api: Api, courier: Courier) -> None:
        self._world = world
        self._api = api
        self._courier = courier

    async def switches(self, **wanted: Any) -> Json:
        """Turn webhook switches on or off; see `Switches.set`."""
        self._courier.switches.set(wanted)
        return {"on": sorted(self._courier.switches.on)}

    async def answer_fault(self, **wanted: Any) -> Json:
        """Spoil the next answers of the API; the fields of `AnswerFault`."""
        known = {field.name for field in fields(AnswerFault)}
        if not set(wanted) <= known:
            raise StripeFault(f"An answer fault has {', '.join(sorted(known))}")
        self._api.faults.append(AnswerFault(**wanted))
        return {}

    async def press(self, session: str, button: pages.Button = "pay") -> Json:
        """Press a button of the pay page without a browser."""
        if button not in get_args(pages.Button):
            raise StripeFault(f"No such button: {button}", param="button")
        found = self._world.get("checkout.session", session, param="session")
        pages.press(self._world, found, button)
        return found

    async def conclude(self, session: str, succeeded: bool = True) -> Json:
        """Let a delayed payment end."""
        found = self._world.get("checkout.session", session, param="session")
        paying.conclude(self._world, found, succeeded=succeeded)
        return found

    async def advance(self, seconds: int) -> Json:
        """Let time pass."""
        passing.advance(self._world, seconds)
        return {"now_s": self._world.now_s}

    async def advance_period(self, subscription: str, succeeded: bool = True) -> Json:
        """Let time pass to the end of a subscription's period; its payment succeeds or is declined."""
        found = self._world.get("subscription", subscription, param="subscription")
        await self.decline(subscription, on=not succeeded)
        passing.advance(self._world, period_end_s(found) - self._world.now_s)
        return found

    async def decline(self, subscription: str, on: bool = True) -> Json:
        """Have a subscription's next payments declined, or no longer."""
        found = self._world.get("subscription", subscription, param="subscription")
        (self._world.failing.add if on else self._world.failing.discard)(found["id"])
        return found

    async def dispute_open(
        self, charge: str, amount: int | None = None, reason: str = "fraudulent", inquiry: bool = False
    ) -> Json:
        """Have a charge disputed, in full unless an amount is given."""
        found = self._world.get("charge", charge, param="charge")
        disputed = found["amount"] if amount is None else amount
        return disputes.open_dispute(self._world, found, amount=disputed, reason=reason, inquiry=inquiry)

    async def dispute_escalate(self, dispute: str) -> Json:
        """Have an inquiry become a dispute."""
        found = self._world.get("dispute", dispute, param="dispute")
        disputes.escalate(self._world, found)
        return found

    async def dispute_decide(self, dispute: str, won: bool) -> Json:
        """The bank's verdict."""
        found = self._world.get("dispute", dispute, param="dispute")
        disputes.decide(self._world, found, won=won)
        return found

    async def refund_fail(self, refund: str) -> Json:
        """Have a refund come back."""
        found = self._world.get("refund", refund, param="refund")
        refunds.fail(self._world, found)
        return found

    async def resend(self, event: str) -> Json:
        """Send a recorded event again, past all switches."""
        found = self._world.get("event", event, param="event")
        self._courier.send(Parcel(found))
        return found

    async def send(self, event: Json, secret: str | None = None, ahead_s: float = 0.0) -> Json:
        """Send any event once, past all switches and outside the list: what an attacker or a mistake would send.

        It is signed with the endpoint's own secret unless another is given.
        """
        if not {"id", "type"} <= set(event):
            raise StripeFault("An event has an id and a type.", param="event")
        self._courier.send(Parcel(event, secret=secret, ahead_s=ahead_s, tries=1))
        return event

    async def endpoint(self, url: str | None = None, secret: str | None = None, keep_old_secret: bool = False) -> Json:
        """Set the webhook's address, or roll its secret; during a rotation both sign."""
        self._courier.url = url or self._courier.url
        if secret is not None:
            self._courier.secrets = [secret, *(self._courier.secrets if keep_old_secret else ())]
        return {"url": self._courier.url}

    async def release(self) -> Json:
        """Send off what is held or gathered."""
        self._courier.release()
        return {}

    async def settle(self) -> Json:
        """Wait until no webhook is on its way."""
        await self._courier.settled()
        return {"deliveries": self._courier.logged()}

    async def run(self, action: str, arguments: Mapping[str, Any]) -> Json:
        """An action by name. Raises StripeFault when there is no such action or its arguments are wrong."""
        method = getattr(self, action, None)
        if action.startswith("_") or action in ("run", "answer") or method is None:
            raise StripeFault(f"No such action: {action}", param="action")
        try:
            inspect.signature(method).bind(**arguments)
        except TypeError as wrong:
            raise StripeFault(f"{action}: {wrong}") from None
        done: Json = await method(**arguments)
        return done

    async def answer(self, request: Request) -> Response:
        """`POST /_control` and `GET /_log`."""
        if request.path == "/_log":
            log = {"requests": self._api.log, "deliveries": self._courier.logged()}
            return Response(200, encode(log))
        try:
            wanted = json.loads(request.body)
            if not isinstance(wanted, dict) or not isinstance(wanted.get("action"), str):
                raise StripeFault("An action is an object with the name of the action.", param="action")
            return Response(200, encode(await self.run(wanted.pop("action"), wanted)))
        except json.JSONDecodeError:
            return Response(400, encode(StripeFault("That is not JSON.").body()))
        except StripeFault as refused:
            return Response(refused.status, encode(refused.body()))
