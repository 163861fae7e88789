"""Searching past talk: windows, dates, speakers; and days without a clock."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.dates import DAY_MS, civil_day, day_words, iso_day
from memory.doubles import HashEmbedder
from memory.listing import asks_for_many
from memory.said import (
    LIST_WEIGHTS,
    PAUSE_MS,
    SAID_WEIGHTS,
    SaidWeights,
    Utterance,
    best_said,
    prepare_said,
    score_said,
    weights_for,
)
from memory.stems import stem, stems

LEXICAL = SaidWeights(lexical=1.0, dense=0.0, speaker=0.0)
MAY, JUNE = 1_683_500_000_000, 1_686_000_000_000


@given(st.integers(-(10**12) * 3, 4 * 10**12))
def test_a_day_is_the_calendars(at_ms: int) -> None:
    day = datetime.datetime.fromtimestamp(at_ms / 1000, datetime.UTC)
    assert civil_day(at_ms) == (day.year, day.month, day.day)
    assert iso_day(at_ms) == day.date().isoformat()
    assert day.strftime("%A") in day_words(at_ms)


@pytest.mark.parametrize(
    "forms", [("painted", "painting", "paints"), ("moved", "moving", "move"), ("running", "run"), ("hobbies", "hobby")]
)
def test_forms_of_a_word_have_one_stem(forms: tuple[str, ...]) -> None:
    assert len({stems(form)[0] for form in forms}) == 1


def test_other_scripts_keep_their_words() -> None:
    assert stem("上海") == "上海"


def talk(*lines: tuple[str, str, int]) -> list[Utterance]:
    return [Utterance(f"u{n}", speaker, text, at_ms) for n, (speaker, text, at_ms) in enumerate(lines)]


async def ranked(
    lines: list[Utterance], question: str, *, speaker: str | None = None, weights: SaidWeights | None = None
) -> list[str]:
    embedder = HashEmbedder()
    vectors = await embedder.passages([line.text for line in lines])
    query = await embedder.query(question)
    scores = score_said(
        prepare_said(lines), np.stack(vectors), question, query, speaker=speaker, weights=weights or SaidWeights()
    )
    return [lines[row].id for row in np.argsort(-scores, kind="stable")]


async def test_an_answer_is_found_by_the_question_before_it() -> None:
    lines = talk(
        ("ana", "Any plans?", MAY),
        ("bo", "What colour is your bicycle?", MAY + 1),
        ("ana", "Green.", MAY + 2),
        ("bo", "Nice weather.", MAY + PAUSE_MS * 2),
    )
    assert (await ranked(lines, "Which colour has the bicycle?", weights=LEXICAL))[:2] in (["u1", "u2"], ["u2", "u1"])


async def test_after_a_long_silence_the_one_before_explains_nothing() -> None:
    lines = talk(("bo", "What colour is your bicycle?", MAY), ("ana", "Green.", MAY + PAUSE_MS), ("bo", "Hm.", JUNE))
    scores = score_said(prepare_said(lines), np.zeros((3, 4), np.float32), "bicycle", np.zeros(4, np.float32))
    assert scores[1] == scores[2] == 0.0
    near = talk(("bo", "What colour is your bicycle?", MAY), ("ana", "Green.", MAY + 1), ("bo", "Hm.", JUNE))
    assert score_said(prepare_said(near), np.zeros((3, 4), np.float32), "bicycle", np.zeros(4, np.float32))[1] > 0.0


async def test_what_was_said_in_a_month_is_found_by_its_name() -> None:
    lines = talk(("ana", "I went out.", MAY), ("ana", "I went out.", JUNE))
    assert (await ranked(lines, "What did I do in June?", weights=LEXICAL))[0] == "u1"
    assert (await ranked(lines, "¿Qué hice en mayo?", weights=LEXICAL))[0] == "u0"


async def test_the_words_of_whoever_is_asked_about_come_first() -> None:
    lines = talk(("ana", "The lamp is broken.", MAY), ("bo", "The lamp is broken.", MAY + DAY_MS))
    assert (await ranked(lines, "lamp", speaker="bo"))[0] == "u1"
    assert (await ranked(lines, "lamp", speaker="ana"))[0] == "u0"


def test_nothing_said_has_no_scores() -> None:
    empty = score_said(prepare_said([]), np.zeros((0, 4), np.float32), "x", np.zeros(4, np.float32))
    assert empty.shape == (0,)


@given(st.lists(st.sampled_from(["green", "red lamp", "", "lamp"]), min_size=1, max_size=6), st.text(max_size=20))
def test_every_score_is_between_nothing_and_all(texts: list[str], question: str) -> None:
    lines = talk(*(("ana", text, MAY + n) for n, text in enumerate(texts)))
    vectors = np.eye(len(texts), 6, dtype=np.float32)
    scores = score_said(prepare_said(lines), vectors, question, np.ones(6, np.float32) / np.float32(6**0.5))
    assert ((scores >= 0) & (scores <= 1.0001)).all()


async def test_of_two_that_say_the_same_the_one_that_only_asks_comes_second() -> None:
    lines = talk(("ana", "A green bicycle?", MAY), ("bo", "A green bicycle.", MAY + PAUSE_MS), ("bo", "Hm.", JUNE))
    assert (await ranked(lines, "green bicycle"))[:2] == ["u1", "u0"]
    assert (await ranked(lines, "green bicycle", weights=SaidWeights(asking=0.0)))[:2] == ["u0", "u1"]


async def test_words_of_a_kind_bring_up_what_the_question_does_not_name() -> None:
    lines = talk(("ana", "We adopted a parrot, a puppy.", MAY), ("ana", "It rained a lot.", JUNE))
    question = "Which pets do I have?"
    assert asks_for_many(question)
    silent = np.zeros((2, 4), np.float32), question, np.zeros(4, np.float32)
    assert score_said(prepare_said(lines), *silent, weights=LIST_WEIGHTS)[0] > 0.0
    assert score_said(prepare_said(lines), *silent, weights=SaidWeights())[0] == 0.0


class TestTheBest:
    SCORES = np.array([0.5, 0.9, 0.85, 0.2, 0.8], dtype=np.float32)
    ALL = np.ones(5, dtype=np.bool_)

    def test_are_those_with_the_highest_scores_among_the_allowed(self) -> None:
        assert best_said(self.SCORES, self.ALL, k=3) == [1, 2, 4]
        allowed = np.array([True, False, True, True, False])
        assert best_said(self.SCORES, allowed, k=9) == [2, 0, 3]
        assert best_said(self.SCORES, allowed, k=9, weights=LIST_WEIGHTS) == [2, 0, 3]

    def test_of_a_list_are_spread_over_the_talk(self) -> None:
        spread = replace(LIST_WEIGHTS, near=0.1 * LIST_WEIGHTS.whole)
        assert best_said(self.SCORES, self.ALL, k=3, weights=spread) == [1, 4, 2]

    def test_of_nothing_are_none(self) -> None:
        none = np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.bool_)
        assert best_said(*none, k=3) == best_said(*none, k=3, weights=LIST_WEIGHTS) == []

    @given(st.lists(st.tuples(st.floats(-1, 1, width=32), st.booleans()), max_size=20), st.integers(0, 25))
    def test_are_each_row_once_and_only_allowed_ones(self, rows: list[tuple[float, bool]], k: int) -> None:
        scores = np.array([score for score, _ in rows], dtype=np.float32)
        allowed = np.array([may for _, may in rows], dtype=np.bool_)
        for weights in (SaidWeights(), LIST_WEIGHTS):
            best = best_said(scores, allowed, k=k, weights=weights)
            assert len(best) == len(set(best)) == min(k, int(allowed.sum()))
            assert all(allowed[row] for row in best)


def test_the_weights_are_those_of_the_questions_form() -> None:
    assert weights_for("Which cities have I been to?") is LIST_WEIGHTS
    assert weights_for("Where do I live?") is SAID_WEIGHTS
