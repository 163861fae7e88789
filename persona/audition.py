"""Chooses the reply of a base model: its samples audition beside lines that are ready and true.

The character's own lines, the sheet's sample answers, what they know and their deflections are candidates too, and a
sample that claims what the brief does not support loses to a deflection. Pure and deterministic: how near a text is to
the question is an argument.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from characters.locales import SERVED, language_of
from characters.sheet import Sheet
from characters.written_in import WrittenIn, small_words
from persona.lore import lore_in_mind
from persona.plain_words import PLAIN_WORDS
from persona.recollection import first_person, recollection
from persona.remembered import told_by_fan
from persona.terms import tokens
from persona.types import Brief

Kind = Literal["example", "own_line", "recollection", "sample", "deflection"]

WHO_ARE_YOU = "Who are you? What is your name?"
OWN_LINES_MAX = 12
RECOLLECTIONS_MAX = 8
RECOLLECTIONS_TRUSTED = 3
SAMPLE_CHARS_MAX = 240
SAMPLE_WORDS_MIN = 2
"""A sample must say so many words of its own, or it only gives the question back."""
REPEATED_TURNS = 6

USUAL_QUANTILE = 0.5
COSINE_SPAN = 0.08
"""This far above the usual candidate a text is surely about the question (multilingual e5, whose cosines lie close)."""
WORDS_SHARE = 0.45
"""How much of the relevance is shared words; the rest is the cosine."""
PRIOR: Mapping[Kind, float] = {
    "example": 0.05,
    "own_line": 0.0,
    "recollection": 0.0,
    "sample": -0.3,
    "deflection": 0.0,
}
"""How far a kind is trusted before it is looked at: an author's answer most, a base model least."""
FLOOR = 0.32
"""A deflection has this score: what is less relevant is not worth saying."""
NOTHING_SHARED = 0.1
"""Off the nearness of a line that has no word in common with the question: it was spoken about something else."""
SPEAKS_TO_SOMEBODY = 0.15
"""Off for an own line that asks or addresses a person of the story, who is not there."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that could be said. `about`: the texts that tell what question it answers."""

    text: str
    kind: Kind
    about: tuple[str, ...] = ()
    cosine: float | None = None
    """How near it is to the question, when recall has told; else `about` has to be compared."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate with its score, or with the reason why it may not be said."""

    candidate: Candidate
    score: float
    barred: str = ""


def candidates(brief: Brief, samples: Iterable[str] = ()) -> tuple[Candidate, ...]:
    """All that could be said now, in a fixed order; every part of it lies within the horizon."""
    sheet = brief.sheet.at(brief.horizon)
    found = [Candidate(example.reply, "example", (example.fan,)) for example in sheet.examples]
    found.append(Candidate(introduction(sheet), "recollection", (WHO_ARE_YOU,)))
    for scored in brief.recall.own_lines[:OWN_LINES_MAX]:
        line = scored.line
        if line.episode <= brief.horizon:
            found.append(Candidate(line.text, "own_line", (line.text,), scored.score))
    found += [Candidate(said, "recollection", (fact,)) for fact, said in _recollections(brief, sheet)]
    told = told_by_fan(brief)
    if told is not None:  # it answers just this question, whatever words it shares with it
        found.append(Candidate(told, "recollection", (brief.fan_text,), 1.0))
    for sample in samples:
        text = " ".join(sample.split())
        if text:
            found.append(Candidate(text, "sample", (text,)))
    # Two fans, or two questions, do not meet the deflections in the same order.
    turned = (len(brief.fan_text) + len(brief.history)) % max(1, len(sheet.deflections))
    for deflection in sheet.deflections[turned:] + sheet.deflections[:turned]:
        found.append(Candidate(deflection.text, "deflection"))
    return tuple(found)


def introduction(sheet: Sheet) -> str:
    """The first sentence of the sheet's essence, as the character would say it."""
    first, stop, _ = sheet.essence.partition(". ")
    return first_person(first + stop.strip())


