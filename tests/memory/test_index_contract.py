"""The contract of every PassageIndex: the exact one in memory, Chroma embedded, and a Chroma server."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from chromadb.api import ClientAPI

from characters.release import ReleaseId
from memory.adapters import chroma_index
from memory.adapters.chroma_index import ChromaIndex
from memory.adapters.chroma_stores import ChromaServer, EmbeddedChroma
from memory.errors import IndexInUse, IndexUnavailable
from memory.exact_index import ExactIndex
from memory.passages import content_hash
from memory.ports import PassageIndex, Vector
from memory.types import Passage

SHOW, OTHER = ReleaseId("harbour-lights", 1), ReleaseId("harbour-lights", 2)


@pytest.fixture(params=["exact", "chroma embedded", "chroma server"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PassageIndex]:
    if request.param == "exact":
        yield ExactIndex()
        return
    store: ChromaServer | EmbeddedChroma
    if request.param == "chroma server":
        store = ChromaServer(request.getfixturevalue("server"))
        for collection in store.client().list_collections():
            store.client().delete_collection(collection.name)
    else:
        store = EmbeddedChroma(tmp_path / "chroma")
    yield ChromaIndex(store, "a-model")
    store.close()


def passage(key: str, text: str = "") -> Passage:
    words = text or key
    return Passage(key, 1, 1, 0, 1, "", words, frozenset(), frozenset({"ADA"}), content_hash(words))


def toward(degrees: float) -> Vector:
    """A vector of length 1 at this angle."""
    return np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees)), 0, 0], dtype=np.float32)


FAN = {f"p{degrees:02d}": toward(degrees) for degrees in range(0, 90, 10)}


async def fill(index: PassageIndex, release: ReleaseId = SHOW, keys: Sequence[str] = tuple(FAN)) -> None:
    await index.ensure(release, [passage(key) for key in keys], {content_hash(key): FAN[key] for key in keys})


async def test_the_nearest_come_best_first_with_their_cosines(index: PassageIndex) -> None:
    await fill(index)
    found = await index.nearest(SHOW, toward(0), list(FAN), 3)
    assert [key for key, _ in found] == ["p00", "p10", "p20"]
    np.testing.assert_allclose([score for _, score in found], np.cos(np.radians([0, 10, 20])), atol=1e-5)


async def test_only_allowed_passages_are_found(index: PassageIndex) -> None:
    await fill(index)
    found = await index.nearest(SHOW, toward(0), ["p70", "p40", "p50"], 9)
    assert [key for key, _ in found] == ["p40", "p50", "p70"]


@pytest.mark.parametrize(("allowed", "k"), [([], 4), (["p00"], 0)])
async def test_nothing_allowed_or_wanted_finds_nothing(index: PassageIndex, allowed: list[str], k: int) -> None:
    await fill(index)
    assert await index.nearest(SHOW, toward(0), allowed, k) == []


async def test_an_allowed_id_that_is_not_indexed_is_not_passed_over(index: PassageIndex) -> None:
    await fill(index, keys=["p00"])
    with pytest.raises(IndexUnavailable):
        await index.nearest(SHOW, toward(0), ["p90", "p00"], 2)


async def test_releases_do_not_meet(index: PassageIndex) -> None:
    await fill(index, SHOW, ["p00"])
    await fill(index, OTHER, ["p10"])
    assert [key for key, _ in await index.nearest(OTHER, toward(0), ["p10"], 2)] == ["p10"]
    with pytest.raises(IndexUnavailable):
        await index.nearest(OTHER, toward(0), ["p00"], 2)


async def test_ensuring_again_changes_what_changed_and_removes_what_is_gone(index: PassageIndex) -> None:
    await fill(index, keys=["p00", "p10"])
    rewritten = passage("p10", "rewritten")
    await index.ensure(SHOW, [rewritten], {rewritten.content_hash: toward(80)})
    found = await index.nearest(SHOW, toward(80), ["p10"], 2)
    assert [key for key, _ in found] == ["p10"]
    np.testing.assert_allclose(found[0][1], 1.0, atol=1e-5)
    with pytest.raises(IndexUnavailable):
        await index.nearest(SHOW, toward(0), ["p00"], 1)


async def test_ensuring_twice_answers_the_same(index: PassageIndex) -> None:
    await fill(index)
    once = await index.nearest(SHOW, toward(33), list(FAN), 5)
    await fill(index)
    assert await index.nearest(SHOW, toward(33), list(FAN), 5) == once


async def test_a_release_that_was_never_indexed_is_unavailable(index: PassageIndex) -> None:
    with pytest.raises(IndexUnavailable):
        await index.nearest(SHOW, toward(0), ["p00"], 1)


async def test_a_release_without_passages_can_be_ensured(index: PassageIndex) -> None:
    await index.ensure(SHOW, [], {})
    assert await index.nearest(SHOW, toward(0), [], 1) == []


async def test_hundreds_of_allowed_passages_are_all_compared(index: PassageIndex) -> None:
    random = np.random.default_rng(7)
    rows = random.normal(size=(700, 16)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    passages = [passage(f"n{row}") for row in range(700)]
    await index.ensure(SHOW, passages, {one.content_hash: rows[row] for row, one in enumerate(passages)})
    allowed = [f"n{row}" for row in range(0, 700, 2)]
    found = await index.nearest(SHOW, rows[1], allowed, len(allowed))
    cosines = {f"n{row}": float(rows[row] @ rows[1]) for row in range(0, 700, 2)}
    assert {key for key, _ in found} == set(allowed)
    np.testing.assert_allclose([score for _, score in found], sorted(cosines.values(), reverse=True), atol=1e-5)


async def test_a_release_is_counted_listed_and_dropped(index: PassageIndex) -> None:
    assert (await index.count(SHOW), await index.releases()) == (0, ())
    await fill(index, SHOW)
    await fill(index, OTHER, ["p00", "p10"])
    assert (await index.count(SHOW), await index.count(OTHER)) == (len(FAN), 2)
    assert set(await index.releases()) == {SHOW, OTHER}
    await index.drop(SHOW)
    await index.drop(SHOW)
    assert (await index.count(SHOW), await index.releases()) == (0, (OTHER,))
    with pytest.raises(IndexUnavailable):
        await index.nearest(SHOW, toward(0), ["p00"], 1)
    assert [key for key, _ in await index.nearest(OTHER, toward(0), ["p00"], 1)] == ["p00"]


async def test_a_release_that_was_dropped_is_filled_again(index: PassageIndex) -> None:
    await fill(index)
    await index.drop(SHOW)
    await fill(index)
    assert [key for key, _ in await index.nearest(SHOW, toward(0), list(FAN), 1)] == ["p00"]


async def test_shows_whose_names_look_like_releases_are_told_apart(index: PassageIndex) -> None:
    releases = [ReleaseId("a", 1), ReleaseId("a-v1", 1), ReleaseId("a-v1-0a1b2c3d", 11), ReleaseId("a", 11)]
    for release in releases:
        await fill(index, release, ["p00"])
    assert set(await index.releases()) == set(releases)
    await index.drop(releases[0])
    assert set(await index.releases()) == set(releases[1:])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "chroma"


@pytest.fixture
def broken(folder: Path) -> Path:
    """A folder whose files are no database."""
    folder.mkdir()
    (folder / "chroma.sqlite3").write_bytes(b"no database at all" * 100)
    return folder


def mentions(folder: Path) -> bool:
    """Whether any file below still names the show."""
    return any(SHOW.show.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())


class Silent:
    """A Chroma that accepts a question and never answers it."""

    def __init__(self) -> None:
        self.let_go = threading.Event()

    def client(self) -> ClientAPI:
        self.let_go.wait()
        raise IndexUnavailable("it was let go")

    def close(self) -> None:
        self.let_go.set()


class TestChroma:
    """What only Chroma can get wrong."""

    async def test_what_was_indexed_is_there_after_a_restart(self, folder: Path) -> None:
        store = EmbeddedChroma(folder)
        await fill(ChromaIndex(store, "a-model"))
        store.close()
        store = EmbeddedChroma(folder)
        found = await ChromaIndex(store, "a-model").nearest(SHOW, toward(20), list(FAN), 1)
        store.close()
        assert [key for key, _ in found] == ["p20"]

    async def test_two_embedding_models_never_meet(self, folder: Path) -> None:
        store = EmbeddedChroma(folder)
        await fill(ChromaIndex(store, "a-model"))
        with pytest.raises(IndexUnavailable):
            await ChromaIndex(store, "another-model").nearest(SHOW, toward(0), list(FAN), 1)
        store.close()

    def test_a_folder_that_is_open_cannot_be_opened_again(self, folder: Path) -> None:
        store, waiting, afresh = EmbeddedChroma(folder), EmbeddedChroma(folder), EmbeddedChroma(folder, afresh=True)
        store.client()
        with pytest.raises(IndexInUse, match="another process"):
            waiting.client()
        with pytest.raises(IndexInUse):
            afresh.client()
        store.close()
        assert waiting.client().list_collections() == []
        with pytest.raises(IndexInUse):
            store.client()
        waiting.close()

    def test_a_folder_that_cannot_be_made_is_unavailable_and_not_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("not a folder")
        with pytest.raises(IndexUnavailable) as refused:
            EmbeddedChroma(tmp_path / "file" / "chroma").client()
        assert str(tmp_path) not in str(refused.value)

    async def test_an_index_that_never_answers_is_unavailable(self) -> None:
        silent = Silent()
        with pytest.raises(IndexUnavailable, match="in time"):
            await ChromaIndex(silent, "a-model", answer_s=0.01).nearest(SHOW, toward(0), ["p00"], 1)
        silent.close()

    def test_files_that_are_no_database_are_unavailable(self, broken: Path) -> None:
        store = EmbeddedChroma(broken)
        for _ in range(3):
            with pytest.raises(IndexUnavailable, match="cannot be read"):
                store.client()
        (broken / "chroma.sqlite3").unlink()
        assert store.client().list_collections() == []
        store.close()

    async def test_files_that_are_no_database_are_left_behind_when_it_is_opened_afresh(self, broken: Path) -> None:
        store = EmbeddedChroma(broken, afresh=True)
        index = ChromaIndex(store, "a-model")
        await fill(index)
        assert await index.count(SHOW) == len(FAN)
        store.close()

    async def test_opened_afresh_it_holds_nothing_of_before_to_the_byte(self, folder: Path) -> None:
        store = EmbeddedChroma(folder)
        await fill(ChromaIndex(store, "a-model"))
        store.close()
        assert mentions(folder)
        store = EmbeddedChroma(folder, afresh=True)
        assert await ChromaIndex(store, "a-model").releases() == ()
        store.close()
        assert not mentions(folder)

    async def test_more_releases_than_a_page_are_all_listed(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(chroma_index, "PAGE", 2)
        store = EmbeddedChroma(folder)
        index = ChromaIndex(store, "a-model")
        releases = [ReleaseId("harbour-lights", version) for version in range(1, 6)]
        for release in releases:
            await fill(index, release, ["p00"])
        store.client().create_collection("canon-of-somebody-else", embedding_function=None)
        assert set(await index.releases()) == set(releases)
        store.close()

    async def test_dropping_a_release_drops_the_vectors_of_other_models_too(self, folder: Path) -> None:
        store = EmbeddedChroma(folder)
        await fill(ChromaIndex(store, "an-older-model"))
        index = ChromaIndex(store, "a-model")
        assert (await index.count(SHOW), await index.releases()) == (0, (SHOW,))
        await index.drop(SHOW)
        assert store.client().list_collections() == []
        store.close()

    async def test_a_vector_of_other_dimensions_is_refused(self, folder: Path) -> None:
        store = EmbeddedChroma(folder)
        index = ChromaIndex(store, "a-model")
        await fill(index)
        with pytest.raises(IndexUnavailable):
            await index.nearest(SHOW, np.ones(3, dtype=np.float32), list(FAN), 1)
        store.close()

    async def test_rows_that_were_lost_are_filled_in_again(self, folder: Path) -> None:
        store = EmbeddedChroma(folder)
        index = ChromaIndex(store, "a-model")
        await fill(index)
        (collection,) = store.client().list_collections()
        store.client().get_collection(collection.name, embedding_function=None).delete(ids=["p00"])
        await fill(index)
        assert [key for key, _ in await index.nearest(SHOW, toward(0), list(FAN), 1)] == ["p00"]
        store.close()
