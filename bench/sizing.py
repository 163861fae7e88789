"""What a fan costs: memory of an idle socket, CPU and rows of a reply, for each of the parts of a larger installation.

Run by hand: `python -m bench.sizing [--sockets N] [--replies N]`. It starts two processes, PostgreSQL, Redis, Chroma
and nginx on this machine and reads what the kernel says each of them used. CPU seconds, unlike wall-clock, hardly
differ on a busy machine; the model is a stand-in and not counted, and the embedder is the one for tests by default.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from tests.fleet.house import FleetHouse, errand, fleet_house
from tests.gateway.builders import claims_of, token_of
from tests.gateway.client import Fan
from tests.gateway.story import SHOW

TICKS = os.sysconf("SC_CLK_TCK")
ROUND = 50
"""So many fans talk at once."""
WORD_S = 0.02
IDLE_S = 40.0
"""Two heartbeats, and eight looks at the log."""


@dataclass(frozen=True, slots=True)
class Used:
    """CPU seconds so far, and bytes of memory: what is its own, and its share of what it shares."""

    cpu_s: float
    memory_bytes: int


def descendants(root: int) -> Iterator[int]:
    """The processes that this one began, and those they began."""
    for children in Path(f"/proc/{root}/task").glob("*/children"):
        for child in map(int, children.read_text().split()):
            yield child
            yield from descendants(child)


def words_of(process: int) -> list[str]:
    """How a process was called."""
    return Path(f"/proc/{process}/cmdline").read_bytes().decode().split("\0")


def parts(house: FleetHouse) -> Mapping[str, set[int]]:
    """The processes of each part. PostgreSQL is nobody's child: it is found by its socket's folder."""
    own = {process: words_of(process) for process in descendants(os.getpid())}
    socket = str(house.postgres.folder)
    running = (int(path.name) for path in Path("/proc").glob("[0-9]*") if path.is_dir())
    (postmaster,) = [each for each in running if each not in own and any(socket in word for word in words_of(each))]
    return {
        "encore": {process for process, words in own.items() if "serve" in words},
        "postgres": {postmaster, *descendants(postmaster)},
        "redis": {process for process, words in own.items() if "redis-server" in words[0]},
        "chroma": {process for process, words in own.items() if "run" in words},
        "nginx": {process for process, words in own.items() if "nginx" in words[0]},
    }


def used(house: FleetHouse) -> Mapping[str, Used]:
    """What each part used so far, all of its processes together."""
    return {part: Used(sum(map(_cpu_s, each)), sum(map(_memory, each))) for part, each in parts(house).items()}


def _cpu_s(process: int) -> float:
    """Of the process and of its children that have ended."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS


def _memory(process: int) -> int:
    """Its proportional share, in bytes."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


async def _bytes_kept(house: FleetHouse) -> int:
    async with house.store() as store, store.database.reader.connect() as connection:
        return int(await connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)


@dataclass(frozen=True, slots=True)
class Idle:
    """What a socket costs that has a conversation open and says nothing."""

    memory_bytes: Mapping[str, float]
    cpu_ms_a_minute: Mapping[str, float]


async def idle_sockets(house: FleetHouse, count: int) -> Idle:
    """For each part: memory, and CPU of heartbeats and of watching the log."""
    before = used(house)
    async with AsyncExitStack() as stack:
        for start in range(0, count, ROUND):
            fans = [Fan(house.balancer.url, token_of(claims_of(f"idle-{start + n}"))) for n in range(ROUND)]
            talks = await asyncio.gather(*(stack.enter_async_context(fan.talk()) for fan in fans))
            await asyncio.gather(*(talk.open(SHOW, "tamsin") for talk in talks))
        settled = used(house)
        await asyncio.sleep(IDLE_S)
        after = used(house)
    minutes = count * IDLE_S / 60
    return Idle(
        {part: (settled[part].memory_bytes - before[part].memory_bytes) / count for part in after},
        {part: (after[part].cpu_s - settled[part].cpu_s) * 1000 / minutes for part in after},
    )


async def replies(house: FleetHouse, count: int) -> tuple[Mapping[str, float], float]:
    """CPU seconds of each part for one reply, socket and ticket included; and bytes that the database grew by."""
    warming = await house.crowd("warming", ROUND)
    for fan in warming:
        errand(fan)
    await asyncio.gather(*(fan.run() for fan in warming))
    fans = await house.crowd("talking", ROUND)
    kept, before = await _bytes_kept(house), used(house)
    for _ in range(count // ROUND):
        for fan in fans:
            errand(fan)
        await asyncio.gather(*(fan.run() for fan in fans))
    after, grown = used(house), await _bytes_kept(house) - kept
    await house.reckoned()
    return {part: (after[part].cpu_s - before[part].cpu_s) / count for part in after}, grown / count


async def main(sockets: int, wanted: int, embedder: str) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="encore-sizing-") as folder:
        async with fleet_house(Path(folder), word_s=WORD_S, EMBEDDER=embedder, HEARTBEAT_S="20") as house:
            at_rest = used(house)
            cpu_s, kept = await replies(house, wanted)
            idle = await idle_sockets(house, sockets)
    print(f"{wanted} replies of 9 sentences, {ROUND} at once; {sockets} idle sockets; embedder {embedder}")
    print(
        "| part | CPU ms a reply | memory at rest, MB | an idle socket: kB | CPU ms a minute |\n|---|---|---|---|---|"
    )
    for part in at_rest:
        rest = at_rest[part].memory_bytes / 1e6 / (2 if part == "encore" else 1)
        kilobytes = max(idle.memory_bytes[part], 0) / 1000
        print(
            f"| {part} | {cpu_s[part] * 1000:.1f} | {rest:.0f} | {kilobytes:.0f} | {idle.cpu_ms_a_minute[part]:.1f} |"
        )
    print(f"PostgreSQL keeps {kept / 1000:.1f} kB for a reply.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.sizing", description=__doc__)
    parser.add_argument("--sockets", type=int, default=1000)
    parser.add_argument("--replies", type=int, default=500)
    parser.add_argument("--embedder", default="hash")
    chosen = parser.parse_args()
    asyncio.run(main(chosen.sockets, chosen.replies, chosen.embedder))
