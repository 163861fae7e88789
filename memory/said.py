"""Searching what two people said to each other, word for word: the verbatim side of what a character remembers.

Pure: vectors are arguments. It searches only the utterances it is given, so whoever calls must give those of one fan
with one character, within the horizon.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from memory.dates import day_words
from memory.lexical import LexicalIndex, index_terms
from memory.ranking import Floats, Mask, normalised
from memory.searching import Matrix
from memory.stems import stems

PAUSE_MS = 6 * 3_600_000
"""After so long a silence a new talk begins: what was said before it explains nothing any more."""
BEFORE_SHARE = 1.0
AFTER_SHARE = 0.5
DATE_SHARE = 1.0


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
    windows: LexicalIndex
    """Each utterance with the one before it, the one after it at half weight, and the date."""
    alone: LexicalIndex


@dataclass(frozen=True, slots=True)
class SaidWeights:
    """The share of each arm in the score of an utterance (bench/notes.py tells what each is worth)."""

    windows: float = 1.0
    alone: float = 0.5
    dense: float = 1.0
    beside: float = 0.3
    """The better cosine of the utterances beside it: an answer is near its question."""
    speaker: float = 0.2


SAID_WEIGHTS = SaidWeights()


def prepare_said(utterances: Sequence[Utterance]) -> Said:
    """Count and index a talk. About 20 µs for each word."""
    alone = [Counter[str](stems(f"{one.speaker} {one.text}")) for one in utterances]
    windows = [_window(utterances, alone, row) for row in range(len(utterances))]
    return Said(tuple(utterances), index_terms(windows), index_terms(alone))


def _window(utterances: Sequence[Utterance], alone: Sequence[Counter[str]], row: int) -> Mapping[str, float]:
    terms: dict[str, float] = {term: float(count) for term, count in alone[row].items()}

    def add(more: Mapping[str, int], share: float) -> None:
        for term, count in more.items():
            terms[term] = terms.get(term, 0.0) + share * count

    for other, share in ((row - 1, BEFORE_SHARE), (row + 1, AFTER_SHARE)):
        if 0 <= other < len(alone) and abs(utterances[other].at_ms - utterances[row].at_ms) < PAUSE_MS:
            add(alone[other], share)
    add(Counter(stems(day_words(utterances[row].at_ms))), DATE_SHARE)
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
    """How well each utterance answers a question, 0..1; equal scores keep the order they were said in.

    `vectors` has shape (utterances, dims), `vector` (dims,), all of length 1. `speaker`: whose words are asked for.
    Score fusion as in `memory.ranking.fused`: reciprocal ranks were measured and are worse than BM25 alone.
    """
    size = len(said.utterances)
    everything: Mask = np.ones(size, dtype=np.bool_)
    if not size:
        return np.zeros(0, dtype=np.float32)
    terms = dict.fromkeys(stems(question), 1.0)
    cosines = vectors @ vector
    by_speaker = np.array([one.speaker == speaker for one in said.utterances], dtype=np.float32)
    score: Floats = (
        weights.windows * normalised(said.windows.scores(terms, everything), everything)
        + weights.alone * normalised(said.alone.scores(terms, everything), everything)
        + weights.dense * normalised(cosines, everything)
        + weights.beside * normalised(_beside(cosines), everything)
        + weights.speaker * by_speaker
    )
    total = weights.windows + weights.alone + weights.dense + weights.beside + weights.speaker
    return np.asarray(score / total, dtype=np.float32)


def _beside(cosines: Floats) -> Floats:
    """The better of the two neighbours' cosines; an end has one neighbour, or none and its own."""
    if len(cosines) < 2:
        return cosines
    padded = np.concatenate((cosines[1:2], cosines, cosines[-2:-1]))
    return np.maximum(padded[:-2], padded[2:])
