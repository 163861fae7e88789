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
from dataclasses import dataclass
from pathlib import Path

from billing.types import Charge, PriceScope, PriceVersion
from gateway.bootstrap import Store, now_ms, open_store
from gateway.settings import Settings
from tests.chaos.breaking import strike
from tests.chaos.evidence import Evidence, FanSaw, read_evidence, unsettled
from tests.chaos.fan import ChaosFan
from tests.chaos.findings import findings
from tests.chaos.fleet import Fleet, fleet
from tests.chaos.moody_model import MoodyModel
from tests.chaos.plan import CREDITS_PER_TURN, Size, blows, chance, credits_of, errands, names
from tests.chaos.progress import Progress
from tests.fakes.openai_server import openai_server
from tests.gateway.builders import claims_of, environment, grant, import_small_show, served, settings_of
from tests.gateway.lead import LedModel
from tests.gateway.processes import ENCORE, running

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
        servers = await stack.enter_async_context(fleet(folder, _environment(url, model.url), size.processes))
        fans, tally = await _play(scene, servers)
        await servers.end()
        async with _restarted(scene, servers) if patient else _swept(scene) as bases:
            for fan in fans:
                fan.look_at(bases)
                await fan.come_back()
        await servers.end()
        evidence = await read_evidence(
            store.database,
            granted=granted,
            errands={claims_of(fan.name).fan: tuple(said.errand for said in fan.said) for fan in fans},
            saw={claims_of(fan.name).fan: _saw(fan) for fan in fans},
        )
    return Outcome(
        seed=seed,
        size=size,
        evidence=evidence,
        tally=tally,
        found=(*await _verify(folder, url), *findings(evidence)),
        errors=tuple(line for line in servers.said() if " ERROR " in line or "Error" in line),
        took_s=time.monotonic() - began_s,
    )


def _environment(url: str, model_url: str) -> dict[str, str]:
    """The settings of every server but its data directory."""
    return environment(
        Path(),
        DATABASE_URL=url,
        MODEL="openai:moody",
        MODEL_BASE_URL=model_url,
        DRAIN_S="1",
        FIRST_TOKEN_S="2",
        BETWEEN_TOKENS_S="2",
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


async def _play(scene: Scene, servers: Fleet) -> tuple[list[ChaosFan], Counter[str]]:
    """Let all fans say everything while things break. A blow that nobody lived to see is left out."""
    progress = Progress()
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
    breaking = asyncio.create_task(strike(plan, servers, scene.store.database, progress, tally), name="breaking")
    raising = asyncio.create_task(_raise_the_price(scene, progress), name="raising")
    try:
        await asyncio.gather(*(fan.run() for fan in fans))
    finally:
        for task in (breaking, raising):
            task.cancel()
        outcomes = await asyncio.gather(breaking, raising, return_exceptions=True)
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


def _saw(fan: ChaosFan) -> FanSaw:
    return FanSaw(
        logs=fan.logs,
        turns={said.errand.client_msg_id: frozenset(said.turns) for said in fan.said},
        refused=frozenset(said.errand.client_msg_id for said in fan.said if said.refused is not None),
        posts={said.errand.client_msg_id: said.posts for said in fan.said if said.turns},
        wrong=tuple(fan.wrong),
    )


async def _verify(folder: Path, url: str) -> list[str]:
    """`encore ledger verify`, as an operator would run it."""
    settings = environment(folder / "house", DATABASE_URL=url)
    async with running(*ENCORE, "ledger", "verify", environment=settings) as process:
        status, out, errors = await process.output()
    return [] if (status, out.strip()) == (0, "The books add up.") else [f"verify ended with {status}: {out}{errors}"]
