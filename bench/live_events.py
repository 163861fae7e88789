"""What it costs to hear of a reply on another process: `python -m bench.live_events [ROUNDS]`.

*Lag*: two real processes on one PostgreSQL and one Redis; the first words of each reply reach a socket of the process
that performs it, a second socket there, and one of the other process; the differences are paired, within one client.
*Channels and streams*: what one event costs a reader that follows so many conversations, by a channel for each and by
one blocking read of a stream for each, in turn, in one run. Run it on a machine that is otherwise idle.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from tests.gateway.client import Talk
from tests.gateway.neighbours import CREDITS, Neighbours, neighbours
from tests.gateway.story import SHOW
from tests.postgres import serving
from tests.redis_server import redis_server

ROUNDS, WARM_UP = 60, 5
PAUSE_S = 0.005
EVENTS = 200
FOLLOWED = (10, 500, 5_000)
WIRE = '{"type":"reply.delta","id":"0123456789abcdef","turn":"t","offset":0,"text":"One whole sentence of words."}'

Transport = Callable[[str, list[str]], Awaitable[list[float]]]


def row(name: str, values: Sequence[float]) -> str:
    """Median and 95th percentile."""
    return f"{name:<44}{statistics.median(values):>8.2f}{statistics.quantiles(values, n=20)[18]:>8.2f}"


# Lag


async def lag(rounds: int) -> list[str]:
    """How much later, in ms, the same words come to the others."""
    with serving() as postgres, redis_server() as redis, tempfile.TemporaryDirectory() as folder:
        await postgres.make_template()
        async with postgres.fresh() as url, neighbours(Path(folder), url, redis.url) as both:
            beside, elsewhere = await _lags(both, rounds)
    return [
        f"{'first words, ms later than on the first socket':<44}{'p50':>8}{'p95':>8}",
        row("  a second socket of the same process", beside),
        row("  a socket of another process", elsewhere),
    ]


async def _lags(both: Neighbours, rounds: int) -> tuple[list[float], list[float]]:
    beside, elsewhere = [], []
    for _ in range(1 + (WARM_UP + rounds) * 2 // CREDITS):
        here, there = await both.rich_fan("mara")
    async with AsyncExitStack() as stack:
        talks = [await stack.enter_async_context(fan.talk()) for fan in (here, here, there)]
        for talk in talks:
            conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        for number in range(WARM_UP + rounds):
            first, second, third = await _round(both, talks, conversation)
            if number >= WARM_UP:
                beside.append((second - first) / 1e6)
                elsewhere.append((third - first) / 1e6)
    return beside, elsewhere


async def _round(both: Neighbours, talks: Sequence[Talk], conversation: str) -> list[int]:
    """One reply; when its first words came to each socket, in ns."""
    async with both.model() as model:
        await talks[0].post(conversation, "Is the roof all right?")
        coming = [asyncio.ensure_future(_first_words(talk)) for talk in talks]
        await model.was_asked()
        model.say("One whole sentence. ")
        came = await asyncio.gather(*coming)
        model.end()
        for talk in talks:
            await talk.until("reply.done")
    return came


async def _first_words(talk: Talk) -> int:
    await talk.until("reply.delta")
    return time.perf_counter_ns()


# Channels and streams


async def channels(url: str, names: list[str]) -> list[float]:
    """Follow a channel for each name; how long each event took, in ms."""
    async with Redis.from_url(url) as writer, Redis.from_url(url) as reader, reader.pubsub() as pubsub:
        await pubsub.subscribe(*names)

        async def read() -> list[float]:
            took: list[float] = []
            while len(took) < EVENTS:
                message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=None)
                if message is not None:
                    took.append(_ms_since(message["data"]))
            return took

        reading = asyncio.ensure_future(read())
        for number in range(EVENTS):
            await writer.publish(names[number * 7 % len(names)], f"{time.perf_counter_ns()} {WIRE}")
            await asyncio.sleep(PAUSE_S)
        return await reading


async def streams(url: str, names: list[str]) -> list[float]:
    """Follow a bounded stream for each name with one blocking read; how long each event took, in ms."""
    async with Redis.from_url(url) as writer, Redis.from_url(url) as reader:
        places: dict[Any, Any] = dict.fromkeys(names, "0")

        async def read() -> list[float]:
            took: list[float] = []
            while len(took) < EVENTS:
                answer: Any = await reader.xread(places, block=60_000)
                for name, entries in answer:
                    for place, fields in entries:
                        places[name.decode()] = place
                        took.append(_ms_since(fields[b"event"]))
            return took

        reading = asyncio.ensure_future(read())
        for number in range(EVENTS):
            event: dict[Any, Any] = {"event": f"{time.perf_counter_ns()} {WIRE}"}
            await writer.xadd(names[number * 7 % len(names)], event, maxlen=200)
            await asyncio.sleep(PAUSE_S)
        return await reading


def _ms_since(event: bytes) -> float:
    return (time.perf_counter_ns() - int(event.partition(b" ")[0])) / 1e6


async def compare(url: str) -> list[str]:
    """A row for each number of followed conversations and each way."""
    lines = [f"{'followed':<10}{'by':<10}{'p50 ms':>8}{'p95 ms':>8}{'CPU ms an event':>18}"]
    ways: tuple[Transport, Transport] = (channels, streams)
    for followed in FOLLOWED:
        for way in ways:
            names = [f"bench:{uuid.uuid4().hex}" for _ in range(followed)]
            began = time.process_time()
            took = await way(url, names)
            cpu = (time.process_time() - began) * 1e3 / EVENTS
            p95 = statistics.quantiles(took, n=20)[18]
            lines.append(f"{followed:<10}{way.__name__:<10}{statistics.median(took):>8.2f}{p95:>8.2f}{cpu:>18.2f}")
    return lines


def main() -> None:
    """Print both tables."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    print("\n".join(asyncio.run(lag(rounds))), end="\n\n")
    with redis_server() as redis:
        print("\n".join(asyncio.run(compare(redis.url))))


if __name__ == "__main__":
    main()
