"""The arms of recall over one prepared canon: which passages, facts and lines of their own answer a question.

Pure: vectors and the gate are arguments. Every function takes the gate or the viewpoint and scores nothing outside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memory import ranking
from memory.canon import Canon
from memory.errors import GateBreached
from memory.horizon import Gate, known_fact, knows, seen_rows
from memory.ports import Vector
from memory.types import KnownFact, Query, Scored, ScoredLine, Viewpoint
from memory.words import tokenize, word_count

FOLLOW_UP_WORDS_MAX = 6
PREVIOUS_WEIGHT = 0.5
"""The say of the exchange before a follow-up (docs/recall.md: “tell me more” finds the scene it is about)."""
OWN_LINE_SHARE = 0.5

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class CanonVectors:
    """The vectors of a canon that are compared in memory: shapes (L, dims), (F, dims) and (W, dims)."""

    lines: Matrix
    facts: Matrix
    wordings: Matrix


@dataclass(frozen=True, slots=True)
class Question:
    """A fan's question as the arms read it: weighted terms and one vector of length 1."""

    terms: Mapping[str, float]
    vector: Vector


def is_follow_up(query: Query) -> bool:
    """Whether a question is too short to stand alone ("why did he do that?") and something was said before it."""
    return bool(query.previous.strip()) and word_count(query.text) <= FOLLOW_UP_WORDS_MAX


def as_question(query: Query, text: Vector, previous: Vector | None) -> Question:
    """The question with what was said before it mixed in at a lower weight; `previous` is given for a follow-up."""
    terms = dict.fromkeys(tokenize(query.previous), PREVIOUS_WEIGHT) if previous is not None else {}
    for term in tokenize(query.text):
        terms[term] = 1.0
    if previous is None:
        return Question(terms, text)
    mixed = text + PREVIOUS_WEIGHT * previous
    return Question(terms, (mixed / max(float(np.linalg.norm(mixed)), 1e-9)).astype(np.float32))


def rank_passages(
    canon: Canon,
    vectors: CanonVectors,
    gate: Gate,
    horizon: int,
    question: Question,
    nearest: Sequence[tuple[str, float]],
    *,
    k: int,
    neighbours: int = 0,
    weights: ranking.Weights = ranking.PASSAGE_WEIGHTS,
) -> tuple[Scored, ...]:
    """The passages of the best `k` scenes. `nearest` is the dense arm's answer, checked here against the gate.

    An allowed passage that the dense arm left out counts as its last one. Raises GateBreached.
    """
    for passage, _ in nearest:
        if passage not in gate.allowed:
            raise GateBreached(passage)
    if not gate.allowed:
        return ()
    allowed = np.zeros(len(canon.passages), dtype=np.bool_)
    allowed[[canon.row_of[passage] for passage in gate.allowed]] = True
    dense = np.full(len(canon.passages), min((cosine for _, cosine in nearest), default=0.0), dtype=np.float32)
    dense[[canon.row_of[passage] for passage, _ in nearest]] = [cosine for _, cosine in nearest]
    lexical = canon.lexical.scores(question.terms, allowed)
    lines = ranking.span_maxima(ranking.cosines(vectors.lines, question.vector), canon.line_spans)
    fresh = ranking.freshness(canon.episodes, horizon)
    windows = ranking.fused(weights, lexical=lexical, dense=dense, lines=lines, fresh=fresh, allowed=allowed)
    # A scene is as good, on each arm, as its best passage: the words may be in one window and the meaning in the next.
    size = len(canon.scene_episodes)
    open_scenes = np.zeros(size, dtype=np.bool_)
    open_scenes[canon.scene_of[allowed]] = True
    scenes = ranking.fused(
        weights,
        lexical=ranking.group_maxima(lexical, canon.scene_of, size, allowed),
        dense=ranking.group_maxima(dense, canon.scene_of, size, allowed),
        lines=ranking.group_maxima(lines, canon.scene_of, size, allowed),
        fresh=ranking.freshness(canon.scene_episodes, horizon),
        allowed=open_scenes,
    )
    picked = ranking.pick(scenes, windows, canon.scene_of, allowed, k=k, neighbours=neighbours)
    return tuple(Scored(canon.passages[row], score) for row, score in picked)


def rank_facts(
    canon: Canon, vectors: CanonVectors, viewpoint: Viewpoint, question: Question, *, limit: int
) -> tuple[KnownFact, ...]:
    """The known facts that fit the question best, best first."""
    known = np.array([knows(fact, viewpoint) for fact in canon.facts], dtype=np.bool_)
    if not known.any():
        return ()
    dense = ranking.cosines(vectors.facts, question.vector)
    scores = ranking.fused(
        ranking.FACT_WEIGHTS,
        lexical=canon.fact_lexical.scores(question.terms, known),
        dense=dense,
        lines=np.zeros_like(dense),
        fresh=ranking.freshness(canon.fact_episodes, viewpoint.horizon),
        allowed=known,
    )
    return tuple(
        known_fact(canon.facts[row], viewpoint, canon.replaced, float(scores[row]))
        for row in ranking.best_first(scores, known)[:limit]
    )


def rank_own_lines(
    canon: Canon, vectors: CanonVectors, viewpoint: Viewpoint, question: Question, *, limit: int
) -> tuple[ScoredLine, ...]:
    """The character's lines within the horizon that would answer this question, best first, none twice.

    A score is a plain cosine (not stretched), half to the line and half to the speech it answers: a reply seldom
    repeats the words of its question.
    """
    voice = canon.voices.get(viewpoint.character)
    if voice is None:
        return ()
    allowed = seen_rows(voice.episodes, viewpoint.horizon)
    cosines = ranking.cosines(vectors.lines, question.vector)
    blended = OWN_LINE_SHARE * cosines[voice.said] + (1.0 - OWN_LINE_SHARE) * cosines[voice.answered]
    scores = np.clip(blended, 0.0, 1.0)
    found: dict[str, ScoredLine] = {}
    for row in ranking.best_first(scores, allowed):
        found.setdefault(voice.lines[row].text, ScoredLine(voice.lines[row], float(scores[row])))
        if len(found) >= limit:
            break
    return tuple(found.values())
