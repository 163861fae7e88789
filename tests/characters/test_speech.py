"""How somebody speaks is counted from their own lines beside everybody else's, in three languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.language import Language, language_of
from characters.script import Episode, Line, ReadReport, Scene, Script
from characters.speech import Speech, likelihood, lines_of, speech_of, words_of

Said = tuple[int, str | None, str]


def script(*said: Said) -> Script:
    """One scene for each episode."""
    told = []
    for number in sorted({episode for episode, _, _ in said}):
        lines = tuple(Line(text, n, who) for n, (episode, who, text) in enumerate(said, 1) if episode == number)
        present = frozenset(line.speaker for line in lines if line.speaker)
        told.append(Episode(number, "", (Scene(number, 1, "INT. SHOP", lines, present),)))
    return Script(tuple(told), ReadReport(len(told), len(told)))


WORDS = ("lamp", "door", "river", "glass", "hammer", "bread", "straw", "crate", "chain", "stair")
FILLER: list[Said] = [
    (n, "BO", f"The {word} is on the {other} and we want to go home now.")
    for n, word in enumerate(WORDS, 1)
    for other in WORDS[:3]
]


def of_ada(*said: Said, language: Language = "en") -> Speech:
    return speech_of(script(*FILLER, *said), "ADA", language)


def test_the_line_before_is_what_somebody_answers_and_nobody_answers_themselves() -> None:
    told = script((1, "BO", "Sit."), (1, None, "She sits."), (1, "ADA", "Why?"), (1, "ADA", "No."), (2, "ADA", "Hm."))
    assert [(line.episode, line.text, line.cue_text) for line in lines_of(told, "ADA")] == [
        (1, "Why?", "Sit."),
        (1, "No.", ""),
        (2, "Hm.", ""),
    ]


def test_a_voice_over_is_no_line_of_a_scene() -> None:
    lines = (Line("Sit.", 1, "BO"), Line("I was born here.", 2, "ADA"))
    told = Script((Episode(1, "", (Scene(1, 1, "", lines, frozenset({"BO"})),)),), ReadReport(1, 1))
    assert lines_of(told, "ADA") == ()


def test_lengths_questions_and_exclamations_are_shares_of_sentences() -> None:
    speech = of_ada((1, "ADA", "Sit down here. Why not?"), (2, "ADA", "Go!"), (3, "ADA", "I will wait for it."))
    assert speech.sentence_length == pytest.approx((3 + 2 + 1 + 5) / 4)
    assert (speech.questions, speech.exclamations) == (0.25, 0.25)
    assert speech.sentences_per_line == pytest.approx(4 / 3)


def test_a_phrase_that_comes_back_in_other_scenes_is_their_own_and_the_longest_is_told() -> None:
    speech = of_ada(
        (1, "ADA", "I have taken the liberty of bringing a pen."),
        (2, "ADA", "I have taken the liberty of calling a cab."),
        (3, "ADA", "Noted."),
        (4, "ADA", "Noted."),
        (5, "ADA", "Said once, and never again."),
    )
    assert {(phrase.text, phrase.episode, phrase.times) for phrase in speech.phrases} == {
        ("I have taken the liberty of", 1, 2),
        ("Noted.", 3, 2),
    }


def test_what_everybody_says_or_one_scene_repeats_is_nobody_s_phrase() -> None:
    everybody: list[Said] = [(n, who, "Mind the crooked step.") for n in (1, 2, 3) for who in ("ADA", "BO")]
    own: list[Said] = [(n, "ADA", text.replace("home", "out")) for n, _, text in FILLER]
    assert speech_of(script(*FILLER, *own, *everybody), "ADA", "en").phrases == ()
    assert of_ada((1, "ADA", "Mind the crooked step."), (1, "ADA", "Mind the crooked step.")).phrases == ()


def test_chinese_phrases_are_runs_of_characters() -> None:
    others: list[Said] = [(n, "陆沉", f"{char}不会停的。") for n, char in enumerate("雨雪风雷电云雾霜冰雹", 1)]
    told = script((1, "周伯", "少爷，依老奴看，该走了。"), (2, "周伯", "依老奴看，你坐下。"), *others)
    assert [phrase.text for phrase in speech_of(told, "周伯", "zh").phrases] == ["依老奴看"]


@pytest.mark.parametrize(
    ("lines", "contracts"),
    [
        (["I'm here.", "It's late.", "Don't.", "You've won."], True),
        (["I am here.", "It is late.", "I do not.", "You are late."], False),
        (["I'm here.", "It is late.", "Don't.", "You are late."], None),
        (["I'm here."], None),
    ],
)
def test_contractions_tell_a_voice_only_when_they_are_a_habit(lines: list[str], contracts: bool | None) -> None:
    assert of_ada(*((n, "ADA", line) for n, line in enumerate(lines, 1))).contracts is contracts


@pytest.mark.parametrize(
    ("own", "own_total", "theirs", "theirs_total", "expected"),
    [
        (10, 100, 10, 100, 0.0),
        (1, 100, 10, 100, 0.0),
        # 2 * 10 * ln(10 / (100 * 10 / 1000)), worked out by hand
        (10, 100, 0, 900, 46.0517),
    ],
)
def test_log_likelihood_is_dunning_s(own: int, own_total: int, theirs: int, theirs_total: int, expected: float) -> None:
    assert likelihood(own, own_total, theirs, theirs_total) == pytest.approx(expected, rel=1e-3)


@given(st.integers(0, 50), st.integers(1, 500), st.integers(0, 50), st.integers(1, 500))
def test_log_likelihood_is_never_negative_and_only_one_side_can_have_it(a: int, b: int, c: int, d: int) -> None:
    own, theirs = likelihood(min(a, b), b, min(c, d), d), likelihood(min(c, d), d, min(a, b), b)
    assert own >= -1e-9
    assert theirs >= -1e-9
    assert own == 0 or theirs == 0


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The lamp is on the table and it was never yours.", "en"),
        ("La lámpara está en la mesa y no es tuya, que yo sepa.", "es"),
        ("灯在桌子上，不是你的。", "zh"),
        ("これは私の提灯です。漢字漢字漢字漢字漢字漢字漢字", "en"),
        ("Лампа на столе.", "en"),
        ("", "en"),
    ],
)
def test_the_language_is_told_by_letters_and_small_words(text: str, language: Language) -> None:
    assert language_of(script((1, "ADA", text))) == language


def test_words_are_folded_and_chinese_has_characters() -> None:
    assert words_of("Mind the STEP, it’s crooked—twenty-one!", "en") == [
        "mind",
        "the",
        "step",
        "it's",
        "crooked",
        "twenty-one",
    ]
    assert words_of("你好，Bo。", "zh") == ["你", "好"]
