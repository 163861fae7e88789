"""How somebody speaks, counted from their lines: sentence length, questions, words and phrases of their own.

Pure. What is somebody's own is told by log-likelihood against everybody else's words (Dunning 1993, “Accurate Methods
for the Statistics of Surprise and Coincidence”), which does not mistake a rare word for a favourite one.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from characters.hearing import sentences
from characters.language import Language
from characters.script import Script

PHRASE_WORDS_MAX = 6
PHRASE_TIMES_MIN = 2
LIKELIHOOD_MIN = 6.63
"""The chi-square value for p = 0.01 with one degree of freedom."""
WHOLE_LIKELIHOOD_MIN = 2.71
"""The same for p = 0.1: a whole sentence that comes back is less of a coincidence than some of its words."""
COMMON_WORDS = 60
COMMON_TIMES_MIN = 5
COMMON_SHARE = 400
"""A common word is at least one in so many."""
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SHORT_FORMS = re.compile(r"\b(?:I|you|we|they|he|she|it|that|there)['’](?:m|re|ve|ll|d|s)\b|n['’]t\b", re.IGNORECASE)
_FULL_FORMS = re.compile(
    r"\b(?:I am|you are|we are|they are|it is|that is|I have|I will|do not|does not|did not|is not|cannot|will not)\b",
    re.IGNORECASE,
)
_HAN_RUN = re.compile(r"[\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Spoken:
    """One speech: where, what, and the speech before it in the scene, by somebody else."""

    episode: int
    scene: int
    text: str
    cue_text: str = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A repeated phrase as it was first said; `whole` when it was a sentence of its own then."""

    text: str
    episode: int
    times: int
    likelihood: float
    whole: bool


@dataclass(frozen=True, slots=True)
class Speech:
    """One person's way of speaking. Lengths are in words, in Chinese in characters."""

    lines: tuple[Spoken, ...]
    sentence_length: float
    sentences_per_line: float
    questions: float
    """The share of sentences that are questions."""
    exclamations: float
    weights: Mapping[str, float] = field(default_factory=dict)
    """Word -> log-likelihood, of the words that are more theirs than the others'."""
    phrases: tuple[Phrase, ...] = ()
    """The most often repeated first."""
    common: frozenset[str] = frozenset()
    """The words that everybody uses most: they make no phrase somebody's own."""
    contracts: bool | None = None
    """English only: whether they say `I'm` rather than `I am`; None when they say neither often enough."""


def lines_of(script: Script, cue: str) -> tuple[Spoken, ...]:
    """Everything somebody says in a scene they are in, in story order."""
    found: list[Spoken] = []
    for scene in script.scenes():
        if cue not in scene.present:
            continue
        before = ""
        for line in scene.lines:
            if line.speaker == cue:
                found.append(Spoken(scene.episode, scene.number, line.text, before))
                before = ""
            elif line.speaker:
                before = line.text
    return tuple(found)


def speech_of(script: Script, cue: str, language: Language) -> Speech:
    """How the person behind a cue speaks, beside everybody else."""
    lines = lines_of(script, cue)
    others = [line.text for scene in script.scenes() for line in scene.lines if line.speaker and line.speaker != cue]
    said = [sentence for line in lines for sentence in sentences(line.text)]
    lengths = [len(words_of(sentence, language)) for sentence in said]
    own = Counter(word for line in lines for word in words_of(line.text, language))
    theirs = Counter(word for text in others for word in words_of(text, language))
    everybody = own + theirs
    enough = max(COMMON_TIMES_MIN, everybody.total() / COMMON_SHARE)
    common = frozenset(word for word, times in everybody.most_common(COMMON_WORDS) if times >= enough)
    return Speech(
        lines=lines,
        sentence_length=sum(lengths) / max(len(lengths), 1),
        sentences_per_line=len(said) / max(len(lines), 1),
        questions=sum(sentence.endswith(("?", "？")) for sentence in said) / max(len(said), 1),
        exclamations=sum(sentence.endswith(("!", "！")) for sentence in said) / max(len(said), 1),
        weights=_weights(own, theirs),
        phrases=tuple(_phrases(lines, others, common, language)),
        common=common,
        contracts=_contracts([line.text for line in lines]) if language == "en" else None,
    )


def words_of(text: str, language: Language) -> list[str]:
    """The folded words of a text; in Chinese, where words are not marked, its characters."""
    if language == "zh":
        return [char for run in _HAN_RUN.findall(text) for char in run]
    return [word.casefold().replace("’", "'") for word in _WORD.findall(text)]


