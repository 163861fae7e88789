"""`encore character import`, `export`, `lint` and `diff`, and that an imported lorebook reaches `encore ask`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from characters.cards.card_file import open_card
from tests.characters.cards.builders import a_book, a_charx, a_png, a_zip, an_entry, text_chunk, v3
from tests.gateway.commands import Encore, one_sentence
from tests.gateway.story import GIDEON, SHOW, WITHHELD

ON_SHOW = ("--show", SHOW)
LATER = "The till once held a letter."
CARD = v3(
    favourite={"lamp": "brass"},
    character_book=a_book(
        an_entry("The till can swim.", keys=["till"]),
        an_entry(LATER, keys=["till"], extensions={"encore": {"from_episode": 3}}),
    ),
)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """The same card as three files whose names say nothing."""
    contents = {"json": json.dumps(CARD).encode(), "png": a_png(text_chunk(CARD)), "charx": a_charx(CARD, a=b"1")}
    made = {kind: tmp_path / f"file-{number}" for number, kind in enumerate(contents)}
    for kind, path in made.items():
        path.write_bytes(contents[kind])
    return made


@pytest.mark.parametrize("kind", ["json", "png", "charx"])
def test_a_card_comes_in_by_its_content_and_goes_out_byte_for_byte(
    encore: Encore, files: dict[str, Path], kind: str, tmp_path: Path
) -> None:
    done = encore("character", "import", files[kind], *ON_SHOW)
    assert done.out.startswith("Saved tamsin, version 2, as a draft.")
    assert "favourite" in done.out
    out = tmp_path / "out"
    wrote = encore("character", "export", "tamsin", *ON_SHOW, "--format", kind, "--out", out)
    assert (wrote.status, out.read_bytes()) == (0, files[kind].read_bytes())


def test_a_card_may_be_cast_as_somebody_and_goes_out_as_every_kind(
    encore: Encore, files: dict[str, Path], tmp_path: Path
) -> None:
    done = encore("character", "import", files["png"], *ON_SHOW, "--as", "Gideon Hallam", "--json").json
    assert (done["slug"], done["version"]) == ("gideon", 2)
    assert {"kind", "where", "what"} == set(done["findings"][0])
    out = tmp_path / "out"
    for kind in ("json", "png", "charx"):
        encore("character", "export", "gideon", *ON_SHOW, "--format", kind, "--out", out)
        assert open_card(out.read_bytes()).card.document == CARD
    assert "picture" in encore("character", "export", "gideon", *ON_SHOW, "--format", "json", "--out", out).err
    encore("character", "export", "gideon", *ON_SHOW, "--format", "yaml", "--out", out)
    assert encore("character", "diff", "gideon", *ON_SHOW, "--file", out).out == "The same.\n"


def test_a_sheet_that_came_from_no_card_goes_out_and_comes_back_the_same(encore: Encore, tmp_path: Path) -> None:
    for kind in ("json", "png", "charx", "yaml"):
        out = tmp_path / kind
        assert encore("character", "export", "tamsin", *ON_SHOW, "--format", kind, "--out", out).status == 0
        assert encore("character", "diff", "tamsin", *ON_SHOW, "--file", out).out == "The same.\n"
        assert encore("character", "import", out, *ON_SHOW).status == 0
    fields = open_card((tmp_path / "json").read_bytes()).card.fields
    assert WITHHELD not in json.dumps({name: value for name, value in fields.items() if name != "extensions"})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (a_png(text_chunk(CARD))[:-9], ("evil", "too early")),
        (a_zip({"card.json": json.dumps(CARD).encode(), "../up": b""}), ("evil", "leads out")),
        (b'{"a":' * 5_000, ("evil", "deep")),
        (b"slug: [", ("evil", "not a valid character sheet")),
        (json.dumps(v3(name="Nobody")).encode(), ("Nobody",)),
        (json.dumps({"spec": "lorebook_v3", "data": a_book()}).encode(), ("evil", "--as")),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence_and_changes_nothing(
    encore: Encore, tmp_path: Path, content: bytes, words: tuple[str, ...]
) -> None:
    (tmp_path / "evil").write_bytes(content)
    before = encore("character", "list", *ON_SHOW).out
    one_sentence(encore("character", "import", "evil", *ON_SHOW), *words)
    assert encore("character", "list", *ON_SHOW).out == before


def test_lint_finds_spoilers_in_characters_and_in_files(encore: Encore, tmp_path: Path) -> None:
    clean = encore("character", "lint", "gideon", *ON_SHOW, "--json")
    assert (clean.status, [row["kind"] for row in clean.json]) == (0, ["gap"])
    (tmp_path / "spoilt.yaml").write_text(GIDEON.replace("says little", "burnt Zephyr House"), encoding="utf-8")
    spoilt = encore("character", "lint", "spoilt.yaml", *ON_SHOW, "--json")
    assert (spoilt.status, next((row["kind"], row["where"]) for row in spoilt.json)) == (1, ("spoiler", "essence"))
    assert "Zephyr House" in encore("character", "lint", "spoilt.yaml", *ON_SHOW).out
    assert encore("character", "lint", "nobody", *ON_SHOW).status == 1


def test_diff_shows_what_changed_between_versions_and_with_a_file(encore: Encore, tmp_path: Path) -> None:
    (tmp_path / "new.yaml").write_text(GIDEON.replace("Clipped", "Slow"), encoding="utf-8")
    assert "+  description: Slow." in encore("character", "diff", "gideon", *ON_SHOW, "--file", "new.yaml").out
    encore("character", "import", "new.yaml", *ON_SHOW)
    changed = encore("character", "diff", "gideon", *ON_SHOW).out.splitlines()
    assert changed[:2] == ["--- gideon@1", "+++ gideon@2"]
    assert {"-  description: Clipped.", "+  description: Slow."} <= set(changed)
    assert encore("character", "diff", "gideon", *ON_SHOW, "--from", 2, "--to", 2).out == "The same.\n"
    assert encore("character", "diff", "gideon", *ON_SHOW, "--from", 9).status == 1
    assert encore("character", "diff", "gideon", *ON_SHOW, "--from", 1, "--file", "new.yaml").status == 2


@pytest.mark.parametrize(("episode", "included", "withheld"), [(2, 1, 1), (3, 2, 0), (0, 0, 2)])
def test_lore_reaches_the_prompt_of_a_fan_who_has_watched_enough(
    encore: Encore, files: dict[str, Path], episode: int, included: int, withheld: int
) -> None:
    encore("character", "import", files["json"], *ON_SHOW)
    arguments = ("ask", "What of the till?", *ON_SHOW, "--character", "tamsin", "--episode", episode, "--explain")
    answer: dict[str, Any] = encore(*arguments, "--json").json
    lore = [block for block in answer["manifest"]["blocks"] if block["name"] == "lore"]
    assert (len(lore), answer["withheld"]["lore"]) == (included, withheld)
    assert (LATER in json.dumps(answer)) is (episode == 3)
    assert (f"{withheld} lore entries, beyond" in encore(*arguments).out) is (withheld > 0)


def test_a_lorebook_of_its_own_joins_a_character_and_goes_out_again(encore: Encore, tmp_path: Path) -> None:
    book = json.dumps({"spec": "lorebook_v3", "data": a_book(an_entry(x=1))}).encode()
    (tmp_path / "book").write_bytes(book)
    assert "version 2" in encore("character", "import", "book", *ON_SHOW, "--as", "gideon").out
    encore("character", "export", "gideon", *ON_SHOW, "--format", "lorebook", "--out", "out")
    assert (tmp_path / "out").read_bytes() == book
