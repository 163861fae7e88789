"""A Chroma server that goes away, comes back empty, hangs, or is written to by two processes."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from characters.release import ReleaseId
from memory.adapters.chroma_index import ChromaIndex
from memory.adapters.chroma_stores import ChromaServer
from memory.doubles import HashEmbedder, MemoryVectors
from memory.errors import IndexUnavailable
from memory.recalling import CanonMemory
from memory.types import Query, Viewpoint
from tests.gateway.processes import running
from tests.memory import chroma_writer
from tests.memory.chroma_process import ChromaProcess, running_chroma
from tests.memory.story import SHOW, harbour, reader_of


@pytest.fixture
def chroma(tmp_path: Path) -> Iterator[ChromaProcess]:
    """A server of this test's own, to be killed."""
    with running_chroma(tmp_path / "server") as process:
        yield process


@pytest.fixture
def store(chroma: ChromaProcess) -> Iterator[ChromaServer]:
    store = ChromaServer(chroma.url, connect_s=1.0)
    yield store
    store.close()


async def found(index: ChromaIndex, version: int, seed: int) -> bool:
    """Whether every passage of a release is reachable, and is what its own vector finds first."""
    release, kept = ReleaseId(chroma_writer.SHOW, version), chroma_writer.vectors(seed + version)
    allowed = [passage.id for passage in chroma_writer.passages()]
    for passage in chroma_writer.passages()[::40]:
        nearest = await index.nearest(release, kept[passage.content_hash], allowed, len(allowed))
        if len(nearest) != len(allowed) or nearest[0][0] != passage.id:
            return False
    return await index.count(release) == len(allowed)


class TestServer:
    async def test_nothing_is_asked_of_a_server_before_it_is_needed(self) -> None:
        with socket.socket() as bound:  # bound and not listening: nobody answers, and nobody else can take the port
            bound.bind(("127.0.0.1", 0))
            store = ChromaServer(f"http://127.0.0.1:{bound.getsockname()[1]}")
            index = ChromaIndex(store, "a-model")
            for ask in (index.count(SHOW), index.releases(), index.drop(SHOW), index.ensure(SHOW, [], {})):
                with pytest.raises(IndexUnavailable):
                    await ask
            store.close()

    async def test_what_listens_there_and_is_no_chroma_is_unavailable(self) -> None:
        async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno")
            writer.close()

        async with await asyncio.start_server(refuse, "127.0.0.1", 0) as other:
            store = ChromaServer(f"http://127.0.0.1:{other.sockets[0].getsockname()[1]}")
            with pytest.raises(IndexUnavailable):
                await ChromaIndex(store, "a-model").count(SHOW)
            store.close()

    async def test_a_server_that_was_killed_is_unavailable_and_works_again_when_it_is_back(
        self, chroma: ChromaProcess, store: ChromaServer
    ) -> None:
        index = ChromaIndex(store, chroma_writer.MODEL)
        await chroma_writer.write(chroma.url, 7, [1])
        assert await found(index, 1, 7)
        chroma.kill()
        with pytest.raises(IndexUnavailable):
            await found(index, 1, 7)
        chroma.start()
        assert await found(index, 1, 7)

    async def test_a_server_that_hangs_is_unavailable_in_time(self, chroma: ChromaProcess) -> None:
        store = ChromaServer(chroma.url, connect_s=0.3, answer_s=0.3)
        index = ChromaIndex(store, chroma_writer.MODEL, answer_s=0.2)
        with chroma.frozen(), pytest.raises(IndexUnavailable):
            await index.count(SHOW)
        assert await index.count(SHOW) == 0
        with chroma.frozen(), pytest.raises(IndexUnavailable):
            await index.count(SHOW)
        store.close()

    async def test_two_processes_fill_the_same_and_other_releases_at_once(self, chroma: ChromaProcess) -> None:
        command = ("-m", "tests.memory.chroma_writer", chroma.url, "7")
        async with (
            running(*command, "1", "2", "3", environment={}) as one,
            running(*command, "3", "2", "4", "1", environment={}) as other,
        ):
            for process in (one, other):
                assert await process.line() == "ready"
            for process in (one, other):
                process.tell("go")
            assert [await process.ended() for process in (one, other)] == [0, 0]
        store = ChromaServer(chroma.url)
        index = ChromaIndex(store, chroma_writer.MODEL)
        assert [await found(index, version, 7) for version in (1, 2, 3, 4)] == [True] * 4
        assert {release.version for release in await index.releases()} == {1, 2, 3, 4}
        store.close()


class TestRecall:
    """What a fan has of it: nothing."""

    async def test_recall_goes_on_without_the_server_and_asks_it_again_when_it_is_back(
        self, chroma: ChromaProcess, store: ChromaServer
    ) -> None:
        memory = CanonMemory(
            reader_of(harbour()),
            HashEmbedder(),
            MemoryVectors(),
            ChromaIndex(store, HashEmbedder.model_id),
            time.perf_counter_ns,
        )
        await memory.index(SHOW)

        async def recalled() -> list[tuple[str, float]]:
            found = await memory.recall(SHOW, Viewpoint("ADA", 4), Query("who painted the lighthouse green?"))
            return [(scored.passage.id, round(scored.score, 4)) for scored in found.passages]

        asked = await recalled()
        assert memory.unindexed == frozenset()
        chroma.kill()
        assert await recalled() == asked
        assert memory.unindexed == {SHOW}
        await memory.mend()
        assert memory.unindexed == {SHOW}
        chroma.start()
        await memory.mend()
        assert memory.unindexed == frozenset()
        assert await recalled() == asked

    async def test_a_server_that_lost_everything_is_filled_again(
        self, chroma: ChromaProcess, store: ChromaServer
    ) -> None:
        index = ChromaIndex(store, HashEmbedder.model_id)
        memory = CanonMemory(reader_of(harbour()), HashEmbedder(), MemoryVectors(), index, time.perf_counter_ns)
        await memory.index(SHOW)
        await ChromaIndex(store, HashEmbedder.model_id).drop(SHOW)
        assert (await memory.recall(SHOW, Viewpoint("ADA", 4), Query("letter"))).passages
        assert memory.unindexed == {SHOW}
        await memory.mend()
        assert memory.unindexed == frozenset()
        assert await index.count(SHOW) == 5
