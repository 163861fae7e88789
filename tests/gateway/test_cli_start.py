"""What keeps commands and the server from starting: each told in one sentence, with nothing half done."""

from __future__ import annotations

import json
import socket
import sqlite3
from pathlib import Path

import pytest

from gateway.folder import owned
from persona.adapters.vocabulary import open_vocabulary
from tests.gateway.builders import SECRET
from tests.gateway.commands import ASK, Encore, one_sentence
from tests.persona.test_vocabulary import written

WRONG_SETTINGS = [
    ("EMBEDDER", "word2vec"),
    ("MODEL", "no-such-provider:x"),
    ("DRAIN_S", "soon"),
    ("APPS", f'{{"demo": {{"secret": "{SECRET}", "origin": []}}}}'),
    ("APPS", f'{{"demo": "{SECRET}"'),
    ("NATIVE_CLIENTS", "maybe"),
    ("CHROMA_URL", "127.0.0.1:8000"),
    ("CHROMA_URL", "http://encore:hunter2@127.0.0.1:8000"),
    ("CHROMA_URL", "http://127.0.0.1:8000/some/path"),
    ("DATABASE_URL", "nonsense"),
    ("DATABASE_URL", "oracle://encore:hunter2@db/encore"),
    ("DATABASE_URL", "sqlite:///encore.db"),
    ("DATABASE_URL", "postgresql+nothing://encore:hunter2@db/encore"),
]


@pytest.mark.parametrize(("name", "value"), WRONG_SETTINGS)
def test_a_wrong_setting_is_told_by_its_name_and_not_by_its_value(encore: Encore, name: str, value: str) -> None:
    done = encore(*ASK, "--character", "tamsin", "--episode", "2", env={name: value})
    one_sentence(done, *(() if name == "MODEL" else (f"ENCORE_{name}",)), status=2)
    assert "hunter2" not in done.err


def test_without_a_host_app_nobody_could_come_in(encore: Encore) -> None:
    one_sentence(encore("serve", "--port", "0", env={"APPS": ""}), "ENCORE_APPS", status=2)


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({}, "ENCORE_DATABASE_URL"),
        ({"CHROMA_URL": "http://127.0.0.1:1"}, "ENCORE_DATABASE_URL"),
        ({"DATABASE_URL": "postgresql+asyncpg://encore@127.0.0.1:1/encore"}, "ENCORE_CHROMA_URL"),
    ],
)
def test_several_workers_need_what_several_processes_can_share(
    encore: Encore, settings: dict[str, str], missing: str
) -> None:
    one_sentence(encore("serve", "--port", "0", "--workers", "2", env=settings), missing, "several workers", status=2)


@pytest.mark.parametrize("command", [("serve", "--port", "0"), (*ASK, "--character", "tamsin", "--episode", "2")])
def test_a_vocabulary_that_is_not_there_keeps_all_from_starting(encore: Encore, command: tuple[str, ...]) -> None:
    done = encore(*command, env={"MODEL": "scripted", "MODEL_VOCABULARY": "/nowhere/tokenizer.json"})
    one_sentence(done, "/nowhere/tokenizer.json", "cannot be read", status=2)


def test_the_tokens_of_a_prompt_are_those_of_the_vocabulary_that_the_settings_name(
    encore: Encore, tmp_path: Path
) -> None:
    env = {"MODEL": "scripted", "MODEL_VOCABULARY": str(written(tmp_path / "tokenizer.json"))}
    done = encore(*ASK, "--character", "tamsin", "--episode", "2", "--explain", "--json", env=env)
    blocks = json.loads(done.out)["manifest"]["blocks"]
    count = open_vocabulary(env["MODEL_VOCABULARY"])
    rules = next(block for block in blocks if block["name"] == "rules")
    assert rules["tokens"] == count(rules["text"] + "\n\n")


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("openai:gpt-x", "OPENAI_API_KEY"),
        ("no-such-provider:x", "no such provider"),
        ("gguf:/nowhere/model.gguf", "no such file"),
    ],
)
@pytest.mark.parametrize("command", ["serve", "ask"])
def test_a_model_that_cannot_answer_keeps_everything_from_starting(
    encore: Encore, monkeypatch: pytest.MonkeyPatch, command: str, model: str, words: str
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    arguments = ("serve", "--port", "0") if command == "serve" else (*ASK, "--character", "tamsin", "--episode", "2")
    one_sentence(encore(*arguments, env={"MODEL": model}), words, model, status=2)


def test_a_port_in_use_is_told_before_anything_is_opened(encore: Encore) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        one_sentence(encore("serve", "--port", port), f"Port {port}")


def test_a_data_directory_has_one_server(encore: Encore, data_dir: Path) -> None:
    with owned(data_dir):
        one_sentence(encore("serve", "--port", "0"), "Another Encore server")


def test_data_of_a_newer_version_is_left_alone(encore: Encore, data_dir: Path) -> None:
    with sqlite3.connect(data_dir / "encore.db") as database:
        database.execute("update alembic_version set version_num = '9999'")
    database.close()
    for arguments in (("show", "list"), ("ledger", "verify"), ("serve", "--port", "0")):
        one_sentence(encore(*arguments), "newer version")


def test_a_data_directory_that_cannot_be_made_is_told(encore: Encore, tmp_path: Path) -> None:
    (tmp_path / "a-file").write_text("", encoding="utf-8")
    for place in ("a-file", "a-file/data"):
        for arguments in (("show", "list"), ("serve", "--port", "0")):
            one_sentence(encore(*arguments, env={"DATA_DIR": str(tmp_path / place)}), "cannot be written")
