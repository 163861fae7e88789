"""Two real `encore serve` on one PostgreSQL and one Redis, and fans who talk to either of them.

Their model is a provider that the test leads, on a port that stays the same, so that the processes may outlive a test.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.bootstrap import open_store
from gateway.settings import Settings
from tests.gateway.builders import books_add_up, claims_of, environment, grant, import_small_show, settings_of, token_of
from tests.gateway.client import Event, Fan
from tests.gateway.processes import ENCORE, Process, running
from tests.gateway.provider import Provider, provider

CREDITS = 20
READY = "Encore is ready on "


@dataclass(frozen=True)
class Neighbours:
    """Two processes, `here` and `there`, and what they share."""

    settings: Settings
    processes: tuple[Process, Process]
    bases: tuple[str, str]
    model_port: int

    async def rich_fan(self, name: str) -> tuple[Fan, Fan]:
        """A fan of this name with CREDITS, as a client of either process."""
        claims = claims_of(name)
        async with open_store(self.settings) as store:
            await grant(store.units, claims, CREDITS)
        return self.fan(name)

    def fan(self, name: str) -> tuple[Fan, Fan]:
        """A fan of this name, as a client of either process."""
        here, there = (Fan(base, token_of(claims_of(name))) for base in self.bases)
        return here, there

    @asynccontextmanager
    async def model(self) -> AsyncIterator[Provider]:
        """The model of both, for one reply."""
        async with provider(self.model_port) as leading:
            yield leading

    async def readiness(self) -> list[tuple[int, Event]]:
        """What either says of being ready: the status and the body."""
        answers = [await Fan(base, "").call("GET", "/readyz") for base in self.bases]
        return [(answer.status_code, answer.json()) for answer in answers]

    async def balanced(self) -> bool:
        """Whether the books of both add up."""
        async with open_store(self.settings) as store:
            return await books_add_up(store.units)


@asynccontextmanager
async def neighbours(folder: Path, database_url: str, redis_url: str, **changes: str) -> AsyncIterator[Neighbours]:
    """The two, serving the small show, while the block runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        model_port: int = free.getsockname()[1]
    shared = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "MODEL": "openai:led",
        "MODEL_BASE_URL": f"http://127.0.0.1:{model_port}/v1",
        **changes,
    }
    settings = settings_of(folder / "furnishing", **shared)
    async with open_store(settings) as store:
        await import_small_show(store, folder / "show")
    async with AsyncExitStack() as stack:
        processes = [
            await stack.enter_async_context(
                running(*ENCORE, "serve", "--port", "0", environment=environment(folder / name, **shared))
            )
            for name in ("here", "there")
        ]
        lines = [await process.line() for process in processes]
        assert all(line.startswith(READY) for line in lines)
        here, there = (line.removeprefix(READY) for line in lines)
        yield Neighbours(settings, (processes[0], processes[1]), (here, there), model_port)
