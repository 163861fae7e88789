"""Recall from end to end, offline: what is asked, what comes back, and what never does."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from characters.canon import Fact
from characters.release import Release, ReleaseId
from characters.script import Scene
from memory.doubles import HashEmbedder, MemoryVectors
from memory.errors import EmbedderUnavailable, GateBreached, IndexUnavailable
from memory.exact_index import ExactIndex
from memory.horizon import open_gate
from memory.passages import content_hash, passages_of
from memory.ports import Progress, Vector
from memory.recalling import EMBED_BATCH, EMBED_CHARS, CanonMemory, batches
from memory.types import Passage, Query, Recall, Viewpoint
from tests.memory.story import SHOW, harbour, reader_of, release, scene


class Ticking:
    """A clock that moves by a millisecond whenever it is read."""

    def __init__(self) -> None:
        self.now_ns = 0

    def __call__(self) -> int:
        self.now_ns += 1_000_000
        return self.now_ns


def memory_of(*releases: Release) -> CanonMemory:
    return CanonMemory(reader_of(*releases), HashEmbedder(), MemoryVectors(), ExactIndex(), Ticking())


async def recall(one: Release, viewpoint: Viewpoint, text: str, previous: str = "", k: int = 4) -> Recall:
    memory = memory_of(one)
    await memory.index(one.id)
    return await memory.recall(one.id, viewpoint, Query(text, previous), k=k)


def scenes(found: Recall) -> list[tuple[int, int]]:
    return [(scored.passage.episode, scored.passage.scene) for scored in found.passages]


class TestRecall:
    async def test_the_scene_that_was_asked_about_comes_first(self) -> None:
        found = await recall(harbour(), Viewpoint("ADA", 4), "who painted the lighthouse green?")
        assert scenes(found)[0] == (2, 1)
        assert [scored.score for scored in found.passages] == sorted(
            (scored.score for scored in found.passages), reverse=True
        )

    async def test_nothing_beyond_the_horizon_comes_back(self) -> None:
        found = await recall(harbour(), Viewpoint("BO", 3), "who is the letter from? her father?")
        assert (4, 1) not in scenes(found)
        assert {known.fact.id for known in found.facts} == {"f2"} | {"f1"}
        assert all(scored.line.episode <= 3 for scored in found.own_lines)

    async def test_a_fan_of_unknown_progress_recalls_nothing(self) -> None:
        found = await recall(harbour(), Viewpoint("ADA", 0), "who painted the lighthouse?")
        assert (found.passages, found.facts, found.own_lines) == ((), (), ())
        assert found.withheld.passages == {"beyond the horizon": 5}

    async def test_a_stranger_to_the_story_recalls_nothing(self) -> None:
        found = await recall(harbour(), Viewpoint("NOBODY", 4), "who painted the lighthouse?")
        assert (found.passages, found.facts, found.own_lines) == ((), (), ())

    async def test_a_fact_of_the_past_is_marked(self) -> None:
        found = await recall(harbour(), Viewpoint("ADA", 4), "does the boat leak?")
        assert {known.fact.id: known.past for known in found.facts}["f1"] is True

    async def test_own_lines_are_ranked_by_what_they_say_and_what_they_answer(self) -> None:
        found = await recall(harbour(), Viewpoint("CY", 2), "who painted the lighthouse green?")
        assert [scored.line.text for scored in found.own_lines] == ["I did. Red was sold out."]

    async def test_a_line_said_twice_is_offered_once(self) -> None:
        twice = release(scene(1, 1, ("ADA", "Next.")), scene(2, 1, ("ADA", "Next.")))
        assert len((await recall(twice, Viewpoint("ADA", 2), "next?")).own_lines) == 1

    async def test_no_more_scenes_than_wanted_come_back(self) -> None:
        assert len((await recall(harbour(), Viewpoint("ADA", 4), "letter", k=2)).passages) == 2

    async def test_a_follow_up_is_read_with_what_was_said_before(self) -> None:
        said = "Who painted the lighthouse green? Cy did, red was sold out."
        alone = await recall(harbour(), Viewpoint("ADA", 4), "why?")
        after = await recall(harbour(), Viewpoint("ADA", 4), "why?", previous=said)
        assert scenes(alone)[0] != (2, 1)
        assert scenes(after)[0] == (2, 1)

    async def test_times_are_measured_by_the_given_clock(self) -> None:
        found = await recall(harbour(), Viewpoint("ADA", 4), "letter")
        assert (found.times.embed_ms, found.times.search_ms) == (1.0, 1.0)

    async def test_recalls_at_the_same_time_are_answered_alike(self) -> None:
        memory = memory_of(harbour())
        await memory.index(SHOW)
        asked = [memory.recall(SHOW, Viewpoint("ADA", 4), Query("letter")) for _ in range(8)]
        found = await asyncio.gather(*asked)
        assert found[0].passages
        for other in found[1:]:
            assert (other.passages, other.facts, other.own_lines) == (
                found[0].passages,
                found[0].facts,
                found[0].own_lines,
            )


class Leaking(ExactIndex):
    """An index that answers with a passage nobody allowed."""

    async def nearest(
        self, release: ReleaseId, vector: Vector, allowed: Sequence[str], k: int
    ) -> list[tuple[str, float]]:
        return [*await super().nearest(release, vector, allowed, k), ("e04s01p01", 0.99)]


class Stopping(HashEmbedder):
    """An embedder that breaks after so many batches."""

    def __init__(self, batches: int) -> None:
        super().__init__()
        self.batches = batches

    async def passages(self, texts: Sequence[str], progress: Progress | None = None) -> list[Vector]:
        if self.batches == 0:
            raise EmbedderUnavailable("stopping", "it was stopped")
        self.batches -= 1
        return await super().passages(texts, progress)


class Remembering(HashEmbedder):
    """An embedder that keeps what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[str] = []

    async def passages(self, texts: Sequence[str], progress: Progress | None = None) -> list[Vector]:
        self.given.extend(texts)
        return await super().passages(texts, progress)


