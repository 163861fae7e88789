"""Words of several languages are told apart, counted and compared."""

from __future__ import annotations

import pytest

from memory.words import tokenize, word_count


@pytest.mark.parametrize(
    ("written", "searched"),
    [
        ("José's lanterns", "JOSE lantern"),
        ("The founders’ lantern", "founder lanterns"),
        ("Élodie naïve", "elodie naive"),
        ("ＦＵＬＬ width", "full WIDTH"),
        ("Привет мир", "привет МИР"),
        ("don’t", "don't"),
        ("कहानी", "कहानी"),
    ],
)
def test_the_same_words_written_otherwise_are_the_same_terms(written: str, searched: str) -> None:
    assert tokenize(written) == tokenize(searched)


def test_words_an_english_question_is_made_of_are_no_terms() -> None:
    assert tokenize("what did you do with the lantern") == ["lantern"]


def test_chinese_gives_characters_and_pairs() -> None:
    assert tokenize("灯笼合同") == ["灯", "笼", "合", "同", "灯笼", "笼合", "合同"]


def test_thai_keeps_its_vowel_signs() -> None:
    assert "ที" in tokenize("ที่")


def test_a_hindi_word_does_not_fall_apart_at_its_vowel_signs() -> None:
    assert len(tokenize("कहानी")) == 1


@pytest.mark.parametrize(
    ("text", "words"), [("", 0), ("one two", 2), ("GIDEON: I am.", 3), ("灯笼合同", 2), ("灯笼 ok", 2)]
)
def test_words_are_counted_with_and_without_spaces(text: str, words: int) -> None:
    assert word_count(text) == words
