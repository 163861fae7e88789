"""The command line: what it answers, its exit status, and that nothing wrong ever ends in a traceback."""

from __future__ import annotations

import json
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer

from gateway.auth import Claims, verify
from gateway.bootstrap import Stage
from gateway.cli import entry
from gateway.folder import owned
from memory.errors import EmbedderUnavailable
from tests.gateway.builders import APPS, OTHER_SECRET, SECRET, environment
from tests.gateway.story import GIDEON, SHOW, TAMSIN, WITHHELD, write_show

ASK = ("ask", "Who came about the roof?", "--show", SHOW)
RECALL = ("recall", "--show", SHOW)


@dataclass(frozen=True)
class Done:
    """What a command did."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document it printed."""
        return json.loads(self.out)


Encore = Callable[..., Done]


@pytest.fixture
def encore(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Encore:
    """`encore ARGUMENTS`, in this process. `env` changes settings, named without their prefix."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, env: dict[str, str] | None = None) -> Done:
        for name, value in environment(data_dir, **(env or {})).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["encore", *map(str, arguments)])
        try:
            entry.main()
            status = 0
        except SystemExit as ended:
            status = int(ended.code or 0)
        captured = capsys.readouterr()
        said = captured.out + captured.err
        assert "Traceback" not in said
        assert SECRET not in said
        assert OTHER_SECRET not in said
        return Done(status, captured.out, captured.err)

    return run


def one_sentence(done: Done, *words: str, status: int = 1) -> None:
    """A failure that is told in one line on standard error."""
    assert done.status == status, done
    assert (done.out, done.err.count("\n")) == ("", 1), done
    assert done.err.rstrip().endswith((".", "SLUG", SHOW)), done.err
    for word in words:
        assert word in done.err, done.err


def commands() -> Iterator[tuple[str, ...]]:
    """Every command and group, by its words."""

    def below(command: object, *words: str) -> Iterator[tuple[str, ...]]:
        yield words
        for name, part in getattr(command, "commands", {}).items():
            yield from below(part, *words, name)

    return below(typer.main.get_command(entry.app))


def test_every_command_has_help(encore: Encore) -> None:
    every = list(commands())
    assert len(every) > 12
    for words in every:
        done = encore(*words, "--help")
        assert (done.status, done.err) == (0, "")
        assert "Usage: encore" in done.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("serve", "--port", "http"),
        ("serve", "--port", "70000"),
        ("serve", "--nonsense"),
        ("ask", "Hello."),
        (*ASK, "--character", "tamsin", "--episode", "two"),
        (*ASK, "--character", "tamsin", "--episode", "-1"),
        RECALL,
        (*RECALL, "A question?", "--character", "tamsin"),
        (*RECALL, "A question?", "--character", "tamsin", "--episode", "1", "--batch", "x"),
        (*RECALL, "--batch", "missing.jsonl"),
        (*RECALL, "A question?", "--character", "tamsin", "--episode", "1", "--k", "0"),
        ("grant", "--fan", "mara", "--credits", "many", "--reason", "x"),
        ("grant", "--fan", "mara", "--credits", "5", "--reason", "x", "--class", "stolen"),
        ("grant", "--fan", "", "--credits", "5", "--reason", "x"),
        ("grant", "--fan", "mara", "--credits", "5", "--reason", " "),
        ("token", "--fan", "mara", "--show", "the-roof"),
        ("token", "--fan", "mara", "--show", "the-roof=two"),
        ("token", "--fan", "mara", "--age", "old"),
        ("show", "import", "x"),
        ("show", "import", "x", "--show", "y", "--format", "docx"),
        ("character", "publish", "tamsin", "--show", SHOW),
    ],
    ids=lambda arguments: " ".join(arguments)[:60],
)
def test_a_command_used_wrongly_says_so_and_the_status_is_two(encore: Encore, arguments: tuple[str, ...]) -> None:
    done = encore(*arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((*ASK[:2], "--show", "nothing", "--character", "tamsin", "--episode", "1"), "“nothing”"),
        ((*ASK, "--character", "nobody", "--episode", "1"), "“nobody”"),
        ((*ASK, "--character", "gideon", "--episode", "1"), "“gideon”"),
        (("recall", "A question?", "--show", "nothing", "--character", "tamsin", "--episode", "1"), "“nothing”"),
        ((*RECALL, "A question?", "--character", "nobody", "--episode", "1"), "“nobody”"),
        (("character", "list", "--show", "nothing"), "“nothing”"),
        (("character", "publish", "nobody", "--show", SHOW, "--author", "a", "--approver", "b"), "“nobody”"),
        (("character", "publish", "tamsin", "--show", SHOW, "--author", "Ana", "--approver", "ana"), "somebody else"),
        (("character", "import", "missing.yaml", "--show", SHOW), "missing.yaml"),
        (("show", "publish", "nothing"), "“nothing”"),
        (("show", "report", "nothing"), "“nothing”"),
        (("show", "import", "missing", "--show", "new"), "missing"),
        (("sample", "nothing"), "“nothing”"),
        (("sample", "../../etc"), "../../etc"),
        (("grant", "--fan", "mara", "--credits", "0", "--reason", "x"), "0 credits"),
        (("grant", "--fan", "mara", "--credits", "-5", "--reason", "x"), "-5 credits"),
        (("grant", "--fan", "mara", "--credits", "9" * 18, "--reason", "x"), "credits"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_is_one_sentence_and_the_status_is_one(
    encore: Encore, arguments: tuple[str, ...], words: str
) -> None:
    one_sentence(encore(*arguments), words)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.fountain", b"", "nothing in it"),
        ("blank.fountain", b" \n\n\t\n", "nothing in it"),
        ("mute.fountain", b"INT. SHOP - DAY\n\nA lamp burns. Nobody is there to see it.\n", "nobody speaks"),
        ("binary.fountain", b"\x00\x01\x02\x03", "not text"),
        ("latin.fountain", b"CAF\xe9\nMind the step.\n", "not UTF-8"),
    ],
)
def test_a_script_that_cannot_be_read_is_told_by_its_name(
    encore: Encore, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    one_sentence(encore("show", "import", name, "--show", "new"), name, words)
    assert [show["slug"] for show in encore("show", "list", "--json").json] == [SHOW]


@pytest.mark.parametrize("slug", ["", "The Roof", "../roof", "-roof", "r" * 64])
def test_a_show_cannot_be_called_anything(encore: Encore, tmp_path: Path, slug: str) -> None:
    write_show(tmp_path / "folder")
    done = encore("show", "import", "folder", "--show", slug)
    one_sentence(done, "is not a slug")


WRONG_SETTINGS = [
    ("EMBEDDER", "word2vec"),
    ("MODEL", "no-such-provider:x"),
    ("DRAIN_S", "soon"),
    ("APPS", f'{{"demo": {{"secret": "{SECRET}", "origin": []}}}}'),
    ("APPS", f'{{"demo": "{SECRET}"'),
    ("NATIVE_CLIENTS", "maybe"),
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


def test_a_token_is_made_for_an_app_that_is_set(encore: Encore) -> None:
    one_sentence(encore("token", "--fan", "mara", "--app", "nothing"), "ENCORE_APPS", status=2)


@pytest.mark.parametrize("app", ["nothing", "second/app", "", " demo"])
def test_credits_are_granted_to_fans_of_an_app_that_is_there(encore: Encore, app: str) -> None:
    done = encore("grant", "--fan", "mara", "--app", app, "--credits", "5", "--reason", "x")
    assert (done.status, done.out) == (2, "")
    assert "--app" in done.err
    for known in ("demo", "second-app"):
        assert encore("grant", "--fan", "mara", "--app", known, "--credits", "5", "--reason", "x").status == 0
    assert encore("grant", "--fan", "mara", "--credits", "5", "--reason", "x", env={"APPS": ""}).status == 0


def test_without_a_host_app_nobody_could_come_in(encore: Encore) -> None:
    one_sentence(encore("serve", "--port", "0", env={"APPS": ""}), "ENCORE_APPS", status=2)


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


# What commands answer


def test_a_token_is_one_that_opens_the_door(encore: Encore, capsys: pytest.CaptureFixture[str]) -> None:
    done = encore("token", "--fan", "mara", "--show", "the-roof=2", "--show", "other=5", "--name", "Mara")
    claims = verify(done.out.strip(), APPS)
    assert claims == Claims("demo", "mara", {"the-roof": 2, "other": 5}, name="Mara", age="adult")


def test_shows_and_characters_are_listed(encore: Encore) -> None:
    assert encore("show", "list", "--json").json == [
        {"slug": SHOW, "title": "The Roof", "locale": "en", "newest": 1, "published": 1}
    ]
    assert encore("character", "list", "--show", SHOW, "--json").json == [
        {"slug": "tamsin", "name": "Tamsin Orr", "status": "published", "version": 1},
        {"slug": "gideon", "name": "Gideon Hallam", "status": "published", "version": 1},
    ]
    assert "The Roof" in encore("show", "list").out


def test_importing_again_changes_nothing_and_another_text_is_a_new_version(encore: Encore, tmp_path: Path) -> None:
    folder = write_show(tmp_path / "folder")
    again = encore("show", "import", folder, "--show", SHOW, "--json").json
    assert (again["version"], again["new"], again["characters"]) == (1, False, ["gideon", "tamsin"])
    (folder / "episodes" / "ep4.fountain").write_text("Episode: 4\n\nINT. SHOP\n\nTAMSIN\nGo home.\n", "utf-8")
    changed = encore("show", "import", folder, "--show", SHOW, "--json").json
    assert (changed["version"], changed["new"], changed["episodes"]) == (2, True, 4)
    assert encore("show", "list", "--json").json[0]["published"] == 1
    assert encore("show", "publish", SHOW).status == 0
    assert encore("show", "list", "--json").json[0]["published"] == 2
    assert encore("show", "report", SHOW, "--json").json["episodes"] == 4


def test_a_sheet_is_imported_as_a_draft_and_published_by_two(encore: Encore, tmp_path: Path) -> None:
    (tmp_path / "tamsin.yaml").write_text(TAMSIN.replace("She mends", "She still mends"), encoding="utf-8")
    assert "version 2, as a draft" in encore("character", "import", "tamsin.yaml", "--show", SHOW).out
    published = encore("character", "publish", "TAMSIN", "--show", SHOW, "--author", "ana", "--approver", "ben")
    assert published.out == "Published tamsin, version 2.\n"
    (tmp_path / "wrong.yaml").write_text(GIDEON.replace("wants:", "want:"), encoding="utf-8")
    one_sentence(encore("character", "import", "wrong.yaml", "--show", SHOW), "wrong.yaml", "want")
    (tmp_path / "stranger.yaml").write_text(GIDEON.replace("cue: GIDEON", "cue: NOBODY"), encoding="utf-8")
    one_sentence(encore("character", "import", "stranger.yaml", "--show", SHOW), "NOBODY")


def test_ask_answers_and_explains_what_went_in_and_what_did_not(encore: Encore) -> None:
    arguments = (*ASK, "--character", "the lamp girl", "--episode", 2)
    answer = encore(*arguments, "--explain", "--json").json
    assert {"reply", "refused", "model", "sources", "manifest", "withheld"} == set(answer)
    assert answer["manifest"]["used_tokens"] <= answer["manifest"]["budget_tokens"]
    assert any(block["included"] and block["name"] == "canon" for block in answer["manifest"]["blocks"])
    assert all({"name", "source", "reason", "tokens"} <= set(block) for block in answer["manifest"]["blocks"])
    assert answer["withheld"]["passages"]
    assert answer["withheld"]["terms"] > 0
    assert WITHHELD.casefold() not in json.dumps(answer).casefold()
    assert set(encore(*arguments, "--json").json) == {"reply", "refused", "model", "sources"}
    plain = encore(*arguments)
    assert (plain.status, plain.out.strip() != "") == (0, True)
    explained = encore(*arguments, "--explain")
    assert "Withheld:" in explained.out
    assert WITHHELD.casefold() not in explained.out.casefold()


def test_asking_costs_nothing_and_leaves_nothing(encore: Encore) -> None:
    encore(*ASK, "--character", "tamsin", "--episode", 2)
    assert encore("ledger", "verify", "--json").json == []


def test_recall_tells_scenes_within_the_horizon(encore: Encore) -> None:
    asked = (*RECALL, "What burnt?", "--character", "tamsin", "--json", "--k", 9)
    for episode, within in ((0, set()), (1, {1}), (2, {1, 2}), (3, {1, 2, 3})):
        found = encore(*asked, "--episode", episode).json
        assert {passage["episode"] for passage in found["passages"]} == within
    assert all({"episode", "scene", "score", "text"} <= set(passage) for passage in found["passages"])


BATCH: list[tuple[bytes, object]] = [
    (b'{"id": "a", "character": "tamsin", "question": "The roof?", "watched_episode": 1}', "a"),
    (b"not json", None),
    (b"[]", None),
    (b"null", None),
    (b"\xff\xfe\xff", None),
    (b'{"id": "no-question", "character": "tamsin", "watched_episode": 1}', None),
    (b'{"id": "typed", "character": "tamsin", "question": 7, "watched_episode": 1}', "typed"),
    (b'{"id": "true", "character": "tamsin", "question": "?", "watched_episode": true}', "true"),
    (b'{"id": "below", "character": "tamsin", "question": "?", "watched_episode": -1}', "below"),
    (b'{"id": "who", "character": "nobody", "question": "?", "watched_episode": 1}', "who"),
    (b"[" * 100_000, None),
    (b'{"id": "\\ud800", "character": "tamsin", "question": "\\ud800 roof?", "watched_episode": 1}', "\ud800"),
    (b'{"id": 7, "character": "tamsin", "question": "The till?", "watched_episode": 2}', 7),
]
GOOD = ("a", "\ud800", 7)


def test_a_batch_answers_every_line_in_order_and_goes_on_after_a_bad_one(encore: Encore, tmp_path: Path) -> None:
    (tmp_path / "batch.jsonl").write_bytes(b"\n".join(line for line, _ in BATCH) + b"\n")
    done = encore(*RECALL, "--batch", "batch.jsonl", "--k", 2)
    answers = [json.loads(line) for line in done.out.splitlines()]
    assert done.status == 0
    assert [answer["id"] for answer in answers] == [identity for _, identity in BATCH]
    assert [answer["id"] for answer in answers if "error" not in answer] == list(GOOD)
    assert all(answer["passages"] for answer in answers if "error" not in answer)
    assert all(isinstance(answer.get("error", ""), str) for answer in answers)


def test_credits_are_granted_once_for_a_key(encore: Encore) -> None:
    grant = ("grant", "--fan", "mara", "--credits", "7", "--reason", "to try")
    assert encore(*grant, "--key", "k1").out == "mara of demo now has 7 credits.\n"
    assert encore(*grant, "--key", "k1").out == "mara of demo now has 7 credits.\n"
    assert encore(*grant).out == "mara of demo now has 14 credits.\n"
    one_sentence(encore(*grant[:3], "--credits", "8", *grant[5:], "--key", "k1"), "used before")


def test_the_books_are_kept_and_verified_on_a_server_too(encore: Encore, postgres_url: str) -> None:
    server = {"DATABASE_URL": postgres_url}
    granted = encore("grant", "--fan", "mara", "--credits", "7", "--reason", "to try", env=server)
    assert granted.out == "mara of demo now has 7 credits.\n"
    fine = encore("ledger", "verify", env=server)
    assert (fine.status, fine.out) == (0, "The books add up.\n")


def test_the_books_are_verified_and_a_tampered_wallet_is_found(encore: Encore, data_dir: Path) -> None:
    encore("grant", "--fan", "mara", "--credits", "7", "--reason", "to try")
    fine = encore("ledger", "verify")
    assert (fine.status, fine.out) == (0, "The books add up.\n")
    with sqlite3.connect(data_dir / "encore.db") as database:
        database.execute("update wallets set posted = posted + 5")
    database.close()
    found = encore("ledger", "verify")
    assert (found.status, found.out) == (1, "")
    assert "I2 fan demo/mara" in found.err
    told = encore("ledger", "verify", "--json")
    assert (told.status, {violation["invariant"] for violation in told.json}) == (1, {"I2"})


def test_a_sample_whose_vectors_cannot_be_made_is_not_published(
    encore: Encore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def break_off(*_: object, **__: object) -> None:
        raise EmbedderUnavailable("hash", "the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(Stage, "read_through", break_off)
        one_sentence(encore("sample", "--json"), "the disk is full", status=2)
    (sample,) = (show for show in encore("show", "list", "--json").json if show["slug"] != SHOW)
    assert (sample["newest"], sample["published"]) == (1, None)
    assert encore("sample", "--json").status == 0
    (sample,) = (show for show in encore("show", "list", "--json").json if show["slug"] != SHOW)
    assert (sample["newest"], sample["published"]) == (1, 1)