def long_show() -> Release:
    return release(*[scene(number, 1, ("ADA", f"Line of episode {number}.")) for number in range(1, 101)])


class TestIndexing:
    async def test_an_index_that_breaches_the_gate_is_refused(self) -> None:
        memory = CanonMemory(reader_of(harbour()), HashEmbedder(), MemoryVectors(), Leaking(), Ticking())
        await memory.index(SHOW)
        with pytest.raises(GateBreached):
            await memory.recall(SHOW, Viewpoint("ADA", 3), Query("father"))

    async def test_a_release_that_was_never_indexed_is_unavailable(self) -> None:
        with pytest.raises(IndexUnavailable, match="without a vector"):
            await memory_of(harbour()).recall(SHOW, Viewpoint("ADA", 3), Query("father"))

    async def test_a_new_process_recalls_from_the_stored_vectors(self) -> None:
        vectors = MemoryVectors()
        await CanonMemory(reader_of(harbour()), HashEmbedder(), vectors, ExactIndex(), Ticking()).index(SHOW)
        fresh = CanonMemory(reader_of(harbour()), HashEmbedder(), vectors, ExactIndex(), Ticking())
        assert scenes(await fresh.recall(SHOW, Viewpoint("ADA", 4), Query("painted lighthouse")))[0] == (2, 1)

    async def test_an_interrupted_indexing_goes_on_where_it_stopped(self) -> None:
        show, vectors = long_show(), MemoryVectors()
        with pytest.raises(EmbedderUnavailable):
            await CanonMemory(reader_of(show), Stopping(1), vectors, ExactIndex(), Ticking()).index(SHOW)
        stored = {key for _, key in vectors.kept}
        assert len(stored) == EMBED_BATCH
        again = Remembering()
        await CanonMemory(reader_of(show), again, vectors, ExactIndex(), Ticking()).index(SHOW)
        assert again.given
        assert not stored & {content_hash(text) for text in again.given}

    async def test_indexing_twice_embeds_nothing_the_second_time(self) -> None:
        vectors, embedder = MemoryVectors(), Remembering()
        memory = CanonMemory(reader_of(harbour()), embedder, vectors, ExactIndex(), Ticking())
        await memory.index(SHOW)
        embedder.given.clear()
        await memory.index(SHOW)
        assert embedder.given == []

    async def test_progress_runs_from_what_is_known_to_everything(self) -> None:
        heard: list[tuple[int, int]] = []
        await memory_of(long_show()).index(SHOW, lambda done, total: heard.append((done, total)))
        assert heard[0] == (0, 200)
        assert heard[-1] == (200, 200)
        assert heard == sorted(heard)

    async def test_a_release_without_facts_or_scenes_can_be_recalled_from(self) -> None:
        found = await recall(release(), Viewpoint("ADA", 4), "anything?")
        assert (found.passages, found.facts, found.own_lines) == ((), (), ())


