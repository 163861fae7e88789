"""Bringing shows in: whole or not at all, again without effect, and never into what fans are talking to."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from characters.canon import Fact, Term
from characters.doubles import MemoryCatalogue
from characters.errors import InvalidCanon, InvalidSheet, InvalidSlug, NoRight, UnknownShow, UnreadableScript
from characters.importing import SHOWS_FOLDER, Imported, import_sample, import_show
from characters.release import ReleaseId
from characters.rights import EVERYBODY

NOW_MS = 1_000

EPISODE_1 = "Title: The Roof\nEpisode: 1\n\nINT. SHOP\n\nTAMSIN ORR solders.\n\nTAMSIN\nMind the step.\n"
EPISODE_2 = "Title: The Roof\nEpisode: 2\n\nINT. SHOP\n\nGIDEON\nMarry me, Tamsin.\n"
SHEET = """
slug: gideon
name: Gideon Hallam
cue: GIDEON
tagline: Cold.
essence: You own the lane.
voice: {description: Clipped.}
wants: [{text: A wife by Friday.}]
greetings: [{text: Next.}]
deflections: [{text: That is not a clause.}]
"""
CANON = """
- {id: F1, text: She mends., subject: TAMSIN, episode_aired: 1, scene: 1, known_by: {TAMSIN: 0}}
- {id: F2, text: He asks., subject: GIDEON, episode_aired: 2, scene: 9, known_by: {GIDEO: 2}}
- {id: F3, text: They wed., subject: GIDEON, episode_aired: 3}
"""


@pytest.fixture
def show_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "roof"
    (folder / "episodes").mkdir(parents=True)
    (folder / "characters").mkdir()
    (folder / "episodes" / "ep1.fountain").write_text(EPISODE_1, encoding="utf-8")
    (folder / "episodes" / "ep2.fountain").write_text(EPISODE_2, encoding="utf-8")
    (folder / "characters" / "gideon.yaml").write_text(SHEET, encoding="utf-8")
    (folder / "canon.yaml").write_text(CANON, encoding="utf-8")
    (folder / "terms.yaml").write_text('1: {objects: ["spirit level"]}\n', encoding="utf-8")
    return folder


async def test_a_show_folder_brings_scripts_facts_terms_and_sheets(show_folder: Path) -> None:
    catalogue = MemoryCatalogue()
    imported = await import_show(catalogue, show_folder, "roof", now_ms=NOW_MS)
    assert (imported.release_id, imported.is_new, imported.sheets) == (ReleaseId("roof", 1), True, ("gideon",))
    release = await catalogue.release(imported.release_id)
    assert (release.title, release.locale, len(release.facts)) == ("The Roof", "en", 3)
    assert release.terms == (Term("spirit level", 1), Term("Tamsin", 1), Term("Tamsin Orr", 1))
    (cast,) = await catalogue.cast("roof", published_only=False)
    assert (cast.sheet.slug, cast.status, cast.first_episode) == ("gideon", "draft", 2)


async def test_facts_about_nobody_and_nowhere_are_reported(show_folder: Path) -> None:
    imported = await import_show(MemoryCatalogue(), show_folder, "roof", now_ms=NOW_MS)
    assert [(entry.source, entry.text) for entry in imported.report.unplaced] == [
        ("canon.yaml", "F2.scene"),
        ("canon.yaml", "F2.known_by.GIDEO"),
        ("canon.yaml", "F3.episode_aired"),
    ]


async def test_the_files_beside_scripts_that_lie_flat_are_used_and_not_reported(show_folder: Path) -> None:
    for script in (show_folder / "episodes").iterdir():
        shutil.move(script, show_folder / script.name)
    (show_folder / "canon.yaml").unlink()
    (show_folder / "episodes").rmdir()
    imported = await import_show(MemoryCatalogue(), show_folder, "roof", now_ms=NOW_MS)
    assert (imported.sheets, imported.report.unplaced) == (("gideon",), ())


async def test_importing_the_same_text_again_changes_nothing(show_folder: Path) -> None:
    catalogue = MemoryCatalogue()
    first = await import_show(catalogue, show_folder, "roof", now_ms=NOW_MS)
    again = await import_show(catalogue, show_folder, "roof", now_ms=NOW_MS + 1)
    assert (again.release_id, again.is_new) == (first.release_id, False)
    assert len(await catalogue.audit_log("roof")) == 1
    note = show_folder / "episodes" / "ep2.fountain"
    note.write_text(EPISODE_2 + "\n[[a writer's second thought]]\n", encoding="utf-8")
    assert not (await import_show(catalogue, show_folder, "roof", now_ms=NOW_MS)).is_new


async def test_changed_text_makes_a_new_release_and_leaves_the_published_one(show_folder: Path) -> None:
    catalogue = MemoryCatalogue()
    first = await import_show(catalogue, show_folder, "roof", title="My Roof", now_ms=NOW_MS)
    await catalogue.publish_release(first.release_id, now_ms=NOW_MS)
    (show_folder / "episodes" / "ep2.fountain").write_text(EPISODE_2 + "\nHe kneels.\n", encoding="utf-8")
    second = await import_show(catalogue, show_folder, "roof", now_ms=NOW_MS)
    assert (second.release_id.version, second.is_new) == (2, True)
    assert await catalogue.published("roof") == first.release_id
    assert (await catalogue.release(second.release_id)).title == "My Roof"


async def test_an_import_gives_the_right_to_text_and_only_to_text(show_folder: Path) -> None:
    catalogue = MemoryCatalogue()
    await import_show(catalogue, show_folder, "roof", now_ms=NOW_MS)
    assert await catalogue.has_right("roof", "gideon", "text", now_ms=NOW_MS)
    assert not await catalogue.has_right("roof", "gideon", "voice", now_ms=NOW_MS)


async def test_importing_again_does_not_give_back_a_revoked_right(show_folder: Path) -> None:
    catalogue = MemoryCatalogue()
    await import_show(catalogue, show_folder, "roof", now_ms=NOW_MS)
    await catalogue.revoke_right("roof", EVERYBODY, "text", now_ms=NOW_MS + 1)
    await import_show(catalogue, show_folder, "roof", now_ms=NOW_MS + 2)
    with pytest.raises(NoRight):
        await catalogue.publish_character("roof", "gideon", author="a", approver="b", now_ms=NOW_MS + 3)


@pytest.mark.parametrize("broken", ["episodes/ep2.fountain", "canon.yaml", "terms.yaml", "characters/gideon.yaml"])
async def test_a_folder_with_anything_unreadable_in_it_brings_nothing(show_folder: Path, broken: str) -> None:
    (show_folder / broken).write_bytes(b"\xff\x00")
    catalogue = MemoryCatalogue()
    with pytest.raises((UnreadableScript, InvalidCanon, InvalidSheet), match=Path(broken).name):
        await import_show(catalogue, show_folder, "roof", now_ms=NOW_MS)
    assert await catalogue.shows() == ()


async def test_a_sheet_for_somebody_who_is_never_there_is_refused(show_folder: Path) -> None:
    (show_folder / "characters" / "gideon.yaml").write_text(
        SHEET.replace("cue: GIDEON", "cue: GIDEO"), encoding="utf-8"
    )
    catalogue = MemoryCatalogue()
    with pytest.raises(InvalidSheet) as refused:
        await import_show(catalogue, show_folder, "roof", now_ms=NOW_MS)
    assert refused.value.where == "cue"
    assert await catalogue.shows() == ()


@pytest.mark.parametrize("slug", ["", "Roof", "a b", "-a", "a" * 64, "../roof"])
async def test_a_slug_has_to_be_one(show_folder: Path, slug: str) -> None:
    with pytest.raises(InvalidSlug):
        await import_show(MemoryCatalogue(), show_folder, slug, now_ms=NOW_MS)


async def test_a_single_script_is_a_show_called_after_its_slug(tmp_path: Path) -> None:
    script = tmp_path / "pilot.fountain"
    script.write_text("TAMSIN\nMind the step.\n", encoding="utf-8")
    catalogue = MemoryCatalogue()
    await import_show(catalogue, script, "the-roof", locale="en-GB", now_ms=NOW_MS)
    (listing,) = await catalogue.shows()
    assert (listing.title, listing.locale) == ("The Roof", "en-GB")


async def test_the_sample_is_published_with_its_characters_and_again_without_effect(show_folder: Path) -> None:
    catalogue = MemoryCatalogue()
    for _ in range(2):
        imported = await import_sample(catalogue, "roof", now_ms=NOW_MS, shows_folder=show_folder.parent)
        assert await catalogue.published("roof") == imported.release_id == ReleaseId("roof", 1)
        (cast,) = await catalogue.cast("roof", published_only=True)
        assert (cast.sheet.slug, cast.version) == ("gideon", 1)
    log = await catalogue.audit_log("roof")
    assert [(entry.action, entry.author, entry.approver) for entry in log] == [
        ("right.recorded", "import", ""),
        ("release.published", "", ""),
        ("character.published", "sample-author", "sample-approver"),
    ]


async def test_an_import_of_the_sample_that_breaks_off_leaves_in_force_what_was(show_folder: Path) -> None:
    catalogue, broken = MemoryCatalogue(), RuntimeError("no vectors")

    async def prepare(imported: Imported) -> None:
        assert await catalogue.release(imported.release_id)
        raise broken

    before = await import_sample(catalogue, "roof", now_ms=NOW_MS, shows_folder=show_folder.parent)
    (sheet,) = await catalogue.cast("roof", published_only=True)
    path = show_folder / "characters" / "gideon.yaml"
    path.write_text(path.read_text("utf-8").replace("Cold.", "New words."), "utf-8")
    script = next((show_folder / "episodes").iterdir())
    script.write_text(script.read_text("utf-8") + "\nGIDEON\nA new line.\n", "utf-8")
    with pytest.raises(RuntimeError, match="no vectors"):
        await import_sample(catalogue, "roof", now_ms=NOW_MS, shows_folder=show_folder.parent, prepare=prepare)
    assert (await catalogue.newest("roof")).version == before.release_id.version + 1
    assert await catalogue.published("roof") == before.release_id
    assert await catalogue.cast("roof", published_only=True) == (sheet,)


async def test_the_shipped_show_comes_with_everything_beside_its_scripts() -> None:
    catalogue = MemoryCatalogue()
    imported = await import_sample(catalogue, now_ms=NOW_MS)
    release = await catalogue.release(imported.release_id)
    sheets = {path.stem for path in (SHOWS_FOLDER / "lantern-contract" / "characters").glob("*.yaml")}
    assert (release.title, len(release.facts), imported.report.unplaced) == ("The Lantern Contract", 100, ())
    assert {cast.sheet.slug for cast in await catalogue.cast("lantern-contract", published_only=True)} == sheets


@pytest.mark.parametrize("slug", ["nowhere", "../shows", ".."])
async def test_a_sample_that_is_not_shipped_is_an_unknown_show(slug: str) -> None:
    with pytest.raises(UnknownShow):
        await import_sample(MemoryCatalogue(), slug, now_ms=NOW_MS)


async def test_what_was_approved_stays_in_the_canon_when_the_show_is_imported_again(show_folder: Path) -> None:
    catalogue = MemoryCatalogue()
    await import_show(catalogue, show_folder, "roof", now_ms=NOW_MS)
    approved = Fact("P-1", "Tamsin solders.", "TAMSIN", 1)
    await catalogue.decide_facts("roof", approved=[approved], rejected=(), by="Ann", now_ms=NOW_MS)
    again = await import_show(catalogue, show_folder, "roof", now_ms=NOW_MS)
    assert (again.is_new, again.release_id.version) == (False, 2)
    (show_folder / "canon.yaml").write_text(CANON.splitlines()[1] + "\n", encoding="utf-8")
    changed = await import_show(catalogue, show_folder, "roof", now_ms=NOW_MS)
    assert [fact.id for fact in (await catalogue.release(changed.release_id)).facts] == ["F1", "P-1"]
    await catalogue.decide_facts("roof", approved=(), rejected=["P-1"], by="Ann", now_ms=NOW_MS)
    last = await import_show(catalogue, show_folder, "roof", now_ms=NOW_MS)
    assert [fact.id for fact in (await catalogue.release(last.release_id)).facts] == ["F1"]
