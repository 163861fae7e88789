"""What breaks things in a chaos run: processes are killed and come back, database connections are cut.

Each blow falls when the run has come as far as its plan says, so that a seed means the same blows.
"""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import text

from gateway.adapters.database import Database
from tests.chaos.fleet import Fleet
from tests.chaos.plan import Blow
from tests.chaos.progress import Progress

CUT = text(
    "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND backend_type = 'client backend' ORDER BY random() LIMIT 6) AS chosen"
)


async def strike(
    blows: Sequence[Blow], fleet: Fleet, database: Database, progress: Progress, done: Counter[str]
) -> None:
    """Let every blow fall, and count it in `done`; returns when all of it has come back."""
    await asyncio.gather(*(_one(blow, fleet, database, progress, done) for blow in blows))


async def _one(blow: Blow, fleet: Fleet, database: Database, progress: Progress, done: Counter[str]) -> None:
    await progress.reached(blow.after_turns)
    await asyncio.sleep(blow.moment_s)
    if blow.kind == "cut":
        async with database.reader.connect() as connection:
            done["database connections cut"] += int(await connection.scalar(CUT) or 0)
        return
    server = fleet.servers[blow.process]
    async with server.turn:  # two blows may be meant for one process: the second waits until it is back
        await server.end(signal.SIGKILL if blow.kind == "kill" else signal.SIGTERM)
        done["kills" if blow.kind == "kill" else "drains"] += 1
        await server.start()
