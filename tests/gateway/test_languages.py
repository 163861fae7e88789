"""A fan's language, from the open to the goodbye: over the wire, over HTTP and on the command line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from characters.glossary_import import import_glossary
from characters.show_folder import parse_sheet
from gateway.bootstrap import now_ms
from gateway.settings import Settings
from persona.doubles import ScriptedModel
from persona.goodbye import CLEAN
from tests.gateway.builders import House, claims_of, grant, served, token_of
from tests.gateway.client import Fan, Talk, text_of
from tests.gateway.commands import Encore, one_sentence
from tests.gateway.story import SHOW, TAMSIN, WITHHELD

SPANISH = """
locales:
  es:
    name: Tamsin la de las lámparas
    tagline: Arregla lo que otros tiran.
    greetings:
      - {text: Cuidado con el escalón.}
      - {from_episode: 3, text: Ya oíste lo de Casa Céfiro.}
    deflections: [{text: Sujeta este tornillo y pregúntame otra cosa.}]
    goodbyes: [{text: "Vete con cuidado, que llueve."}]
"""
GLOSSARY = """
terms:
  - term: Gideon
    renderings: {es: {text: Gedeón, never: [Guideon]}}
  - term: Zephyr House
    renderings: {es: Casa Céfiro, zh-Hans: 和风宅}
address:
  - {who: tamsin, to: fan, from_episode: 0, forms: {es: tú}}
