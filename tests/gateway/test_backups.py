"""Backups: taken while fans talk, refused where they could do harm, and restored to a place where the talk goes on."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.bootstrap import Store, open_store
from gateway.folder import owned
from tests.gateway.builders import (
    PRICE,
    books_add_up,
    claims_of,
    environment,
    grant,
    import_small_show,
    served,
    settings_of,
    token_of,
)
from tests.gateway.client import Event, Fan, sha256_of, text_of
from tests.gateway.commands import Encore, one_sentence
from tests.gateway.lead import LedModel
from tests.gateway.processes import ENCORE, Process, running
from tests.gateway.story import SHOW
from tests.postgres import Postgres

CREDITS = 20_000
FANS = 4
READY = "Encore is ready on "


async def command(data_dir: Path, *arguments: object) -> tuple[int, str, str]:
    """Another `encore` on a data directory: its status, output and errors."""
    async with running(*ENCORE, *map(str, arguments), environment=environment(data_dir)) as process:
        return await process.output()


async def chatter(base: str, name: str, enough: asyncio.Event) -> list[str]:
    """A fan who talks until it is enough; returns the turns that they heard to the end."""
    turns: list[str] = []
    async with Fan(base, token_of(claims_of(name))).talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        while not enough.is_set():
            done = await talk.say(conversation, "Hello.")
            assert done["status"] == "completed"
            turns.append(str(done["turn"]))
    return turns


async def base_of(process: Process) -> str:
    line = await process.line()
    assert line.startswith(READY)
    return line.removeprefix(READY)


async def test_a_backup_under_load_restores_to_books_that_add_up_and_talks_that_go_on(
    data_dir: Path, tmp_path: Path
) -> None:
    names = [f"fan-{number}" for number in range(FANS)]
    async with open_store(settings_of(data_dir)) as store:
        for name in names:
            await grant(store.units, claims_of(name), CREDITS)
    copy, elsewhere, enough = tmp_path / "today.encore", tmp_path / "elsewhere", asyncio.Event()
    async with running(*ENCORE, "serve", "--port", "0", environment=environment(data_dir)) as process:
        fan = Fan(await base_of(process), token_of(claims_of("fan-0")))
        async with fan.talk() as talk:
            conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
            said = await talk.say(conversation, "Hello.")
            heard, mark = text_of(talk.of_turn(said["turn"])), talk.mark(conversation)
        talking = [asyncio.create_task(chatter(fan.base, name, enough)) for name in names]
        status, out, errors = await command(data_dir, "backup", "--out", copy, "--json")
        enough.set()
        turns = await asyncio.gather(*talking)
    assert (status, errors) == (0, "")
    assert json.loads(out)["revision"]
    assert all(turns), "nobody talked meanwhile"
    assert copy.stat().st_mode & 0o077 == 0, "it has every word of every fan"

    status, out, errors = await command(elsewhere, "restore", copy)
    assert (status, errors, out.splitlines()[-1]) == (0, "", "The books add up.")
    async with running(*ENCORE, "serve", "--port", "0", environment=environment(elsewhere)) as process:
        fan = Fan(await base_of(process), token_of(claims_of("fan-0")))
        async with fan.talk(resume=[mark]) as talk:
            assert [answer["recovered"] for answer in talk.welcome["resumed"]] == [False]
            opened = await talk.open(SHOW, "tamsin")
            assert (opened["conversation"], opened["epoch"] != mark["epoch"]) == (conversation, True)
            messages = (await fan.get(f"/v1/conversations/{conversation}/messages"))["messages"]
            assert heard in [message["text"] for message in messages]
            done = await talk.say(conversation, "Still there?")
            assert done["status"] == "completed"
            assert done["text_sha256"] == sha256_of(text_of(talk.of_turn(done["turn"])))
    async with open_store(settings_of(elsewhere)) as store:
        assert await books_add_up(store.units)


async def replayed(store: Store, conversation: str) -> list[Event]:
    async with store.units.read() as unit:
        return [json.loads(event.wire) for event in await unit.log.read(conversation, after=0, limit=100)]


@pytest.fixture
def backup(encore: Encore, tmp_path: Path) -> Path:
    """A backup of a data directory with the small show."""
    assert encore("backup", "--out", tmp_path / "it.encore").status == 0
    return tmp_path / "it.encore"


class TestBackup:
    def test_it_is_never_written_over_a_file(self, encore: Encore, backup: Path) -> None:
        before = backup.read_bytes()
        one_sentence(encore("backup", "--out", backup), "it is there already")
        assert backup.read_bytes() == before

    def test_a_folder_that_is_not_there_is_told(self, encore: Encore, tmp_path: Path) -> None:
        one_sentence(encore("backup", "--out", tmp_path / "nowhere" / "it.encore"), "its folder cannot be written")

    def test_without_a_database_there_is_nothing_to_back_up(self, encore: Encore, tmp_path: Path) -> None:
        empty = {"DATA_DIR": str(tmp_path / "empty")}
        one_sentence(encore("backup", "--out", tmp_path / "it.encore", env=empty), "database cannot be opened")
        assert not (tmp_path / "it.encore").exists()
        assert list(tmp_path.glob(".it*")) == []

    def test_on_a_server_pg_dump_is_named(self, encore: Encore, tmp_path: Path, postgres: Postgres) -> None:
        env = {"DATABASE_URL": postgres.url("any")}
        one_sentence(encore("backup", "--out", tmp_path / "it.encore", env=env), "pg_dump", status=2)

    def test_it_holds_no_setting_and_no_secret(self, backup: Path) -> None:
        with zipfile.ZipFile(backup) as archive:
            assert sorted(archive.namelist()) == ["encore.db", "manifest.json"]


def damaged(change: Callable[[bytearray], None]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        content = bytearray(path.read_bytes())
        change(content)
        path.write_bytes(content)

    return damage


def repacked(**members: bytes) -> Callable[[Path], None]:
    """The archive with other contents under these names."""

    def damage(path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            contents = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in {**contents, **{key.replace("_", "."): new for key, new in members.items()}}.items():
                archive.writestr(name, content)

    return damage


def other_manifest(**changes: object) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read("manifest.json"))
        repacked(manifest_json=json.dumps({**manifest, **changes}).encode())(path)

    return damage


HARMS: list[tuple[Callable[[Path], None], str]] = [
    (damaged(lambda content: content.clear()), "damaged, or no backup"),
    (damaged(lambda content: content.__setitem__(slice(-400, None), b"")), "damaged, or no backup"),
    (repacked(manifest_json=b"[]"), "damaged, or no backup"),
    (repacked(manifest_json=b"{}"), "damaged, or no backup"),
    (repacked(encore_db=b"SQLite format 3\0"), "not the one that was put into it"),
    (other_manifest(bytes=10), "not the one that was put into it"),
    (other_manifest(format=2), "newer version of Encore made it"),
    (other_manifest(revision="9999"), "newer version of Encore"),
]


class TestRestore:
    @pytest.mark.parametrize(("harm", "words"), HARMS)
    def test_what_cannot_be_believed_leaves_nothing_behind(
        self, encore: Encore, backup: Path, tmp_path: Path, harm: Callable[[Path], None], words: str
    ) -> None:
        harm(backup)
        one_sentence(encore("restore", backup, env={"DATA_DIR": str(tmp_path / "new")}), words)
        assert [path.name for path in (tmp_path / "new").iterdir()] == ["server.lock"]

    @pytest.mark.parametrize("name", ["encore.db", "encore.db-wal", "encore.db-journal"])
    def test_no_database_nor_a_part_of_one_is_overwritten(
        self, encore: Encore, backup: Path, tmp_path: Path, name: str
    ) -> None:
        (tmp_path / "new").mkdir()
        (tmp_path / "new" / name).write_bytes(b"here already")
        one_sentence(encore("restore", backup, env={"DATA_DIR": str(tmp_path / "new")}), "empty data directory")
        assert (tmp_path / "new" / name).read_bytes() == b"here already"

    def test_not_under_a_running_server(self, encore: Encore, backup: Path, tmp_path: Path) -> None:
        with owned(tmp_path / "new"):
            one_sentence(encore("restore", backup, env={"DATA_DIR": str(tmp_path / "new")}), "Another Encore server")

    def test_a_file_is_needed_here_and_none_on_a_server(
        self, encore: Encore, backup: Path, tmp_path: Path, postgres: Postgres
    ) -> None:
        assert encore("restore", env={"DATA_DIR": str(tmp_path / "new")}).status == 2
        env = {"DATA_DIR": str(tmp_path / "new"), "DATABASE_URL": postgres.url("any")}
        one_sentence(encore("restore", backup, env=env), "pg_restore", status=2)

    def test_books_that_do_not_add_up_are_told_and_the_status_says_so(
        self, encore: Encore, data_dir: Path, tmp_path: Path
    ) -> None:
        assert encore("grant", "--fan", "mara", "--app", "demo", "--credits", "7", "--reason", "a test").status == 0
        with sqlite3.connect(data_dir / "encore.db") as connection:
            connection.execute("UPDATE wallets SET posted = 8")
        connection.close()
        assert encore("backup", "--out", tmp_path / "it.encore").status == 0
        done = encore("restore", tmp_path / "it.encore", env={"DATA_DIR": str(tmp_path / "new")})
        assert (done.status, done.err != "", "add up" in done.out) == (1, True, False)


async def test_new_epochs_are_in_the_conversations_and_in_every_logged_event(database_url: str, tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "data", DATABASE_URL=database_url)
    async with open_store(settings) as store:
        await import_small_show(store, tmp_path / "show")
    async with served(settings, LedModel()) as house:
        fan = await house.rich_fan()
        async with fan.talk() as talk:
            opened = await talk.open(SHOW, "tamsin")
            done = await talk.say(opened["conversation"], "Hello.")
    async with open_store(settings) as store:
        before = await replayed(store, opened["conversation"])
        assert await store.renew_epochs() == 1
        after = await replayed(store, opened["conversation"])
    (epoch,) = {event["epoch"] for event in after}
    assert epoch != opened["epoch"]
    assert [event | {"epoch": ""} for event in after] == [event | {"epoch": ""} for event in before]
    async with served(settings, LedModel()) as house, house.fan().talk() as talk:
        assert (await talk.open(SHOW, "tamsin"))["epoch"] == epoch
        again = await talk.say(opened["conversation"], "Hello again.")
        assert (again["status"], again["wallet"]["available"]) == ("completed", done["wallet"]["available"] - PRICE)
