"""What readers that stop reading cost those who read: `python -m bench.stuck_readers [PAIRS]`.

Two servers run side by side, each a process of its own, with the same fans and GUESTS. In a round the guests of one of
them ask for as much as those of the other and read nothing: their windows are closed, and answers for them queue up.
Meanwhile the fans of both talk with a model whose sentences say when they were sent: a delta's delay is the time from
then to the fan. Whatever else the machine does meets both servers, which change places from round to round; the figure
is the ratio of the 99th percentiles. Also told: how long the stuck guests were kept.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bench.stamping_model import delays_ms
from gateway.bootstrap import open_store
from tests.gateway.builders import claims_of, environment, grant, import_small_show, settings_of, token_of
from tests.gateway.client import Fan, Refused, Talk
from tests.gateway.processes import ENCORE, running
from tests.gateway.raw import Raw, frame, raw_socket
from tests.gateway.story import SHOW

PAIRS = 4
GUESTS, FANS = 20, 5
ROUND_S = 12.0
"""Longer than a stuck reader is kept."""
SENTENCES, PAUSE_MS, CREDITS = 12, 100.0, 100_000
FIRST, BETWEEN_GUESTS_S = 50, 0.1
"""What a guest asks for at once, more than its window takes in; and then on, one by one."""
RATIO_MAX, KEPT_S_MAX = 1.10, 10.0
NOTHING = frame(b'{"type": "nothing"}')
"""Answered with an error of some 200 bytes."""
READY = "Encore is ready on "


@asynccontextmanager
async def stamping_model() -> AsyncIterator[str]:
    """The model's address."""
    async with running(
        "-m", "bench.stamping_model", str(SENTENCES), str(PAUSE_MS), environment=dict(os.environ)
    ) as process:
        yield f"http://127.0.0.1:{json.loads(await process.line())['port']}/v1"


@asynccontextmanager
async def server(folder: Path, model_url: str) -> AsyncIterator[str]:
    """The address of a server with a process of its own, whose fans have credits."""
    async with open_store(settings_of(folder / "data")) as store:
        await import_small_show(store, folder / "show")
        for number in range(FANS):
            await grant(store.units, claims_of(f"fan-{number}"), CREDITS)
    variables = environment(folder / "data", LIMITS="off", MODEL="openai:stamping", MODEL_BASE_URL=model_url)
    async with running(*ENCORE, "serve", "--port", "0", environment=variables) as process:
        line = await process.line()
        yield line.removeprefix(READY)
        process.terminate()
        await process.ended()


async def listen(talk: Talk, conversation: str, until: float) -> list[float]:
    """Talk on, and take each delta's delay, in ms."""
    delays: list[float] = []
    while time.perf_counter() < until:
        await talk.post(conversation, "What does the clock say?")
        while (event := await talk.next())["type"] != "reply.done":
            if event["type"] == "error":
                raise Refused(event)
            if event["type"] == "reply.delta":
                delays += delays_ms(event["text"], time.monotonic_ns())
        if event["status"] != "completed":
            raise RuntimeError(f"a reply was {event['status']}")
    return delays


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
    """The deltas' delays where guests read and where they do not, in ms; how long those guests were kept, in s."""
    async with AsyncExitStack() as stack:
        talks = [
            (await stack.enter_async_context(_fan(base, f"fan-{n}").talk()), base)
            for n in range(FANS)
            for base in (reading, stuck)
        ]
        opened = [(talk, (await talk.open(SHOW, "tamsin"))["conversation"], base) for talk, base in talks]
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
        heard = await asyncio.gather(*(listen(talk, conversation, until) for talk, conversation, _ in opened))
        stays = await asyncio.gather(*visits)
    kept = [stay for stay, (_, reads) in zip(stays, guests, strict=True) if not reads]
    without, beside = (
        [ms for delays, (_, _, base) in zip(heard, opened, strict=True) if base is side for ms in delays]
        for side in (reading, stuck)
    )
    return without, beside, kept


def _fan(base: str, name: str) -> Fan:
    return Fan(base, token_of(claims_of(name)))


def _p99(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[98]


async def main(pairs: int) -> None:
    """Print each round, and the ratios of all."""
    without, beside, kept = list[float](), list[float](), list[float]()
    async with AsyncExitStack() as stack:
        folders = [stack.enter_context(tempfile.TemporaryDirectory(prefix="encore-bench-")) for _ in range(2)]
        model_url = await stack.enter_async_context(stamping_model())
        bases = [await stack.enter_async_context(server(Path(folder), model_url)) for folder in folders]
        for number in range(2 * pairs):
            reading, stuck = bases if number % 2 == 0 else bases[::-1]
            here, there, stays = await one_round(reading, stuck)
            print(_line("round", here, there, stays), flush=True)
            without, beside, kept = without + here, beside + there, kept + stays
    print(f"beside {GUESTS} who read / beside {GUESTS} stuck readers, {2 * pairs} rounds together:")
    print(_line("all", without, beside, kept))
    held = _p99(beside) / _p99(without) <= RATIO_MAX and max(kept) <= KEPT_S_MAX
    print(f"p99 ratio at most {RATIO_MAX:.2f} and gone within {KEPT_S_MAX:.0f} s: {'held' if held else 'MISSED'}")


def _line(name: str, without: list[float], beside: list[float], kept: list[float]) -> str:
    parts = [f"{len(without)} / {len(beside)} deltas"]
    for label, of in (("p50", statistics.median), ("p99", _p99)):
        parts.append(f"{label} {of(without):.2f} / {of(beside):.2f} ms (ratio {of(beside) / of(without):.3f})")
    return f"{name}: {', '.join(parts)}; stuck ones kept {min(kept):.1f} to {max(kept):.1f} s"


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS))
