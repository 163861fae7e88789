"""Webhooks: signed, sent in order, sent again until a 2xx, and every ordered misfortune on the way.

An event that needs another try does not hold up the others, as at Stripe, so that retries alone already reorder. What
was sent and answered is logged; secrets never are.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import httpx

from tests.fakes.stripe_server.switches import Switches
from tests.fakes.stripe_server.world import Json, World

RETRY_DELAYS_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4)
"""After the last one the courier gives up, as Stripe does after three days."""
ANSWER_S = 10.0
FORGED_SECRET = "whsec_of_someone_else"


@dataclass(slots=True)
class Delivery:
    """One attempt, or one event that was dropped (`attempt` 0)."""

    event: str
    type: str
    attempt: int
    signed: str
    """`true`, `forged` or `future`."""
    status: int | None
    """The receiver's HTTP status; None when there was no answer."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """An event on its way."""

    event: Json
    forged: bool = False
    ahead_s: float = 0.0
    late_s: float = 0.0
    secret: str | None = None
    """Sign with this one instead of the endpoint's."""
    tries: int = len(RETRY_DELAYS_S) + 1


def signature(payload: bytes, secrets: Sequence[str], stamp_s: int) -> str:
    """The `Stripe-Signature` header; several secrets are what a rotation looks like."""
    signed = f"{stamp_s}.".encode() + payload
    marks = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={stamp_s}", *(f"v1={mark}" for mark in marks)])


class Courier:
    """Delivers the events of one world to one endpoint; without `url` it delivers nothing."""

    def __init__(
        self, world: World, *, url: str | None, secrets: Sequence[str], retry_delays_s: Sequence[float]
    ) -> None:
        self.url = url
        self.secrets = list(secrets)
        self.switches = Switches()
        self.log: list[Delivery] = []
        self._world = world
        self._delays_s = tuple(retry_delays_s)
        self._queue: asyncio.Queue[Parcel] = asyncio.Queue()
        self._held: list[Parcel] = []
        self._gathered: list[Parcel] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._client = httpx.AsyncClient(timeout=ANSWER_S, trust_env=False)
        self._worker: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to deliver."""
        self._worker = asyncio.create_task(self._work())

    async def aclose(self) -> None:
        """Stop; what is on its way is lost."""
        tasks = [task for task in (self._worker, *self._tasks) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._client.aclose()

    def submit(self, event: Json) -> None:
        """Take an event, and let the switches do to it what they will."""
        if self.url is None:
            event["pending_webhooks"] = 0
            return
        kind = event["type"]
        if self.switches.strikes("drop", kind):
            self.log.append(Delivery(event["id"], kind, 0, "true", None))
            return
        parcel = Parcel(event, tries=len(self._delays_s) + 1)
        if self.switches.strikes("forge", kind):
            parcel = replace(parcel, forged=True)
        if future := self.switches.strikes("future", kind):
            parcel = replace(parcel, ahead_s=future.seconds)
        if delay := self.switches.strikes("delay", kind):
            parcel = replace(parcel, late_s=delay.seconds)
        duplicate = self.switches.strikes("duplicate", kind)
        for copy in [parcel] * (1 + (duplicate.copies if duplicate else 0)):
            self._arrange(copy)

    def _arrange(self, parcel: Parcel) -> None:
        """Hold it, gather it for reordering, or send it off."""
        kind = parcel.event["type"]
        if self.switches.strikes("hold", kind):
            self._held.append(parcel)
        elif reorder := self.switches.strikes("reorder", kind):
            self._gathered.append(parcel)
            if len(self._gathered) >= reorder.window:
                self._flush()
        else:
            self.send(parcel)

    def _flush(self) -> None:
        gathered, self._gathered = self._gathered[::-1], []
        for parcel in gathered:
            self.send(parcel)

    def release(self) -> None:
        """Send off what is held, and what is gathered although the window is not full."""
        held, self._held = self._held, []
        for parcel in held:
            self.send(parcel)
        self._flush()

    def send(self, parcel: Parcel) -> None:
        """Send off, now or as late as the parcel says."""
        if parcel.late_s:
            self._spawn(parcel, 1, parcel.late_s)
        else:
            self._queue.put_nowait(parcel)

    async def settled(self) -> None:
        """Wait until nothing is on its way; what is held or gathered stays."""
        await self._queue.join()
        while self._tasks:
            await asyncio.wait(self._tasks)
            await self._queue.join()  # what a receiver did in answer may have caused more

    async def _work(self) -> None:
        while True:
            parcel = await self._queue.get()
            try:
                await self._attempt(parcel, 1)
            finally:
                self._queue.task_done()

    def _spawn(self, parcel: Parcel, attempt: int, after_s: float) -> None:
        task = asyncio.create_task(self._later(parcel, attempt, after_s))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _later(self, parcel: Parcel, attempt: int, after_s: float) -> None:
        await asyncio.sleep(after_s)
        await self._attempt(parcel, attempt)

    async def _attempt(self, parcel: Parcel, attempt: int) -> None:
        event = parcel.event
        status = await self._post(parcel)
        signed = "forged" if parcel.forged else "future" if parcel.ahead_s else "true"
        self.log.append(Delivery(event["id"], event["type"], attempt, signed, status))
        if status is not None and 200 <= status < 300:
            event["pending_webhooks"] = 0
        elif attempt < parcel.tries:
            self._spawn(parcel, attempt + 1, self._delays_s[attempt - 1])

    async def _post(self, parcel: Parcel) -> int | None:
        assert self.url is not None
        payload = json.dumps(parcel.event, indent=2).encode()
        secrets = [parcel.secret] if parcel.secret else self.secrets
        stamp_s = int(self._world.now() + parcel.ahead_s)
        headers = {
            "content-type": "application/json; charset=utf-8",
            "stripe-signature": signature(payload, [FORGED_SECRET] if parcel.forged else secrets, stamp_s),
            "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        try:
            response = await self._client.post(self.url, content=payload, headers=headers)
        except (httpx.TransportError, httpx.InvalidURL):
            return None
        return response.status_code

    def logged(self) -> list[Json]:
        """The deliveries so far, as plain data."""
        return [asdict(delivery) for delivery in self.log]
