"""What readers that stop reading cost those who read: `python -m bench.stuck_readers [PAIRS]`.

Two servers run side by side, each a process of its own, with the same fans and GUESTS. In a round the guests of one of
them ask for as much as those of the other and read nothing: their windows are closed, and answers for them queue up.
The fans ask one server and the other in turn and take the time of each answer, so that whatever else the machine does
meets both; the figure is the ratio of the 99th percentiles. The servers change places from round to round. Also told:
how long the stuck guests were kept.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from gateway.bootstrap import open_store
from tests.gateway.builders import claims_of, environment, import_small_show, settings_of, token_of
from tests.gateway.client import Fan, Talk
from tests.gateway.processes import ENCORE, running
from tests.gateway.raw import Raw, frame, raw_socket

PAIRS = 4
GUESTS, FANS = 20, 10
ROUND_S = 12.0
"""Longer than a stuck reader is kept."""
BETWEEN_S = 0.03
FIRST, BETWEEN_GUESTS_S = 50, 0.1
"""What a guest asks for at once, more than its window takes in; and then on, one by one."""
NOTHING = frame(b'{"type": "nothing"}')
"""Answered with an error of some 200 bytes."""
READY = "Encore is ready on "


@asynccontextmanager
async def server(folder: Path) -> AsyncIterator[str]:
    """The address of a server with a process of its own."""
    async with open_store(settings_of(folder / "data")) as store:
        await import_small_show(store, folder / "show")
    variables = environment(folder / "data", LIMITS="off")
    async with running(*ENCORE, "serve", "--port", "0", environment=variables) as process:
        line = await process.line()
        yield line.removeprefix(READY)
        process.terminate()
        await process.ended()


async def ask(talks: Sequence[Talk], until: float) -> list[list[float]]:
    """Ask each in turn, and take the time of each answer, in ms."""
    times: list[list[float]] = [[] for _ in talks]
    while time.perf_counter() < until:
        for talk, mine in zip(talks, times, strict=True):
            began = time.perf_counter()
            await talk.send("ping", t=1)
            await talk.until("pong")
            mine.append((time.perf_counter() - began) * 1e3)
            await asyncio.sleep(BETWEEN_S)
    return times


async def visit(raw: Raw, until: float, *, reads: bool) -> float:
    """Ask on, reading the answers or not; returns how long the server bore it, in s."""
    began = time.perf_counter()
    reading = asyncio.create_task(raw.gone()) if reads else None
    while time.perf_counter() < until and not raw.left:
        await raw.send(NOTHING)
        await asyncio.sleep(BETWEEN_GUESTS_S)
    if reading is not None:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    return time.perf_counter() - began


async def one_round(reading: str, stuck: str) -> tuple[list[float], list[float], list[float]]:
    """The fans' times at the server whose guests read and at the other, in ms; how long its guests were kept, in s."""
    async with AsyncExitStack() as stack:
        pairs = [
            [await stack.enter_async_context(_fan(base, f"fan-{n}").talk()) for base in (reading, stuck)]
            for n in range(FANS)
        ]
        guests = [
            (await stack.enter_async_context(raw_socket(_fan(base, f"guest-{n}"))), base is reading)
            for n in range(GUESTS)
            for base in (reading, stuck)
        ]
        for raw, reads in guests:
            if not reads:
                raw.stop_reading()
            await raw.send(NOTHING * FIRST)
        until = time.perf_counter() + ROUND_S
        visits = [asyncio.create_task(visit(raw, until, reads=reads)) for raw, reads in guests]
        times = await asyncio.gather(*(ask(pair, until) for pair in pairs))
        stays = await asyncio.gather(*visits)
    kept = [stay for stay, (_, reads) in zip(stays, guests, strict=True) if not reads]
    without, beside = ([ms for fan in times for ms in fan[side]] for side in (0, 1))
    return without, beside, kept


def _fan(base: str, name: str) -> Fan:
    return Fan(base, token_of(claims_of(name)))


def _p99(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[98]


async def main(pairs: int) -> None:
    """Print each round, and the ratios."""
    p50s, p99s = [], []
    async with AsyncExitStack() as stack:
        folders = [stack.enter_context(tempfile.TemporaryDirectory(prefix="encore-bench-")) for _ in range(2)]
        bases = [await stack.enter_async_context(server(Path(folder))) for folder in folders]
        for number in range(2 * pairs):
            reading, stuck = bases if number % 2 == 0 else bases[::-1]
            without, beside, kept = await one_round(reading, stuck)
            p50s.append(statistics.median(beside) / statistics.median(without))
            p99s.append(_p99(beside) / _p99(without))
            print(
                f"p50 {statistics.median(without):.2f} / {statistics.median(beside):.2f} ms, "
                f"p99 {_p99(without):.2f} / {_p99(beside):.2f} ms ({len(without)} answers): ratio {p99s[-1]:.2f}; "
                f"kept {min(kept):.1f} to {max(kept):.1f} s",
                flush=True,
            )
    print(f"beside {GUESTS} stuck readers / beside {GUESTS} who read, geometric means of {2 * pairs} rounds:")
    print(f"p50 {statistics.geometric_mean(p50s):.3f}, p99 {statistics.geometric_mean(p99s):.3f}")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS))
