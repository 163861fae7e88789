"""What a whole season and a long show cost on the embedded defaults. Run by hand.

    python -m bench.scale SHOW_FOLDER EVAL_JSONL [--episodes 100] [--fold 5] [--chroma-url http://127.0.0.1:8000]

First the season in SHOW_FOLDER is imported and made ready as `encore show import` and `publish` do it, into an empty
data folder (SQLite, embedded Chroma, the bundled embedder), then once more unchanged. A longer show is made of it: its
episodes again and again, each with its scenes `--fold` times, until it has as many passages as a drama of a hundred
episodes. Its vectors are strewn at random, for only the time of recall is looked at: what it finds is measured by
`bench.recall`. The questions of EVAL_JSONL are asked about the last season, the embedder's time apart. With a Chroma
server (`chroma run`, one of its own) the dense arm is asked of that too.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import tempfile
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.recall import Labelled, load_release, print_times, read_questions
from characters.importing import import_show
from characters.release import Release, ReleaseId
from characters.script import Episode, Script
from gateway.bootstrap import Stage, Store, now_ms, open_index, open_memory, open_store
from gateway.settings import read_settings
from memory.canon import prepare
from memory.doubles import MemoryVectors
from memory.exact_index import ExactIndex
from memory.horizon import open_gate
from memory.ports import Embedder, PassageIndex, Progress, Vector
from memory.recalling import CanonMemory
from memory.types import Query, Viewpoint

SLUG = "bench-season"
LONG = ReleaseId("bench-long-show", 1)


class Strewn:
    """The bundled embedder for questions; for passages, vectors at random, the same for the same text."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.model_id, self.dims = f"strewn-{embedder.model_id}", embedder.dims

    async def query(self, text: str) -> Vector:
        """See Embedder."""
        return await self._embedder.query(text)

    async def passages(self, texts: Sequence[str], progress: Progress | None = None) -> list[Vector]:
        """See Embedder."""
        return [self._strew(text) for text in texts]

    def _strew(self, text: str) -> Vector:
        found = np.random.default_rng(zlib.crc32(text.encode())).standard_normal(self.dims).astype(np.float32)
        return np.asarray(found / np.linalg.norm(found), dtype=np.float32)


