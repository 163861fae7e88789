"""What a fan is answered in, and which replies are surely in something else."""

from __future__ import annotations

import pytest

from persona.fan_language import fan_language

ENGLISH = "The roof leaks over the till, and it is not mine."
SPANISH = "El techo gotea sobre la caja y no es mío."


@pytest.mark.parametrize(
    ("locale", "text", "spoken"),
    [
        ("es-MX", "hola", "es"),
        ("es", "Why does the roof leak, and what did he do about it?", "en"),
        ("en", "¿Por qué gotea el techo y qué hizo él con la caja?", "es"),
        ("zh-CN", "你好", "zh-Hans"),
        ("zh-TW", "你好", "zh-Hant"),
        ("en", "ok", "en"),
        ("sw", "habari", "sw"),
    ],
)
def test_a_fan_is_answered_in_what_they_surely_write_else_in_what_they_chose(
    locale: str, text: str, spoken: str
) -> None:
    assert fan_language(locale, text).spoken == spoken


def test_a_message_that_tells_nothing_is_read_with_the_ones_before_it() -> None:
    earlier = ["¿Por qué gotea el techo y qué hizo él con la caja?"]
    assert fan_language("en", "ok", earlier).spoken == "es"
    assert not fan_language("en", "ok", earlier).refuses("", SPANISH)
    assert fan_language("en", "ok", ["hello there"]).spoken == "en"


@pytest.mark.parametrize(
    ("locale", "text", "reply", "refused"),
    [
        ("es", "¿Qué gotea?", ENGLISH, True),
        ("es", "¿Qué gotea?", SPANISH, False),
        ("en", "hola", SPANISH, False),
        ("en", "hola", ENGLISH, False),
        ("en", "What leaks?", SPANISH, True),
        ("zh-Hans", "哪里漏水？", "屋頂漏水，這個我說過了。", True),
        ("zh-Hans", "你好", "屋頂漏水，這個我說過了。", True),
        ("zh-Hans", "你好", "屋顶漏水，这个我说过了。", False),
        ("en", "Say it in Spanish!", SPANISH, False),
        ("es", "¿cómo se dice eso en inglés?", ENGLISH, False),
        ("es", "tradúcelo por favor", ENGLISH, False),
        ("es", "¿Qué gotea?", "Tallow Lane.", False),
        ("fr", "Qu'est-ce qui fuit ?", SPANISH, False),
        ("th", "อะไรรั่ว", ENGLISH, True),
    ],
)
def test_a_reply_is_refused_only_when_nothing_makes_its_language_welcome(
    locale: str, text: str, reply: str, refused: bool
) -> None:
    assert fan_language(locale, text).refuses("", reply) is refused


def test_a_short_segment_is_read_with_what_came_before_and_amends_are_let_pass() -> None:
    fan = fan_language("es", "¿Qué gotea?")
    assert fan.refuses("The roof leaks over the till", " and it is")
    assert not fan.refuses("The roof leaks over the till", " y no es mío")
