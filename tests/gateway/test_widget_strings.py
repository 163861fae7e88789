"""The widget's texts: every language has every text, with its values and plural forms, and none is written in vain."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest

from gateway.crisis_protocol import crisis_protocol
from gateway.widget_routes import widget_files

WIDGET = widget_files()
LANGUAGES = sorted(
    name.removeprefix("strings/").removesuffix(".js") for name in WIDGET.modules if name.startswith("strings/")
)
FORMS = {"en": {"one", "other"}, "es": {"one", "other"}, "pt": {"one", "other"}}
"""Plural forms by CLDR; every other language here has only one. Spanish and Portuguese say `many` as `other`."""
PLAIN = re.compile(r'(?<=[{,\s])(\w+): (?=["{])')
Texts = dict[str, str | dict[str, str]]


@cache
def texts_of(language: str) -> Texts:
    """The texts of a language: its module is an object of texts, and nothing else."""
    source = WIDGET.modules[f"strings/{language}.js"].content.decode()
    body = source[source.index("{") : source.rindex("}") + 1]
    as_json = re.sub(r",(\s*})", r"\1", _quoted(body))
    found: Texts = json.loads(as_json, object_pairs_hook=_once)
    return found


def _quoted(body: str) -> str:
    """Names in quotes; what stands within a text is left alone."""
    pieces = re.split(r'("(?:[^"\\]|\\.)*")', body)
    return "".join(piece if piece.startswith('"') else re.sub(r"(\w+):", r'"\1":', piece) for piece in pieces)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), "a text is there twice"
    return dict(pairs)


def _values(text: str | dict[str, str]) -> set[str]:
    words = [text] if isinstance(text, str) else list(text.values())
    return {value for one in words for value in re.findall(r"\{(\w+)\}", one)}


def test_the_widget_speaks_every_language_that_help_is_named_in() -> None:
    assert set(LANGUAGES) == set(crisis_protocol().languages)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing_and_none_is_too_many(language: str) -> None:
    assert set(texts_of(language)) == set(texts_of("en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_has_the_values_of_the_english_one_and_says_something(language: str) -> None:
    for key, text in texts_of("en").items():
        other = texts_of(language)[key]
        assert _values(other) == _values(text), key
        assert all(word.strip() for word in ([other] if isinstance(other, str) else other.values())), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_that_counts_has_the_plural_forms_of_its_language(language: str) -> None:
    for key, text in texts_of(language).items():
        if isinstance(text, dict):
            assert set(text) == FORMS.get(language, {"other"}), key
        elif language in FORMS:
            assert isinstance(texts_of("en")[key], str), f"{key} counts in English"


def test_every_text_is_used_and_every_text_that_is_used_is_there() -> None:
    code = "\n".join(file.content.decode() for name, file in WIDGET.modules.items() if not name.startswith("strings/"))
    literal = set(re.findall(r'["`](\w+)["`]', code))
    prefixes = set(re.findall(r"t\(`(\w+_)\$\{", code))
    unused = {
        key for key in texts_of("en") if key not in literal and not any(key.startswith(start) for start in prefixes)
    }
    assert unused == set()
    asked = set(re.findall(r'\bt\("(\w+)"', code)) | set(re.findall(r'#open\("(\w+)"', code))
    assert asked - set(texts_of("en")) == set()
    for start in prefixes:
        assert [key for key in texts_of("en") if key.startswith(start)], start
