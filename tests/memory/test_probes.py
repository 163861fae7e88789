"""The sample show's spoiler probes: whatever a fan asks, recall holds nothing from beyond their horizon."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict

import pytest

import characters
from characters.reading import read_script
from characters.release import Release, ReleaseId
from characters.show_folder import load_facts
from memory.doubles import HashEmbedder, MemoryVectors
from memory.exact_index import ExactIndex
from memory.recalling import CanonMemory
from memory.types import Query, Recall, Viewpoint
from tests.memory.story import reader_of

SAMPLE = Path(characters.__file__).parent / "shows" / "lantern-contract"
PROBES = Path(__file__).parents[1] / "data" / "lantern-contract" / "probes-dev.jsonl"


class Probe(TypedDict):
    """One line of the probes file, as far as this test reads it."""

    id: str
    character: str
    question: str
    watched_episode: int
    must_not_contain: list[str]


def probes() -> list[Probe]:
    return [json.loads(line) for line in PROBES.read_text(encoding="utf-8").splitlines() if line.strip()]


@pytest.fixture(scope="module")
def show() -> Release:
    return Release(
        ReleaseId("lantern-contract", 1),
        "The Lantern Contract",
        "en",
        read_script(SAMPLE / "episodes"),
        load_facts(SAMPLE / "canon.yaml"),
    )


def plain(text: str) -> str:
    return text.replace("’", "'").casefold()


def words_of(found: Recall) -> str:
    """Everything of a recall that could reach a prompt."""
    passages = [part for scored in found.passages for part in (scored.passage.place, scored.passage.text)]
    facts = [known.fact.text for known in found.facts]
    lines = [part for scored in found.own_lines for part in (scored.line.cue_text, scored.line.text)]
    return plain("\n".join(passages + facts + lines))


def watched(show: Release, horizon: int) -> str:
    """Everything a fan of this horizon has seen and heard, and the facts of it."""
    seen = [line.text for scene in show.script.scenes() if scene.episode <= horizon for line in scene.lines]
    facts = [fact.text for fact in show.facts if fact.from_episode <= horizon]
    return plain("\n".join(seen + facts))


async def test_no_probe_recalls_anything_from_beyond_its_horizon(show: Release) -> None:
    memory = CanonMemory(reader_of(show), HashEmbedder(), MemoryVectors(), ExactIndex(), lambda: 0)
    await memory.index(show.id)
    recalled = 0
    for probe in probes():
        horizon = probe["watched_episode"]
        found = await memory.recall(
            show.id, Viewpoint(probe["character"], horizon), Query(probe["question"]), k=10, neighbours=4
        )
        recalled += len(found.passages)
        assert all(scored.passage.revealed_at <= horizon for scored in found.passages), probe["id"]
        assert all(known.fact.from_episode <= horizon for known in found.facts), probe["id"]
        assert all(scored.line.episode <= horizon for scored in found.own_lines), probe["id"]
        secrets = [secret for secret in map(plain, probe["must_not_contain"]) if secret not in watched(show, horizon)]
        assert [secret for secret in secrets if secret in words_of(found)] == [], probe["id"]
    assert recalled > len(probes())  # the gate was open: something was there to be wrong about