def likelihood(own: int, own_total: int, theirs: int, theirs_total: int) -> float:
    """Dunning's G2 when one's own rate is the higher, else 0. Totals are at least 1."""
    if own * theirs_total <= theirs * own_total:
        return 0.0
    rate = (own + theirs) / (own_total + theirs_total)
    return 2 * sum(
        count * math.log(count / (total * rate)) for count, total in ((own, own_total), (theirs, theirs_total)) if count
    )


def _weights(own: Counter[str], theirs: Counter[str]) -> dict[str, float]:
    own_total, theirs_total = max(own.total(), 1), max(theirs.total(), 1)
    scores = {word: likelihood(count, own_total, theirs[word], theirs_total) for word, count in own.items()}
    return {word: score for word, score in scores.items() if score > 0}


def _phrases(
    lines: Sequence[Spoken], others: Sequence[str], common: frozenset[str], language: Language
) -> Iterator[Phrase]:
    """Repeated phrases, the longest where one is part of another; the most often repeated first."""
    places: dict[str, set[tuple[int, int]]] = {}
    first: dict[str, tuple[int, str, bool]] = {}
    for line in lines:
        for key, text, whole in _runs(line.text, language):
            if not whole and language != "zh" and not _tells(words_of(text, language), common):
                continue
            places.setdefault(key, set()).add((line.episode, line.scene))
            first.setdefault(key, (line.episode, text, whole))
    repeated = {key: len(scenes) for key, scenes in places.items() if len(scenes) >= PHRASE_TIMES_MIN}
    theirs = Counter(key for text in others for key in {key for key, _, _ in _runs(text, language)} if key in repeated)
    own_total, theirs_total = max(len(lines), 1), max(len(others), 1)
    scored = {key: likelihood(count, own_total, theirs[key], theirs_total) for key, count in repeated.items()}
    kept: list[str] = []
    for key in sorted(scored, key=lambda key: (-len(key), key)):
        inside = next((longer for longer in kept if key in longer), None)
        told_more = inside is not None and repeated[key] > repeated[inside] + 1
        enough = WHOLE_LIKELIHOOD_MIN if first[key][2] else LIKELIHOOD_MIN
        if scored[key] >= enough and (inside is None or told_more):
            kept.append(key)
    for key in sorted(kept, key=lambda key: (-repeated[key], -scored[key], key)):
        episode, text, whole = first[key]
        yield Phrase(text, episode, repeated[key], scored[key], whole)


def _runs(text: str, language: Language) -> Iterator[tuple[str, str, bool]]:
    """(key, as written, whether it is a whole sentence): whole short sentences, and runs of words within clauses."""
    for sentence in sentences(text):
        words = words_of(sentence, language)
        joint = "" if language == "zh" else " "
        long_enough = len(words) > 1 or len("".join(words)) > 3
        if long_enough and len(words) <= PHRASE_WORDS_MAX * 2 and not sentence.endswith("…"):
            yield joint.join(words), sentence, True
        for clause in re.split(r"[,;:，；：、]", sentence):
            yield from _within(clause, language)


def _tells(words: Sequence[str], common: frozenset[str]) -> bool:
    """Whether part of a sentence says something: two words of its own, or four in a row; not cut off too early."""
    rare = sum(word not in common for word in words)
    return rare > 0 and (rare > 1 or len(words) > 3) and (words[-1] not in common or len(words) > 4)


def _within(clause: str, language: Language) -> Iterator[tuple[str, str, bool]]:
    if language == "zh":
        for run in _HAN_RUN.findall(clause):
            for size in range(4, min(len(run), 10) + 1):
                for start in range(len(run) - size + 1):
                    yield run[start : start + size], run[start : start + size], False
        return
    found = list(_WORD.finditer(clause))
    for size in range(3, PHRASE_WORDS_MAX + 1):
        for start in range(len(found) - size + 1):
            span = found[start : start + size]
            key = " ".join(word.group().casefold().replace("’", "'") for word in span)
            yield key, clause[span[0].start() : span[-1].end()], False


def _contracts(texts: Sequence[str]) -> bool | None:
    joined = " ".join(texts)
    short, full = len(_SHORT_FORMS.findall(joined)), len(_FULL_FORMS.findall(joined))
    if short + full < 4:
        return None
    return True if short > 4 * full else False if full > 4 * short else None
