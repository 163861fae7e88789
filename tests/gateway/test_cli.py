"""The command line: what it answers, its exit status, and that nothing wrong ever ends in a traceback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from gateway.auth import Claims, verify
from gateway.bootstrap import Stage
from gateway.cli import entry
from memory.errors import EmbedderUnavailable
from tests.gateway.builders import APPS
from tests.gateway.commands import ASK, Encore, one_sentence
from tests.gateway.story import GIDEON, SHOW, TAMSIN, WITHHELD, write_show

RECALL = ("recall", "--show", SHOW)


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
        ("bomb.fdx", b'<!DOCTYPE x [<!ENTITY a "ha">]><FinalDraft>&a;</FinalDraft>', "XML entities"),
        ("page.xml", b"<?xml version='1.0'?><html/>", "neither Final Draft nor TEI"),
        ("diary.txt", b"Dear diary, nothing happened.\n", "name it with --format"),
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


def test_a_token_is_made_for_an_app_that_is_set(encore: Encore) -> None:
    one_sentence(encore("token", "--fan", "mara", "--app", "nothing"), "ENCORE_APPS", status=2)


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


def test_an_import_tells_each_files_format_and_everything_it_did_not_place(encore: Encore, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    (folder / "ep1.txt").write_text("EPISODE 1\nLEA: Hi.\nCUT TO:\n[END EPISODE]\nstray\n", "utf-8")
    (folder / "ep2.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nLEA: Bye.\n", "utf-8")
    told = encore("show", "import", folder, "--show", "mixed", "--json").json
    assert (told["episodes"], told["cues"]) == (2, {"LEA": 2})
    assert told["files"] == [
        {"source": "ep1.txt", "format": "dialogue", "episodes": [1], "set_aside": {"transition": 1}},
        {"source": "ep2.srt", "format": "srt", "episodes": [2], "set_aside": {}},
    ]
    assert [(line["source"], line["line"], line["text"]) for line in told["unplaced"]] == [("ep1.txt", 5, "stray")]
    assert encore("show", "report", "mixed", "--json").json["files"] == told["files"]
    words = encore("show", "report", "mixed").out
    assert "Read 1 file as dialogue." in words
    assert "Set aside, because it is no part of the show: transition 1." in words


def test_a_format_can_be_named(encore: Encore, tmp_path: Path) -> None:
    (tmp_path / "ep1.txt").write_text("INT. A\n\nLEA\nHi.\n\nTOM: Bye.\n", "utf-8")
    for form, cues in (("fountain", {"LEA": 1}), ("dialogue", {"TOM": 1})):
        told = encore("show", "import", "ep1.txt", "--show", form, "--format", form, "--json").json
        assert told["cues"] == cues


def test_a_sheet_is_imported_as_a_draft_and_published_by_two(encore: Encore, tmp_path: Path) -> None:
    (tmp_path / "tamsin.yaml").write_text(TAMSIN.replace("She mends", "She still mends"), encoding="utf-8")
    assert "version 2, as a draft" in encore("character", "import", "tamsin.yaml", "--show", SHOW).out
    published = encore("character", "publish", "TAMSIN", "--show", SHOW, "--author", "ana", "--approver", "ben")
    assert published.out == "Published tamsin, version 2.\n"
    (tmp_path / "wrong.yaml").write_text(GIDEON.replace("wants:", "want:"), encoding="utf-8")
    one_sentence(encore("character", "import", "wrong.yaml", "--show", SHOW), "wrong.yaml", "want")
    (tmp_path / "early.yaml").write_text(GIDEON.replace("Cold hands", WITHHELD), encoding="utf-8")
    one_sentence(encore("character", "import", "early.yaml", "--show", SHOW), "tagline", "episode 3")
    (tmp_path / "stranger.yaml").write_text(GIDEON.replace("cue: GIDEON", "cue: NOBODY"), encoding="utf-8")
    one_sentence(encore("character", "import", "stranger.yaml", "--show", SHOW), "NOBODY")


def test_ask_answers_and_explains_what_went_in_and_what_did_not(encore: Encore) -> None:
    arguments = (*ASK, "--character", "the lamp girl", "--episode", 2)
    answer = encore(*arguments, "--explain", "--json").json
    assert {"reply", "refused", "model", "sources", "manifest", "withheld", "likeness"} == set(answer)
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


def test_two_are_asked_together_and_whoever_is_called_answers_first(encore: Encore) -> None:
    arguments = ("ask", "--show", SHOW, "--character", "tamsin", "--with", "gideon", "--episode", 2)
    answer = encore(*arguments, "Gideon, what leaks?", "--explain", "--json").json
    assert [one["speaker"] for one in answer["replies"]] == ["gideon", "tamsin"]
    first, second = ({block["name"]: block["text"] for block in one["manifest"]["blocks"]} for one in answer["replies"])
    assert "heard" not in first
    assert answer["replies"][0]["reply"] in second["heard"]
    told = encore(*arguments, "Who leaks?").out
    assert [line.partition(": ")[0] for line in told.splitlines()] == ["Tamsin Orr", "Gideon Hallam"]
    alone = (*arguments[:5], "--with", "the lamp girl", "--episode", 2, "Who leaks?")
    assert (encore(*alone).status, "same character" in encore(*alone).err) == (2, True)
    one_sentence(encore(*arguments[:6], "nobody", "--episode", 2, "Who leaks?"), "nobody")


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
