"""Which notes and which earlier words answer a fan's message, and whether anything does at all.

Pure: vectors and time are arguments. It is given one fan's notes and words with one character, within the horizon, and
nothing it returns comes from anywhere else. No evidence, no claim: it says so instead of offering the nearest guess.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from memory.asking import Asked, asked
from memory.dates import DAY_MS
from memory.notes import Note, tellable
from memory.ranking import Floats, Mask
from memory.said import Said, Utterance, best_said, is_asking, prepare_said, score_said, weights_for
from memory.searching import Matrix
from memory.stems import stems
from memory.types import Exchange

NOTES_K = 8
TURNS_K = 4
LIST_TURNS_K = 8
"""For a question whose answer is in many places."""
SIDES = 2
HISTORY_K = 2
"""Notes that are over, of a slot that is asked for: “you said Lima; now Cusco”."""
ASKED_FOR = 1.0
"""Added to the score of a note whose slot is asked for: above whatever words and cosines can give."""
EVIDENCE_MIN = 0.6
"""Earlier words are evidence when they hold this share of what a question asks about, rare words counting more."""
RECENT_DAYS = 30.0
FAN, CHARACTER = "me", "you"
"""Who speaks. Both are stop words: as terms they would be in every utterance and in many questions."""
_RULED_BY_SLOT = frozenset(
    [
        "name",
        "home",
        "origin",
        "birthday",
        "age",
        "work",
        "employer",
        "study",
        "language",
        "status",
        "partner",
        "family",
        "pet",
        "favourite",
        "count",
    ]
)
"""Predicates that the rules know well: their question is answered by a note of the slot or not at all."""
_ASKING = frozenset(
    stem
    for stem in stems(
        "remember told tell say said mention mentioned talk talked ever know still call called name much many did "
        "recuerdas acuerdas dije conté cómo qué cuál cuándo dónde llama mi mis te lo de que me es el la los las "
        "today now remind 记得 我 你 的 吗 什么 说过 告诉"
    )
)


@dataclass(frozen=True, slots=True)
class RecalledNote:
    """A note that comes to mind, with its score in 0..1 or above 1 when its slot is asked for."""

    note: Note
    score: float

    @property
    def answers(self) -> bool:
        """Whether the message asks for just this: its slot is the one in question."""
        return self.score >= ASKED_FOR


@dataclass(frozen=True, slots=True)
class RecalledTurn:
    """An earlier turn that comes to mind."""

    exchange: Exchange
    score: float


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a character remembers of a fan for one message."""

    notes: tuple[RecalledNote, ...] = ()
    turns: tuple[RecalledTurn, ...] = ()
    untold: bool = False
    """The fan asks for something that only they can have told, and nothing they said answers it."""


@dataclass(frozen=True, slots=True)
class Talk:
    """One fan's words with one character, ready for searching."""

    exchanges: tuple[Exchange, ...]
    """Oldest first."""
    said: Said
    turn_of: tuple[int, ...]
    """Utterance -> its row in `exchanges`."""


def prepare_talk(exchanges: Sequence[Exchange]) -> Talk:
    """Both sides of every exchange, in the order they were said."""
    utterances: list[Utterance] = []
    turn_of: list[int] = []
    for row, exchange in enumerate(exchanges):
        for speaker, text in ((FAN, exchange.fan_text), (CHARACTER, exchange.reply_text)):
            utterances.append(Utterance(f"{exchange.turn}/{speaker}", speaker, text, exchange.at_ms))
            turn_of.append(row)
    return Talk(tuple(exchanges), prepare_said(utterances), tuple(turn_of))


def remember(
    question: str,
    vector: Floats,
    notes: Sequence[Note],
    note_vectors: Matrix,
    talk: Talk,
    talk_vectors: Matrix,
    *,
    horizon: int,
    now_ms: int,
) -> Remembered:
    """What answers `question`. Shapes: vector (dims,), note_vectors (notes, dims), talk_vectors (2 × exchanges, dims).

    The caller gives nothing beyond the horizon; what it gives by mistake is not returned.
    """
    wanted = asked(question)
    open_notes = tellable(notes, horizon)
    rows = [row for row, note in enumerate(notes) if note.horizon <= horizon]
    scored = _scored(
        question, wanted, open_notes, note_vectors[rows] @ vector if rows else np.zeros(0, dtype=np.float32), now_ms
    )
    told_by_note = any(one.answers for one in scored)
    allowed = np.array([talk.exchanges[row].horizon <= horizon for row in talk.turn_of], dtype=np.bool_)
    turns, coverage = _turns(question, vector, talk, talk_vectors, allowed, speaker=FAN if wanted.about_fan else None)
    evidence = told_by_note or (coverage >= EVIDENCE_MIN and not _only_by_slot(wanted))
    return Remembered(
        notes=_picked(scored),
        turns=turns,
        untold=wanted.about_fan and not evidence,
    )


