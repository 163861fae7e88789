"""Makes a talk shorter by rule: the sentences that say most of it, each as it was said.

Pure and offline: the embedded default, and what is told when a model's summary cannot be used. It adds no word
of its own but who speaks, so that a summary made here claims nothing that nobody said.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from memory.aloud import words_of
from memory.extracting import extract
from memory.types import Exchange
from memory.words import tokenize, word_count

FAN, CHARACTER = "Fan: ", "You: "
SENTENCE_CHARS_MAX = 200
WORDS_MIN, WORDS_MAX = 3, 40
"""A shorter sentence says nothing by itself, a longer one takes the place of several."""
TEXT_CHARS_MAX = 4_000
TOLD_OF_SELF = 2.0
"""What the fan says of themself counts so many times."""
BY_CHARACTER = 0.6
REPEATED = 0.5
"""What is left of a word's weight once a sentence with it is chosen, after SumBasic (Nenkova and Vanderwende 2005)."""
_SENTENCE = re.compile(r"[^.!?。！？\n;；…]+(?:[.](?=\w)[^.!?。！？\n;；…]*)*[.!?。！？;；…]*")


@dataclass(frozen=True, slots=True)
class _Sentence:
    place: int
    line: str
    terms: frozenset[str]
    worth: float


def condense(
    old: str,
    exchanges: Sequence[Exchange],
    *,
    chars_max: int,
    admissible: Callable[[str], bool] = lambda _: True,
    names: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """An old summary and what was said since, in at most `chars_max` characters: one line a sentence, in their order.

    Sentences are chosen one by one for the words they share with the whole talk, what the fan says of themself before
    the rest, and words that were chosen already count less and less. `admissible` says of a sentence whether it may be
    told. `names` of a scene's speakers stand before what they said. "" when nothing is worth telling.
    """
    sentences = [one for one in _sentences(old, exchanges, names) if admissible(one.line)]
    shares = Counter(term for one in sentences for term in one.terms)
    weights = {term: 1.0 + math.log(count) for term, count in shares.items()}
    chosen: list[_Sentence] = []
    room = chars_max
    while left := [one for one in sentences if one not in chosen and len(one.line) <= room]:
        best = max(left, key=lambda one: (_score(one, weights), -one.place))
        chosen.append(best)
        room -= len(best.line) + 1
        for term in best.terms:
            weights[term] *= REPEATED
    return "\n".join(one.line for one in sorted(chosen, key=lambda one: one.place))


def _score(sentence: _Sentence, weights: dict[str, float]) -> float:
    return sentence.worth * sum(weights[term] for term in sentence.terms) / math.sqrt(len(sentence.terms))


def _sentences(old: str, exchanges: Sequence[Exchange], names: Mapping[str, str]) -> Iterator[_Sentence]:
    """Every sentence once, the oldest first; of the old summary, its lines."""
    seen: set[str] = set()
    labels = (CHARACTER, *(f"{name}: " for name in names.values()))
    for place, (line, worth) in enumerate(_lines(old, exchanges, names, labels)):
        terms = frozenset(tokenize(_unlabelled(line.removeprefix(FAN), labels)))
        if terms and line not in seen:
            seen.add(line)
            yield _Sentence(place, line, terms, worth)


def _unlabelled(line: str, labels: Sequence[str]) -> str:
    return next((line.removeprefix(label) for label in labels if line.startswith(label)), line)


def _lines(
    old: str, exchanges: Sequence[Exchange], names: Mapping[str, str], labels: Sequence[str]
) -> Iterator[tuple[str, float]]:
    for line in old.splitlines():
        yield line, _worth_of_line(line, labels)
    for exchange in exchanges:
        for sentence in _told(exchange.fan_text):
            yield FAN + sentence, _worth_of_fans(sentence)
        if not exchange.parts:
            yield from ((CHARACTER + sentence, BY_CHARACTER) for sentence in _told(exchange.reply_text))
        for speaker, words in words_of(exchange):
            yield from ((f"{names.get(speaker, speaker)}: {sentence}", BY_CHARACTER) for sentence in _told(words))


def _worth_of_line(line: str, labels: Sequence[str]) -> float:
    if any(line.startswith(label) for label in labels):
        return BY_CHARACTER
    return _worth_of_fans(line.removeprefix(FAN)) if line.startswith(FAN) else 1.0


def _worth_of_fans(sentence: str) -> float:
    return TOLD_OF_SELF if extract(sentence) else 1.0


def _told(text: str) -> Iterable[str]:
    for match in _SENTENCE.finditer(text[:TEXT_CHARS_MAX]):
        sentence = " ".join(match.group().split())
        if len(sentence) <= SENTENCE_CHARS_MAX and WORDS_MIN <= word_count(sentence) <= WORDS_MAX:
            yield sentence
