"""What a sheet says in other languages, and what is said where it does not."""

from __future__ import annotations

from typing import Any

import pytest

from characters.canon import Term
from characters.early_names import early_names
from characters.errors import InvalidSheet
from characters.importing import SAMPLE_SLUG, SHOWS_FOLDER
from characters.sheet import Sheet
from characters.sheet_yaml import sheet_yaml
from characters.show_folder import load_sheets, parse_sheet

SHEET = """
slug: tamsin
name: Tamsin
cue: TAMSIN
aliases: [Tam]
tagline: She mends.
essence: You mend.
voice: {description: Warm., says: [{text: Mind the step.}], never: [shouts]}
wants: [{text: You want it standing.}]
greetings: [{text: Come in., until_episode: 4}, {text: Late again., from_episode: 4}]
examples: [{fan: hi, reply: Hello.}]
deflections: [{text: I only do the windows.}]
goodbyes: [{text: Off with you.}]
locales:
  zh-Hans:
    name: 塔姆辛
    tagline: 修灯的人。
    voice: 家常。
    says: [{text: 小心台阶。, from_episode: 2}]
    greetings: [{text: 请进。}, {text: 她知道了。, from_episode: 9}]
    deflections: [{text: 我只管窗户。}]
  es: {tagline: Repara., examples: [{fan: hola, reply: Pasa., from_episode: 3}]}
"""


def a_sheet() -> Sheet:
    return parse_sheet(SHEET.encode(), "tamsin.yaml")


def texts(parts: Any) -> list[str]:
    return [part.text for part in parts]


def test_a_fan_reads_and_hears_their_own_language() -> None:
    met = a_sheet().to_fan(2, "zh-CN")
    assert (met.tagline, met.voice.description, met.voice.never) == ("修灯的人。", "家常。", ("shouts",))
    assert texts(met.voice.says) == ["小心台阶。"]
    assert texts(met.greetings) == ["请进。"]
    assert texts(met.deflections) == ["我只管窗户。"]


def test_what_a_language_leaves_out_is_said_in_the_sheets_own() -> None:
    met = a_sheet().to_fan(2, "zh-Hans")
    assert texts(met.goodbyes) == ["Off with you."]
    assert [one.reply for one in met.examples] == ["Hello."]
    spanish = a_sheet().to_fan(2, "es-MX")
    assert (spanish.tagline, spanish.voice.description) == ("Repara.", "Warm.")
    assert texts(spanish.greetings) == ["Come in."]


def test_a_list_with_nothing_for_the_episode_falls_back_whole() -> None:
    assert texts(a_sheet().to_fan(1, "zh-Hans").voice.says) == ["Mind the step."]
    assert [one.reply for one in a_sheet().to_fan(2, "es").examples] == ["Hello."]
    assert [one.reply for one in a_sheet().to_fan(3, "es").examples] == ["Pasa."]


@pytest.mark.parametrize("locale", ["en", "fr", "zh-Hant", "zh-TW", "", "not a locale"])
def test_a_language_that_the_sheet_has_not_is_the_sheets_own(locale: str) -> None:
    assert a_sheet().to_fan(2, locale) == a_sheet().at(2).model_copy(update={"locales": {}})


@pytest.mark.parametrize("horizon", [0, 1, 8])
def test_nothing_of_a_later_episode_is_in_any_language(horizon: int) -> None:
    assert "她知道了。" not in a_sheet().at(horizon).model_dump_json()
    assert "她知道了。" not in a_sheet().to_fan(horizon, "zh-Hans").model_dump_json()
    assert "她知道了。" in texts(a_sheet().to_fan(9, "zh-Hans").greetings)


def test_the_name_in_another_language_finds_the_character_and_is_shown() -> None:
    assert a_sheet().names == ("Tamsin", "TAMSIN", "Tam", "塔姆辛")
    assert [a_sheet().name_in(locale) for locale in ("zh-Hans", "es", "fr")] == ["塔姆辛", "Tamsin", "Tamsin"]
    assert "塔姆辛" in a_sheet().to_fan(1, "zh-Hans").names


def test_a_sheet_with_languages_is_written_and_read_back() -> None:
    assert parse_sheet(sheet_yaml(a_sheet()).encode(), "again.yaml") == a_sheet()


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ("zh: {tagline: x}", "locales.zh"),
        ("es-MX: {tagline: x}", "locales.es-MX"),
        ("es: {greeting: x}", "locales.es.greeting"),
        ("es: {greetings: [{text: x, from: 3}]}", "locales.es.greetings.0.from"),
    ],
)
def test_a_misspelt_language_or_part_is_refused(wrong: str, where: str) -> None:
    content = SHEET.partition("locales:")[0] + f"locales:\n  {wrong}\n"
    with pytest.raises(InvalidSheet) as caught:
        parse_sheet(content.encode(), "tamsin.yaml")
    assert caught.value.where.startswith(where)


def test_a_tagline_that_tells_too_early_is_found_in_every_language() -> None:
    found = early_names(a_sheet(), 1, (Term("修灯", 4), Term("塔姆辛", 2)))
    assert [(early.where, early.term.text) for early in found] == [
        ("locales.zh-Hans.name", "塔姆辛"),
        ("locales.zh-Hans.tagline", "修灯"),
    ]


@pytest.mark.parametrize("language", ["es", "zh-Hans"])
def test_everybody_in_the_sample_show_greets_and_takes_leave_in_spanish_and_chinese(language: str) -> None:
    for sheet in load_sheets(SHOWS_FOLDER / SAMPLE_SLUG / "characters"):
        own = sheet.locales[language]
        first = min(part.from_episode for part in sheet.greetings)
        for horizon in range(first, 41):
            met = own.at(horizon)
            assert met.greetings, (sheet.slug, horizon)
            assert len(met.deflections) >= 3
            assert len(met.goodbyes) >= 3
        assert len(own.examples) >= 4
        assert own.tagline
