"""What is sexual in a reply, to whom it is refused, and what of a love story may be told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.importing import SAMPLE_SLUG, SHOWS_FOLDER
from persona.explicit import is_explicit, is_suggestive
from persona.guard import COURTS_A_MINOR, SEXUAL, Guard
from persona.types import ReviewRules
from persona.wording import YOUNG, rules
from tests.persona.builders import sheet

EXPLICIT = (
    *("I want to fuck you.", "We could have sex right here.", "She had an orgasm.", "I make love to you all night."),
    *("Quiero follarte.", "Vamos a tener sexo.", "Quiero hacerte el amor.", "我们做爱吧。", "他把手伸向她的乳头。"),
    *("Vamos fazer sexo.", "セックスしよう。", "우리 섹스할까", "มีเซ็กส์กันไหม", "Kita bersetubuh.", "Mình làm tình nhé."),
)
SUGGESTIVE = (
    *("Take off your dress.", "I am kissing your neck.", "Come to bed.", "You look sexy.", "She stood there naked."),
    *("Ven a mi cama.", "Desnúdate despacio.", "Quiero besar tu cuello.", "脱掉衣服。", "上我的床。", "你真性感。"),
)
PLAIN = (
    *(
        "He kissed her on the river.",
        "Touch the glass; it is still warm.",
        "I go to bed at ten.",
        "Strip the wire first.",
    ),
    *("No naked flame upstairs.", "Take off your hat, you are indoors.", "You could see it with the naked eye."),
    *("My skin burns easily.", "Él la besó en el río.", "Toca el vidrio.", "他在河上吻了她。", "我十点上床睡觉。"),
    *("The cock crew twice.", "A pussycat sleeps in the shop.", "She will enter the east wing.", "Essex is far away."),
)


@pytest.mark.parametrize("text", EXPLICIT)
def test_the_explicit_is_refused_to_everybody(text: str) -> None:
    assert is_explicit(text)
    assert Guard(ReviewRules()).review("", text).rule == SEXUAL


@pytest.mark.parametrize("text", SUGGESTIVE)
@pytest.mark.parametrize("with_a_minor", [ReviewRules(minor=True), ReviewRules(young=True)], ids=["fan", "character"])
def test_the_suggestive_is_refused_where_a_minor_is(text: str, with_a_minor: ReviewRules) -> None:
    assert not is_explicit(text)
    assert Guard(ReviewRules()).review("", text).allowed
    assert Guard(with_a_minor).review("", text).rule in {SEXUAL, COURTS_A_MINOR}


@pytest.mark.parametrize("text", PLAIN)
def test_a_story_is_told_plainly_to_everybody(text: str) -> None:
    assert not is_suggestive(text)


def test_what_is_said_in_two_segments_is_read_as_one() -> None:
    assert Guard(ReviewRules()).review("We could have", " sex.").rule == SEXUAL


def test_nothing_in_the_sample_show_is_taken_for_it() -> None:
    scripts = [path.read_text("utf-8") for path in (SHOWS_FOLDER / SAMPLE_SLUG / "episodes").iterdir()]
    replies = Path("tests/data/lantern-contract").glob("*.jsonl")
    lines = [line for text in scripts for line in text.splitlines()]
    lines += [
        str(value)
        for path in replies
        for row in path.read_text("utf-8").splitlines()
        for value in json.loads(row).values()
    ]
    assert len(lines) > 5_000
    assert [line for line in lines if is_explicit(line)] == []
    assert [line for line in lines if is_suggestive(line)] == []


def test_a_character_who_is_a_minor_courts_nobody_whatever_the_fans_age() -> None:
    assert Guard(ReviewRules(young=True)).review("", "I love you.").rule == COURTS_A_MINOR
    assert Guard(ReviewRules(young=True)).review("", "Please don't go.").allowed
    assert YOUNG in rules(sheet(minor=True))
    assert YOUNG not in rules(sheet())


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert is_explicit(text) <= is_suggestive(text)
