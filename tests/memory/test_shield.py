"""The shield over a release, offline: what it refuses, in whose mouth, and how it names it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, replace
from itertools import count

import numpy as np
import pytest

from characters.release import Release
from memory.answers import restated
from memory.doubles import HashEmbedder, MemoryVectors
from memory.errors import EmbedderUnavailable, IndexUnavailable
from memory.exact_index import ExactIndex
from memory.exposure import LATER_FACT, LATER_SCENE, NOT_KNOWN, Calibration, Evidence
from memory.ports import Progress, Vector
from memory.ranking import Rows
from memory.recalling import CanonMemory
from memory.searching import Matrix
from memory.shield import AFFIRMED_LESS, WORDS_MIN, CanonShield, reference_sentences
from memory.types import Viewpoint
from tests.memory.story import SHOW, harbour, reader_of

NEARNESS = Calibration((0.0,) * 7, (1.0,) * 7, (1.0, 0.0, 0.0, -3.0, 0.0, 1.0, 0.0), -0.55, 0.0, 0.0)
"""A fact counts as stated when it is near in its words, and no open one is nearer: what hashed words can tell."""
ADA_1, BO_1, BO_2 = Viewpoint("ADA", 1), Viewpoint("BO", 1), Viewpoint("BO", 2)


def shield_of(
    one: Release, embedder: HashEmbedder | None = None, calibration: Calibration | None = NEARNESS
) -> tuple[CanonShield, CanonMemory, MemoryVectors]:
    embedder, vectors, ticks = embedder or HashEmbedder(), MemoryVectors(), count()
    memory = CanonMemory(reader_of(one), embedder, vectors, ExactIndex(), lambda: next(ticks))
    return CanonShield(memory, embedder, vectors, calibration), memory, vectors


async def rule(viewpoint: Viewpoint, text: str, calibration: Calibration | None = NEARNESS) -> str | None:
    shield, memory, _ = shield_of(harbour(), calibration=calibration)
    await memory.index(SHOW)
    return await shield.review(SHOW, viewpoint, viewpoint.character.title(), text)


@pytest.mark.parametrize(
    ("viewpoint", "text", "expected"),
    [
        (BO_2, "The letter is from Ada's own father.", LATER_FACT),
        (Viewpoint("BO", 4), "The letter is from Ada's own father.", None),
        (ADA_1, "Bo hides a letter, a letter under the anchor.", NOT_KNOWN),
        (BO_1, "Bo hides a letter, a letter under the anchor.", None),
        (BO_2, "Good morning, and how was your journey to town?", None),
        (BO_2, "", None),
        (BO_2, "father", None),
    ],
)
async def test_what_was_not_seen_or_learnt_is_refused(viewpoint: Viewpoint, text: str, expected: str | None) -> None:
    assert await rule(viewpoint, text) == expected


@pytest.mark.parametrize(
    ("text", "asked", "expected"),
    [
        ("Yes.", "Is the letter from Ada's own father?", LATER_FACT),
        ("Oh, yes! It is.", "Is the letter from Ada's own father?", LATER_FACT),
        ("Sí, claro.", "Is the letter from Ada's own father?", LATER_FACT),
        ("对。", "Is the letter from Ada's own father?", LATER_FACT),
        ("Who says so?", "Is the letter from Ada's own father?", None),
        ("Of course not.", "Is the letter from Ada's own father?", None),
        ("对不起。", "Is the letter from Ada's own father?", None),
        ("No.", "Is the letter from Ada's own father?", None),
        ("Yes.", "Good morning, and how was your journey to town?", None),
        ("Yesterday was a long day for all of us here.", "Is the letter from Ada's own father?", None),
        ("Yes.", "", None),
    ],
)
async def test_a_yes_says_what_was_asked(text: str, asked: str, expected: str | None) -> None:
    shield, memory, _ = shield_of(harbour())
    await memory.index(SHOW)
    assert await shield.review(SHOW, BO_2, "Bo", text, asked=asked) == expected


async def test_less_is_needed_to_refuse_a_yes_than_the_statement_itself() -> None:
    asked, text = "Is the letter from Ada's own father?", "Yes."
    shield, memory, _ = shield_of(harbour())
    await memory.index(SHOW)
    said = restated(text, asked)
    later, _ = await shield.evidence(SHOW, BO_2, "Bo", said)
    assert later is not None
    just_above = NEARNESS.score(later) + AFFIRMED_LESS * 0.8
    shield, memory, _ = shield_of(harbour(), calibration=replace(NEARNESS, later_min=just_above))
    await memory.index(SHOW)
    assert await shield.review(SHOW, BO_2, "Bo", text, asked=asked) == LATER_FACT
    assert await shield.review(SHOW, BO_2, "Bo", said) is None


async def test_replies_and_canon_are_compared_in_one_metric(monkeypatch: pytest.MonkeyPatch) -> None:
    async def later() -> Evidence | None:
        shield, memory, _ = shield_of(harbour())
        await memory.index(SHOW)
        return (await shield.evidence(SHOW, BO_2, "Bo", "The letter is from Ada's own father."))[0]

    def turned_round(wordings: Matrix, facts: Rows) -> Matrix:
        return -np.eye(wordings.shape[1], dtype=np.float32)

    plain = await later()
    monkeypatch.setattr("memory.shield.wording_metric", turned_round)
    found = await later()
    assert plain is not None
    assert found is not None
    assert astuple(found) == pytest.approx(astuple(plain), abs=1e-6)


async def test_without_a_calibration_only_the_words_of_later_scenes_are_refused() -> None:
    assert await rule(BO_1, "Who painted the lighthouse green? Red was sold out.", None) == LATER_SCENE
    assert await rule(BO_2, "Who painted the lighthouse green? Red was sold out.", None) is None
    assert await rule(BO_2, "The letter is from Ada's own father.", None) is None


async def test_a_short_text_is_not_embedded() -> None:
    class Counting(HashEmbedder):
        asked = 0

        async def passages(self, texts: Sequence[str], progress: Progress | None = None) -> list[Vector]:
            self.asked += len(texts)
            return await super().passages(texts, progress)

    embedder = Counting()
    shield, memory, _ = shield_of(harbour(), embedder)
    await memory.index(SHOW)
    await shield.learn()
    before = embedder.asked
    await shield.review(SHOW, BO_2, "Bo", " ".join(["letter"] * (WORDS_MIN - 1)))
    assert embedder.asked == before
    await shield.review(SHOW, BO_2, "Bo", " ".join(["letter"] * WORDS_MIN))
    assert embedder.asked == before + 2


async def test_the_reference_sentences_are_embedded_once_and_kept() -> None:
    shield, memory, vectors = shield_of(harbour())
    await memory.index(SHOW)
    before = len(vectors.kept)
    await shield.learn()
    sentences = {text for texts in reference_sentences().values() for text in texts}
    assert len(vectors.kept) == before + len(sentences)

    class Failing(HashEmbedder):
        async def passages(self, texts: Sequence[str], progress: Progress | None = None) -> list[Vector]:
            raise EmbedderUnavailable("hash", "nothing may be embedded again")

    again = CanonShield(memory, Failing(), vectors, NEARNESS)
    await again.learn()


async def test_what_a_fan_was_told_is_never_kept() -> None:
    shield, memory, vectors = shield_of(harbour())
    await memory.index(SHOW)
    await shield.learn()
    before = set(vectors.kept)
    await shield.review(SHOW, BO_2, "Bo", "Good morning, and how was your journey to town?")
    assert set(vectors.kept) == before


async def test_a_release_that_was_never_indexed_lets_nothing_through() -> None:
    shield, _, _ = shield_of(harbour())
    with pytest.raises(IndexUnavailable):
        await shield.review(SHOW, BO_2, "Bo", "Good morning, and how was your journey to town?")
