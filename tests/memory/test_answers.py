"""Which replies say what was asked, in three languages, and how they are read."""

from __future__ import annotations

import pytest

from memory.answers import restated, says_again

WHETHER = "Are you Mr. Nobody?"
WHO = "Who forged the signature?"


@pytest.mark.parametrize(
    "text",
    [
        "Yes.",
        "Oh, yes! It is.",
        "Yes, and I would do it again.",
        "Well, of course I am.",
        "I am.",
        "I am, my dear.",
        "It was me.",
        "That’s how it was.",
        "He did…",
        "You guessed it.",
        "Guilty.",
        "Sí.",
        "Sí, lo soy.",
        "Claro que fui yo.",
        "Lo es, querido.",
        "Así fue.",
        "Tienes razón.",
        "Sim.",
        "是。",
        "是的，是我。",
        "对，我是。",
        "就是我。",
        "会的。",
        "是真的。",
        "你猜对了。",
        "没错。",
        "当然是我。",
    ],
)
def test_a_yes_says_what_was_asked(text: str) -> None:
    assert says_again(text, WHETHER)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No.",
        "Never.",
        "I am not.",
        "I am tired.",
        "I did not.",
        "He is in the kitchen.",
        "Maybe.",
        "Who told you that?",
        "Ask me later.",
        "I would rather not say.",
        "What a question.",
        "Of course not.",
        "Yesterday was long.",
        "Truely a riddle.",
        "No lo soy.",
        "Claro que no.",
        "Quizá.",
        "¿Quién te dijo eso?",
        "Lo es todo para mí.",
        "不是。",
        "不是我。",
        "也许吧。",
        "是谁告诉你的？",
        "是不是都一样。",
        "对不起。",
        "对我来说都一样。",
        "当然不是。",
        "会下雨。",
        "真的吗？",
    ],
)
def test_a_no_a_hedge_and_a_question_say_nothing(text: str) -> None:
    assert not says_again(text, WHETHER)


@pytest.mark.parametrize(
    ("asked", "text", "says"),
    [
        (WHO, "Fenn.", True),
        (WHO, "Fenn did, darling.", True),
        ("¿Quién lo hizo?", "Fenn.", True),
        ("签名是谁伪造的？", "芬恩。", True),
        (WHO, "Mr. Fenn.", True),
        (WHO, "My own lawyer.", True),
        (WHO, "Fenn, my dear.", True),
        (WHO, "Gideon's grandmother.", True),
        ("¿Quién lo hizo?", "La abuela.", True),
        (WHO, "Mind the step,", False),
        (WHO, "Drink your tea.", False),
        ("¿Quién lo hizo?", "Siéntate primero.", False),
        (WHO, "Nobody knows.", False),
        (WHO, "Ask Fenn.", False),
        (WHO, "Fenn?", False),
        (WHO, "My lips are sealed.", False),
        ("¿Quién lo hizo?", "Pregúntale a Fenn.", False),
        ("签名是谁伪造的？", "没人知道。", False),
        ("签名是谁伪造的？", "你去问芬恩吧。", False),
        (WHETHER, "Fenn.", False),
        (WHO, "", False),
    ],
)
def test_a_name_answers_only_who(asked: str, text: str, says: bool) -> None:
    assert says_again(text, asked) is says


@pytest.mark.parametrize(
    ("text", "asked", "read"),
    [
        ("Yes.", "Are you Mr. Nobody?", "Yes, Are you Mr. Nobody."),
        ("Sí. ", " ¿Eres tú el cliente?", "Sí, Eres tú el cliente."),
        ("是。", "你就是那个客人吗？", "是, 你就是那个客人."),
    ],
)
def test_it_is_read_with_what_was_asked_as_a_statement(text: str, asked: str, read: str) -> None:
    assert restated(text, asked) == read
