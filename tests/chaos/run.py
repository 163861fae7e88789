"""One chaos run: a fleet on one database, fans who talk, and things that break meanwhile; then everything is counted.

The sizes decide how long it takes. What it found wrong is in the outcome; nothing is asserted here.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import select

from billing.adapters.shop_tables import orders
from billing.types import Charge, PriceScope, PriceVersion
from billing.units import HOUR_MS
from gateway.bootstrap import Store, now_ms, open_cashier, open_store
from gateway.settings import Settings, StripeAccount
from tests.chaos.breaking import Targets, strike
from tests.chaos.evidence import Evidence, read_evidence, unsettled
from tests.chaos.fan import ChaosFan
from tests.chaos.findings import findings
from tests.chaos.fleet import Fleet, fleet
from tests.chaos.moody_model import MoodyModel
from tests.chaos.plan import CREDITS_PER_TURN, Size, blows, chance, credits_of, errands, names, purchases
from tests.chaos.progress import Progress
from tests.chaos.till import ChaosTill, chaos_till, reckon
from tests.chaos.till_findings import till_findings
from tests.fakes.openai_server import openai_server
from tests.fakes.stripe_server.running import KEY, SECRET
from tests.gateway.builders import claims_of, environment, grant, import_small_show, served, settings_of
from tests.gateway.lead import LedModel
from tests.gateway.processes import ENCORE, running
from tests.redis_server import redis_server

SETTLED_S = 60.0
"""A turn whose process died gets its end within this time of the next start."""
LOOK_S = 0.2
RAISE_LEAD_MS = 1_500
"""A new price is on the card this long before it holds, so that no quote is made from the card of before."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did and what it found wrong."""

    seed: int
    size: Size
    evidence: Evidence
    tally: Counter[str]
    found: tuple[str, ...]
    errors: tuple[str, ...]
    """What the servers' logs have at the level of an error."""
    took_s: float


@dataclass(frozen=True, slots=True)
class Scene:
    """What a run plays on."""

    seed: int
    size: Size
    folder: Path
    settings: Settings
    store: Store


async def chaos(seed: int, size: Size, url: str, folder: Path, *, patient: bool) -> Outcome:
    """Play one run on a migrated database. Its logs stay in `folder`.

    `patient`: after it every process comes back and cleans up in its own time, as in life; else one process of this
    interpreter cleans up at once what it finds. Raises TimeoutError when that does not come to an end.
    """
    began_s = time.monotonic()
    settings = settings_of(folder / "house", DATABASE_URL=url)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings))
        scene = Scene(seed, size, folder, settings, store)
        granted = await _furnish(scene)
        model = await stack.enter_async_context(openai_server(MoodyModel(seed)))
        till = await stack.enter_async_context(chaos_till(seed, chance(seed, "till"), patient=patient))
        account = StripeAccount(KEY, (SECRET,), till.server.url)
        selling = {
            "STRIPE_KEY": account.key,
            "STRIPE_WEBHOOK_SECRETS": SECRET,
            "STRIPE_API_BASE": account.api_base,
        }
        scene = replace(scene, settings=settings_of(folder / "house", DATABASE_URL=url, **selling))
        redis = stack.enter_context(redis_server())
        serving = _environment(url, model.url, REDIS_URL=redis.url, **selling)
        servers = await stack.enter_async_context(fleet(folder, serving, size.processes))
        fans, tally = await _play(scene, Targets(servers, store.database, redis), till)
        await servers.end()
        async with _restarted(scene, servers) if patient else _swept(scene) as bases:
            till.reachable = bases
            await till.settled()
            for fan in fans:
                fan.look_at(bases)
                await fan.come_back()
        await servers.end()
        differs = await _reckon(scene, account, tally)
        evidence = await read_evidence(
            store.database,
            granted=granted,
            errands={claims_of(fan.name).fan: tuple(said.errand for said in fan.said) for fan in fans},
            saw={claims_of(fan.name).fan: fan.saw() for fan in fans},
            paid=till.paid(),
        )
        tally += till.tally
    return Outcome(
        seed=seed,
        size=size,
        evidence=evidence,
        tally=tally,
        found=(*await _verify(folder, url), *differs, *findings(evidence), *till_findings(evidence)),
        errors=tuple(line for line in servers.said() if " ERROR " in line or "Error" in line),
        took_s=time.monotonic() - began_s,
    )


