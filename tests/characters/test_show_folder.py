"""What authors keep beside their scripts: grammar, refusals and where they point."""

from __future__ import annotations

from pathlib import Path

import pytest

from characters.canon import Fact, Term
from characters.errors import InvalidCanon, InvalidSheet
from characters.importing import SHOWS_FOLDER
from characters.plain_yaml import YAML_CHARS_MAX, NotPlainYaml, parse_yaml
from characters.show_folder import load_canon, load_facts, load_sheet, load_sheets, load_terms

SAMPLE = SHOWS_FOLDER / "lantern-contract"

FACT = """
- id: F1
  text: "A fact."
  subject: TAMSIN
  episode_aired: 3
  scene: 2
  known_by: {TAMSIN: 0, 李明: 3}
  valid_until_episode: 9
  kind: secret
"""

SHEET = """
slug: tamsin
name: Tamsin Orr
cue: TAMSIN
tagline: Mends lanterns.
essence: You mend lanterns.
voice: {description: Warm and quick.}
wants: [{text: To keep the roof.}]
greetings: [{text: Mind the step.}]
deflections: [{text: Clause Seven.}]
"""


def written(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_fact_keeps_its_dates_and_who_knows_it(tmp_path: Path) -> None:
    assert load_facts(written(tmp_path, "canon.yaml", FACT)) == (
        Fact(
            id="F1",
            text="A fact.",
            subject="TAMSIN",
            from_episode=3,
            scene=2,
            until_episode=9,
            known_by={"TAMSIN": 0, "李明": 3},
            kind="secret",
        ),
    )


def test_a_fact_names_the_later_one_that_replaces_it(tmp_path: Path) -> None:
    later = FACT.replace("F1", "F2").replace("episode_aired: 3", "episode_aired: 8").replace("  scene: 2\n", "")
    both = FACT + "  replaced_by: F2\n" + later
    assert [fact.replaced_by for fact in load_facts(written(tmp_path, "canon.yaml", both))] == ["F2", None]


def test_an_empty_file_has_no_facts_and_no_terms(tmp_path: Path) -> None:
    assert load_facts(written(tmp_path, "canon.yaml", "# nothing yet\n")) == ()
    assert load_terms(written(tmp_path, "terms.yaml", "")) == ()


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("episode_aired: 3", "episode_ared: 3", "0.episode_aired"),
        ("episode_aired: 3", "episode_aired: 0", "0.episode_aired"),
        ("episode_aired: 3", 'episode_aired: "3"', "0.episode_aired"),
        ("episode_aired: 3", "episode_aired: true", "0.episode_aired"),
        ("valid_until_episode: 9", "valid_until_episode: 3", "F1.valid_until_episode"),
        ("李明: 3", "李明: -1", "0.known_by.李明"),
        ("kind: secret", "kind: rumour", "0.kind"),
        ("kind: secret", "kind: secret\n  until: 4", "0.until"),
        ("kind: secret", "kind: secret\n  kind: fact", "line 10"),
        ("- id", "id", "line 3"),
        ("subject: TAMSIN", "subject: &a TAMSIN\n  scene: *a", "line 5"),
        ("kind: secret", "kind: secret\n" + FACT, "F1.id"),
        ("kind: secret", "kind: secret\n  replaced_by: F2", "F1.replaced_by"),
        ("kind: secret", "kind: secret\n  replaced_by: F1", "F1.replaced_by"),
        ("  valid_until_episode: 9\n", "  replaced_by: F1\n", "F1.replaced_by"),
    ],
)
def test_a_wrong_fact_is_refused_with_the_path_of_the_field(tmp_path: Path, old: str, new: str, where: str) -> None:
    with pytest.raises(InvalidCanon) as refused:
        load_facts(written(tmp_path, "canon.yaml", FACT.replace(old, new)))
    assert (refused.value.source, refused.value.where) == ("canon.yaml", where)
    assert "A fact." not in str(refused.value)


def test_a_canon_that_is_no_list_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidCanon):
        load_facts(written(tmp_path, "canon.yaml", "a: 1"))
    (tmp_path / "canon.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidCanon, match="UTF-8"):
        load_facts(tmp_path / "canon.yaml")
    with pytest.raises(InvalidCanon, match="cannot be opened"):
        load_facts(tmp_path / "nowhere.yaml")
    with pytest.raises(InvalidCanon, match="nested too deeply"):
        load_facts(written(tmp_path, "canon.yaml", "[" * 5_000))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("a: \x01", "the file"),
        ("a: 2026-02-31", "the file"),
        ("#" * (YAML_CHARS_MAX + 1), "the file"),
        ("? [a]\n: 1", "line 1"),
    ],
)
def test_what_is_not_plain_yaml_is_refused(text: str, where: str) -> None:
    with pytest.raises(NotPlainYaml) as refused:
        parse_yaml(text)
    assert refused.value.where == where


