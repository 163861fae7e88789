"""What lint finds in the languages of a sheet."""

from __future__ import annotations

from characters.canon import Term
from characters.doubles import MemoryCatalogue
from characters.glossary import Glossary, GlossaryTerm, Rendering
from characters.importing import import_sample
from characters.local_linting import lint_locales
from characters.sheet import DatedText, Exchange, Localized, Sheet
from tests.characters.test_linting import a_sheet

GLOSSARY = Glossary(
    terms=(
        GlossaryTerm(
            term="Tallow Lane", from_episode=1, renderings={"zh-Hans": Rendering(text="油脂巷", never=("牛脂巷",))}
        ),
        GlossaryTerm(term="Ottilie", from_episode=31, renderings={"zh-Hans": Rendering(text="奥蒂莉")}),
    )
)
WHOLE = Localized(
    tagline="修灯的人。",
    voice="家常。",
    greetings=(DatedText(text="请进。"),),
    examples=(Exchange(fan="你好", reply="你好。"),),
    deflections=(DatedText(text="我只管窗户。"),),
)


def found(said: Localized, language: str = "zh-Hans", *, first_episode: int = 1) -> list[tuple[str, str]]:
    sheet: Sheet = a_sheet(locales={language: said})
    warnings = lint_locales(sheet, (Term("Hallam", 7),), GLOSSARY, first_episode=first_episode, languages=(language,))
    return [(warning.kind, warning.where) for warning in warnings]


def with_greeting(text: str, from_episode: int = 1) -> Localized:
    return WHOLE.model_copy(update={"greetings": (*WHOLE.greetings, DatedText(text=text, from_episode=from_episode))})


def test_a_language_that_is_whole_and_tells_nothing_is_clean() -> None:
    assert found(WHOLE) == []


def test_a_name_before_its_episode_is_a_spoiler_in_any_form() -> None:
    place = [("spoiler", "locales.zh-Hans.greetings.1")]
    assert found(with_greeting("奥蒂莉回来了。", 30)) == place
    assert found(with_greeting("Hallam 来了。", 6)) == place
    assert found(with_greeting("奥蒂莉回来了。", 31)) == []


def test_a_form_that_is_not_approved_is_told_with_the_one_that_is() -> None:
    assert found(with_greeting("牛脂巷下雨了。")) == [("rendering", "locales.zh-Hans.greetings.1")]
    assert found(with_greeting("Tallow Lane 下雨了。")) == [("rendering", "locales.zh-Hans.greetings.1")]
    assert found(with_greeting("油脂巷下雨了。")) == []


def test_a_text_in_another_language_is_told() -> None:
    assert found(with_greeting("Come in out of the rain, and mind the step.")) == [
        ("language", "locales.zh-Hans.greetings.1")
    ]


def test_what_a_language_leaves_out_is_a_gap() -> None:
    places = ["tagline", "voice", "greetings", "examples", "deflections"]
    assert found(Localized()) == [("gap", f"locales.zh-Hans.{place}") for place in places]
    late = WHOLE.model_copy(update={"greetings": (DatedText(text="请进。", from_episode=3),)})
    assert found(late) == [("gap", "locales.zh-Hans.greetings")]
    assert found(late, first_episode=3) == []


def test_a_language_of_the_glossary_without_a_word_is_one_gap() -> None:
    (gap,) = lint_locales(a_sheet(), (), GLOSSARY, first_episode=1)
    assert (gap.kind, gap.where) == ("gap", "locales.zh-Hans")
    assert lint_locales(a_sheet(), (), Glossary(), first_episode=1) == ()


async def test_the_sheets_of_the_sample_show_have_nothing_but_gaps_in_any_language() -> None:
    catalogue = MemoryCatalogue()
    release = await catalogue.release((await import_sample(catalogue, now_ms=1)).release_id)
    for cast in await catalogue.cast("lantern-contract", published_only=True):
        warnings = lint_locales(cast.sheet, release.terms, release.glossary, first_episode=cast.first_episode)
        assert [warning for warning in warnings if warning.kind != "gap"] == []
        whole = [warning.where for warning in warnings if warning.where.startswith(("locales.es", "locales.zh-Hans"))]
        assert whole == []
