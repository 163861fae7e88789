"""`encore serve --workers N`: several processes on one port, ended together, and none left when the first one dies."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from os import kill
from pathlib import Path

import pytest

from gateway.bootstrap import open_store
from tests.fleet.balancer import free_port
from tests.fleet.chroma_server import ChromaServer, chroma_server
from tests.gateway.builders import (
    PRICE,
    books_add_up,
    claims_of,
    environment,
    grant,
    import_small_show,
    settings_of,
    token_of,
)
from tests.gateway.client import Fan, sha256_of, text_of
from tests.gateway.processes import ENCORE, START_S, Process, running
from tests.gateway.story import SHOW

READY = "Encore is ready on "
CREDITS = 20
FANS = 6


@pytest.fixture(scope="module")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    with chroma_server(tmp_path_factory.mktemp("workers") / "chroma") as server:
        yield server


@pytest.fixture
async def shared(postgres_url: str, chroma: ChromaServer, tmp_path: Path) -> dict[str, str]:
    """Settings of an installation with the small show and a few fans in it."""
    values = {"DATABASE_URL": postgres_url, "CHROMA_URL": chroma.url}
    async with open_store(settings_of(tmp_path / "outside", **values)) as store:
        await import_small_show(store, tmp_path / "show")
        for number in range(FANS):
            await grant(store.units, claims_of(f"fan-{number}"), CREDITS)
    return values


@asynccontextmanager
async def serving(folder: Path, shared: dict[str, str], workers: int) -> AsyncIterator[tuple[Process, str]]:
    """`encore serve` with so many workers, and its address."""
    arguments = (*ENCORE, "serve", "--port", "0", "--workers", str(workers))
    async with running(*arguments, environment=environment(folder / "data", **shared)) as process:
        line = await process.line()
        assert line.startswith(READY)
        yield process, line.removeprefix(READY)


def workers_of(process: Process) -> set[int]:
    """The processes that it has begun and that live."""
    return {int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()}


def lives(pid: int) -> bool:
    """Whether there is such a process."""
    return Path(f"/proc/{pid}").exists()


async def talked(base: str, number: int) -> None:
    """One fan says one thing and hears all of the answer."""
    async with Fan(base, token_of(claims_of(f"fan-{number}"))).talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        done = await talk.say(conversation, "Hello.")
        assert done["status"] == "completed"
        assert done["text_sha256"] == sha256_of(text_of(talk.of_turn(done["turn"])))


async def test_two_workers_serve_one_port_replace_one_that_dies_and_end_together(
    shared: dict[str, str], tmp_path: Path
) -> None:
    async with serving(tmp_path, shared, 2) as (process, base):
        before = workers_of(process)
        assert len(before) == 2
        await asyncio.gather(*(talked(base, number) for number in range(FANS)))
        killed = min(before)
        kill(killed, signal.SIGKILL)
        async with asyncio.timeout(START_S):
            while len(workers_of(process) - {killed}) < 2:  # noqa: ASYNC110 — another process begins it
                await asyncio.sleep(0.05)
        await asyncio.gather(*(talked(base, number) for number in range(FANS)))
        process.terminate()
        status, _, errors = await process.output()
    assert (status, "a worker ended with status -9" in errors) == (0, True), errors
    async with open_store(settings_of(tmp_path / "outside", **shared)) as store:
        assert await books_add_up(store.units)
        async with store.units.read() as unit:
            left = [(await unit.books.wallet(claims_of(f"fan-{number}").fan)).available for number in range(FANS)]
    assert left == [CREDITS - 2 * PRICE] * FANS


async def test_workers_do_not_outlive_the_process_that_began_them(shared: dict[str, str], tmp_path: Path) -> None:
    async with serving(tmp_path, shared, 2) as (process, _):
        workers = workers_of(process)
        await process.aclose()
        async with asyncio.timeout(START_S):
            while any(map(lives, workers)):  # noqa: ASYNC110 — they are others
                await asyncio.sleep(0.05)
    assert len(workers) == 2


async def test_what_keeps_the_first_worker_from_starting_is_told_once(tmp_path: Path) -> None:
    nowhere = f"postgresql+asyncpg://encore@127.0.0.1:{free_port()}/encore"
    shared = {"DATABASE_URL": nowhere, "CHROMA_URL": f"http://127.0.0.1:{free_port()}"}
    arguments = (*ENCORE, "serve", "--port", "0", "--workers", "2")
    async with running(*arguments, environment=environment(tmp_path / "data", **shared)) as process:
        status, out, errors = await process.output()
    assert (status, out) == (1, "")
    assert errors == "The database cannot be opened: it is damaged, it is none, or its server does not answer.\n"