def test_terms_are_listed_by_episode_whatever_their_kind(tmp_path: Path) -> None:
    text = '2:\n  people: ["José"]\n  places: []\n1:\n  objects: ["spirit level"]\n'
    assert load_terms(written(tmp_path, "terms.yaml", text)) == (Term("spirit level", 1), Term("José", 2))


@pytest.mark.parametrize(
    "text",
    [
        '1: {people: ["A"]}\n2: {people: ["a"]}',
        "zero: {people: []}",
        "0: {people: [A]}",
        "1: [A]",
        "1: {people: [72]}",
        "- A",
    ],
)
def test_terms_that_do_not_follow_the_grammar_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidCanon):
        load_terms(written(tmp_path, "terms.yaml", text))


def test_invisible_characters_do_not_get_into_sheets(tmp_path: Path) -> None:
    text = SHEET.replace("To keep the roof.", '"To keep\\u202e the\\u200b roof."')
    assert load_sheet(written(tmp_path, "tamsin.yaml", text)).wants[0].text == "To keep the roof."


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("text: To keep", "txt: To keep", "wants.0.text"),
        ("roof.}", "roof., from_episod: 3}", "wants.0.from_episod"),
        ("roof.}", "roof., from_episode: 3, until_episode: 2}", "wants.0"),
        ("slug: tamsin", "slug: Tamsin", "slug"),
        ("slug: tamsin", "slug: [", "line 4"),
    ],
)
def test_a_wrong_sheet_is_refused_with_the_path_of_the_field(tmp_path: Path, old: str, new: str, where: str) -> None:
    with pytest.raises(InvalidSheet) as refused:
        load_sheet(written(tmp_path, "tamsin.yaml", SHEET.replace(old, new, 1)))
    assert (refused.value.source, refused.value.where) == ("tamsin.yaml", where)


def test_two_sheets_of_one_slug_are_refused(tmp_path: Path) -> None:
    written(tmp_path, "a.yaml", SHEET)
    written(tmp_path, "b.yaml", SHEET)
    with pytest.raises(InvalidSheet, match=r"b\.yaml"):
        load_sheets(tmp_path)


def test_the_sample_canon_is_valid() -> None:
    facts = load_facts(SAMPLE / "canon.yaml")
    terms = load_terms(SAMPLE / "terms.yaml")
    assert (len(facts), len(terms)) == (100, 179)
    assert Term("Coralie Fenn", 27) in terms


class TestWordings:
    def test_a_fact_has_the_wordings_that_stand_beside_the_canon(self, tmp_path: Path) -> None:
        written(tmp_path, "canon.yaml", FACT)
        assert load_canon(tmp_path)[0].wordings == ()
        written(tmp_path, "wordings.yaml", 'F1: ["A fact, said otherwise.", "事实。"]')
        (fact,) = load_canon(tmp_path)
        assert fact.wordings == ("A fact, said otherwise.", "事实。")
        assert fact.text == "A fact."

    def test_a_folder_without_a_canon_has_no_facts(self, tmp_path: Path) -> None:
        assert load_canon(tmp_path) == ()

    @pytest.mark.parametrize(
        ("text", "where"),
        [
            ('F2: ["Whose?"]', "F2"),
            ("F1: one", "F1"),
            ('F1: [""]', "F1.0"),
            ("F1: [3]", "F1.0"),
            (f'F1: ["{"x" * 301}"]', "F1.0"),
            (f"F1: [{', '.join(['a'] * 51)}]", "F1"),
            ("- a", "the file"),
        ],
    )
    def test_what_is_no_wording_of_a_fact_is_refused_and_told_where(
        self, tmp_path: Path, text: str, where: str
    ) -> None:
        written(tmp_path, "canon.yaml", FACT)
        written(tmp_path, "wordings.yaml", text)
        with pytest.raises(InvalidCanon) as refused:
            load_canon(tmp_path)
        assert refused.value.where == where

    def test_every_fact_of_the_sample_show_has_wordings_in_more_than_one_script(self) -> None:
        for fact in load_canon(SAMPLE):
            assert len(fact.wordings) >= 5, fact.id
            assert any("\u4e00" <= char <= "\u9fff" for wording in fact.wordings for char in wording), fact.id
