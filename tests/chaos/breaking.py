"""What breaks things in a chaos run: processes are killed and come back, connections are cut, live events fall silent.

Each blow falls when the run has come as far as its plan says, so that a seed means the same blows.
"""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import text

from gateway.adapters.database import Database
from tests.chaos.fleet import Fleet
from tests.chaos.plan import Blow
from tests.chaos.progress import Progress
from tests.redis_server import RedisServer

CUT = text(
    "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND backend_type = 'client backend' ORDER BY random() LIMIT 6) AS chosen"
)


SILENT_S = 3.0
"""Longer than it takes to notice that nobody answers."""


@dataclass(frozen=True, slots=True)
class Targets:
    """What can be struck."""

    fleet: Fleet
    database: Database
    redis: RedisServer
    silent: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while the server of live events is struck: the next blow waits until it is back."""


async def strike(blows: Sequence[Blow], targets: Targets, progress: Progress, done: Counter[str]) -> None:
    """Let every blow fall, and count it in `done`; returns when all of it has come back."""
    await asyncio.gather(*(_one(blow, targets, progress, done) for blow in blows))


async def _one(blow: Blow, targets: Targets, progress: Progress, done: Counter[str]) -> None:
    fleet, database = targets.fleet, targets.database
    await progress.reached(blow.after_turns)
    await asyncio.sleep(blow.moment_s)
    if blow.kind in ("deaf", "mute"):
        async with targets.silent:
            await _silence(targets.redis, killed=blow.kind == "deaf")
        done["silences of live events"] += 1
        return
    if blow.kind == "cut":
        async with database.reader.connect() as connection:
            done["database connections cut"] += int(await connection.scalar(CUT) or 0)
        return
    server = fleet.servers[blow.process]
    async with server.turn:  # two blows may be meant for one process: the second waits until it is back
        await server.end(signal.SIGKILL if blow.kind == "kill" else signal.SIGTERM)
        done["kills" if blow.kind == "kill" else "drains"] += 1
        await server.start()


async def _silence(redis: RedisServer, *, killed: bool) -> None:
    """The server dies, or answers nobody, and is back a little later, whatever happens meanwhile."""
    (redis.kill if killed else redis.pause)()
    try:
        await asyncio.sleep(SILENT_S)
    finally:
        (redis.start if killed else redis.resume)()
