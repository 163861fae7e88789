"""Files come into a show's catalogue as drafts and go out of it again as they came."""

from __future__ import annotations

import json

import pytest

from characters.card_exchange import ExportFormat, ReadCharacter, export_character, import_character, slug_of
from characters.cards.card_file import FILE_BYTES_MAX, open_card
from characters.doubles import MemoryCatalogue
from characters.errors import InvalidCard, InvalidSheet, UnknownCharacter, UnknownShow
from characters.lore import LoreEntry
from characters.release import Cast, KeptCard, Release, ReleaseId
from characters.script import Episode, Line, ReadReport, Scene, Script
from tests.characters.cards.builders import Json, a_book, a_charx, a_png, an_entry, text_chunk, v1, v3

CUES = ("TAMSIN", "GIDEON", "李明")


@pytest.fixture
async def catalogue() -> MemoryCatalogue:
    lines = tuple(Line("Hello.", n, speaker=cue) for n, cue in enumerate(CUES, 1))
    scene = Scene(2, 1, "INT. SHOP", lines, frozenset(CUES))
    script = Script((Episode(2, "Two", (scene,)),), ReadReport(1, 1, dict.fromkeys(CUES, 1), {"TAM": "TAMSIN"}))
    made = MemoryCatalogue()
    await made.add_release(Release(ReleaseId("lantern", 0), "The Lantern", "en", script), now_ms=1)
    return made


async def bring(
    catalogue: MemoryCatalogue, content: bytes, called: str | None = None, show: str = "lantern"
) -> tuple[Cast, ReadCharacter]:
    return await import_character(catalogue, content, "a.file", show, called=called, now_ms=2)


def as_json(document: Json) -> bytes:
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("content", "kind"),
    [(as_json(v3(x=1)), "json"), (a_png(text_chunk(v1(), keyword="chara")), "png"), (a_charx(v3()), "charx")],
)
async def test_a_card_is_saved_as_a_draft_and_exported_byte_for_byte(
    catalogue: MemoryCatalogue, content: bytes, kind: ExportFormat
) -> None:
    cast, _ = await bring(catalogue, content)
    assert (cast.sheet.slug, cast.sheet.cue, cast.status, cast.first_episode) == ("tamsin", "TAMSIN", "draft", 2)
    exported = await export_character(catalogue, "lantern", "tamsin", kind)
    assert exported.content == content


async def test_a_sheet_goes_out_as_yaml_and_comes_back_the_same(catalogue: MemoryCatalogue) -> None:
    cast, _ = await bring(catalogue, as_json(v3(character_book=a_book(an_entry()))))
    written = (await export_character(catalogue, "lantern", "tamsin", "yaml")).content
    again, read = await bring(catalogue, written)
    assert (again, read.card) == (cast, None)


async def test_an_edited_sheet_goes_out_in_the_card_it_came_from(catalogue: MemoryCatalogue) -> None:
    cast, _ = await bring(catalogue, as_json(v3(x={"y": 1})))
    edited = cast.sheet.model_copy(update={"essence": "You sell lanterns."})
    await catalogue.save_sheet("lantern", edited, first_episode=2, now_ms=3)
    kinds: tuple[ExportFormat, ...] = ("json", "png", "charx")
    for kind in kinds:
        content = (await export_character(catalogue, "lantern", "tamsin", kind)).content
        fields = open_card(content).card.fields
        assert (fields["x"], fields["description"]) == ({"y": 1}, "You sell lanterns.")


@pytest.mark.parametrize(
    ("name", "called", "cue"),
    [
        ("Tamsin Orr", None, "TAMSIN"),
        ("gideon", None, "GIDEON"),
        ("Whoever", "Gideon", "GIDEON"),
        ("李明", None, "李明"),
    ],
)
async def test_a_card_finds_its_role(catalogue: MemoryCatalogue, name: str, called: str | None, cue: str) -> None:
    cast, _ = await bring(catalogue, as_json(v3(name=name)), called)
    assert (cast.sheet.cue, cast.sheet.name) == (cue, name)


@pytest.mark.parametrize("name", ["Nobody", "Tamsin and Gideon"])
async def test_a_card_without_one_role_is_refused(catalogue: MemoryCatalogue, name: str) -> None:
    with pytest.raises(UnknownCharacter):
        await bring(catalogue, as_json(v3(name=name)))
    assert await catalogue.cast("lantern", published_only=False) == ()


async def test_a_second_card_for_a_role_is_its_next_version(catalogue: MemoryCatalogue) -> None:
    await bring(catalogue, as_json(v3()))
    again, _ = await bring(catalogue, as_json(v3(name="Tammy")), "Tamsin Orr")
    assert (again.sheet.slug, again.version) == ("tamsin", 2)


async def test_a_card_that_changed_only_where_a_sheet_does_not_look_is_kept_anew(catalogue: MemoryCatalogue) -> None:
    first, _ = await bring(catalogue, as_json(v3(tags=["a"])))
    assert (await bring(catalogue, as_json(v3(tags=["a"]))))[0] == first
    second, _ = await bring(catalogue, as_json(v3(tags=["b"])))
    assert (second.version, second.sheet) == (2, first.sheet)
    assert (await export_character(catalogue, "lantern", "tamsin", "json")).content == as_json(v3(tags=["b"]))


async def test_a_sheet_in_yaml_may_be_cast_as_somebody(catalogue: MemoryCatalogue) -> None:
    cast, _ = await bring(catalogue, as_json(v3()))
    written = (await export_character(catalogue, "lantern", "tamsin", "yaml")).content
    again, _ = await bring(catalogue, written, "gideon")
    assert (again.sheet.slug, again.sheet.cue, again.sheet.essence) == ("gideon", "GIDEON", cast.sheet.essence)
    with pytest.raises(UnknownCharacter):
        await bring(catalogue, written.replace(b"TAMSIN", b"NOBODY"))
    content = (await export_character(catalogue, "lantern", "gideon", "charx")).content
    assert open_card(content).card.text("name") == cast.sheet.name


