"""Deleting and erasing: what a fan wants gone is in no row and in no byte of any file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import text

import billing.adapters.tables
import characters.adapters.tables
import gateway.adapters.tables
import memory.adapters.tables
from gateway.bootstrap import Store, now_ms, open_store
from gateway.remembering import Remembrance
from gateway.settings import Settings
from memory.extracting import RuleExtractor
from tests.gateway.builders import House, books_add_up, claims_of, make_stage
from tests.gateway.commands import Encore
from tests.gateway.lead import LedModel
from tests.gateway.story import SHOW
from tests.gateway.test_notes import CANARY, OWNER, no_terms, notes_of, remembrance_of, said

PARTS = (billing.adapters.tables, characters.adapters.tables, gateway.adapters.tables, memory.adapters.tables)


def files_with(folder: Path, word: str) -> list[str]:
    """The files of a folder that hold these bytes anywhere."""
    needle = word.encode()
    return [str(path) for path in sorted(folder.rglob("*")) if path.is_file() and needle in path.read_bytes()]


class TestErasing:
    async def test_a_deleted_notes_own_words_are_in_no_file(self, settings: Settings, data_dir: Path) -> None:
        async with open_store(settings) as store:
            async with store.units.begin() as unit:
                await unit.notes.tell(OWNER, "t-9", now_ms=1)
            async with store.database.writer.begin() as connection:
                await connection.execute(
                    text(
                        "INSERT INTO notes VALUES ('n-9', :fan, :show, 'tamsin', 'fact', 'fan.home', :word, :word, 1,"
                        " '[]', 1.0, 0, 1, NULL, NULL, 0, NULL, '', x'00')"
                    ),
                    {"fan": OWNER.fan, "show": SHOW, "word": CANARY},
                )
            assert files_with(data_dir, CANARY) != []
            await remembrance_of(store).forget(OWNER.fan, "n-9")
            await store.database.scrub()
            assert files_with(data_dir, CANARY) == []
        assert files_with(data_dir, CANARY) == []

    async def test_an_erased_fan_is_in_no_file_and_the_books_stay(self, house: House, data_dir: Path) -> None:
        fan, other = await house.rich_fan(), await house.rich_fan("other")
        await said(house, fan, f"I live in {CANARY}.", *(f"I love {CANARY} number {n}." for n in range(5)))
        await said(house, other, "I live in Lima.")
        assert files_with(data_dir, CANARY) != []
        before = await fan.get("/v1/wallet")
        await house.store.erasure().erase(claims_of().fan)
        assert files_with(data_dir, CANARY) == []
        assert await fan.get("/v1/conversations") == {"conversations": []}
        assert await notes_of(fan) == []
        assert await fan.get("/v1/wallet") == before
        assert [note["text"] for note in await notes_of(other)] == ["I live in Lima."]
        await said(house, fan, "Where do I live?")

    async def test_an_erased_fan_is_in_no_table_of_a_server(self, empty_store: Store) -> None:
        store = empty_store
        async with store.units.begin() as unit:
            await unit.notes.tell(OWNER, "t-9", now_ms=1)
            await unit.transcripts.begin("c-9", "t-9", fan_text=f"I live in {CANARY}.", horizon=1, now_ms=1)
        async with store.database.writer.begin() as connection:
            await connection.execute(
                text(
                    'INSERT INTO conversations (id, fan, show, "character", mode, locale, release_version,'
                    " sheet_version, epoch, head_seq, created_at_ms)"
                    " VALUES ('c-9', :fan, 'the-roof', 'tamsin', 'canon', 'en', 1, 1, 'e', 1, 1)"
                ),
                {"fan": OWNER.fan},
            )
            await connection.execute(
                text("INSERT INTO log_events VALUES ('c-9', 1, 'e', 't-9', 'reply.delta', :words, 1)"),
                {"words": CANARY},
            )
        assert await tables_with(store, CANARY) == {"exchanges", "log_events"}
        await store.erasure().erase(OWNER.fan)
        assert await tables_with(store, CANARY) == set()
        assert await tables_with(store, OWNER.fan) == set()

    def test_the_command_erases_and_says_so(self, encore: Encore, data_dir: Path) -> None:
        with sqlite3.connect(data_dir / "encore.db") as database:
            database.execute(
                "INSERT INTO notes VALUES ('n-9', 'demo/mara', 'the-roof', 'tamsin', 'fact', 'fan.home', ?, ?, 1,"
                " '[]', 1.0, 0, 1, NULL, NULL, 0, NULL, '', x'00')",
                (CANARY, CANARY),
            )
        database.close()
        done = encore("erase", "--fan", "mara")
        assert (done.status, done.out.split(".")[0]) == (
            0,
            "What mara of demo said, and what was remembered of it, is erased",
        )
        assert files_with(data_dir, CANARY) == []
        assert encore("erase", "--fan", "mara", "--app", "nothing").status == 2
        assert encore("erase", "--fan", "").status == 2


async def tables_with(store: Store, word: str) -> set[str]:
    """The tables whose rows hold a word anywhere."""
    found = set()
    async with store.database.reader.connect() as connection:
        for part in PARTS:
            for table in part.metadata.sorted_tables:
                rows = (await connection.execute(table.select())).all()
                if any(word in str(value) for row in rows for value in row):
                    found.add(table.name)
    return found


async def test_a_deleted_note_leaves_no_row_on_a_server_either(empty_store: Store) -> None:
    remembrance = Remembrance(
        empty_store.units,
        empty_store.transcripts,
        make_stage(empty_store).embedder,
        RuleExtractor(),
        no_terms,
        clock=now_ms,
    )
    async with empty_store.units.begin() as unit:
        await unit.transcripts.begin("c-1", "t-1", fan_text="I live in Lima.", horizon=1, now_ms=1)
        await unit.notes.tell(OWNER, "t-1", now_ms=1)
    assert await remembrance.catch_up() == 1
    async with empty_store.units.read() as unit:
        (note,) = await unit.notes.of_owner(OWNER)
    await remembrance.forget(OWNER.fan, note.id)
    assert await tables_with(empty_store, "lima") == set()


async def test_a_fan_can_be_erased_while_a_reply_streams(house: House, model: LedModel) -> None:
    model.text = None
    fan = await house.rich_fan()
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        await talk.begin(conversation, f"I live in {CANARY}.")
        part = await model.asked()
        await house.store.erasure().erase(claims_of().fan)
        part.say(f"{CANARY}, then. How far away that is.")
        part.end()
        await part.over.wait()
        await house.gateway.turns.drained(within_s=10)
    assert await tables_with(house.store, CANARY) == set()
    assert await books_add_up(house.store.units)