def _only_by_slot(wanted: Asked) -> bool:
    heads = {slot.removeprefix("fan.").partition(":")[0] for slot in wanted.slots}
    return bool(heads) and heads <= _RULED_BY_SLOT


def _scored(question: str, wanted: Asked, notes: Sequence[Note], cosines: Floats, now_ms: int) -> list[RecalledNote]:
    """Every note with its score, best first; among equals the newest."""
    terms = _content(question)
    texts = [Counter(stems(f"{note.text} {note.value} {note.slot}")) for note in notes]
    rarity = _rarity(texts)
    found = []
    for note, text, cosine in zip(notes, texts, cosines, strict=True):
        score = 0.5 * coverage_of(terms, text, rarity) + 0.3 * max(float(cosine), 0.0)
        age_days = max(now_ms - (note.last_used_ms or note.said_at_ms), 0) / DAY_MS
        score += 0.1 * math.exp(-age_days / RECENT_DAYS) + (0.1 if note.current and not note.stale else 0.0)
        if wanted.wants(note.slot):
            score += 2 * ASKED_FOR if note.current else ASKED_FOR
        found.append(RecalledNote(note, score))
    return sorted(found, key=lambda one: (-one.score, -one.note.said_at_ms, one.note.id))


def _picked(scored: Sequence[RecalledNote]) -> tuple[RecalledNote, ...]:
    """What is asked for and holds, its history, boundaries and the name (always minded), then the best of the rest."""
    answers = [one for one in scored if one.answers and one.note.current]
    history = [one for one in scored if one.answers and not one.note.current][:HISTORY_K]
    minded = [one for one in scored if not one.answers and one.note.current and _always_minded(one.note)]
    rest = [one for one in scored if not one.answers and one.note.current and not _always_minded(one.note)]
    return tuple((answers + history + minded + rest)[: max(NOTES_K, len(answers[:NOTES_K]) + len(minded))])


def _always_minded(note: Note) -> bool:
    return note.slot == "fan.name" or (note.kind == "boundary" and note.value != "")


def _turns(
    question: str, vector: Floats, talk: Talk, vectors: Matrix, allowed: Mask, *, speaker: str | None
) -> tuple[tuple[RecalledTurn, ...], float]:
    """The best turns, best first, and how much of what is asked about the best of the fan's own words hold."""
    if not talk.exchanges or not bool(np.any(allowed)):
        return (), 0.0
    weights = weights_for(question)
    scores = score_said(talk.said, vectors, question, vector, speaker=speaker, weights=weights)
    k = LIST_TURNS_K if weights.near else TURNS_K
    best: dict[int, float] = {}
    for row in best_said(scores, allowed, k=SIDES * k, weights=weights):
        best.setdefault(talk.turn_of[row], float(scores[row]))
    terms, own = _content(question), talk.said.terms
    rarity = _rarity(own)
    told = (coverage_of(terms, own[row], rarity) for row in np.flatnonzero(allowed) if _states(talk, int(row)))
    turns = [RecalledTurn(talk.exchanges[row], score) for row, score in list(best.items())[:k]]
    return tuple(turns), max(told, default=0.0)


def _states(talk: Talk, row: int) -> bool:
    """Whether an utterance is something the fan said and did not ask."""
    utterance = talk.said.utterances[row]
    return utterance.speaker == FAN and not is_asking(utterance.text)


def _content(question: str) -> frozenset[str]:
    """What a question is about: its stems without those that only ask."""
    return frozenset(stems(question)) - _ASKING


def _rarity(texts: Sequence[Mapping[str, int]]) -> Mapping[str, float]:
    """The inverse document frequency of every term."""
    frequency = Counter(term for text in texts for term in text)
    return {term: math.log1p(len(texts) / count) for term, count in frequency.items()}


def coverage_of(terms: frozenset[str], text: Mapping[str, int], rarity: Mapping[str, float]) -> float:
    """The share of the terms that a text holds, 0..1, by rarity; a term that nothing holds is as rare as can be."""
    rarest = max(rarity.values(), default=1.0)
    weights = {term: rarity.get(term, rarest) for term in terms}
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in text) / total if total else 0.0
