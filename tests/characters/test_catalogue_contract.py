"""One contract for every catalogue: the double in memory and the real one in SQL keep the same promises."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateTable

from characters.adapters.sql_catalogue import SqlCatalogue
from characters.adapters.tables import POSTGRES_TRIGGERS, audit_log, metadata
from characters.audit import AuditEntry
from characters.canon import Fact, Term
from characters.doubles import MemoryCatalogue
from characters.errors import FactIsAuthored, NoRight, NotPublished, SameApprover, UnknownCharacter, UnknownShow
from characters.glossary import Glossary, GlossaryTerm, Rendering
from characters.ports import Catalogue
from characters.release import KeptCard, Release, ReleaseId, ShowListing
from characters.rights import EVERYBODY
from characters.script import Episode, Line, ReadReport, Scene, Script
from characters.sheet import DatedText, Sheet, Voice
from gateway.adapters.database import Database, open_database


@pytest.fixture
def memory() -> Catalogue:
    return MemoryCatalogue()


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def catalogue(request: pytest.FixtureRequest) -> Catalogue:
    chosen = request.getfixturevalue(request.param)
    return SqlCatalogue(chosen.writer, chosen.reader) if isinstance(chosen, Database) else chosen


def a_release(words: str = "Mind the step.", *, show: str = "lantern", title: str = "The Lantern") -> Release:
    scene = Scene(1, 1, "INT. SHOP", (Line(words, 3, speaker="TAMSIN", parenthetical="dry"),), frozenset({"TAMSIN"}))
    script = Script((Episode(1, title, (scene,)),), ReadReport(1, 1, {"TAMSIN": 1}))
    facts = (Fact("F1", "A fact.", "TAMSIN", 1, known_by={"TAMSIN": 0}),)
    return Release(ReleaseId(show, 0), title, "en", script, facts, (Term("Tallow Lane", 1),))


def a_sheet(slug: str = "tamsin", *, essence: str = "You mend lanterns.", aliases: tuple[str, ...] = ("Tam",)) -> Sheet:
    line = (DatedText(text="Mind the step."),)
    return Sheet(
        slug=slug,
        name=f"{slug.title()} Orr",
        cue=slug.upper(),
        aliases=aliases,
        tagline="Mends.",
        essence=essence,
        voice=Voice(description="Warm."),
        wants=line,
        greetings=line,
        deflections=line,
    )


async def with_show(catalogue: Catalogue) -> Catalogue:
    await catalogue.add_release(a_release(), now_ms=1)
    await catalogue.record_right("lantern", EVERYBODY, "text", source="contract", now_ms=1)
    return catalogue


class TestReleases:
    async def test_a_release_comes_back_whole(self, catalogue: Catalogue) -> None:
        release_id = await catalogue.add_release(a_release(), now_ms=1)
        stored = await catalogue.release(release_id)
        assert release_id == ReleaseId("lantern", 1)
        assert stored == replace(a_release(), id=release_id, content_hash=stored.content_hash)

    async def test_the_same_content_again_is_the_same_release(self, catalogue: Catalogue) -> None:
        first = await catalogue.add_release(a_release(), now_ms=1)
        assert await catalogue.add_release(a_release(), now_ms=2) == first
        second = await catalogue.add_release(a_release("Mind it."), now_ms=3)
        assert (second.version, await catalogue.newest("lantern")) == (2, second)
        back = await catalogue.add_release(a_release(), now_ms=4)
        assert back.version == 3

    async def test_another_glossary_is_another_release_of_the_same_canon(self, catalogue: Catalogue) -> None:
        first = await catalogue.add_release(a_release(), now_ms=1)
        entry = GlossaryTerm(term="Tallow Lane", renderings={"zh-Hans": Rendering(text="油脂巷", never=("牛脂巷",))})
        glossary = Glossary(terms=(entry,))
        second = await catalogue.set_glossary("lantern", glossary, by="ana", now_ms=2)
        assert second == ReleaseId("lantern", 2)
        before, after = await catalogue.release(first), await catalogue.release(second)
        assert (before.glossary, after.glossary) == (Glossary(), glossary)
        assert replace(after, id=first, glossary=Glossary(), content_hash=before.content_hash) == before
        assert await catalogue.set_glossary("lantern", glossary, by="ben", now_ms=3) == second
        told = [(entry.action, entry.subject, entry.author) for entry in await catalogue.audit_log("lantern")]
        assert told == [("glossary.set", "2", "ana")]
        decided = await catalogue.decide_facts(
            "lantern", approved=[Fact("F2", "Another.", "TAMSIN", 1)], rejected=[], by="ana", now_ms=4
        )
        assert decided.version == 3
        assert (await catalogue.release(decided)).glossary == glossary

    async def test_a_new_release_does_not_change_the_published_one(self, catalogue: Catalogue) -> None:
        first = await catalogue.add_release(a_release(), now_ms=1)
        with pytest.raises(NotPublished):
            await catalogue.published("lantern")
        await catalogue.publish_release(first, now_ms=2)
        second = await catalogue.add_release(a_release("Mind it.", title="New"), now_ms=3)
        assert await catalogue.published("lantern") == first
        assert await catalogue.shows() == (ShowListing("lantern", "New", "en", newest=2, published=1),)
        await catalogue.publish_release(second, now_ms=4)
        await catalogue.publish_release(first, now_ms=5)
        assert await catalogue.published("lantern") == first
        assert [entry.subject for entry in await catalogue.audit_log("lantern")] == ["1", "2", "1"]

    async def test_shows_are_listed_by_slug_and_count_their_own_versions(self, catalogue: Catalogue) -> None:
        assert await catalogue.shows() == ()
        for show in ("b", "a"):
            await catalogue.add_release(a_release(show=show), now_ms=1)
        assert [(listing.slug, listing.newest, listing.published) for listing in await catalogue.shows()] == [
            ("a", 1, None),
            ("b", 1, None),
        ]

    async def test_what_is_not_there_is_an_unknown_show(self, catalogue: Catalogue) -> None:
        nowhere = ReleaseId("nowhere", 1)
        for question in (
            catalogue.published("nowhere"),
            catalogue.newest("nowhere"),
            catalogue.set_glossary("nowhere", Glossary(), by="ana", now_ms=1),
            catalogue.release(nowhere),
            catalogue.publish_release(nowhere, now_ms=1),
            catalogue.save_sheet("nowhere", a_sheet(), first_episode=1, now_ms=1),
            catalogue.publish_character("nowhere", "tamsin", author="a", approver="b", now_ms=1),
            catalogue.cast("nowhere", published_only=False),
            catalogue.cast_version("nowhere", "tamsin", 1),
            catalogue.record_right("nowhere", EVERYBODY, "text", source="x", now_ms=1),
            catalogue.revoke_right("nowhere", EVERYBODY, "text", now_ms=1),
            catalogue.audit_log("nowhere"),
        ):
            with pytest.raises(UnknownShow):
                await question
        await catalogue.add_release(a_release(), now_ms=1)
        for question in (
            catalogue.release(ReleaseId("lantern", 2)),
            catalogue.publish_release(ReleaseId("lantern", 2), now_ms=1),
        ):
            with pytest.raises(UnknownShow):
                await question


class TestCharacters:
    async def test_a_sheet_is_a_draft_until_it_is_published(self, catalogue: Catalogue) -> None:
        await with_show(catalogue)
        draft = await catalogue.save_sheet("lantern", a_sheet(), first_episode=2, now_ms=2)
        assert (draft.version, draft.status, draft.first_episode) == (1, "draft", 2)
        assert draft.names == {"tamsin", "tamsin orr", "tam"}
        assert await catalogue.cast("lantern", published_only=True) == ()
        done = await catalogue.publish_character("lantern", " TAM ", author="Ann", approver="Bob", now_ms=3)
        assert done == replace(draft, status="published")
        assert await catalogue.cast("lantern", published_only=True) == (done,)
        assert (await catalogue.audit_log("lantern"))[-1] == AuditEntry(
            3, "lantern", "character.published", "tamsin@1", "Ann", "Bob"
        )

    async def test_an_equal_sheet_is_not_stored_again(self, catalogue: Catalogue) -> None:
        await with_show(catalogue)
        first = await catalogue.save_sheet("lantern", a_sheet(), first_episode=1, now_ms=2)
        assert await catalogue.save_sheet("lantern", a_sheet(), first_episode=1, now_ms=3) == first
        later = await catalogue.save_sheet("lantern", a_sheet(), first_episode=2, now_ms=4)
        assert later.version == 2

    async def test_a_new_draft_leaves_the_published_version_in_front_of_fans(self, catalogue: Catalogue) -> None:
        await with_show(catalogue)
        await catalogue.save_sheet("lantern", a_sheet(), first_episode=1, now_ms=2)
        published = await catalogue.publish_character("lantern", "tamsin", author="a", approver="b", now_ms=3)
        draft = await catalogue.save_sheet("lantern", a_sheet(essence="You sell."), first_episode=1, now_ms=4)
        assert await catalogue.cast("lantern", published_only=True) == (published,)
        assert await catalogue.cast("lantern", published_only=False) == (draft,)
        assert await catalogue.cast_version("lantern", "tamsin", 1) == published
        assert await catalogue.cast_version("lantern", "tamsin", 2) == draft
        for slug, version in (("tamsin", 3), ("gideon", 1)):
            with pytest.raises(UnknownCharacter):
                await catalogue.cast_version("lantern", slug, version)

    async def test_publishing_again_changes_nothing(self, catalogue: Catalogue) -> None:
        await with_show(catalogue)
        await catalogue.save_sheet("lantern", a_sheet(), first_episode=1, now_ms=2)
        first = await catalogue.publish_character("lantern", "tamsin", author="a", approver="b", now_ms=3)
        log = await catalogue.audit_log("lantern")
        assert await catalogue.publish_character("lantern", "tamsin", author="c", approver="d", now_ms=4) == first
        assert await catalogue.audit_log("lantern") == log

    async def test_four_eyes_and_a_right_are_needed(self, catalogue: Catalogue) -> None:
        await catalogue.add_release(a_release(), now_ms=1)
        await catalogue.save_sheet("lantern", a_sheet(), first_episode=1, now_ms=2)
        with pytest.raises(UnknownCharacter):
            await catalogue.publish_character("lantern", "gideon", author="a", approver="b", now_ms=3)
        with pytest.raises(SameApprover):
            await catalogue.publish_character("lantern", "tamsin", author="Ann", approver="ann ", now_ms=3)
        with pytest.raises(NoRight) as refused:
            await catalogue.publish_character("lantern", "tamsin", author="a", approver="b", now_ms=3)
        assert (refused.value.character, refused.value.use) == ("tamsin", "text")
        assert await catalogue.cast("lantern", published_only=True) == ()
        assert await catalogue.audit_log("lantern") == ()

    async def test_the_cast_is_in_order_of_first_episode_then_slug(self, catalogue: Catalogue) -> None:
        await with_show(catalogue)
        for slug, episode in (("pike", 2), ("gideon", 1), ("fenn", 2)):
            await catalogue.save_sheet("lantern", a_sheet(slug, aliases=()), first_episode=episode, now_ms=2)
        cast = await catalogue.cast("lantern", published_only=False)
        assert [member.sheet.slug for member in cast] == ["gideon", "fenn", "pike"]


class TestRights:
    async def test_no_record_is_no_right(self, catalogue: Catalogue) -> None:
        assert not await catalogue.has_right("nowhere", "tamsin", "text", now_ms=5)
        await catalogue.add_release(a_release(), now_ms=1)
        assert not await catalogue.has_right("lantern", "tamsin", "text", now_ms=5)

    async def test_a_right_is_for_one_use_and_holds_from_its_moment_on(self, catalogue: Catalogue) -> None:
        await with_show(catalogue)
        await catalogue.record_right("lantern", "tamsin", "voice", source="contract 7", now_ms=10)
        assert not await catalogue.has_right("lantern", "tamsin", "voice", now_ms=9)
        assert await catalogue.has_right("lantern", "tamsin", "voice", now_ms=10)
        assert not await catalogue.has_right("lantern", "gideon", "voice", now_ms=10)
        assert not await catalogue.has_right("lantern", "tamsin", "likeness", now_ms=10)
        assert await catalogue.has_right("lantern", "gideon", "text", now_ms=10)

    async def test_a_revoked_right_stays_revoked_until_another_source_gives_it(self, catalogue: Catalogue) -> None:
        await with_show(catalogue)
        await catalogue.revoke_right("lantern", EVERYBODY, "text", now_ms=20)
        await catalogue.revoke_right("lantern", EVERYBODY, "text", now_ms=25)
        assert await catalogue.has_right("lantern", "tamsin", "text", now_ms=19)
        assert not await catalogue.has_right("lantern", "tamsin", "text", now_ms=20)
        await catalogue.record_right("lantern", EVERYBODY, "text", source="contract", now_ms=30)
        assert not await catalogue.has_right("lantern", "tamsin", "text", now_ms=30)
        await catalogue.record_right("lantern", EVERYBODY, "text", source="contract 2", now_ms=30)
        assert await catalogue.has_right("lantern", "tamsin", "text", now_ms=30)
        assert [(entry.at_ms, entry.action) for entry in await catalogue.audit_log("lantern")] == [
            (1, "right.recorded"),
            (20, "right.revoked"),
            (30, "right.recorded"),
        ]


class TestDecisions:
    NEW = Fact("P-1", "Tamsin is 26.", "TAMSIN", 1, known_by={"TAMSIN": 0})

    async def test_an_approved_fact_makes_a_release_and_is_logged_once(self, catalogue: Catalogue) -> None:
        await with_show(catalogue)
        for now_ms in (2, 3):
            decided = await catalogue.decide_facts("lantern", approved=[self.NEW], rejected=(), by="Ann", now_ms=now_ms)
            assert decided == await catalogue.newest("lantern") == ReleaseId("lantern", 2)
        stored = await catalogue.release(decided)
        assert stored.facts == (*a_release().facts, self.NEW)
        assert (stored.script, stored.terms) == (a_release().script, a_release().terms)
        assert stored.content_hash != (await catalogue.release(ReleaseId("lantern", 1))).content_hash
        assert (await catalogue.audit_log("lantern"))[1:] == (
            AuditEntry(2, "lantern", "fact.approved", "P-1", "Ann", ""),
        )

    async def test_the_same_canon_imported_after_an_approval_is_the_same_release(self, catalogue: Catalogue) -> None:
        await with_show(catalogue)
        decided = await catalogue.decide_facts("lantern", approved=[self.NEW], rejected=(), by="Ann", now_ms=2)
        stored = await catalogue.release(decided)
        assert await catalogue.add_release(replace(stored, content_hash=""), now_ms=3) == decided

    async def test_a_rejection_takes_an_approved_fact_out_and_is_remembered(self, catalogue: Catalogue) -> None:
        await with_show(catalogue)
        await catalogue.decide_facts("lantern", approved=[self.NEW], rejected=(), by="Ann", now_ms=2)
        decided = await catalogue.decide_facts("lantern", approved=(), rejected=["P-1", "P-2"], by="Bo", now_ms=3)
        assert (await catalogue.release(decided)).facts == a_release().facts
        assert [(entry.action, entry.subject, entry.author) for entry in await catalogue.audit_log("lantern")][2:] == [
            ("fact.rejected", "P-1", "Bo"),
            ("fact.rejected", "P-2", "Bo"),
        ]
        assert await catalogue.decide_facts("lantern", approved=(), rejected=["P-2"], by="C", now_ms=4) == decided
        assert len(await catalogue.audit_log("lantern")) == 4

    async def test_a_fact_of_the_authors_is_not_decided_and_nothing_is_stored(self, catalogue: Catalogue) -> None:
        await with_show(catalogue)
        with pytest.raises(FactIsAuthored):
            await catalogue.decide_facts("lantern", approved=[self.NEW], rejected=["F1"], by="Ann", now_ms=2)
        assert (await catalogue.newest("lantern")).version == 1
        assert len(await catalogue.audit_log("lantern")) == 1

    async def test_an_unknown_show_has_nothing_to_decide(self, catalogue: Catalogue) -> None:
        with pytest.raises(UnknownShow):
            await catalogue.decide_facts("roof", approved=[self.NEW], rejected=(), by="Ann", now_ms=2)


class TestKeptCards:
    CARD = KeptCard("character", "png", bytes(range(256)))
    BOOK = KeptCard("lorebook", "json", b"{}")

    async def test_a_card_is_kept_with_its_version_and_found_from_later_ones(self, catalogue: Catalogue) -> None:
        await with_show(catalogue)
        await catalogue.save_sheet("lantern", a_sheet(), first_episode=1, now_ms=2)
        await catalogue.save_sheet("lantern", a_sheet(essence="2"), first_episode=1, now_ms=3, card=self.CARD)
        await catalogue.save_sheet("lantern", a_sheet(essence="3"), first_episode=1, now_ms=4)
        kept = [await catalogue.kept_card("lantern", "tamsin", "character", version=n) for n in (1, 2, 3)]
        assert kept == [None, self.CARD, self.CARD]
        assert await catalogue.kept_card("lantern", "gideon", "character", version=3) is None

    async def test_the_two_kinds_do_not_hide_each_other(self, catalogue: Catalogue) -> None:
        await with_show(catalogue)
        await catalogue.save_sheet("lantern", a_sheet(), first_episode=1, now_ms=2, card=self.CARD)
        await catalogue.save_sheet("lantern", a_sheet(essence="2"), first_episode=1, now_ms=3, card=self.BOOK)
        assert await catalogue.kept_card("lantern", "tamsin", "character", version=2) == self.CARD
        assert await catalogue.kept_card("lantern", "tamsin", "lorebook", version=2) == self.BOOK

    async def test_only_a_new_sheet_or_a_new_card_makes_a_version(self, catalogue: Catalogue) -> None:
        await with_show(catalogue)
        cards = (self.CARD, self.CARD, None, KeptCard("character", "json", b"{}"), self.CARD)
        versions = [
            (await catalogue.save_sheet("lantern", a_sheet(), first_episode=1, now_ms=n, card=card)).version
            for n, card in enumerate(cards)
        ]
        assert versions == [1, 1, 1, 2, 3]

    async def test_an_unknown_show_has_none(self, catalogue: Catalogue) -> None:
        with pytest.raises(UnknownShow):
            await catalogue.kept_card("nowhere", "tamsin", "character", version=1)


class TestSql:
    async def test_an_import_that_breaks_off_leaves_the_canon_as_it_was(self, database: Database) -> None:
        catalogue = SqlCatalogue(database.writer, database.reader)
        first = await catalogue.add_release(a_release(), now_ms=1)
        await catalogue.publish_release(first, now_ms=1)
        # The release is written and the show's row is about to be: the worst moment to lose the power.
        await _cut_power(database, "UPDATE", "shows")
        for release in (a_release("Mind it.", title="New"), a_release(show="other")):
            if release.id.show == "other":
                await _cut_power(database, "INSERT", "releases")
            with pytest.raises(DBAPIError, match="power cut"):
                await catalogue.add_release(release, now_ms=2)
        assert await catalogue.newest("lantern") == await catalogue.published("lantern") == first
        assert await catalogue.shows() == (ShowListing("lantern", "The Lantern", "en", newest=1, published=1),)
        assert (await catalogue.release(first)).script == a_release().script

    async def test_the_audit_log_cannot_be_rewritten(self, database: Database) -> None:
        await with_show(SqlCatalogue(database.writer, database.reader))
        for change in (update(audit_log).values(author="somebody else"), delete(audit_log)):
            with pytest.raises(DBAPIError, match="append-only"):
                async with database.writer.begin() as connection:
                    await connection.execute(change)
        async with database.reader.connect() as connection:
            assert len((await connection.execute(select(audit_log))).all()) == 1

    async def test_what_a_second_process_stored_is_seen(self, database_url: str) -> None:
        databases = [open_database(database_url) for _ in range(2)]
        ours, theirs = (SqlCatalogue(each.writer, each.reader) for each in databases)
        assert (await ours.add_release(a_release(), now_ms=1)).version == 1
        assert (await theirs.add_release(a_release("Mind it."), now_ms=2)).version == 2
        assert (await ours.newest("lantern")).version == 2
        for each in databases:
            await each.aclose()

    async def test_imports_at_once_get_versions_of_their_own(self, database: Database) -> None:
        catalogue = SqlCatalogue(database.writer, database.reader)
        imports = [catalogue.add_release(a_release(words), now_ms=1) for words in ("One.", "Two.", "Three.", "Four.")]
        versions = {release.version for release in await asyncio.gather(*imports)}
        assert versions == {1, 2, 3, 4}

    def test_the_schema_can_be_written_for_postgresql(self) -> None:
        dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy
        written = " ".join(str(CreateTable(table).compile(dialect=dialect)) for table in metadata.sorted_tables)
        assert written.count("CREATE TABLE") == len(metadata.sorted_tables)
        assert "BIGSERIAL" in written
        assert all(statement.split()[0] in ("CREATE", "DROP") for statement in POSTGRES_TRIGGERS)


async def _cut_power(database: Database, verb: str, table: str) -> None:
    """From now on the power fails whenever this is done to this table, and no longer where it failed before."""
    if database.writer.dialect.name == "sqlite":
        statements = [
            "DROP TRIGGER IF EXISTS power_cut",
            f"CREATE TRIGGER power_cut BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, 'power cut'); END",
        ]
    else:
        statements = [
            "DROP FUNCTION IF EXISTS power_cut CASCADE",
            "CREATE FUNCTION power_cut() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'power cut'; END $$",
            f"CREATE TRIGGER power_cut BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION power_cut()",
        ]
    async with database.writer.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))
