"""One contract for every workshop: drafts, reviews, roll back, files and airing dates, in memory and in SQL."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from characters.adapters.sql_catalogue import SqlCatalogue
from characters.adapters.sql_workshop import STRETCH_MS, SqlWorkshop
from characters.doubles import MemoryCatalogue
from characters.errors import (
    DraftConflict,
    NeverPublished,
    NoRight,
    NotInReview,
    SameApprover,
    UnknownCharacter,
    UnknownShow,
)
from characters.ports import Catalogue, Workshop
from characters.release import ShowListing
from characters.rights import EVERYBODY
from characters.workshop import SheetReview, ShowFile
from characters.workshop_double import MemoryWorkshop
from gateway.adapters.database import Database
from tests.characters.test_catalogue_contract import a_release, a_sheet, with_show

SHOW, SLUG = "lantern", "tamsin"


@dataclass(frozen=True)
class Team:
    """Both halves of one store."""

    catalogue: Catalogue
    workshop: Workshop


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def team(request: pytest.FixtureRequest) -> Team:
    if request.param == "memory":
        catalogue = MemoryCatalogue()
        return Team(catalogue, MemoryWorkshop(catalogue))
    database: Database = request.getfixturevalue(request.param)
    return Team(SqlCatalogue(database.writer, database.reader), SqlWorkshop(database.writer, database.reader))


async def with_versions(team: Team, count: int) -> None:
    """A show with a character of so many versions, none of them published."""
    await with_show(team.catalogue)
    for n in range(1, count + 1):
        await team.catalogue.save_sheet(SHOW, a_sheet(essence=f"You mend {n}."), first_episode=1, now_ms=n)


async def publish(team: Team, version: int, now_ms: int = 50) -> None:
    await team.catalogue.publish_character(SHOW, SLUG, author="ana", approver="ben", now_ms=now_ms, version=version)


async def front(team: Team) -> int:
    (cast,) = await team.catalogue.cast(SHOW, published_only=True)
    return cast.version


async def test_a_show_begins_without_a_release_and_once(team: Team) -> None:
    assert await team.workshop.create_show("new", title="New", locale="es", now_ms=1)
    assert not await team.workshop.create_show("new", title="Other", locale="en", now_ms=2)
    assert await team.catalogue.shows() == (ShowListing("new", "New", "es", newest=None, published=None),)
    assert await team.workshop.releases("new") == ()
    with pytest.raises(UnknownShow):
        await team.catalogue.newest("new")
    await team.catalogue.add_release(a_release(show="new"), now_ms=3)
    assert [one.version for one in await team.workshop.releases("new")] == [1]


class TestDrafts:
    async def test_a_draft_is_saved_on_top_of_what_was_seen(self, team: Team) -> None:
        await with_show(team.catalogue)
        assert await team.workshop.draft(SHOW, SLUG) is None
        first = await team.workshop.save_draft(SHOW, SLUG, {"name": "T"}, expected=0, by="ana", now_ms=1)
        second = await team.workshop.save_draft(SHOW, SLUG, {"name": "Ta"}, expected=1, by="ana", now_ms=2)
        assert (first.revision, second.revision) == (1, 2)
        assert await team.workshop.draft(SHOW, SLUG) == second
        assert await team.workshop.drafted(SHOW) == (second,)
        with pytest.raises(UnknownShow):
            await team.workshop.save_draft("nowhere", SLUG, {}, expected=0, by="ana", now_ms=1)

    @pytest.mark.parametrize("expected", [0, 2])
    async def test_of_two_who_save_one_is_told_and_nothing_is_lost(self, team: Team, expected: int) -> None:
        await with_show(team.catalogue)
        theirs = await team.workshop.save_draft(SHOW, SLUG, {"name": "theirs"}, expected=0, by="ana", now_ms=1)
        with pytest.raises(DraftConflict) as told:
            await team.workshop.save_draft(SHOW, SLUG, {"name": "mine"}, expected=expected, by="ben", now_ms=2)
        assert told.value.current == theirs
        assert await team.workshop.draft(SHOW, SLUG) == theirs
        (kept,) = await team.workshop.aside(SHOW, SLUG)
        assert (kept.content, kept.by, kept.aside, kept.revision) == ({"name": "mine"}, "ben", True, expected)

    async def test_of_many_who_save_at_once_one_is_first(self, team: Team) -> None:
        await with_show(team.catalogue)
        saves = [
            team.workshop.save_draft(SHOW, SLUG, {"name": str(n)}, expected=0, by=f"w{n}", now_ms=n) for n in range(6)
        ]
        done = await asyncio.gather(*saves, return_exceptions=True)
        assert sum(isinstance(one, DraftConflict) for one in done) == 5
        assert len(await team.workshop.aside(SHOW, SLUG)) == 5

    async def test_who_wrote_is_known_since_a_moment(self, team: Team) -> None:
        await with_show(team.catalogue)
        for n, by in enumerate(("ana", "ana", "ben", "ana")):
            await team.workshop.save_draft(SHOW, SLUG, {"n": n}, expected=n, by=by, now_ms=(n + 1) * STRETCH_MS)
        assert await team.workshop.writers(SHOW, SLUG, since_ms=0) == ("ana", "ben")
        assert await team.workshop.writers(SHOW, SLUG, since_ms=4 * STRETCH_MS) == ("ana",)


class TestReviews:
    async def test_somebody_who_did_not_write_it_approves_it_once(self, team: Team) -> None:
        await with_versions(team, 2)
        review = SheetReview(2, "in_review", ("Ana", "ben"), 5)
        await team.workshop.ask_review(SHOW, SLUG, review)
        assert await team.workshop.review(SHOW, SLUG, 2) == review
        for author in ("ana", "BEN"):
            with pytest.raises(SameApprover):
                await team.workshop.decide_review(SHOW, SLUG, 2, approved=True, reviewer=author, comment="", now_ms=6)
        done = await team.workshop.decide_review(SHOW, SLUG, 2, approved=True, reviewer="cy", comment="ok", now_ms=7)
        assert (done.state, done.reviewer, done.comment, done.decided_at_ms) == ("approved", "cy", "ok", 7)
        assert await team.workshop.review(SHOW, SLUG, 2) == done
        for version in (1, 2):
            with pytest.raises(NotInReview):
                await team.workshop.decide_review(
                    SHOW, SLUG, version, approved=False, reviewer="cy", comment="", now_ms=8
                )

    async def test_what_was_returned_may_be_handed_in_again(self, team: Team) -> None:
        await with_versions(team, 1)
        await team.workshop.ask_review(SHOW, SLUG, SheetReview(1, "in_review", ("ana",), 5))
        await team.workshop.decide_review(SHOW, SLUG, 1, approved=False, reviewer="ana", comment="no", now_ms=6)
        await team.workshop.ask_review(SHOW, SLUG, SheetReview(1, "in_review", ("ana",), 7))
        found = await team.workshop.review(SHOW, SLUG, 1)
        assert found == SheetReview(1, "in_review", ("ana",), 7)
        with pytest.raises(UnknownCharacter):
            await team.workshop.ask_review(SHOW, SLUG, SheetReview(9, "in_review", ("ana",), 7))


class TestFronts:
    async def test_a_given_version_is_published_and_an_earlier_one_gone_back_to(self, team: Team) -> None:
        await with_versions(team, 3)
        await publish(team, 1)
        await publish(team, 2)
        assert await front(team) == 2
        await team.workshop.roll_back(SHOW, SLUG, 1, by="cy", now_ms=60)
        await team.workshop.roll_back(SHOW, SLUG, 1, by="cy", now_ms=61)
        assert await front(team) == 1
        with pytest.raises(NeverPublished):
            await team.workshop.roll_back(SHOW, SLUG, 3, by="cy", now_ms=60)
        with pytest.raises(NeverPublished):
            await team.workshop.roll_back(SHOW, SLUG, 9, by="cy", now_ms=60)
        versions = await team.workshop.versions(SHOW, SLUG)
        assert [(one.cast.version, one.live, one.published_at_ms) for one in versions] == [
            (3, False, None),
            (2, False, 50),
            (1, True, 50),
        ]
        log = [(entry.action, entry.subject) for entry in await team.catalogue.audit_log(SHOW)]
        assert log[-3:] == [
            ("character.published", "tamsin@1"),
            ("character.published", "tamsin@2"),
            ("character.rolled_back", "tamsin@1"),
        ]
        await publish(team, 2, now_ms=70)
        assert await front(team) == 2

    async def test_nobody_goes_back_without_a_right(self, team: Team) -> None:
        await with_versions(team, 2)
        await publish(team, 1)
        await publish(team, 2)
        await team.catalogue.revoke_right(SHOW, EVERYBODY, "text", now_ms=55)
        with pytest.raises(NoRight):
            await team.workshop.roll_back(SHOW, SLUG, 1, by="cy", now_ms=60)
        assert await front(team) == 2

    async def test_the_newest_draft_stays_behind_what_is_in_front(self, team: Team) -> None:
        await with_versions(team, 1)
        await publish(team, 1)
        await team.catalogue.save_sheet(SHOW, a_sheet(essence="Another."), first_episode=1, now_ms=9)
        assert await front(team) == 1
        (newest,) = await team.catalogue.cast(SHOW, published_only=False)
        assert (newest.version, newest.status) == (2, "draft")


async def test_rights_are_listed_with_who_gave_them_and_until_when(team: Team) -> None:
    await with_show(team.catalogue)
    await team.catalogue.record_right(
        SHOW, SLUG, "voice", source="contract 7", now_ms=2, actor="Mara Lane", until_ms=100
    )
    voice, text = await team.workshop.rights(SHOW)
    assert (voice.character, voice.use, voice.source, voice.actor, voice.until_ms) == (
        SLUG,
        "voice",
        "contract 7",
        "Mara Lane",
        100,
    )
    assert (text.character, text.actor, text.until_ms) == (EVERYBODY, "", None)
    assert [voice.holds_at(at_ms) for at_ms in (1, 2, 99, 100)] == [False, True, True, False]
    assert await team.catalogue.has_right(SHOW, SLUG, "voice", now_ms=99)
    assert not await team.catalogue.has_right(SHOW, SLUG, "voice", now_ms=100)


async def test_files_and_airing_dates_are_kept_replaced_and_dropped(team: Team) -> None:
    await with_show(team.catalogue)
    for name, content in (("ep2.fountain", b"two"), ("ep1.fountain", b"one"), ("ep2.fountain", b"too")):
        await team.workshop.put_file(SHOW, ShowFile(name, "ana", 1, content))
    assert [(file.name, file.content) for file in await team.workshop.contents(SHOW)] == [
        ("ep1.fountain", b"one"),
        ("ep2.fountain", b"too"),
    ]
    assert [file.content for file in await team.workshop.files(SHOW)] == [b"", b""]
    await team.workshop.drop_file(SHOW, "ep1.fountain")
    assert [file.name for file in await team.workshop.files(SHOW)] == ["ep2.fountain"]
    await team.workshop.set_airing(SHOW, 2, 100)
    await team.workshop.set_airing(SHOW, 2, 200)
    await team.workshop.set_airing(SHOW, 3, 300)
    await team.workshop.set_airing(SHOW, 3, None)
    assert await team.workshop.airings(SHOW) == {2: 200}
