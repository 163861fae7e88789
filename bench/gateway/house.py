"""What is measured, each in a process of its own: the model, the relay, Encore as it is served, and the clients."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from characters.importing import import_sample
from gateway.bootstrap import now_ms, open_memory, open_store
from tests.gateway.builders import claims_of, environment, grant, settings_of, token_of
from tests.gateway.neighbours import READY
from tests.gateway.processes import ENCORE, ROOT, running

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
SHOW, EPISODE = "lantern-contract", 12
CREDITS = 100_000
LINE_BYTES_MAX = 2**26


def cpu_s(pid: int) -> float:
    """The processor time of a process and all of its threads, in seconds (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_bytes(pid: int) -> int:
    """What a process has in memory (proc(5), statm)."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


@dataclass(frozen=True, slots=True)
class Helper:
    """A process of the benchmark's own, spoken to by lines."""

    process: asyncio.subprocess.Process

    async def line(self) -> str:
        """The next line that it prints."""
        assert self.process.stdout is not None
        line = await self.process.stdout.readline()
        if not line:
            raise RuntimeError("a process of the benchmark ended")
        return line.decode().strip()

    async def tell(self, **job: Any) -> dict[str, Any]:
        """Give it a job and wait for what it says."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(job).encode() + b"\n")
        said: dict[str, Any] = json.loads(await self.line())
        return said


@asynccontextmanager
async def helper(module: str, *arguments: str) -> AsyncIterator[Helper]:
    """`python -m bench.gateway.MODULE` while the block runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"bench.gateway.{module}",
        *arguments,
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LINE_BYTES_MAX,
    )
    try:
        yield Helper(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@dataclass(frozen=True, slots=True)
class Served:
    """A server under test."""

    kind: str
    base: str
    pid: int


async def furnish(folder: Path, embedder: str, fans: int, model_url: str) -> tuple[dict[str, str], list[str]]:
    """Import the show and give the fans credits; the server's environment and the fans' tokens."""
    changes = {
        "MODEL": "openai:paced",
        "MODEL_BASE_URL": model_url,
        "EMBEDDER": embedder,
        "SUMMARIES_MODEL": "rules",
        "FIRST_TOKEN_S": "60",
        "BETWEEN_TOKENS_S": "60",
    }
    tokens = []
    async with open_store(settings_of(folder, **changes)) as store:
        imported = await import_sample(store.catalogue, now_ms=now_ms())
        async with open_memory(store) as stage:
            await stage.memory.index(imported.release_id)
            await stage.shield.learn()
        for number in range(fans):
            claims = claims_of(f"fan{number}", EPISODE, show=SHOW)
            await grant(store.units, claims, CREDITS)
            tokens.append(token_of(claims))
    return environment(folder, **changes), tokens


@asynccontextmanager
async def encore(folder: Path, embedder: str, fans: int, model_url: str) -> AsyncIterator[tuple[Served, list[str]]]:
    """Encore on embedded defaults, as `encore serve` runs it, and its fans' tokens."""
    variables, tokens = await furnish(folder, embedder, fans, model_url)
    async with running(*ENCORE, "serve", "--port", "0", environment=variables) as process:
        line = await process.line()
        while not line.startswith(READY):
            line = await process.line()
        yield Served("encore", line.removeprefix(READY), process.pid), tokens


@asynccontextmanager
async def relay(model_url: str) -> AsyncIterator[Served]:
    """The relay."""
    async with helper("relay", model_url) as one:
        yield Served("relay", f"http://127.0.0.1:{await one.line()}", one.process.pid)


@asynccontextmanager
async def model(tokens: int, pause_ms: float) -> AsyncIterator[str]:
    """The paced model's address."""
    async with helper("paced", str(tokens), str(pause_ms)) as one:
        yield f"http://127.0.0.1:{json.loads(await one.line())['port']}/v1"


@dataclass(frozen=True, slots=True)
class House:
    """The servers under test and a process of clients."""

    servers: dict[str, Served]
    clients: Helper
    model_url: str

    def tokens(self, fans: int) -> list[str]:
        """Tokens of so many further fans, who have no credits."""
        return [token_of(claims_of(f"idle{number}", EPISODE, show=SHOW)) for number in range(fans)]

    async def round(self, kind: str, streams: int, spread_s: float) -> tuple[float, dict[str, Any]]:
        """The processor time that a server took for a round, in seconds, and what the clients heard."""
        pid = self.servers[kind].pid
        before = cpu_s(pid)
        heard = await self.clients.tell(round=kind, streams=streams, spread_s=spread_s)
        return cpu_s(pid) - before, heard


@asynccontextmanager
async def house(folder: Path, *, tokens: int, pause_ms: float, fans: int, embedder: str) -> AsyncIterator[House]:
    """All of it, every client connected."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(model(tokens, pause_ms))
        relaying = await stack.enter_async_context(relay(url))
        ours, fans_tokens = await stack.enter_async_context(encore(folder, embedder, fans, url))
        clients = await stack.enter_async_context(helper("load"))
        await clients.tell(relay=relaying.base, sockets=fans)
        await clients.tell(encore=ours.base, tokens=fans_tokens)
        yield House({one.kind: one for one in (relaying, ours)}, clients, url)
