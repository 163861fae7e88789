"""Who answers first: whoever a message calls by name, and otherwise in turn."""

from __future__ import annotations

import pytest

from persona.calling import Calling, called

NAMES = (("Gideon Hallam", "GIDEON", "Mr. Hallam", "gideon"), ("Tamsin Orr", "TAMSIN", "the lamp girl", "tamsin"))
GIDEON, TAMSIN = 0, 1
MING = (("李明", "李明"), ("王芳", "王芳"))


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Tamsin, who leaks?", TAMSIN),
        ("tamsin who leaks", TAMSIN),
        ("Gideon?", GIDEON),
        ("Hey Gideon, sit.", GIDEON),
        ("And you, Tamsin?", TAMSIN),
        ("What do you think, Mr. Hallam, of her?", GIDEON),
        ("Hallam: the list.", GIDEON),
        ("It rains. Tamsin, hold the ladder!", TAMSIN),
        ("What is it @gideon knows?", GIDEON),
        ("What do you think of Gideon, Tamsin?", TAMSIN),
        ("Tamsin, what does Gideon hide?", TAMSIN),
        ("¿Y tú, Tamsin?", TAMSIN),
        ("Gracias Gideon.", GIDEON),
    ],
)
def test_whoever_is_called_by_name_answers_first(text: str, first: int) -> None:
    for began in (None, GIDEON, TAMSIN):
        assert called(text, NAMES, began=began) == Calling((first, 1 - first), (first,))


@pytest.mark.parametrize(
    "text",
    [
        "Who leaks?",
        "What does Gideon hide?",
        "I met Tamsin and she was kind.",
        "Gideon's list is long.",
        "Tamsin’s roof leaks.",
        "Orrery, tamsinite, gideonic.",
        "Mr. who?",
        "",
    ],
)
def test_a_name_that_is_only_spoken_of_calls_nobody_and_they_take_turns(text: str) -> None:
    assert called(text, NAMES, began=None) == Calling((GIDEON, TAMSIN))
    assert called(text, NAMES, began=GIDEON) == Calling((TAMSIN, GIDEON))
    assert called(text, NAMES, began=TAMSIN) == Calling((GIDEON, TAMSIN))


def test_both_who_are_called_answer_in_the_order_of_the_message() -> None:
    assert called("Tamsin, and you, Gideon?", NAMES, began=TAMSIN) == Calling((TAMSIN, GIDEON), (TAMSIN, GIDEON))
    assert called("Gideon, Tamsin: the roof!", NAMES, began=GIDEON) == Calling((GIDEON, TAMSIN), (GIDEON, TAMSIN))


def test_a_name_that_both_have_calls_neither() -> None:
    sisters = (("Honoria Hallam",), ("Coralie Hallam",))
    assert called("Hallam, answer me.", sisters, began=0) == Calling((1, 0))
    assert called("Coralie Hallam, answer me.", sisters, began=0) == Calling((1, 0), (1,))


@pytest.mark.parametrize(("text", "first"), [("王芳，你怎么看？", 1), ("你好李明，谁？", 0), ("你呢，王芳？", 1)])
def test_names_are_heard_where_nothing_stands_between_words(text: str, first: int) -> None:
    assert called(text, MING, began=None).order[0] == first


def test_a_message_of_nothing_but_names_takes_no_time() -> None:
    assert called("Tamsin " * 300, NAMES, began=None).called == (TAMSIN,)
    assert called(", and so " * 250, NAMES, began=None).called == ()
