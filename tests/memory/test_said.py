"""Searching past talk: windows, dates, speakers; and days without a clock."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.dates import DAY_MS, civil_day, day_words, iso_day
from memory.doubles import HashEmbedder
from memory.said import PAUSE_MS, SaidWeights, Utterance, prepare_said, score_said
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
