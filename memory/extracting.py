"""Reads what a fan says of themself: sentence by sentence, by rules, in English, Spanish, Portuguese and Chinese.

Pure and offline: the embedded default of the NoteExtractor port. What is quoted, supposed, asked, dreamt or said by or
of somebody else is nothing the fan has told, and a sentence the rules are not sure of makes no note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from memory import rules_en, rules_es, rules_pt, rules_zh
from memory.notes import NOTE_CHARS_MAX, Saying
from memory.rules import Rule, applied

TEXT_CHARS_MAX = 4_000
SENTENCE_CHARS_MAX = 400
"""A longer sentence is no plain statement; and no pattern is ever tried on more."""
SAYINGS_MAX = 12
"""Of one turn: a message that tells more than this tells nothing that is worth keeping all of."""
QUOTED_WORDS_MAX = 3
"""A quoted name (my dog is “Rex”) is not a quotation."""

_SENTENCE = re.compile(r"[^.!?。！？\n;；…]+(?:\.(?=\w)[^.!?。！？\n;；…]*)*[.!?。！？;；…]*")
_QUOTED = re.compile(
    r"“[^”]*”|\"[^\"]*\"|«[^»]*»|「[^」]*」|『[^』]*』|(?<!\w)[‘'][^’'\n]+(?:[’']\w[^’'\n]*)*[’'](?!\w)"
)
_HAN = re.compile("[\u4e00-\u9fff]")
_CURLY = str.maketrans("’‘ʼ", "'''")
_QUOTE_LEFT_OUT = " … "


@dataclass(frozen=True, slots=True)
class _Language:
    rules: tuple[Rule, ...]
    later: tuple[Rule, ...]
    unreal: re.Pattern[str]
    reported: re.Pattern[str]
    joints: re.Pattern[str]
    stop: re.Pattern[str]
    never: frozenset[str]

    @classmethod
    def of(cls, module: ModuleType) -> _Language:
        told: Any = module
        return cls(told.RULES, told.LATER_RULES, told.UNREAL, told.REPORTED, told.JOINTS, told.STOP, told.NEVER)


_SPACED = (_Language.of(rules_en), _Language.of(rules_es), _Language.of(rules_pt))
_CHINESE = (_Language.of(rules_zh),)


def extract(text: str) -> tuple[Saying, ...]:
    """What the fan says of themself in one message, in the order it is said; each slot once, the last word on it."""
    found: dict[tuple[str, bool], Saying] = {}
    for sentence in _sentences(text[:TEXT_CHARS_MAX]):
        languages = _CHINESE if _HAN.search(sentence) else _SPACED
        if any(one.unreal.search(sentence) or one.reported.search(sentence) for one in languages):
            continue  # whichever it is in: neighbouring languages share the words that the rules look for
        for language in languages:
            for saying in _read(sentence, language):
                found.pop((saying.slot, saying.past), None)
                found[saying.slot, saying.past] = saying
    return tuple(found.values())[:SAYINGS_MAX]


def _sentences(text: str) -> Iterator[str]:
    """Statements, without what is quoted in them; questions state nothing."""
    for match in _SENTENCE.finditer(_QUOTED.sub(_unquoted, text.translate(_CURLY))):
        sentence = " ".join(match.group().split())
        if sentence and sentence[-1] not in "?？" and len(sentence) <= SENTENCE_CHARS_MAX:
            yield sentence


def _unquoted(match: re.Match[str]) -> str:
    inner = match.group()[1:-1]
    short = len(inner.split()) <= QUOTED_WORDS_MAX and not (_HAN.search(inner) and len(inner) > 2 * QUOTED_WORDS_MAX)
    return inner if short else _QUOTE_LEFT_OUT


def _read(sentence: str, language: _Language) -> list[Saying]:
    found: list[Saying] = []
    for part in language.joints.split(sentence):
        clause, text = part.strip(" .!。！;；…"), part.strip()[:NOTE_CHARS_MAX]
        said = _by(language.rules, clause, text, language) or _by(language.later, clause, text, language)[:1]
        found.extend(said)
    return found


def _by(rules: Sequence[Rule], clause: str, text: str, language: _Language) -> list[Saying]:
    """At most one saying for each slot; of two values for one predicate the first rule's counts."""
    found: dict[str, Saying] = {}
    for one in rules:
        saying = applied(one, clause, text, language.stop, language.never)
        if saying is not None:
            found.setdefault(_predicate(saying), saying)
    return list(found.values())


def _predicate(saying: Saying) -> str:
    head = saying.slot.partition(":")[0]
    return head if head in {"fan.likes", "fan.boundary", "fan.plan", "fan.happened"} else saying.slot


class RuleExtractor:
    """The NoteExtractor that needs no model: see `extract`."""

    async def read(self, text: str) -> Sequence[Saying]:
        """What the fan says of themself, by rules."""
        return extract(text)
