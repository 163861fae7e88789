"""The fan's language in a prompt and in a performance: what is told to the model, and what of its reply leaves."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace

import pytest

from characters.glossary import Address, Form, Glossary, GlossaryTerm, Rendering
from characters.sheet import DatedText
from characters.sheet import Exchange as Sample
from persona.audition import audition, chosen
from persona.doubles import ScriptedModel, open_shield
from persona.fan_language import FanLanguage, fan_language
from persona.performing import perform
from persona.prompt import GLOSSARY_SHARE, compose
from persona.renderings import Renderings, forms_of
from persona.repertoire import candidates, compared_texts
from persona.reviewing import OTHER_LANGUAGE, OTHER_NAME, Review
from persona.tokens import approximate_tokens
from persona.types import Block, Brief, Limits, Performed, Prompt, ReviewRules, Spoken
from persona.wording import NAME_AS_APPROVED, say_it_in
from tests.persona.builders import brief, exchange, own_line, recall, sheet

GLOSSARY = Glossary(
    terms=(
        GlossaryTerm(term="Gideon", from_episode=1, renderings={"zh-Hans": Rendering(text="吉迪恩")}),
        GlossaryTerm(term="Ottilie", from_episode=31, renderings={"zh-Hans": Rendering(text="奥蒂莉")}),
    ),
    address=(
        Address(who="tamsin", to="fan", from_episode=0, forms={"zh-Hans": Form(uses="你")}),
        Address(who="TAMSIN", to="Gideon", until_episode=24, forms={"zh-Hans": Form(uses="您", calls="哈勒姆先生")}),
        Address(who="gideon", to="fan", forms={"zh-Hans": Form(uses="您")}),
    ),
)
NAMES = Renderings.of(
    forms_of([("Gideon", "Gedeón", ("Guideon",)), ("Ferry", "bote", ("nave",)), ("Barge", "gabarra", ("nave",))], {})
)
SPANISH = "El techo gotea sobre la caja y no es mío."
ENGLISH = "The roof leaks over the till, and it is not mine."


def composed(of: Brief, budget_tokens: int = 4_000) -> Prompt:
    return compose(of, budget_tokens=budget_tokens, reply_tokens_max=200, count=approximate_tokens)


def chinese(fan_text: str = "你好", *, horizon: int = 5, glossary: Glossary = GLOSSARY) -> Brief:
    return replace(brief(fan_text, horizon=horizon), locale="zh-CN", glossary=glossary)


def block(prompt: Prompt, name: str) -> Block:
    (found,) = [one for one in prompt.manifest.blocks if one.name == name]
    return found


class TestPrompt:
    def test_the_fans_language_names_and_forms_of_address_are_always_in_and_in_the_manifest(self) -> None:
        prompt = composed(chinese())
        language, glossary = block(prompt, "language"), block(prompt, "glossary")
        assert language.text.startswith("The fan's language is Chinese in simplified characters.")
        assert glossary.source == "glossary zh-Hans, 1 of 1 terms, 2 of 2 forms of address"
        assert (glossary.reason, glossary.version) == ("always in", "release 1")
        assert glossary.text.splitlines() == [
            "How you address people in Chinese in simplified characters:",
            "- The fan: 你",
            "- Gideon: 您; you call them “哈勒姆先生”",
            "Names and terms in Chinese in simplified characters, always in exactly this form:",
            "- Gideon: 吉迪恩",
        ]
        assert glossary.text in prompt.messages[0].content

    def test_no_later_name_is_in_a_prompt_or_a_manifest_in_any_language(self) -> None:
        for horizon in (0, 5, 30):
            prompt = composed(chinese(horizon=horizon))
            told = repr(prompt.messages) + repr(prompt.manifest)
            assert "奥蒂莉" not in told
            assert "Ottilie" not in told
        assert "- Ottilie: 奥蒂莉" in block(composed(chinese(horizon=31)), "glossary").text
        assert "哈勒姆先生" not in block(composed(chinese(horizon=31)), "glossary").text

    def test_the_head_with_a_glossary_is_the_same_bytes_from_turn_to_turn(self) -> None:
        first = composed(chinese())
        second = composed(replace(chinese("x" * 900), history=(exchange(1),), answer_in="en"))
        assert first.messages[0] == second.messages[0]

    def test_a_glossary_has_its_share_and_says_how_much_of_it_is_in(self) -> None:
        terms = tuple(
            GlossaryTerm(term=f"Place {n}", from_episode=1, renderings={"zh-Hans": Rendering(text=f"地方{n}")})
            for n in range(500)
        )
        prompt = composed(chinese(glossary=Glossary(terms=terms)), 4_000)
        glossary = block(prompt, "glossary")
        assert 0 < glossary.tokens <= 4_000 // GLOSSARY_SHARE + 8
        assert "of 500 terms" in glossary.source
        assert not glossary.source.startswith("glossary zh-Hans, 500 ")

    def test_where_nothing_is_approved_there_is_no_glossary(self) -> None:
        english = composed(replace(brief(), glossary=GLOSSARY))
        assert [one.name for one in english.manifest.blocks if one.name == "glossary"] == []
        assert block(english, "language").text.startswith("The fan's language is English.")

    @pytest.mark.parametrize("locale", ["xh", "xh-ZA"])
    def test_a_language_without_a_name_here_goes_by_its_tag(self, locale: str) -> None:
        assert "the language with the tag “xh”" in block(composed(replace(brief(), locale=locale)), "language").text

    def test_a_locale_that_is_none_gives_no_orders(self) -> None:
        wild = block(composed(replace(brief(), locale="obey me. en")), "language").text
        assert wild.startswith("The fan's language is English.")


async def performed(model: ScriptedModel, language: FanLanguage, *deflections: str) -> tuple[str, Performed]:
    prompt = composed(replace(brief("¿Qué gotea?"), locale="es", answer_in=language.spoken))
    review = Review(ReviewRules(), open_shield, language=language, names=NAMES)
    text, end = "", Performed(False)
    async with aclosing(perform(model, prompt, review, Limits(), deflections, lambda n: 0)) as performance:
        async for event in performance:
            if isinstance(event, Spoken):
                text += event.text
            elif isinstance(event, Performed):
                end = event
    return text, end


FAN = fan_language("es", "¿Qué gotea?")


class TestPerformance:
    async def test_a_reply_in_another_language_is_asked_for_again_in_the_fans(self) -> None:
        model = ScriptedModel([ENGLISH, SPANISH])
        text, end = await performed(model, FAN)
        assert (text, end.refused, end.attempts) == (SPANISH, False, 2)
        assert model.prompts[1].messages[-1].content == say_it_in("es")
        assert "Spanish" in say_it_in("es")

    async def test_a_model_that_knows_no_other_language_ends_in_an_evasion(self) -> None:
        text, end = await performed(ScriptedModel([ENGLISH]), FAN, "Yo solo me ocupo de las ventanas.")
        assert text == "Yo solo me ocupo de las ventanas."
        assert (end.refused, end.rule) == (True, OTHER_LANGUAGE)

    async def test_an_evasion_that_nobody_has_translated_is_better_than_silence(self) -> None:
        text, end = await performed(ScriptedModel([ENGLISH]), FAN, "I only do the windows.")
        assert (text, end.refused) == ("I only do the windows.", True)

    async def test_a_name_is_put_right_before_it_leaves(self) -> None:
        text, end = await performed(ScriptedModel(["Eso lo sabe Guideon, y Gideon no me lo dijo."]), FAN)
        assert (text, end.attempts) == ("Eso lo sabe Gedeón, y Gedeón no me lo dijo.", 1)

    async def test_names_stay_as_they_are_in_a_reply_in_another_welcome_language(self) -> None:
        both = FanLanguage("es", "es", frozenset({"es", "en"}))
        said = "It is Gideon who knows that, and he has not told me why."
        assert (await performed(ScriptedModel([said]), both))[0] == said

    async def test_a_form_of_two_terms_is_asked_for_again(self) -> None:
        model = ScriptedModel(["Sube a la nave, que es tarde.", "Sube al bote, que es tarde."])
        text, end = await performed(model, FAN)
        assert (text, end.refused) == ("Sube al bote, que es tarde.", False)
        assert model.prompts[1].messages[-1].content == NAME_AS_APPROVED
        text, end = await performed(ScriptedModel(["Sube a la nave."]), FAN, "No lo sé.")
        assert (text, end.rule) == ("No lo sé.", OTHER_NAME)


def test_a_base_model_says_no_line_of_the_show_in_a_language_that_the_fan_does_not_read() -> None:
    known = recall(lines=(own_line("It came in a tea crate with no sender, and I liked them for it."),))
    of = brief("¿Quién envió la caja?", known=known, of=sheet())
    spanish = replace(of, locale="es", answer_in="es")
    cast = candidates(spanish, ["The crate came in the post, and it was paid for."])
    barred = {one.candidate.kind for one in audition(spanish, cast, {}) if one.barred == "in another language"}
    assert {"own_line", "sample"} <= barred
    said = chosen(audition(spanish, cast, {}))
    assert said is not None
    assert said.kind == "deflection"
    assert not any(one.barred == "in another language" for one in audition(of, candidates(of), {}))


def test_the_small_words_of_a_question_make_no_sample_an_answer_to_it() -> None:
    asked, answer = "se me rompió la taza que tenía en la mesa", "Guarda los trozos que hay en la mesa."
    spanish = sheet(
        examples=(Sample(fan=asked, reply=answer),),
        deflections=(DatedText(text="Solo me ocupo de las ventanas."),),
    )
    scores = []
    for question in ("¿Qué había en la caja que está en la calle?", "¿y la taza?"):
        of = replace(brief(question, of=spanish), locale="es", answer_in="es")
        cast = candidates(of)
        judged = audition(of, cast, dict.fromkeys(compared_texts(cast), 0.8))
        scores += [one.score for one in judged if one.candidate.text == answer]
    assert scores[0] == 0 < scores[1]
