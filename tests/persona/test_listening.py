"""A fan who tells of themself is listened to, and not deflected."""

from __future__ import annotations

from dataclasses import replace

import pytest

from persona.listening import listening
from tests.persona.builders import brief


@pytest.mark.parametrize("said", ["my cat died today", "I had a terrible day", "mi gato murió hoy", "我今天很难过"])
def test_news_of_oneself_is_listened_to(said: str) -> None:
    assert listening(brief(said))


@pytest.mark.parametrize("said", ["is my cat dead?", "I hate you", "why am I sad", "tell them", "hello"])
def test_a_question_and_what_is_said_to_the_character_are_not(said: str) -> None:
    assert listening(brief(said)) == ()


def test_it_is_in_the_language_of_the_conversation() -> None:
    spanish = replace(brief("mi gato murió hoy"), locale="es-PE")
    assert listening(spanish) == ("Te escucho. Sigue.", "Cuéntame. Hay tiempo.")
    assert listening(replace(spanish, locale="fi")) == listening(brief("my cat died"))
