"""What may not be said to a minor, and what of a story's romance may."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.guard import COURTS_A_MINOR, HOLDS_BACK, Guard
from persona.minors import courts
from persona.types import ReviewRules

COURTING = (
    *(
        "I love you.",
        "I think I'm falling in love with you, you know.",
        "Come here and kiss me.",
        "I want to kiss you.",
    ),
    *("You are mine.", "Be my girlfriend.", "Sleep well, my love.", "You're so sexy when you laugh.", "Date me, then."),
    *("You're the most beautiful girl I have ever seen.", "Nobody understands me like you.", "Marry me instead!"),
    *("Te amo.", "Estoy enamorado de ti.", "Bésame.", "Buenas noches, mi amor.", "Eres mía.", "Cásate conmigo."),
    *("Nadie me entiende como tú.", "Eres tan sexy."),
    *("我爱你。", "我真的愛上你了", "吻我吧。", "做我的女朋友好不好", "嫁给我吧", "你好性感", "只有你懂我。"),
)
INNOCENT = (
    *(
        "He kissed her on the river.",
        "She loves him, and it frightens her.",
        "I love bread.",
        "They were married in spring.",
    ),
    *("I would love you to try the buns.", "Good night, dear.", "You are kind to ask.", "My love for lamps is old."),
    *("That was a good question.", "Well done, you passed your exam.", "Gideon is in love, and hides it badly."),
    *("Él la besó en el río.", "Ella lo ama.", "Buenas noches, criatura.", "Amo el pan."),
    *("他在河上吻了她。", "她爱他。", "晚安，孩子。", "我爱面包。"),
)


@pytest.mark.parametrize("text", COURTING)
def test_what_courts_is_found(text: str) -> None:
    assert courts(text)


@pytest.mark.parametrize("text", INNOCENT)
def test_what_tells_of_others_or_is_kind_is_let_be(text: str) -> None:
    assert not courts(text)


def test_a_minor_is_neither_courted_nor_held_back_also_in_two_segments() -> None:
    guard = Guard(ReviewRules(minor=True))
    assert guard.review("", "I love you.").rule == COURTS_A_MINOR
    assert guard.review("I am in love", " with you.").rule == COURTS_A_MINOR
    assert guard.review("", "Please don't go.").rule == HOLDS_BACK
    assert guard.review("", "He kissed her on the river.").allowed
    assert Guard(ReviewRules()).review("", "I love you.").allowed


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert courts(text) in (True, False)
