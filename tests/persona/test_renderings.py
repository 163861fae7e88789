"""Names are put right: only listed forms, the longest first, and never by a guess."""

from __future__ import annotations

import pytest

from persona.renderings import NO_RENDERINGS, Renderings, forms_of

CHINESE = Renderings.of(
    forms_of(
        [
            ("Hallam", "哈勒姆", ("哈兰姆",)),
            ("Gideon Hallam", "吉迪恩·哈勒姆", ()),
            ("Gideon", "吉迪恩", ("基甸",)),
            ("Tallow Lane", "油脂巷", ("牛脂巷",)),
        ],
        {"Tallow Lane": "油脂衖"},
    )
)
SPANISH = Renderings.of(
    forms_of(
        [
            ("Lantern Night", "Noche de los Faroles", ("Noche de las Linternas",)),
            ("Tallow Lane", "Tallow Lane", ("Callejón del Sebo",)),
            ("Ferry", "transbordador", ("el barco",)),
            ("Barge", "barcaza", ("el barco",)),
        ],
        {},
    )
)


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("基甸来了。", "吉迪恩来了。"),
        ("Gideon Hallam 来了", "吉迪恩·哈勒姆来了"),
        ("他叫 Gideon。", "他叫吉迪恩。"),
        ("牛脂巷和油脂衖", "油脂巷和油脂巷"),
        ("吉迪恩·哈勒姆住在油脂巷", "吉迪恩·哈勒姆住在油脂巷"),
        ("GIDEON!", "吉迪恩!"),
        ("没有人", "没有人"),
    ],
)
def test_a_form_that_is_not_approved_becomes_the_one_that_is(said: str, right: str) -> None:
    assert CHINESE.put_right(said) == right
    assert CHINESE.put_right(right) == right


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("Hasta la Lantern Night, en Callejon del Sebo.", "Hasta la Noche de los Faroles, en Tallow Lane."),
        ("tallow lane", "tallow lane"),
        (" La noche de las linternas", " La Noche de los Faroles"),
    ],
)
def test_an_approved_form_keeps_the_case_and_the_accents_it_was_said_with(said: str, right: str) -> None:
    assert SPANISH.put_right(said) == right


def test_a_form_of_two_terms_is_not_guessed_at() -> None:
    assert SPANISH.put_right("Sube a el barco.") is None


def test_the_beginning_of_a_longer_form_waits() -> None:
    assert SPANISH.hold("Nos vemos en la noche de las") == len("noche de las")
    assert SPANISH.hold("Nos vemos") == 0


def test_without_a_glossary_nothing_changes() -> None:
    assert NO_RENDERINGS.put_right("Tallow Lane") == "Tallow Lane"
    assert NO_RENDERINGS.hold("Tallow") == 0