def _environment(url: str, model_url: str, **more: str) -> dict[str, str]:
    """The settings of every server but its data directory."""
    return environment(
        Path(),
        DATABASE_URL=url,
        MODEL="openai:moody",
        MODEL_BASE_URL=model_url,
        DRAIN_S="1",
        FIRST_TOKEN_S="2",
        BETWEEN_TOKENS_S="2",
        **more,
    )


async def _furnish(scene: Scene) -> dict[str, int]:
    """A show, and credits for every fan; returns what each account was granted."""
    await import_small_show(scene.store, scene.folder / "show")
    granted = {}
    for name in names(scene.size):
        claims, credits = claims_of(name), credits_of(scene.seed, scene.size, name)
        await grant(scene.store.units, claims, credits)
        granted[claims.fan] = credits
    return granted


async def _play(scene: Scene, targets: Targets, till: ChaosTill) -> tuple[list[ChaosFan], Counter[str]]:
    """Let all fans say everything while things break. A blow that nobody lived to see is left out."""
    progress, servers = Progress(), targets.fleet
    fans = [
        ChaosFan(
            name,
            errands(scene.seed, scene.size, name),
            bases=servers,
            luck=chance(scene.seed, "fan", name),
            progress=progress,
            patience_s=scene.size.patience_s,
        )
        for name in names(scene.size)
    ]
    tally: Counter[str] = Counter()
    plan = blows(scene.seed, scene.size)
    breaking = asyncio.create_task(strike(plan, targets, progress, tally), name="breaking")
    raising = asyncio.create_task(_raise_the_price(scene, progress), name="raising")
    till.reachable = servers
    selling = asyncio.create_task(till.sell(purchases(scene.seed, scene.size), progress), name="selling")
    tasks = (breaking, raising, selling)
    try:
        await asyncio.gather(*(fan.run() for fan in fans))
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome
    for fan in fans:
        tally += fan.tally
    return fans, tally


async def _raise_the_price(scene: Scene, progress: Progress) -> None:
    """Half-way through, messages become dearer."""
    await progress.reached(scene.size.turns // 2)
    async with scene.store.units.begin() as unit:
        await unit.books.add_price(
            PriceVersion(
                id="raised",
                scope=PriceScope(),
                amounts=Charge(text=CREDITS_PER_TURN, voice=CREDITS_PER_TURN),
                effective_from_ms=now_ms() + RAISE_LEAD_MS,
                author="ana",
                approver="ben",
            )
        )


async def _reckon(scene: Scene, account: StripeAccount, tally: Counter[str]) -> list[str]:
    """What the poller and the daily comparison do with whatever no webhook told; returns what still differs."""
    waiting = select(orders.c.id).where(orders.c.state == "paid", orders.c.next_look_ms.is_not(None))
    async with scene.store.database.reader.connect() as connection:
        looks = list(await connection.scalars(waiting))
    now = now_ms()
    async with open_cashier(scene.store, account) as cashier:
        repaired, differs = await reckon(cashier, looks, since_ms=now - HOUR_MS, until_ms=now + HOUR_MS)
    tally["orders mended by the daily comparison"] += repaired
    return differs


@asynccontextmanager
async def _restarted(scene: Scene, servers: Fleet) -> AsyncIterator[Fleet]:
    """Every process again, when they have ended every turn and every hold."""
    await asyncio.gather(*(server.start() for server in servers.servers))
    async with asyncio.timeout(SETTLED_S):
        while await unsettled(scene.store.database):  # noqa: ASYNC110 — what is waited for is in other processes
            await asyncio.sleep(LOOK_S)
    yield servers
    await asyncio.gather(*(server.end(signal.SIGTERM) for server in servers.servers))


@dataclass(frozen=True, slots=True)
class _OneHouse:
    """Where fans find the one process of this interpreter."""

    bases: list[str]


@asynccontextmanager
async def _swept(scene: Scene) -> AsyncIterator[_OneHouse]:
    """One process, here, that takes every running turn for abandoned: all others are dead."""
    async with served(scene.settings, LedModel()) as house:
        await house.gateway.turns.sweep(quiet_s=0.0)
        yield _OneHouse([house.base])


async def _verify(folder: Path, url: str) -> list[str]:
    """`encore ledger verify`, as an operator would run it."""
    settings = environment(folder / "house", DATABASE_URL=url)
    async with running(*ENCORE, "ledger", "verify", environment=settings) as process:
        status, out, errors = await process.output()
    return [] if (status, out.strip()) == (0, "The books add up.") else [f"verify ended with {status}: {out}{errors}"]
