"""Hunches: nearest of kin among labelled lines, what the rules add, and the file that they are kept in."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.hunches import fit
from bench.safety import half_of
from persona.adapters.hunch_file import FILE, hunches_for, read, written
from persona.crisis import CrisisKind
from persona.goodbye import clings
from persona.hunches import Feeling, Fitted, Floats, Hunch, Hunches, kernel, of_length_one
from tests.characters.test_shipped_sheets import SHEETS

DATA = Path(__file__).parents[1] / "data/safety"
LABELS = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0]], dtype=np.float32)
KINDS: tuple[CrisisKind | None, ...] = ("suicide", "abuse", None, None, None, None)


def directions() -> Floats:
    """One direction for each line, and the last two alike."""
    vectors = np.eye(6, dtype=np.float32)
    vectors[5] = vectors[4] * 0.9 + vectors[5] * 0.1
    return vectors


@pytest.fixture
def fitted() -> Fitted:
    mean = np.zeros(6, dtype=np.float32)
    exemplars = of_length_one(directions(), mean)
    even: dict[Feeling, float] = {"danger": 0.0, "sincere": 0.0, "leaving": 0.0}
    return Fitted("six", exemplars, mean, fit(exemplars, LABELS), even, {**even, "danger": 0.5}, KINDS)


def felt(fitted: Fitted, place: int, **said: object) -> Hunch:
    ruled = {"danger": None, "sincere": False, "leaving": False} | said
    return Hunches(fitted).of(directions()[place], **ruled)  # type: ignore[arg-type]


def test_a_message_is_taken_for_what_its_nearest_are_labelled_with(fitted: Fitted) -> None:
    assert felt(fitted, 0) == Hunch("suicide")
    assert felt(fitted, 1) == Hunch("abuse")
    assert felt(fitted, 2) == Hunch(sincere=True)
    assert felt(fitted, 3) == Hunch(leaving=True)
    assert felt(fitted, 4) == felt(fitted, 5) == Hunch()


def test_what_the_rules_say_adds_to_a_score_and_names_the_danger(fitted: Fitted) -> None:
    strict = replace(fitted, thresholds={**fitted.thresholds, "danger": 1.2})
    assert felt(strict, 0) == Hunch()
    assert felt(strict, 0, danger="eating") == Hunch("eating")
    assert felt(strict, 4, danger="eating") == Hunch()


def test_the_kernel_is_one_for_the_same_and_small_for_the_opposite() -> None:
    left = np.array([[1.0, 0.0]], dtype=np.float32)
    assert kernel(left, left)[0, 0] == pytest.approx(1.0)
    assert kernel(left, -left)[0, 0] == pytest.approx(np.exp(-4.0))


def test_a_file_comes_back_as_it_was_written_and_is_small(fitted: Fitted) -> None:
    again = read(written(fitted))
    assert again.kinds == KINDS
    assert (again.thresholds, again.support, again.model_id) == (fitted.thresholds, fitted.support, "six")
    assert np.allclose(again.exemplars, fitted.exemplars, atol=0.01)
    assert np.array_equal(again.weights, fitted.weights)
    assert written(again) == written(read(written(again)))


def test_a_file_that_is_none_is_refused() -> None:
    with pytest.raises((ValueError, OSError)):
        read(b"PK not a zip")


def test_what_ships_was_fitted_for_the_bundled_embedder_and_for_no_other() -> None:
    assert hunches_for("hashed-words") is None
    shipped = read((Path("persona") / FILE).read_bytes())
    assert "e5" in shipped.model_id
    assert hunches_for(shipped.model_id) is not None
    assert shipped.weights.shape == (len(shipped.kinds), 3)


def test_no_line_of_the_unseen_half_was_fitted_on() -> None:
    """As many lines as may be fitted on, each once: not one more."""
    seen: set[str] = set()
    for path in DATA.glob("*.jsonl"):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        unseen = path.stem.endswith("-blind") or path.stem == "plain"
        seen.update(row.get("text") or row["fan"] for row in rows if not (unseen and half_of(row) == "b"))
    assert len(read((Path("persona") / FILE).read_bytes()).kinds) == len(seen)


@pytest.mark.parametrize("slug", SHEETS)
def test_a_goodbye_that_an_author_wrote_lets_go(slug: str) -> None:
    written_here = [part.text for part in SHEETS[slug].goodbyes]
    assert len(written_here) >= 3
    assert [text for text in written_here if clings(text)] == []
