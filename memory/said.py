"""Searching what two people said to each other, word for word: the verbatim side of what a character remembers.

Pure: vectors are arguments. It searches only the utterances it is given, so whoever calls must give those of one fan
with one character, within the horizon.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from memory.dates import DAY_MS, day_words
from memory.lexical import LexicalIndex, index_terms
from memory.listing import asks_for_many, words_of_kinds
from memory.ranking import Floats, Mask, normalised
from memory.searching import Matrix
from memory.stems import stems

PAUSE_MS = 6 * 3_600_000
"""After so long a silence a new talk begins: what was said before it explains nothing any more."""
BEFORE_SHARE = 1.0
AFTER_SHARE = 0.5
DATE_SHARE = 1.0
BEFORE_IN_VECTOR = 0.7
AFTER_IN_VECTOR = 0.5
"""A window's vector is mixed from those of its utterances, which costs no further look at the text."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One side of a turn. `speaker` may be "" where it does not matter; `at_ms` is ms since the epoch, UTC."""

    id: str
    speaker: str
    text: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Said:
    """A talk ready for searching; row `i` of everything is `utterances[i]`, in the order they were said."""

    utterances: tuple[Utterance, ...]
    terms: tuple[Mapping[str, int], ...]
    """The stems of each utterance alone, with how often it has them."""
    windows: LexicalIndex
    """Each utterance with the one before it, the one after it at half weight, and the date."""
    joined: Mask
    """Shape (utterances,): whether the one before it belongs to the same talk."""


@dataclass(frozen=True, slots=True)
class SaidWeights:
    """The share of each arm in the score of an utterance (docs/notes.md tells what each is worth)."""

    lexical: float = 1.0
    dense: float = 1.0
    speaker: float = 0.2
    asking: float = 0.1
    """Taken from an utterance that asks: it is seldom an answer."""
    alone: float = 0.0
    """The cosine of the utterance by itself, beside that of its window."""
    kinds: float = 0.0
    """BM25 of the utterance by itself for words of the kinds of things that are asked for (`memory.listing`)."""
    near: float = 0.0
    """Taken from the neighbours of an utterance once it is among the best."""

    @property
    def whole(self) -> float:
        """What an utterance would score that is the best in every arm."""
        return self.lexical + self.dense + self.speaker + self.alone + self.kinds


SAID_WEIGHTS = SaidWeights()
LIST_WEIGHTS = SaidWeights(speaker=0.5, asking=0.3, alone=0.5, kinds=0.7, near=0.1)
"""For a question whose answer is in many places."""
_QUESTION_MARKS = ("?", "？")


def prepare_said(utterances: Sequence[Utterance]) -> Said:
    """Count and index a talk. About 20 µs for each word."""
    alone = tuple(Counter(stems(f"{one.speaker} {one.text}")) for one in utterances)
    at_ms = [one.at_ms for one in utterances]
    joined = np.array([row > 0 and at_ms[row] - at_ms[row - 1] < PAUSE_MS for row in range(len(at_ms))], dtype=np.bool_)
    days = {day: Counter(stems(day_words(day * DAY_MS))) for day in {moment // DAY_MS for moment in at_ms}}
    windows = [_window(days[moment // DAY_MS], alone, joined, row) for row, moment in enumerate(at_ms)]
    return Said(tuple(utterances), alone, index_terms(windows), joined)


def _window(day: Mapping[str, int], alone: Sequence[Mapping[str, int]], joined: Mask, row: int) -> Mapping[str, float]:
    parts: list[tuple[Mapping[str, int], float]] = [(alone[row], 1.0), (day, DATE_SHARE)]
    if joined[row]:
        parts.append((alone[row - 1], BEFORE_SHARE))
    if row + 1 < len(alone) and joined[row + 1]:
        parts.append((alone[row + 1], AFTER_SHARE))
    terms: dict[str, float] = {}
    for counted, share in parts:
        for term, count in counted.items():
            terms[term] = terms.get(term, 0.0) + share * count
    return terms


def score_said(
    said: Said,
    vectors: Matrix,
    question: str,
    vector: Floats,
    *,
    speaker: str | None = None,
    weights: SaidWeights = SAID_WEIGHTS,
) -> Floats:
    """How well each utterance answers a question, at most 1; equal scores keep the order they were said in.

    `vectors` has shape (utterances, dims), `vector` (dims,), all of length 1 (or 0 where there is none). `speaker`:
    whose words are asked for. Score fusion as in `memory.ranking.fused`: reciprocal ranks are worse than BM25 alone.
    """
    size = len(said.utterances)
    if not size:
        return np.zeros(0, dtype=np.float32)
    everything: Mask = np.ones(size, dtype=np.bool_)
    terms = dict.fromkeys(stems(question), 1.0)
    by_speaker = np.array([one.speaker == speaker for one in said.utterances], dtype=np.float32)
    asks = np.array([is_asking(one.text) for one in said.utterances], dtype=np.float32)
    score: Floats = (
        weights.lexical * normalised(said.windows.scores(terms, everything), everything)
        + weights.dense * normalised(_mixed(vectors, said.joined) @ vector, everything)
        + weights.speaker * by_speaker
        - weights.asking * asks
    )
    if weights.alone:
        score = score + weights.alone * normalised(vectors @ vector, everything)
    if weights.kinds and (kinds := words_of_kinds(question)):
        found = index_terms(said.terms).scores(dict.fromkeys(kinds, 1.0), everything)
        score = score + weights.kinds * normalised(found, everything)
    return np.asarray(score / weights.whole, dtype=np.float32)


def weights_for(question: str) -> SaidWeights:
    """The weights that find most for a question of its form."""
    return LIST_WEIGHTS if asks_for_many(question) else SAID_WEIGHTS


def best_said(scores: Floats, allowed: Mask, *, k: int, weights: SaidWeights = SAID_WEIGHTS) -> list[int]:
    """The rows of the `k` best utterances among the allowed ones, best first, at most all of them.

    With `weights.near` each one that is taken lowers its neighbours, which say the same thing more often than not: a
    greedy choice in the manner of maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998).
    """
    if not weights.near:
        return [int(row) for row in np.argsort(-scores, kind="stable") if allowed[row]][:k]
    left = np.where(allowed, scores, -np.inf)
    share = weights.near / weights.whole
    taken: list[int] = []
    while len(taken) < k and np.max(left, initial=-np.inf) > -np.inf:
        row = int(np.argmax(left))
        taken.append(row)
        left[row] = -np.inf
        left[max(row - 1, 0) : row + 2] -= share
    return taken


def is_asking(text: str) -> bool:
    """Whether an utterance ends as a question."""
    return text.rstrip().endswith(_QUESTION_MARKS)


def _mixed(vectors: Matrix, joined: Mask) -> Matrix:
    """The vector of each window, of length 1 again."""
    mixed = vectors.copy()
    linked = joined[1:, None]
    mixed[1:] += BEFORE_IN_VECTOR * vectors[:-1] * linked
    mixed[:-1] += AFTER_IN_VECTOR * vectors[1:] * linked
    lengths = np.linalg.norm(mixed, axis=1, keepdims=True)
    return np.asarray(mixed / np.maximum(lengths, 1e-9), dtype=np.float32)