def compared_texts(brief: Brief, cast: Sequence[Candidate]) -> tuple[str, ...]:
    """What must be compared with the question, each text once: nothing of a candidate that is barred anyway."""
    stage = _Stage.of(brief, cast, {})
    fit = [candidate for candidate in cast if candidate.cosine is None and not stage.judge(candidate).barred]
    return tuple(dict.fromkeys(text for candidate in fit for text in candidate.about))


def audition(brief: Brief, cast: Sequence[Candidate], cosines: Mapping[str, float]) -> tuple[Judged, ...]:
    """Every candidate judged, best first; equals keep their order. `cosines`: of `compared_texts` to the question."""
    stage = _Stage.of(brief, cast, cosines)
    return tuple(sorted((stage.judge(candidate) for candidate in cast), key=lambda judged: -judged.score))


def chosen(judged: Sequence[Judged]) -> Candidate | None:
    """The best that may be said; None when everything is barred."""
    return next((entry.candidate for entry in judged if not entry.barred), None)


def _recollections(brief: Brief, sheet: Sheet) -> list[tuple[str, str]]:
    """(fact, the fact as the character says it), those of the recall first."""
    question = _content(brief.fan_text)
    own_names = frozenset(t.word for name in sheet.names for t in tokens(name))
    known = [
        entry.fact.text
        for entry in brief.recall.facts[:RECOLLECTIONS_MAX]
        if not entry.past
        and entry.fact.from_episode <= brief.horizon
        and entry.fact.kind not in ("secret", "false_belief")
    ]
    told = []
    lore = (one.entry.text for one in lore_in_mind(brief))
    for place, fact in enumerate((*known, *lore, *(part.text for part in sheet.facts))):
        # What recall puts first may be about the question in other words; the rest has to share one with it.
        fits = place < min(len(known), RECOLLECTIONS_TRUSTED) or question & _content(fact)
        said = recollection(fact, own_names) if fits else None
        if said is not None:
            told.append((fact, said))
    return told


