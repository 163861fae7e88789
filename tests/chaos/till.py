"""The till in a chaos run: fans buy at Stripe's stand-in while webhooks are doubled, reordered, late, lost and forged.

A relay stands for the balancer that webhooks come through: it hands each to any process that serves, and answers 503
when there is none. What the till was paid is read from the stand-in alone, and never from our side.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import httpx

from billing.cashier import Cashier
from tests.chaos.evidence import PaidRow
from tests.chaos.fan import UNREACHABLE, Reachable
from tests.chaos.plan import Purchase
from tests.chaos.progress import Progress
from tests.fakes.stripe_server.courier import RETRY_DELAYS_S
from tests.fakes.stripe_server.running import KEY, SECRET, StripeServer, stripe_server
from tests.fakes.stripe_server.wire import HttpServer, Request, Response
from tests.gateway.builders import claims_of, token_of
from tests.gateway.client import Fan

TRIES_MAX = 40
PAUSE_S = 0.3
MOMENT_S = 0.5
"""Between paying and what becomes of the money: at most so long."""


class ChaosTill:
    """The stand-in, the way to it and from it, and everybody who buys."""

    def __init__(self, server: StripeServer, luck: Random) -> None:
        self.server, self._luck = server, luck
        self.reachable: Reachable | None = None
        self.tally: Counter[str] = Counter()

    # From the till to us

    async def relay(self, request: Request) -> Response:
        """Hand a webhook to any process."""
        bases = self.reachable.bases if self.reachable else []
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=10) as http:
                answer = await http.post(
                    f"{self._luck.choice(bases)}/v1/webhooks/stripe" if bases else "http://127.0.0.1:9/",
                    content=request.body,
                    headers={"stripe-signature": request.headers.get("stripe-signature", "")},
                )
        except httpx.HTTPError:
            self.tally["webhooks that found no process"] += 1
            return Response(503)
        outcome = answer.json()["outcome"] if answer.status_code == 200 else f"answered {answer.status_code}"
        self.tally[f"webhooks {outcome}"] += 1
        return Response(answer.status_code)

    # From a fan to the till

    async def sell(self, purchases: Sequence[Purchase], progress: Progress) -> None:
        """Let everybody buy, each when the run has come so far."""
        await asyncio.gather(*(self._sell(purchase, progress) for purchase in purchases))

    async def _sell(self, purchase: Purchase, progress: Progress) -> None:
        await progress.reached(purchase.after_turns)
        body = {"pack": purchase.pack, "shortfall": purchase.shortfall}
        opened = await self._ask(purchase.fan, "/v1/checkout", 201, body)
        if opened is None:
            self.tally["checkouts given up"] += 1
            return
        self.tally["checkouts"] += 1
        session = str(opened["url"]).rsplit("/", 1)[-1]
        if purchase.lie:
            await self._lie(session)
        await self.server.control("switches", **dict(purchase.mishaps))
        await self.server.control("press", session=session, button=purchase.button)
        if purchase.returns:
            await self._ask(purchase.fan, f"/v1/checkout/{opened['order']}/sync", 200, {})
        await asyncio.sleep(self._luck.uniform(0, MOMENT_S))
        if purchase.button == "later":
            await self.server.control("conclude", session=session, succeeded=True)
        if purchase.button in ("pay", "later"):
            self.tally["purchases paid"] += 1
            await self._befall(session, purchase)

    async def _ask(self, name: str, path: str, status: int, body: dict[str, object]) -> dict[str, Any] | None:
        """Ask until some process answers; None when none did."""
        for _ in range(TRIES_MAX):
            bases = self.reachable.bases if self.reachable else []
            if bases:
                try:
                    fan = Fan(self._luck.choice(bases), token_of(claims_of(name)))
                    answer = await fan.call("POST", path, json=body)
                except UNREACHABLE:
                    answer = None
                if answer is not None and answer.status_code == status:
                    told: dict[str, Any] = answer.json()
                    return told
            await asyncio.sleep(PAUSE_S)
        return None

    async def _lie(self, session: str) -> None:
        """Tell that it was paid: with a wrong signature, and with a right one, as if a message were proof."""
        thing = {**self.server.world.objects[session], "payment_status": "paid", "status": "complete"}
        for secret, kind in (("whsec_of_a_stranger", "forged"), (SECRET, "untrue")):
            event = {
                "id": f"evt_{kind}_{session}",
                "object": "event",
                "type": "checkout.session.completed",
                "created": self.server.world.now_s,
                "livemode": False,
                "data": {"object": thing},
            }
            await self.server.control("send", event=event, secret=secret)
            self.tally[f"webhooks {kind}"] += 1

    async def _befall(self, session: str, purchase: Purchase) -> None:
        """A refund or a dispute."""
        world = self.server.world
        intent = world.objects[world.objects[session]["payment_intent"]]
        if purchase.fate in ("refunded", "part_refunded"):
            amount = intent["amount"] if purchase.fate == "refunded" else max(1, intent["amount"] // 3)
            async with httpx.AsyncClient(trust_env=False) as http:
                answer = await http.post(
                    f"{self.server.url}/v1/refunds",
                    data={"payment_intent": intent["id"], "amount": str(amount)},
                    headers={"authorization": f"Bearer {KEY}"},
                )
            assert answer.status_code == 200, answer.text
            self.tally["refunds"] += 1
        elif purchase.fate != "kept":
            dispute = await self.server.control("dispute_open", charge=intent["latest_charge"])
            self.tally["disputes"] += 1
            await asyncio.sleep(self._luck.uniform(0, MOMENT_S))
            if purchase.fate != "dispute_open":
                await self.server.control("dispute_decide", dispute=dispute["id"], won=purchase.fate == "dispute_won")

    # Afterwards

    async def settled(self) -> None:
        """Turn every mishap off, send what was held back, and wait until no webhook is on its way."""
        await self.server.control("switches", **{name: False for name in self.server.courier.switches.on})
        await self.server.control("release")
        await self.server.settled()
        log = self.server.courier.log
        self.tally["webhooks dropped"] = sum(delivery.attempt == 0 for delivery in log)
        self.tally["webhooks sent with a forged or future signature"] = sum(one.signed != "true" for one in log)
        self.tally["webhooks sent again"] = sum(delivery.attempt > 1 for delivery in log)

    def paid(self) -> dict[str, PaidRow]:
        """What the till was paid for each order, and how much of it is gone again."""
        world, found = self.server.world, {}
        for session in world.every("checkout.session"):
            if session["payment_status"] != "paid":
                continue
            charge = world.objects[world.objects[session["payment_intent"]]["latest_charge"]]
            disputed = sum(
                dispute["amount"]
                for dispute in world.every("dispute")
                if dispute["charge"] == charge["id"] and dispute["status"] not in ("won", "warning_closed")
            )
            gone = min(charge["amount"], charge["amount_refunded"] + disputed)
            found[str(session["client_reference_id"])] = PaidRow(charge["amount"], gone)
        return found


@asynccontextmanager
async def chaos_till(seed: int, luck: Random, *, patient: bool) -> AsyncIterator[ChaosTill]:
    """The stand-in and the relay while the block runs; `patient`: it sends a webhook again for longer."""
    async with stripe_server(seed=seed, retry_delays_s=RETRY_DELAYS_S[: None if patient else 4]) as server:
        till = ChaosTill(server, luck)
        relay = HttpServer(till.relay)
        await relay.start()
        server.courier.url = f"{relay.url}/hook"
        try:
            yield till
        finally:
            await relay.aclose()


async def reckon(cashier: Cashier, looks: Sequence[str], *, since_ms: int, until_ms: int) -> tuple[int, list[str]]:
    """What the poller and the daily comparison do: look at the orders that wait for a look, then repair, then compare.

    Returns how many orders had to be repaired, and what still differs.
    """
    for order in looks:
        await cashier.fulfil(order)
    repaired = await cashier.reconcile(since_ms, until_ms, repair=True)
    left = await cashier.reconcile(since_ms, until_ms, repair=False)
    return len(repaired.repaired), [f"the till and the orders differ: {finding}" for finding in left.findings]