@given(st.lists(st.integers(0, EMBED_CHARS + 1), max_size=12), st.integers(0, 2 * EMBED_BATCH))
def test_batches_keep_every_text_in_order_and_stay_small(lengths: list[int], short: int) -> None:
    texts = {str(number): "x" * length for number, length in enumerate([*lengths, *[1] * short])}
    made = list(batches(list(texts), texts))
    assert [key for batch in made for key in batch] == list(texts)
    for batch in made:
        assert 1 <= len(batch) <= EMBED_BATCH
        assert len(batch) == 1 or sum(len(texts[key]) for key in batch) <= EMBED_CHARS
    for batch, after in pairwise(made):  # as few as can be
        full = sum(len(texts[key]) for key in [*batch, after[0]]) > EMBED_CHARS
        assert full or len(batch) == EMBED_BATCH


CAST = ("ADA", "BO")
SPEECHES = st.lists(
    st.tuples(st.sampled_from(CAST), st.sampled_from(["The tar is hot.", "A gull!", "Who has the rope?", "灯笼。"])),
    min_size=1,
    max_size=5,
)
SHOWS = st.lists(st.tuples(st.integers(1, 5), SPEECHES), min_size=1, max_size=8)
KNOWING: st.SearchStrategy[Mapping[str, int]] = st.dictionaries(st.sampled_from(CAST), st.integers(0, 6))
FACTS = st.lists(st.tuples(st.integers(1, 5), KNOWING), max_size=5)


def shown(drawn: list[tuple[int, list[tuple[str, str]]]], facts: list[tuple[int, Mapping[str, int]]]) -> Release:
    ordered = sorted(drawn, key=lambda one: one[0])
    made: list[Scene] = [scene(episode, number, *said) for number, (episode, said) in enumerate(ordered, start=1)]
    return release(
        *made,
        facts=[
            Fact(f"f{n}", f"Fact {n} of the rope.", "ROPE", episode, known_by=known)
            for n, (episode, known) in enumerate(facts)
        ],
    )


def up_to(whole: Release, horizon: int) -> Release:
    """The same show as if nothing after the horizon had been written."""
    kept = [one for one in whole.script.scenes() if one.episode <= horizon]
    return release(*kept, facts=[fact for fact in whole.facts if fact.from_episode <= horizon])


@settings(max_examples=60, deadline=None)
@given(SHOWS, FACTS, st.sampled_from([*CAST, "CY"]), st.integers(-1, 6))
def test_everything_recalled_lies_within_the_gate(
    drawn: list[tuple[int, list[tuple[str, str]]]],
    facts: list[tuple[int, Mapping[str, int]]],
    character: str,
    horizon: int,
) -> None:
    whole, viewpoint = shown(drawn, facts), Viewpoint(character, horizon)
    found = asyncio.run(recall(whole, viewpoint, "who has the hot tar and the rope?", k=10))
    allowed = open_gate(passages_of(whole.script), whole.facts, viewpoint).allowed
    returned: list[Passage] = [scored.passage for scored in found.passages]
    assert {passage.id for passage in returned} <= allowed
    assert all(passage.revealed_at <= horizon for passage in returned)
    assert all(known.fact.from_episode <= horizon for known in found.facts)
    assert all(known.fact.known_by[character] <= horizon for known in found.facts)
    assert all(scored.line.episode <= horizon for scored in found.own_lines)


@settings(max_examples=60, deadline=None)
@given(SHOWS, FACTS, st.sampled_from(CAST), st.integers(1, 5))
def test_what_is_yet_to_be_watched_does_not_change_what_is_recalled(
    drawn: list[tuple[int, list[tuple[str, str]]]],
    facts: list[tuple[int, Mapping[str, int]]],
    character: str,
    horizon: int,
) -> None:
    whole, viewpoint = shown(drawn, facts), Viewpoint(character, horizon)
    asked = "who has the hot tar and the rope?"
    with_future = asyncio.run(recall(whole, viewpoint, asked))
    without = asyncio.run(recall(up_to(whole, horizon), viewpoint, asked))
    assert [scored.passage for scored in with_future.passages] == [scored.passage for scored in without.passages]
    assert with_future.facts == without.facts
    assert with_future.own_lines == without.own_lines