@dataclass(frozen=True, slots=True)
class _Stage:
    """What one turn's candidates are judged against."""

    question: frozenset[str]
    weights: Mapping[str, float]
    """How much each word of the question tells: rare among the candidates more than common; they add up to 1."""
    supported: frozenset[str]
    said: tuple[str, ...]
    cosines: Mapping[str, float]
    usual: float
    people: frozenset[str]
    turn: int
    languages: frozenset[str]
    """What the fan reads; what is surely in another is not said, but to evade."""

    @classmethod
    def of(cls, brief: Brief, cast: Sequence[Candidate], cosines: Mapping[str, float]) -> _Stage:
        sheet = brief.sheet.at(brief.horizon)
        small = () if brief.answer_in == "en" else small_words(brief.answer_in)
        question = _content(brief.fan_text) - {token.word for word in small for token in tokens(word)}
        languages = frozenset({brief.answer_in, language_of(brief.locale)})
        return cls(
            question=question,
            weights=_weights(question, [candidate for candidate in cast if candidate.kind != "sample"]),
            supported=_supported(brief, sheet),
            said=tuple(_folded(turn.reply_text) for turn in brief.history[-REPEATED_TURNS:]),
            cosines=cosines,
            usual=_usual(
                # Lines in another language lie further from any question: they would make the nearest of few look near.
                [*cosines.values(), *(c.cosine for c in cast if c.cosine is not None and not _foreign(c, languages))]
            ),
            people=frozenset(
                token.word
                for scored in brief.recall.passages
                for speaker in scored.passage.present | scored.passage.speakers
                for token in tokens(speaker)
            )
            | {"sir", "madam", "miss", "mr", "mrs"},
            turn=len(brief.history),
            languages=languages,
        )

    def judge(self, candidate: Candidate) -> Judged:
        folded = _folded(candidate.text)
        if any(folded in said for said in self.said):
            return Judged(candidate, -1.0, "said a moment ago")
        if candidate.kind == "deflection":
            return Judged(candidate, FLOOR)
        if _foreign(candidate, self.languages):
            return Judged(candidate, -1.0, "in another language")
        if candidate.kind == "sample" and (reason := self._unfit(candidate.text)):
            return Judged(candidate, -1.0, reason)
        score = self._relevance(candidate) + PRIOR[candidate.kind]
        if candidate.kind == "own_line" and self._speaks_to_somebody(candidate.text):
            score -= SPEAKS_TO_SOMEBODY
        return Judged(candidate, score)

    def _relevance(self, candidate: Candidate) -> float:
        near = [self.cosines[text] for text in candidate.about if text in self.cosines]
        cosine = candidate.cosine if candidate.cosine is not None else max(near, default=self.usual)
        semantic = min(1.0, max(0.0, (cosine - self.usual) / COSINE_SPAN))
        words = _content(" ".join((candidate.text, *candidate.about)))
        shared = sum(self.weights[word] for word in self.question & words)
        if not shared and candidate.kind in ("own_line", "recollection") and candidate.about != (WHO_ARE_YOU,):
            semantic -= NOTHING_SHARED
        return (1 - WORDS_SHARE) * semantic + WORDS_SHARE * shared

    def _unfit(self, text: str) -> str:
        if len(text) > SAMPLE_CHARS_MAX or text[-1:] not in '.!?…。！？"”’」':
            return "does not end"
        words = _content(text)
        if len(words - self.question) < SAMPLE_WORDS_MIN:
            return "says nothing"
        if not words <= self.supported:
            return "claims what is not supported"
        rows = [token.word for token in tokens(text)]
        pairs = list(zip(rows, rows[1:], rows[2:], strict=False))
        return "repeats itself" if len(set(pairs)) < len(pairs) else ""

    def _speaks_to_somebody(self, text: str) -> bool:
        rows = [token.word for token in tokens(text)]
        return text.rstrip().endswith("?") or (bool(rows) and (rows[-1] in self.people or rows[0] in self.people))


def _foreign(candidate: Candidate, languages: frozenset[str]) -> bool:
    """Whether it is surely in another language than the fan reads; nobody can tell of one without rules."""
    written = WrittenIn(candidate.text)
    return languages <= SERVED.keys() and (written.is_surely_none_of(languages) or written.leans_from(languages))


def _weights(question: frozenset[str], cast: Sequence[Candidate]) -> dict[str, float]:
    contents = [_content(" ".join((candidate.text, *candidate.about))) for candidate in cast]
    rare = {word: math.log(1 + len(cast) / (1 + sum(word in content for content in contents))) for word in question}
    total = sum(rare.values()) or 1.0
    return {word: weight / total for word, weight in sorted(rare.items())}


def _usual(cosines: Sequence[float]) -> float:
    """The cosine of a text that has little to do with the question: the scale is the embedder's, and shifts."""
    ordered = sorted(cosines)
    return ordered[int(len(ordered) * USUAL_QUANTILE)] if ordered else 0.0


def _supported(brief: Brief, sheet: Sheet) -> frozenset[str]:
    """Words that what was recalled, and the sheet, vouch for. The fan's own words vouch for nothing."""
    texts = [sheet.name, sheet.tagline, sheet.essence]
    texts += [fact.text for fact in sheet.facts]
    texts += [entry.fact.text for entry in brief.recall.facts]
    texts += [one.entry.text for one in lore_in_mind(brief)]
    texts += [scored.passage.text for scored in brief.recall.passages]
    texts += [scored.line.text for scored in brief.recall.own_lines]
    texts += [example.reply for example in sheet.examples]
    return frozenset(word for text in texts for word in _content(text))


def _content(text: str) -> frozenset[str]:
    return frozenset(token.word for token in tokens(text)) - PLAIN_WORDS


def _folded(text: str) -> str:
    return " ".join(token.word for token in tokens(text))