"""
ENGLISH_REPLY = "The roof leaks over the till, and it is not mine to mend."
SPANISH_REPLY = "El techo gotea sobre la caja, y eso lo sabe Guideon."


async def with_spanish(house: House, folder: Path) -> None:
    """The small show with a glossary, and Tamsin in Spanish; published."""
    catalogue, file = house.store.catalogue, folder / "glossary.yaml"
    file.write_text(GLOSSARY, encoding="utf-8")
    sheet = parse_sheet(f"{TAMSIN}{SPANISH}".encode(), "tamsin.yaml")
    await catalogue.save_sheet(SHOW, sheet, first_episode=1, now_ms=now_ms())
    await catalogue.publish_character(SHOW, "tamsin", author="ana", approver="ben", now_ms=now_ms())
    release = await import_glossary(catalogue, file, SHOW, by="ana", now_ms=now_ms())
    await catalogue.publish_release(release, now_ms=now_ms())


async def fan_of(house: House, watched: int = 2) -> Fan:
    await grant(house.store.units, claims_of("mara", watched), 20)
    return house.fan("mara", watched)


async def opened(talk: Talk, locale: str = "es-MX") -> str:
    return str((await talk.open(SHOW, "tamsin", locale=locale))["conversation"])


class TestOnTheWire:
    async def test_a_fan_is_greeted_in_their_language_and_may_change_it(
        self, settings: Settings, tmp_path: Path
    ) -> None:
        async with served(settings, ScriptedModel([SPANISH_REPLY])) as house:
            await with_spanish(house, tmp_path)
            async with (await fan_of(house)).talk() as talk:
                told = [await talk.open(SHOW, "tamsin", locale=locale) for locale in ("es-MX", "ko", "es")]
                again = await talk.open(SHOW, "tamsin")
        greetings = ["Cuidado con el escalón.", "Mind the step.", "Cuidado con el escalón.", "Cuidado con el escalón."]
        assert [one["greeting"] for one in (*told, again)] == greetings
        assert [one["character"]["name"] for one in told[:2]] == ["Tamsin la de las lámparas", "Tamsin Orr"]
        assert len({one["conversation"] for one in (*told, again)}) == 1

    @pytest.mark.parametrize(("watched", "knows"), [(2, False), (3, True)])
    async def test_a_greeting_of_a_later_episode_waits_in_every_language(
        self, settings: Settings, tmp_path: Path, watched: int, knows: bool
    ) -> None:
        async with served(settings, ScriptedModel()) as house:
            await with_spanish(house, tmp_path)
            async with (await fan_of(house, watched)).talk() as talk:
                greeting = (await talk.open(SHOW, "tamsin", locale="es"))["greeting"]
        assert ("Céfiro" in greeting) is knows

    async def test_a_reply_in_another_language_is_asked_for_again_and_names_are_put_right(
        self, settings: Settings, tmp_path: Path
    ) -> None:
        model = ScriptedModel([ENGLISH_REPLY, SPANISH_REPLY])
        async with served(settings, model) as house:
            await with_spanish(house, tmp_path)
            async with (await fan_of(house)).talk() as talk:
                done = await talk.say(await opened(talk), "¿Qué gotea?")
                reply = text_of(talk.of_turn(done["turn"]))
        assert (done["status"], reply) == ("completed", SPANISH_REPLY.replace("Guideon", "Gedeón"))
        head = model.prompts[0].messages[0].content
        assert "The fan's language is Spanish." in head
        assert "- Gideon: Gedeón" in head
        assert "- The fan: tú" in head
        assert "Céfiro" not in "".join(message.content for asked in model.prompts for message in asked.messages)

    async def test_a_model_that_keeps_to_another_language_costs_nothing(
        self, settings: Settings, tmp_path: Path
    ) -> None:
        async with served(settings, ScriptedModel([ENGLISH_REPLY])) as house:
            await with_spanish(house, tmp_path)
            async with (await fan_of(house)).talk() as talk:
                done = await talk.say(await opened(talk), "¿Qué gotea?")
                reply = text_of(talk.of_turn(done["turn"]))
        assert (done["status"], done["receipt"]["charged"]["text"]) == ("refused", 0)
        assert reply == "Sujeta este tornillo y pregúntame otra cosa."

    @pytest.mark.parametrize("leak", ["Lo de Casa Céfiro fue a propósito.", "那就是和风宅的事。"])
    async def test_a_later_name_is_refused_in_any_language(self, settings: Settings, tmp_path: Path, leak: str) -> None:
        async with served(settings, ScriptedModel([leak])) as house:
            await with_spanish(house, tmp_path)
            async with (await fan_of(house)).talk() as talk:
                done = await talk.say(await opened(talk), "¿Qué pasó? 你说呢")
                reply = text_of(talk.of_turn(done["turn"]))
        assert (done["status"], reply) == ("refused", "Sujeta este tornillo y pregúntame otra cosa.")

    async def test_a_fan_who_leaves_is_let_go_in_the_authors_words_of_their_language(
        self, settings: Settings, tmp_path: Path
    ) -> None:
        async with served(settings, ScriptedModel()) as house:
            await with_spanish(house, tmp_path)
            async with (await fan_of(house)).talk() as talk:
                said = []
                for locale in ("es", "pt"):
                    done = await talk.say(await opened(talk, locale), "me voy a dormir, buenas noches")
                    said.append(text_of(talk.of_turn(done["turn"])))
        assert said == ["Vete con cuidado, que llueve.", CLEAN["pt"]]


async def test_the_list_of_characters_is_in_the_language_of_the_token_or_of_who_asks(
    settings: Settings, tmp_path: Path
) -> None:
    async with served(settings, ScriptedModel()) as house:
        await with_spanish(house, tmp_path)
        listed = [
            (await Fan(house.base, token_of(replace(claims_of(), locale=locale))).get(f"/v1/shows/{SHOW}/characters"))[
                "characters"
            ][0]
            for locale in ("es", "en")
        ]
        asked = [
            (await (await fan_of(house)).get(f"/v1/shows/{SHOW}/characters", locale=locale))["characters"][0]
            for locale in ("es-MX", "en")
        ]
        wrong = await (await fan_of(house)).call("GET", f"/v1/shows/{SHOW}/characters?locale=%00")
    assert wrong.status_code == 422, wrong.text
    assert asked == listed
    assert [(one["name"], one["tagline"]) for one in listed] == [
        ("Tamsin la de las lámparas", "Arregla lo que otros tiran."),
        ("Tamsin Orr", "She mends what others throw away."),
    ]


class TestCommands:
    @pytest.fixture
    def glossary(self, tmp_path: Path) -> Path:
        file = tmp_path / "glossary.yaml"
        file.write_text(GLOSSARY, encoding="utf-8")
        return file

    def test_a_glossary_is_brought_in_listed_and_published_with_its_release(
        self, encore: Encore, glossary: Path
    ) -> None:
        bring = ("show", "glossary", "import", glossary, "--show", SHOW, "--by", "ana", "--json")
        assert encore(*bring).json == {"show": SHOW, "version": 2, "new": True}
        assert encore(*bring).json == {"show": SHOW, "version": 2, "new": False}
        listed = encore("show", "glossary", "list", "--show", SHOW, "--json").json
        assert [(one["term"], one["from_episode"]) for one in listed["terms"]] == [("Gideon", 2), (WITHHELD, 3)]
        early = encore("show", "glossary", "list", "--show", SHOW, "--episode", 2, "--locale", "zh-CN", "--json").json
        assert early == {"terms": [], "address": []}
        assert "Gedeón" in encore("show", "glossary", "list", "--show", SHOW).out
        assert encore("show", "publish", SHOW).status == 0

    def test_without_a_glossary_the_list_says_how_to_bring_one_in(self, encore: Encore) -> None:
        assert "show glossary import" in encore("show", "glossary", "list", "--show", SHOW).out

    def test_a_glossary_that_cannot_be_taken_is_one_sentence(self, encore: Encore, glossary: Path) -> None:
        glossary.write_text(f"terms: [{{term: {WITHHELD}, from_episode: 1, renderings: {{es: X}}}}]", encoding="utf-8")
        one_sentence(encore("show", "glossary", "import", glossary, "--show", SHOW, "--by", "ana"), "from episode 3 on")
        one_sentence(
            encore("show", "glossary", "import", "none.yaml", "--show", SHOW, "--by", "ana"), "cannot be opened"
        )

    def test_lint_looks_at_the_languages_of_the_glossary(self, encore: Encore, glossary: Path, tmp_path: Path) -> None:
        encore("show", "glossary", "import", glossary, "--show", SHOW, "--by", "ana")
        sheet = tmp_path / "tamsin.yaml"
        spoilt = SPANISH.replace("Cuidado con el escalón.", "Cuidado con Zephyr House.")
        sheet.write_text(f"{TAMSIN}{spoilt}", encoding="utf-8")
        done = encore("character", "lint", sheet, "--show", SHOW, "--as", "tamsin", "--json")
        found = {(one["kind"], one["where"]) for one in done.json}
        assert {("spoiler", "locales.es.greetings.0"), ("gap", "locales.es.voice"), ("gap", "locales.zh-Hans")} <= found
        assert done.status == 1

    def test_a_question_may_be_asked_as_a_fan_of_another_locale(self, encore: Encore, glossary: Path) -> None:
        encore("show", "glossary", "import", glossary, "--show", SHOW, "--by", "ana")
        encore("show", "publish", SHOW)
        asked = ("ask", "¿Qué gotea?", "--show", SHOW, "--character", "tamsin", "--episode", 2, "--explain", "--json")
        blocks = encore(*asked, "--locale", "es").json["manifest"]["blocks"]
        named = {block["name"]: block for block in blocks}
        assert named["glossary"]["source"] == "glossary es, 1 of 1 terms, 1 of 1 forms of address"
        assert "Spanish" in named["language"]["text"]
