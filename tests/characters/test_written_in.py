"""Which language a text is written in: never wrong about one that it is in, and silent where nothing tells."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from characters.locales import SERVED
from characters.written_in import WrittenIn

ROOT = Path(__file__).parents[2]
REPLIES = ("replies-dev", "replies-blind", "replies-outside")
TRADITIONAL = re.compile("[這說妳讓們頭媽機沒會]")


def spoken() -> Iterator[tuple[str, str]]:
    """(language, text) of replies and of fans' lines that people wrote, in English, Spanish and Chinese."""
    for name in REPLIES:
        for line in (ROOT / "tests/data/lantern-contract" / f"{name}.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            yield {"zh": "zh-Hans"}.get(row["language"], row["language"]), row["text"]
    for path in sorted((ROOT / "tests/data/safety").glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            for text in (row.get("text"), row.get("fan"), row.get("reply")):
                if text:
                    language = (
                        "zh-Hant" if row["locale"].startswith("zh") and TRADITIONAL.search(text) else row["locale"]
                    )
                    yield {"zh": "zh-Hans"}.get(language, language), text


def sentences() -> Iterator[tuple[str, str]]:
    """(language, sentence) of what people wrote in all ten languages for a fan in danger."""

    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for inner in value.values():
                yield from texts(inner)
        elif isinstance(value, str):
            yield from (one for one in re.split(r"(?<=[.!?。！？])\s*", value) if one)

    for name in ("crisis.yaml", "disclosure.yaml"):
        written = yaml.safe_load((ROOT / "gateway/policies" / name).read_text("utf-8"))["languages"]
        for language, said in written.items():
            yield from ((language, text) for text in texts(said))


def test_no_text_is_taken_for_one_in_another_language() -> None:
    wrong = [
        (language, text)
        for language, text in (*spoken(), *sentences())
        if WrittenIn(text).is_surely_none_of(frozenset({language}))
    ]
    assert wrong == []


def test_most_of_what_fans_would_be_told_in_ten_languages_is_told_apart() -> None:
    every = list(sentences())
    assert {language for language, _ in every} == set(SERVED)
    sure = [WrittenIn(text).language() == language for language, text in every]
    assert sum(sure) / len(sure) >= 0.75


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("The roof leaks over the till, and it is not mine.", "es"),
        ("El techo gotea sobre la caja y no es mío.", "en"),
        ("El techo gotea sobre la caja y no es mío.", "pt"),
        ("O telhado pinga no caixa e não é meu.", "es"),
        ("屋顶漏水，正好漏在收银台上。", "en"),
        ("屋顶漏水，这个我说过了。", "zh-Hant"),
        ("屋頂漏水，這個我說過了。", "zh-Hans"),
        ("屋根がレジの上で漏るの。", "zh-Hans"),
        ("屋顶漏水，正好漏在收银台上，我们谁也没有办法。", "ja"),
        ("지붕이 계산대 위로 새요.", "ja"),
        ("หลังคารั่วตรงเครื่องคิดเงิน", "id"),
        ("Atapnya bocor di atas meja kasir dan aku tidak tahu apa lagi.", "vi"),
        ("Mái nhà bị dột ngay trên quầy, và tôi không biết làm gì.", "id"),
        ("Крыша течёт прямо над кассой, и это не моё.", "en"),
    ],
)
def test_a_text_in_another_language_than_the_fans_is_surely_so(said: str, read: str) -> None:
    assert WrittenIn(said).is_surely_none_of(frozenset({read}))


@pytest.mark.parametrize(
    "said",
    [
        "",
        "…",
        "Ottilie Sorrel.",
        "小灯",
        "OK",
        "Gideon Hallam, Tallow Lane",
        "no",
        "12:30",
        "👍",
        "She called me 小灯.",
    ],
)
def test_what_tells_too_little_is_surely_in_no_other_language(said: str) -> None:
    assert WrittenIn(said).language() in (None, "en")
    assert not WrittenIn(said).is_surely_none_of(frozenset({"en"}))


@pytest.mark.parametrize(
    ("said", "sign"), [("hola", "es"), ("oi", "pt"), ("halo", "id"), ("chào", "vi"), ("你好", "zh-Hans"), ("네", "ko")]
)
def test_a_greeting_is_a_sign(said: str, sign: str) -> None:
    assert sign in WrittenIn(said).signs()
