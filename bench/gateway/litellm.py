"""The same load through LiteLLM's proxy, with a key asked for: the peer that a team might put there instead.

Its keys and budgets of single users need PostgreSQL and a client that it downloads; here it checks one master key and
keeps one budget for all, so it does less than Encore.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from bench.gateway.house import Served, house
from bench.gateway.report import Report

KEY = "sk-bench"
STREAMS, ROUNDS = 30, 4
TOKENS, PAUSE_MS = 60, 50.0
START_S = 120.0


@asynccontextmanager
async def proxy(python: Path, folder: Path, model_url: str) -> AsyncIterator[Served]:
    """The proxy, ready."""
    config = {
        "model_list": [
            {
                "model_name": "paced",
                "litellm_params": {"model": "openai/paced", "api_base": model_url, "api_key": "none"},
            }
        ],
        "litellm_settings": {"max_budget": 1_000_000, "budget_duration": "30d"},
        "general_settings": {"master_key": KEY},
    }
    await asyncio.to_thread(_write, folder / "config.yaml", json.dumps(config))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        str(python.with_name("litellm")),
        *("--config", str(folder / "config.yaml"), "--port", str(port), "--host", "127.0.0.1"),
        env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await _until_ready(f"http://127.0.0.1:{port}/health/liveliness")
        yield Served("litellm", f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        await process.wait()


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


async def _until_ready(url: str) -> None:
    async with asyncio.timeout(START_S), aiohttp.ClientSession() as http:
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                async with http.get(url) as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.2)


async def proxy_against_encore(folder: Path, report: Report, python: Path, embedder: str) -> None:
    """Processor time for each token, in rounds taken in turn, and the first words by pairs."""
    async with (
        house(folder, tokens=TOKENS, pause_ms=PAUSE_MS, fans=STREAMS, embedder=embedder) as there,
        proxy(python, folder / "litellm", there.model_url) as peer,
    ):
        there.servers["litellm"] = peer
        await there.clients.tell(litellm=peer.base, key=KEY, sockets=STREAMS)
        spent: dict[str, list[float]] = {"litellm": [], "encore": []}
        first: dict[str, list[float]] = {"litellm": [], "encore": []}
        for number in range(1 + ROUNDS):
            for kind in spent:
                seconds, heard = await there.round(kind, STREAMS, 1.0)
                report.expect(f"{kind}: every reply whole", len(heard["texts"]) == 1)
                if number:
                    spent[kind].append(seconds / (STREAMS * TOKENS) * 1e6)
                    first[kind] += heard["first_ms"]
        for kind in spent:
            report.line(f"CPU for a delivered token, {kind}", f"{statistics.median(spent[kind]):.0f} µs")
            report.line(
                f"first words of {STREAMS} replies in a second, p50, {kind}", f"{statistics.median(first[kind]):.0f} ms"
            )
        ratio = statistics.median(a / b for a, b in zip(spent["litellm"], spent["encore"], strict=True))
        report.line("efficiency beside LiteLLM's proxy", f"{ratio:.2f}")
