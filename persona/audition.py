"""Chooses the reply of a base model: its samples audition beside lines that are ready and true.

Whatever answers the question best is said; what a sample claims and no source bears is not, and when nothing answers
it, the character deflects. Pure and deterministic: how near a text is to the question is an argument. The weights were
set on the development questions (docs/persona.md).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from characters.locales import SERVED, language_of
from characters.written_in import WrittenIn, small_words
from memory.stems import stems
from persona.questions import (
    asked_for,
    gives_number,
    gives_reason,
    gives_time,
    speaks_of_oneself,
    speaks_to,
    without_small_talk,
)
from persona.repertoire import Candidate
from persona.support import Source, source_of, sources, unfit
from persona.terms import tokens
from persona.types import Brief

REPEATED_TURNS = 6

FLOOR = 0.36
"""A deflection has this score: what answers the question less well is not worth saying."""
COSINE_STEP = 0.05
"""Cosines lie close together (multilingual e5): nearness is counted in such steps above the usual one."""
STEPS_MAX = 2.5
"""With an embedder whose cosines lie further apart, nearness must not be all that counts."""
SAID_WEIGHT, NEAREST_WEIGHT = 0.05, 0.13
"""Nearness of what is said, and of the nearest of what it says, what it answers and other ways to put it."""
WORDS_WEIGHT = 0.25
"""All the words of the question, the rare ones more."""
SCENE_WEIGHT = 0.16
"""It is from a scene that recall thinks of; what a sheet dates, from an episode of such a scene."""
TOLD_WEIGHT = 0.15
FRESH_WEIGHT, FRESH_EPISODES = 0.12, 4.0
"""Fans mostly ask about what they have just watched."""
REASON_WEIGHT, NUMBER_WEIGHT, SAME_QUESTION_WEIGHT = 0.15, 0.12, 0.15
"""“Why” wants a reason, “when” a time, “how many” a number; a line that was the answer to a “who” is one to a “who”."""
TOO_COMMON = frozenset({"what", "how", "which"})
OF_ONESELF = 0.03
ASKS_BACK, SPEAKS_TO_SOMEBODY = 0.05, 0.03
"""Off for a question, and for what is said to a person of the story, who is not there."""
OWN_LINE, FACT, SAMPLE = -0.05, -0.1, 0.1
"""How far a kind is trusted before it is looked at, beside an author's answer: 0. A sample is made for this question,
and is looked at only when one source bears all that it claims."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate with its score, or with the reason why it may not be said."""

    candidate: Candidate
    score: float
    barred: str = ""


def audition(brief: Brief, cast: Sequence[Candidate], cosines: Mapping[str, float]) -> tuple[Judged, ...]:
    """Every candidate judged, best first; equals keep their order. `cosines`: of `compared_texts` to the question."""
    stage = _Stage.of(brief, cast, cosines)
    return tuple(sorted((stage.judge(candidate) for candidate in cast), key=lambda judged: -judged.score))


def chosen(judged: Sequence[Judged]) -> Candidate | None:
    """The best that may be said; None when everything is barred."""
    return next((entry.candidate for entry in judged if not entry.barred), None)


def answers(judged: Sequence[Judged]) -> bool:
    """Whether the best that may be said is an answer, and no deflection."""
    best = chosen(judged)
    return best is not None and best.kind != "deflection"


