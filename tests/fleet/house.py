"""Everything that a larger installation has, on the loopback: nginx, two `encore serve`, PostgreSQL, Redis and Chroma.

The parts are the real ones but for the model provider, which a test paces. Nothing of them is left when the block ends.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from gateway.bootstrap import Store, open_store
from gateway.settings import Settings
from tests.chaos.evidence import Evidence, read_evidence, unsettled
from tests.chaos.fan import ChaosFan, Said
from tests.chaos.findings import findings
from tests.chaos.fleet import Server
from tests.chaos.plan import Errand
from tests.chaos.progress import Progress
from tests.fakes.openai_server import openai_server
from tests.fleet.balancer import Balancer, balancer, free_port
from tests.fleet.chroma_server import ChromaServer, chroma_server
from tests.fleet.steady_model import SteadyModel
from tests.gateway.builders import claims_of, environment, grant, import_small_show, settings_of, token_of
from tests.gateway.client import Event, Fan
from tests.postgres import Postgres, serving
from tests.redis_server import RedisServer, redis_server

CREDITS = 40
SETTLED_S = 60.0
LOOK_S = 0.1
PATIENCE_S = 90.0


@dataclass
class FleetHouse:
    """The parts, and the fans who have come so far: everything any of them was ever told is held against the books."""

    settings: Settings
    environment: dict[str, str]
    """Of every server but its data directory."""
    postgres: Postgres
    redis: RedisServer
    chroma: ChromaServer
    model: SteadyModel
    servers: tuple[Server, ...]
    balancer: Balancer
    progress: Progress = field(default_factory=Progress)
    fans: list[ChaosFan] = field(default_factory=list)

    @asynccontextmanager
    async def store(self) -> AsyncIterator[Store]:
        """What is kept, for somebody who looks from outside."""
        async with open_store(self.settings) as store:
            yield store

    async def fan(self, name: str) -> Fan:
        """A fan with CREDITS at the balancer, who talks as the test says and leaves no trace in `fans`."""
        await self._grant([name])
        return Fan(self.balancer.url, token_of(claims_of(name)))

    async def crowd(self, label: str, size: int) -> list[ChaosFan]:
        """So many more fans with CREDITS, who come through the balancer and have nothing to say yet."""
        names = [f"{label}-{number:03}" for number in range(size)]
        await self._grant(names)
        fans = [
            ChaosFan(
                name,
                (),
                bases=self.balancer,
                luck=Random(name),
                progress=self.progress,
                patience_s=PATIENCE_S,
            )
            for name in names
        ]
        self.fans += fans
        return fans

    async def _grant(self, names: Sequence[str]) -> None:
        async with self.store() as store:
            for name in names:
                await grant(store.units, claims_of(name), CREDITS)

    async def readiness(self) -> list[tuple[int, Event]]:
        """What each process says of being ready: the status and the body."""
        answers = [await Fan(server.base, "").call("GET", "/readyz") for server in self.servers]
        return [(answer.status_code, answer.json()) for answer in answers]

    async def until_ready(self, status: int, **says: object) -> None:
        """Wait until every process answers so; a test that waits in vain fails with what they said last."""
        answers: list[tuple[int, Event]] = []
        try:
            async with asyncio.timeout(SETTLED_S):
                while not (answers and all(code == status and says.items() <= body.items() for code, body in answers)):
                    answers = await self.readiness()
        except TimeoutError:
            raise AssertionError(f"they never said {status} {says} but {answers}") from None

    async def settled(self) -> None:
        """Wait until no turn runs and no hold is open: whoever lost one has been cleaned up after."""
        async with self.store() as store, asyncio.timeout(SETTLED_S):
            while await unsettled(store.database):  # noqa: ASYNC110 — what is waited for is in other processes
                await asyncio.sleep(LOOK_S)

    async def reckoned(self) -> Evidence:
        """Everything that is kept and that the fans hold. Raises AssertionError for anything amiss."""
        await self.settled()
        await asyncio.gather(*(fan.come_back() for fan in self.fans))
        async with self.store() as store:
            violations = await store.verify()
            evidence = await read_evidence(
                store.database,
                granted={claims_of(fan.name).fan: CREDITS for fan in self.fans},
                errands={claims_of(fan.name).fan: tuple(said.errand for said in fan.said) for fan in self.fans},
                saw={claims_of(fan.name).fan: fan.saw() for fan in self.fans},
                paid={},
            )
        assert violations == ()
        evidence = _of_the_crowd(evidence)
        assert findings(evidence) == []
        return evidence


def _of_the_crowd(evidence: Evidence) -> Evidence:
    """The same without the fans of whom nothing is known but what is in the database."""
    others = {turn.id: turn.conversation for turn in evidence.turns if turn.fan not in evidence.granted}
    theirs = {*others.values()}
    return replace(
        evidence,
        turns=tuple(turn for turn in evidence.turns if turn.id not in others),
        holds=tuple(hold for hold in evidence.holds if hold.turn not in others),
        entries=tuple(entry for entry in evidence.entries if entry.fan in evidence.granted),
        logs={name: events for name, events in evidence.logs.items() if name not in theirs},
    )


def errand(fan: ChaosFan, *, drop_after: int | None = None) -> Said:
    """One more message of a fan; the connection is lost once, after so many events of its reply."""
    number = len(fan.said)
    luck = Random(f"{fan.name}/{number}")
    said = Said(
        Errand(
            fan=fan.name,
            number=number,
            character="tamsin",
            client_msg_id=f"{luck.getrandbits(32):08x}-0000-4000-8000-{luck.getrandbits(48):012x}",
            drops=() if drop_after is None else (drop_after,),
            cancel_after=None,
            twin=False,
        ),
        "tamsin",
    )
    fan.said.append(said)
    return said


@asynccontextmanager
async def fleet_house(folder: Path, *, word_s: float, processes: int = 2, **changes: str) -> AsyncIterator[FleetHouse]:
    """The house, serving the small show, while the block runs. `word_s`: the model's pace; `changes`: of settings."""
    async with AsyncExitStack() as stack:
        postgres = stack.enter_context(serving(durable=True))  # it is killed, and must lose nothing
        await postgres.make_template()
        url = await stack.enter_async_context(postgres.fresh())
        redis = stack.enter_context(redis_server())
        chroma = stack.enter_context(chroma_server(folder / "chroma"))
        model = await stack.enter_async_context(openai_server(SteadyModel(word_s)))
        assert isinstance(model, SteadyModel)
        shared = {
            "DATABASE_URL": url,
            "REDIS_URL": redis.url,
            "CHROMA_URL": chroma.url,
            "MODEL": "openai:steady",
            "MODEL_BASE_URL": model.url,
            "DRAIN_S": "60",
            **changes,
        }
        settings = settings_of(folder / "outside", **shared)
        async with open_store(settings) as store:
            await import_small_show(store, folder / "show")
        kept = environment(Path(), **shared)
        ports = [free_port() for _ in range(processes)]
        servers = tuple(Server(folder / f"server-{port}", kept, port=port) for port in ports)
        stack.push_async_callback(_end, servers)
        await asyncio.gather(*(server.start() for server in servers))
        front = stack.enter_context(balancer(folder / "nginx", ports))
        yield FleetHouse(settings, kept, postgres, redis, chroma, model, servers, front)


async def _end(servers: Sequence[Server]) -> None:
    await asyncio.gather(*(server.end(signal.SIGKILL) for server in servers))