def lengthened(release: Release, episodes: int, fold: int) -> Release:
    """The show repeated until it has so many episodes, each with its scenes `fold` times."""
    seasons = -(-episodes // len(release.script.episodes))
    made = [
        _again(episode, season * len(release.script.episodes), fold)
        for season in range(seasons)
        for episode in release.script.episodes
    ]
    script = Script(tuple(made[:episodes]), release.script.report)
    facts = tuple(
        replace(fact, id=f"{fact.id}-{season}", from_episode=fact.from_episode + season * len(release.script.episodes))
        for season in range(seasons)
        for fact in release.facts
    )
    return replace(release, id=LONG, script=script, facts=facts)


def _again(episode: Episode, shift: int, fold: int) -> Episode:
    scenes = tuple(
        replace(
            scene,
            episode=scene.episode + shift,
            number=scene.number + n * 100,
            lines=tuple(replace(line, text=f"{line.text} ({shift}-{n})") for line in scene.lines),
        )
        for n in range(fold)
        for scene in episode.scenes
    )
    return Episode(episode.number + shift, episode.title, scenes)


async def import_twice(folder: Path, store: Store, stage: Stage) -> None:
    """Import and make ready, twice, and print how long each took."""
    for name in ("first", "second"):
        began, began_cpu = time.perf_counter(), time.process_time()
        imported = await import_show(store.catalogue, folder, SLUG, now_ms=now_ms())
        read_s = time.perf_counter() - began
        await stage.memory.index(imported.release_id)
        took_s = time.perf_counter() - began
        cpu_s = time.process_time() - began_cpu
        print(f"{name} import of the season: {took_s:.2f} s (reading {read_s:.2f} s), {cpu_s:.1f} s of CPU")


async def ask(memory: CanonMemory, questions: Sequence[Labelled], shift: int) -> None:
    """Ask every question about the last season and print what recall took."""
    times = []
    for question in questions:
        view = Viewpoint(question.viewpoint.character, question.viewpoint.horizon + shift)
        times.append((await memory.recall(LONG, view, Query(question.text))).times)
    print_times("recall without the embedder", [one.search_ms for one in times])
    print_times("embedding one question", [one.embed_ms for one in times])


async def compare_arms(
    arms: Mapping[str, PassageIndex],
    embedder: Strewn,
    release: Release,
    vectors: MemoryVectors,
    questions: Sequence[Labelled],
) -> None:
    """The dense arm alone at the widest gate, asked of one index after another."""
    canon = prepare(release)
    kept = {key: vectors.kept[embedder.model_id, key] for key in canon.texts}
    last = release.script.episodes[-1].number
    cues = {question.viewpoint.character for question in questions}
    gates = [open_gate(canon.passages, (), Viewpoint(cue, last)).allowed for cue in sorted(cues)]
    widest = max(gates, key=len)
    allowed = [passage.id for passage in canon.passages if passage.id in widest]
    for name, arm in arms.items():
        began = time.perf_counter()
        await arm.ensure(LONG, canon.passages, kept)
        print(f"{name}: made ready in {time.perf_counter() - began:.2f} s")
        taken = []
        for question in questions[:40]:
            vector = await embedder.query(question.text)
            began = time.perf_counter()
            await arm.nearest(LONG, vector, allowed, len(allowed))
            taken.append((time.perf_counter() - began) * 1e3)
        print_times(f"{len(allowed)} allowed passages, {name}", taken)


async def measure(
    folder: Path, questions: Sequence[Labelled], episodes: int, fold: int, data: Path, chroma_url: str
) -> None:
    """Import, lengthen, ask."""
    settings = read_settings({"ENCORE_DATA_DIR": str(data)})
    async with open_store(settings) as store, open_memory(store) as stage:
        await import_twice(folder, store, stage)
        season = load_release(folder)
        release, vectors, embedder = lengthened(season, episodes, fold), MemoryVectors(), Strewn(stage.embedder)

        async def read(_: ReleaseId) -> Release:
            return release

        memory = CanonMemory(read, embedder, vectors, stage.index, time.perf_counter_ns)
        began = time.perf_counter()
        await memory.index(LONG)
        canon = prepare(release)
        print(f"\n{episodes} episodes, {len(canon.passages)} passages, {len(canon.texts)} texts: ", end="")
        print(f"made ready in {time.perf_counter() - began:.1f} s without the embedder")
        shift = (episodes - 1) // len(season.script.episodes) * len(season.script.episodes)
        await ask(memory, [one for one in questions if one.viewpoint.horizon + shift <= episodes], shift)
        arms = {"Chroma embedded, by ids": stage.index, "exact, in memory": ExactIndex()}
        served = read_settings({"ENCORE_DATA_DIR": str(data), "ENCORE_CHROMA_URL": chroma_url})
        async with open_index(served, embedder.model_id) as server:
            if chroma_url:
                arms["Chroma server, by ids"] = server
            await compare_arms(arms, embedder, release, vectors, questions)
        print(f"largest resident size: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


async def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("show_folder", type=Path)
    parser.add_argument("eval_jsonl", type=Path)
    parser.add_argument("--episodes", type=int, default=100)
    parser.add_argument("--chroma-url", default="")
    parser.add_argument("--fold", type=int, default=5, help="how often each scene stands in its episode")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        questions = read_questions(arguments.eval_jsonl)
        await measure(
            arguments.show_folder, questions, arguments.episodes, arguments.fold, Path(data), arguments.chroma_url
        )


if __name__ == "__main__":
    asyncio.run(main())