@dataclass(frozen=True, slots=True)
class _Stage:
    """What one turn's candidates are judged against."""

    brief: Brief
    asked: frozenset[str]
    weights: Mapping[str, float]
    """How much each stem of the question tells: rare among the candidates more than common; they add up to 1."""
    said: tuple[str, ...]
    cosines: Mapping[str, float]
    usual: float
    usual_nearest: float
    """The cosines of a text that has little to do with the question: the scale is the embedder's, and shifts."""
    scenes: Mapping[tuple[int, int | None], float]
    sources: tuple[Source, ...]
    languages: frozenset[str]
    """What the fan reads; what is surely in another is not said, but to evade."""

    @classmethod
    def of(cls, brief: Brief, cast: Sequence[Candidate], cosines: Mapping[str, float]) -> _Stage:
        ready = [candidate for candidate in cast if candidate.kind != "sample"]
        scenes: dict[tuple[int, int | None], float] = {}
        for recalled in brief.recall.passages:
            for place in ((recalled.passage.episode, recalled.passage.scene), (recalled.passage.episode, None)):
                scenes[place] = max(scenes.get(place, 0.0), recalled.score)
        sheet = brief.sheet.at(brief.horizon)
        languages = frozenset({brief.answer_in, language_of(brief.locale)})
        small = frozenset() if brief.answer_in == "en" else frozenset(stems(" ".join(small_words(brief.answer_in))))
        # Lines in another language lie further from any question: they would make the nearest of few look near.
        near = [one for one in ready if not _foreign(one, languages)]
        return cls(
            brief=brief,
            asked=asked_for(brief.fan_text),
            weights=_weights(frozenset(stems(without_small_talk(brief.fan_text))) - small, ready),
            said=tuple(_folded(turn.reply_text) for turn in brief.history[-REPEATED_TURNS:]),
            cosines=cosines,
            usual=_median([cosines[one.about[0]] for one in near if one.about and one.about[0] in cosines]),
            usual_nearest=_median([_most(one.about[1:], cosines) for one in near if set(one.about[1:]) & set(cosines)]),
            scenes=scenes,
            sources=sources(brief, sheet),
            languages=languages,
        )

    def judge(self, candidate: Candidate) -> Judged:
        folded = _folded(candidate.text)
        if any(folded in said for said in self.said):
            return Judged(candidate, -1.0, "said a moment ago")
        if candidate.kind in ("listening", "deflection"):
            return Judged(candidate, FLOOR)
        if _foreign(candidate, self.languages):
            return Judged(candidate, -1.0, "in another language")
        if candidate.surely:
            return Judged(candidate, 1.0)
        if candidate.kind == "sample":
            return self._sample(candidate)
        return Judged(candidate, self._score(candidate, candidate.episode, candidate.scene) + _trust(candidate))

    def _sample(self, candidate: Candidate) -> Judged:
        reason = unfit(candidate.text, self.brief)
        source = None if reason else source_of(candidate.text, self.sources)
        if source is None:
            return Judged(candidate, -1.0, reason or "claims what is not supported")
        return Judged(candidate, self._score(candidate, source.episode, source.scene) + SAMPLE)

    def _score(self, candidate: Candidate, episode: int, scene: int | None) -> float:
        words = frozenset(stems(" ".join((candidate.text, *candidate.about))))
        score = self._nearness(candidate) + WORDS_WEIGHT * sum(
            self.weights[word] for word in self.weights.keys() & words
        )
        if episode > 0:
            score += SCENE_WEIGHT * self.scenes.get((episode, scene), 0.0)
            score += FRESH_WEIGHT * math.exp(-(self.brief.horizon - episode) / FRESH_EPISODES)
        score += TOLD_WEIGHT * (candidate.told or 0.0)
        if "why" in self.asked and gives_reason(candidate.text):
            score += REASON_WEIGHT
        if ("when" in self.asked and gives_time(candidate.text)) or (
            "how many" in self.asked and gives_number(candidate.text)
        ):
            score += NUMBER_WEIGHT
        if candidate.kind == "own_line" and (self.asked - TOO_COMMON) & asked_for(" ".join(candidate.about[1:])):
            score += SAME_QUESTION_WEIGHT
        if speaks_to(self.brief.fan_text) and speaks_of_oneself(candidate.text):
            score += OF_ONESELF
        if candidate.text.rstrip('"”’').endswith(("?", "？")):
            score -= ASKS_BACK
        return score - (SPEAKS_TO_SOMEBODY if candidate.kind == "own_line" and speaks_to(candidate.text) else 0.0)

    def _nearness(self, candidate: Candidate) -> float:
        if not any(text in self.cosines for text in candidate.about):
            return 0.0
        said = (self.cosines.get(candidate.about[0], self.usual) - self.usual) / COSINE_STEP
        others = [self.cosines[text] for text in candidate.about[1:] if text in self.cosines]
        nearest = max(said, (max(others) - self.usual_nearest) / COSINE_STEP) if others else said
        return SAID_WEIGHT * min(said, STEPS_MAX) + NEAREST_WEIGHT * min(nearest, STEPS_MAX)


def _trust(candidate: Candidate) -> float:
    if candidate.told is not None:
        return FACT
    return OWN_LINE if candidate.kind == "own_line" else 0.0


def _foreign(candidate: Candidate, languages: frozenset[str]) -> bool:
    """Whether it is surely in another language than the fan reads; nobody can tell of one without rules."""
    written = WrittenIn(candidate.text)
    return languages <= SERVED.keys() and (written.is_surely_none_of(languages) or written.leans_from(languages))


def _weights(question: frozenset[str], cast: Sequence[Candidate]) -> dict[str, float]:
    contents = [frozenset(stems(" ".join((candidate.text, *candidate.about)))) for candidate in cast]
    rare = {word: math.log(1 + len(cast) / (1 + sum(word in content for content in contents))) for word in question}
    total = sum(rare.values()) or 1.0
    return {word: weight / total for word, weight in sorted(rare.items())}


def _most(texts: Sequence[str], cosines: Mapping[str, float]) -> float:
    return max(cosines[text] for text in texts if text in cosines)


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) // 2] if ordered else 0.0


def _folded(text: str) -> str:
    return " ".join(token.word for token in tokens(text))
