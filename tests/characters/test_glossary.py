"""A glossary: its grammar, its episodes, and what a fan may be told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from characters.canon import Term
from characters.codec import content_hash, decode_glossary, encode_glossary
from characters.doubles import MemoryCatalogue
from characters.errors import InvalidCanon, UnknownShow
from characters.glossary import FAN, Glossary, settled
from characters.glossary_import import import_glossary
from characters.importing import import_sample, import_show
from characters.release import Release
from characters.script import ReadReport, Script
from characters.show_folder import load_glossary
from tests.gateway.story import SHOW, write_show

GLOSSARY = """
terms:
  - term: Gideon
    renderings: {zh-Hans: {text: 吉迪恩, never: [基甸]}, es: Gideon}
  - term: Zephyr House
    renderings: {zh-Hans: 和风宅, es: Casa Céfiro}
address:
  - {who: Tamsin Orr, to: fan, from_episode: 0, forms: {es: tú, zh-Hans: 你}}
  - who: the lamp girl
    to: gideon
    relation: he is nobody to her
    until_episode: 3
    forms: {es: {uses: usted, calls: señor Hallam}}
"""


def written(folder: Path, content: str = GLOSSARY) -> Path:
    path = folder / "glossary.yaml"
    path.write_text(content, encoding="utf-8")
    return path


def a_glossary(folder: Path) -> Glossary:
    return load_glossary(written(folder))


async def imported(folder: Path, content: str = GLOSSARY) -> Release:
    """The small show with this glossary in its folder."""
    catalogue = MemoryCatalogue()
    written(write_show(folder / "show"), content)
    return await catalogue.release((await import_show(catalogue, folder / "show", SHOW, now_ms=1)).release_id)


def test_a_plain_text_stands_for_a_rendering_or_a_form(tmp_path: Path) -> None:
    read = a_glossary(tmp_path)
    assert [(term, one.text, one.never) for term, one in read.rendered("zh-Hans")] == [
        ("Gideon", "吉迪恩", ("基甸",)),
        ("Zephyr House", "和风宅", ()),
    ]
    ((entry, form),) = read.addresses(["TAMSIN ORR"], "zh-Hans")
    assert (entry.to, form.uses, form.calls) == (FAN, "你", None)
    assert read.languages() == ("es", "zh-Hans")


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ("terms: [{term: A, renderings: {es: B}, from: 3}]", "terms.0.from"),
        ("terms: [{term: A, renderings: {es-MX: B}}]", "terms.0.renderings.es-MX"),
        ("terms: [{term: A, renderings: {zh: B}}]", "terms.0.renderings.zh"),
        ("terms: [{term: A, renderings: {es: {never: [C]}}}]", "terms.0.renderings.es.text"),
        ("terms: [{term: A, from_episode: 0, renderings: {es: B}}]", "terms.0.from_episode"),
        ("terms: [{term: A, renderings: {es: B}}, {term: a, renderings: {es: C}}]", "the file"),
        ("address: [{who: A, to: B, from_episode: 3, until_episode: 2, forms: {es: tú}}]", "address.0"),
        ("address: [{who: A, to: B, forms: {es: {calls: C}}}]", "address.0.forms.es.uses"),
        ("terms: [{term: A, renderings: x}]", "terms.0.renderings"),
        ("terms: [", "line 1"),
    ],
)
def test_what_does_not_follow_the_grammar_is_refused_with_its_place(tmp_path: Path, content: str, where: str) -> None:
    with pytest.raises(InvalidCanon) as caught:
        load_glossary(written(tmp_path, content))
    assert caught.value.source == "glossary.yaml"
    assert caught.value.where.startswith(where)


async def test_a_term_without_an_episode_is_told_from_where_the_scripts_have_it(tmp_path: Path) -> None:
    release = await imported(tmp_path)
    assert {entry.term: entry.from_episode for entry in release.glossary.terms} == {"Gideon": 2, "Zephyr House": 3}


@pytest.mark.parametrize(("horizon", "terms"), [(0, []), (1, []), (2, ["Gideon"]), (3, ["Gideon", "Zephyr House"])])
async def test_a_fan_is_told_a_name_in_no_language_before_its_episode(
    tmp_path: Path, horizon: int, terms: list[str]
) -> None:
    release = await imported(tmp_path)
    assert [entry.term for entry in release.glossary.at(horizon).terms] == terms


async def test_nobody_is_addressed_before_they_are_met_nor_after_the_relation_has_ended(tmp_path: Path) -> None:
    glossary = (await imported(tmp_path)).glossary
    told = [[entry.to for entry in glossary.at(horizon).address] for horizon in range(4)]
    assert told == [["fan"], ["fan"], ["fan", "gideon"], ["fan"]]


def test_an_address_that_ends_before_anybody_is_met_is_none(tmp_path: Path) -> None:
    later = settled(a_glossary(tmp_path), (), {}, {"gideon": 3})
    assert [entry.to for entry in later.address] == ["fan"]


async def test_a_term_dated_before_the_show_says_it_is_refused(tmp_path: Path) -> None:
    early = "terms: [{term: The burnt Zephyr House, from_episode: 2, renderings: {es: X}}]"
    with pytest.raises(InvalidCanon, match=r"terms\.0\.from_episode.*from episode 3 on"):
        await imported(tmp_path, early)


@pytest.mark.parametrize("who", ["{who: nobody, to: fan", "{who: tamsin, to: nobody", "{who: fan, to: tamsin"])
async def test_an_address_of_somebody_who_is_not_in_the_show_is_refused(tmp_path: Path, who: str) -> None:
    with pytest.raises(InvalidCanon, match="no character of this name"):
        await imported(tmp_path, f"address: [{who}, forms: {{es: tú}}}}]")


async def test_a_script_imported_again_without_a_glossary_keeps_it_and_with_one_takes_it(tmp_path: Path) -> None:
    catalogue = MemoryCatalogue()
    folder = write_show(tmp_path / "show")
    await import_show(catalogue, folder, SHOW, now_ms=1)
    first = await import_glossary(catalogue, written(tmp_path), SHOW, by="ana", now_ms=2)
    again = await import_show(catalogue, folder, SHOW, now_ms=3)
    assert (first.version, again.release_id, again.is_new) == (2, first, False)
    written(folder, "terms: [{term: Gideon, renderings: {es: Gedeón}}]")
    taken = await catalogue.release((await import_show(catalogue, folder, SHOW, now_ms=4)).release_id)
    assert [one.text for _, one in taken.glossary.rendered("es")] == ["Gedeón"]


async def test_a_glossary_of_its_own_is_a_release_of_its_own(tmp_path: Path) -> None:
    catalogue = MemoryCatalogue()
    with pytest.raises(UnknownShow):
        await import_glossary(catalogue, written(tmp_path), SHOW, by="ana", now_ms=1)
    first = (await import_show(catalogue, write_show(tmp_path / "show"), SHOW, now_ms=1)).release_id
    second = await import_glossary(catalogue, written(tmp_path), SHOW, by="ana", now_ms=2)
    assert await import_glossary(catalogue, written(tmp_path), SHOW, by="ben", now_ms=3) == second
    assert (await catalogue.release(first)).glossary == Glossary()
    assert (await catalogue.release(second)).glossary.terms[1].from_episode == 3


def test_a_form_is_as_early_as_the_earliest_thing_it_stands_for(tmp_path: Path) -> None:
    names = settled(a_glossary(tmp_path), (), {"Zephyr House": 3}, {}).names((Term("和风宅", 2),))
    assert {term.text: term.first_episode for term in names} == {
        "Gideon": 1,
        "吉迪恩": 1,
        "基甸": 1,
        "Zephyr House": 3,
        "和风宅": 2,
        "Casa Céfiro": 3,
    }


def test_a_glossary_is_stored_and_read_back_and_none_changes_no_hash(tmp_path: Path) -> None:
    glossary = a_glossary(tmp_path)
    assert decode_glossary(encode_glossary(glossary)) == glossary
    assert (encode_glossary(Glossary()), decode_glossary(None)) == (None, Glossary())
    script = Script((), ReadReport(0, 0, {}))

    def digest(given: Glossary | None) -> str:
        return content_hash(title="T", locale="en", script=script, facts=(), terms=(), glossary=given)

    assert digest(None) == digest(Glossary()) != digest(glossary)


async def test_the_sample_show_comes_with_a_glossary_that_tells_nothing_early() -> None:
    catalogue = MemoryCatalogue()
    release = await catalogue.release((await import_sample(catalogue, now_ms=1)).release_id)
    told = {entry.term: entry.told_from for entry in release.glossary.terms}
    assert (told["Tamsin"], told["Mr. Nobody"], told["Coralie Fenn"], told["Ottilie Sorrel"]) == (1, 8, 27, 31)
    assert {"es", "zh-Hans"} <= set(release.glossary.languages())
    at_twelve = {text for entry in release.glossary.at(12).terms for text in (entry.term, *entry.renderings)}
    assert "Ottilie Sorrel" not in at_twelve