class TestLorebooks:
    BOOK = as_json({"spec": "lorebook_v3", "data": a_book(an_entry(z=1), an_entry("A ring.", keys=["ring"]))})

    async def test_a_lorebook_joins_the_lore_of_its_character(self, catalogue: MemoryCatalogue) -> None:
        await bring(catalogue, as_json(v3(character_book=a_book(an_entry()))))
        cast, _ = await bring(catalogue, self.BOOK, "tamsin")
        assert cast.sheet.lore is not None
        assert [entry.text for entry in cast.sheet.lore.entries] == ["Lanterns are old.", "A ring."]

    async def test_it_goes_out_as_it_came(self, catalogue: MemoryCatalogue) -> None:
        await bring(catalogue, as_json(v3()))
        await bring(catalogue, self.BOOK, "tamsin")
        assert (await export_character(catalogue, "lantern", "tamsin", "lorebook")).content == self.BOOK

    async def test_a_changed_one_keeps_what_it_held(self, catalogue: MemoryCatalogue) -> None:
        await bring(catalogue, as_json(v3()))
        cast, _ = await bring(catalogue, self.BOOK, "tamsin")
        assert cast.sheet.lore is not None
        entries = (cast.sheet.lore.entries[0], LoreEntry(text="New.", keys=("new",), from_episode=4))
        lore = cast.sheet.lore.model_copy(update={"entries": entries})
        await catalogue.save_sheet("lantern", cast.sheet.model_copy(update={"lore": lore}), first_episode=2, now_ms=4)
        written = json.loads((await export_character(catalogue, "lantern", "tamsin", "lorebook")).content)
        first, second = written["data"]["entries"]
        assert (first["z"], second["content"]) == (1, "New.")
        assert second["extensions"] == {"encore": {"from_episode": 4}}

    async def test_two_books_together_keep_the_bounds_of_one(self, catalogue: MemoryCatalogue) -> None:
        await bring(catalogue, as_json(v3(character_book=a_book(*(an_entry(f"{n}") for n in range(2_000))))))
        with pytest.raises(InvalidCard, match="too many"):
            await bring(catalogue, self.BOOK, "tamsin")

    async def test_world_info_comes_in_and_goes_out_with_a_change_as_a_lorebook(
        self, catalogue: MemoryCatalogue
    ) -> None:
        await bring(catalogue, as_json(v3()))
        world = as_json({"entries": {"0": {"key": ["lantern"], "content": "Old.", "uid": 7}}})
        cast, _ = await bring(catalogue, world, "tamsin")
        assert (await export_character(catalogue, "lantern", "tamsin", "lorebook")).content == world
        assert cast.sheet.lore is not None
        lore = cast.sheet.lore.model_copy(update={"recursive": True})
        await catalogue.save_sheet("lantern", cast.sheet.model_copy(update={"lore": lore}), first_episode=2, now_ms=4)
        written = json.loads((await export_character(catalogue, "lantern", "tamsin", "lorebook")).content)
        assert (written["spec"], written["data"]["recursive_scanning"]) == ("lorebook_v3", True)
        assert written["data"]["entries"][0]["uid"] == 7

    @pytest.mark.parametrize("called", [None, "gideon"])
    async def test_it_needs_a_character_with_a_sheet(self, catalogue: MemoryCatalogue, called: str | None) -> None:
        with pytest.raises(InvalidCard, match="--as"):
            await bring(catalogue, self.BOOK, called)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"slug: [", InvalidSheet),
        (b"\xff\xfe", InvalidSheet),
        (b"{", InvalidCard),
        (a_png(), InvalidCard),
        (b"{" + b" " * FILE_BYTES_MAX, InvalidCard),
        (as_json(v3(extensions={"encore": {"sheet": {}}})), InvalidCard),
        (as_json(v3(character_book=a_book(an_entry(extensions={"encore": 1})))), InvalidCard),
    ],
)
async def test_what_cannot_be_read_is_told_by_the_files_name_and_stored_nowhere(
    catalogue: MemoryCatalogue, content: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error, match=r"a\.file"):
        await bring(catalogue, content)
    assert await catalogue.cast("lantern", published_only=False) == ()


async def test_a_kept_file_that_today_would_be_refused_is_told(catalogue: MemoryCatalogue) -> None:
    cast, _ = await bring(catalogue, as_json(v3()))
    damaged = KeptCard("character", "png", a_png())
    await catalogue.save_sheet("lantern", cast.sheet, first_episode=2, now_ms=3, card=damaged)
    with pytest.raises(InvalidCard, match="kept file of tamsin"):
        await export_character(catalogue, "lantern", "tamsin", "png")


async def test_an_unknown_show_or_character_is_told(catalogue: MemoryCatalogue) -> None:
    with pytest.raises(UnknownShow):
        await bring(catalogue, as_json(v3()), show="nowhere")
    with pytest.raises(UnknownCharacter):
        await export_character(catalogue, "lantern", "tamsin", "json")


@pytest.mark.parametrize(
    ("name", "slug"),
    [("TAMSIN ORR", "tamsin-orr"), ("José (V.O.)", "jose-v-o"), ("李明", "character-aa227102"), ("a" * 90, "a" * 63)],
)
def test_a_slug_is_made_of_any_name(name: str, slug: str) -> None:
    assert slug_of(name) == slug
