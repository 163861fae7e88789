"""`encore facts`: proposals go out as a file, come back decided, and reach fans only with a new release."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from tests.fakes.openai_server import OpenAIServer, openai_server
from tests.gateway.commands import Encore, one_sentence
from tests.gateway.story import SHOW

ON_SHOW = ("--show", SHOW)
HOMES = """Title: The Roof
Episode: 4

INT. GIDEON'S OFFICE - DAY

GIDEON
I'm Tamsin's landlord. My father built the lane.

TAMSIN
Then he built it crooked.
"""
CHANGES = """
- {id: F1, text: The roof leaks., subject: THE ROOF, episode_aired: 1, valid_until_episode: 3, known_by: {TAMSIN: 0}}
"""


@pytest.fixture
def show(encore: Encore, tmp_path: Path) -> str:
    """The small show with a fourth episode in which people say who they are."""
    folder = tmp_path / "homes"
    folder.mkdir()
    (folder / "ep4.fountain").write_text(HOMES, "utf-8")
    (folder / "canon.yaml").write_text(CHANGES, "utf-8")
    assert encore("show", "import", folder, "--show", "homes", "--json").status == 0
    return "homes"


def proposals(encore: Encore, show: str) -> list[dict[str, object]]:
    done = encore("facts", "list", "--show", show, "--proposed", "--json")
    read: list[dict[str, object]] = done.json
    return read


def test_proposals_are_written_changed_approved_and_kept(encore: Encore, show: str, tmp_path: Path) -> None:
    file = tmp_path / "proposals.yaml"
    wrote = encore("facts", "propose", "--show", show, "--out", file)
    assert wrote.out == "Wrote 2 proposals to proposals.yaml.\n"
    entries = yaml.safe_load(file.read_text("utf-8"))
    assert [entry["text"] for entry in entries] == ["Gideon has an office.", "Gideon's father built the lane."]
    assert entries[1]["known_by"] == {"GIDEON": 0, "TAMSIN": 4}
    assert entries[1]["source"] == ["episode 4, scene 1, GIDEON: My father built the lane."]
    entries[1]["text"] = "Gideon's father built Tallow Lane."
    file.write_text(yaml.safe_dump(entries[1:]), "utf-8")
    for _ in range(2):
        approved = encore("facts", "approve", file, "--show", show, "--by", "Ann")
        assert approved.out == "1 approved; the canon is homes@2.\n"
    (_, fact) = encore("facts", "list", "--show", show, "--json").json
    assert (fact["text"], fact["approved_by"]) == ("Gideon's father built Tallow Lane.", "Ann")
    assert [one["text"] for one in proposals(encore, show)] == ["Gideon has an office."]


def test_ids_alone_are_those_of_the_rules_and_a_rejected_one_is_not_proposed_again(encore: Encore, show: str) -> None:
    office, lane = (str(one["id"]) for one in proposals(encore, show))
    assert encore("facts", "reject", office, "--show", show, "--by", "Ann").out.startswith(
        "1 rejected; the canon is homes@1"
    )
    assert encore("facts", "approve", lane, "--show", show, "--by", "Ann").out.startswith("1 approved")
    assert proposals(encore, show) == []
    assert encore("facts", "reject", lane, "--show", show, "--by", "Bo").out == "1 rejected; the canon is homes@3.\n"
    assert [fact["id"] for fact in encore("facts", "list", "--show", show, "--json").json] == ["F1"]


def test_an_approved_fact_is_recalled_by_who_heard_it_and_by_nobody_before(encore: Encore, show: str) -> None:
    lane = str(proposals(encore, show)[1]["id"])
    encore("facts", "approve", lane, "--show", show, "--by", "Ann")

    def facts(episode: int) -> list[str]:
        done = encore(
            "recall", "--show", show, "--character", "TAMSIN", "--episode", episode, "Who built it?", "--json"
        )
        return [fact["id"] for fact in done.json["facts"]]

    assert lane in facts(4)
    assert lane not in facts(3)


def test_what_cannot_be_decided_is_one_sentence(encore: Encore, show: str, tmp_path: Path) -> None:
    one_sentence(encore("facts", "approve", "P-nowhere", "--show", show, "--by", "Ann"), "P-nowhere")
    one_sentence(encore("facts", "reject", "F1", "--show", show, "--by", "Ann"), "canon.yaml")
    one_sentence(encore("facts", "propose", "--show", "nowhere"), "nowhere")
    one_sentence(encore("facts", "propose", "--show", show, "--from", "model"), "scripted", status=2)
    bad = tmp_path / "bad.yaml"
    bad.write_text("- 3", "utf-8")
    one_sentence(encore("facts", "approve", bad, "--show", show, "--by", "Ann"), "bad.yaml")
    assert encore("facts", "approve", bad, "--show", show, "--by", " ").status == 2


def test_lint_tells_what_ends_and_has_no_successor(encore: Encore, show: str) -> None:
    (warning,) = encore("facts", "lint", "--show", show, "--json").json
    assert warning["fact"] == "F1"
    assert "F1" in encore("facts", "lint", "--show", show).out
    assert encore("facts", "lint", *ON_SHOW).out == "Nothing to look at.\n"


@contextmanager
def provider(text: str) -> Iterator[OpenAIServer]:
    """An OpenAI-compatible server in a thread of its own, since a command has a loop of its own."""
    state = OpenAIServer(text=text)
    up, over = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with openai_server(state):
            up.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert up.wait(10)
        yield state
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)
        loop.close()


def test_a_model_reads_the_script_and_what_it_cannot_quote_is_told(encore: Encore, show: str) -> None:
    good = {"text": "Gideon owns the lane.", "subject": "Gideon", "kind": "fact", "quote": "I'm Tamsin's landlord."}
    answer = json.dumps([good, {**good, "quote": "I own the moon."}])
    with provider(answer) as server:
        env = {"MODEL": "openai:any", "MODEL_BASE_URL": server.url, "MODEL_KEY": "k"}
        done = encore("facts", "propose", "--show", show, "--from", "model", env=env)
    (entry,) = yaml.safe_load(done.out)
    assert (entry["text"], entry["origin"], entry["confidence"]) == (good["text"], "model:openai:any", 0.5)
    assert entry["source"] == ["episode 4, scene 1, GIDEON: I'm Tamsin's landlord. My father built the lane."]
    assert "Dropped 1: the quote is not in the scene." in done.err
