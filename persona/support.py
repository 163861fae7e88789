"""Whether what a small model made up may be said at all: it ends, it stays in the play, and one source bears it.

Pure. A claim has to stand in one text that the character knows: words gathered from here and there can be put together
into anything. What the fan says vouches for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from characters.sheet import Sheet
from persona.lore import lore_in_mind
from persona.repertoire import content
from persona.segments import ends_a_sentence
from persona.terms import tokens
from persona.types import Brief

SAMPLE_CHARS_MAX = 240
SAMPLE_WORDS_MIN = 2
"""A sample must say so many words of its own, or it only gives the question back."""
_SENTENCE = re.compile(r"[^.!?…。！？]+[.!?…。！？]+[\"”’」』)]*\s*")
_NO_LIST = """
no not never none nobody nothing nor neither without cannot cant dont doesnt didnt isnt arent wasnt werent havent hasnt
hadnt wont wouldnt couldnt shouldnt aint
"""
_NO = frozenset(_NO_LIST.split())
_NUMBER_LIST = """
one two three four five six seven eight nine ten eleven twelve first second third half both once twice
"""
_NUMBERS = frozenset(_NUMBER_LIST.split())
_OUT_OF_THE_PLAY = re.compile(
    r"\b(?:character|fan|viewer|audience|show|script|episode|scene|human|actor|actress|ai|robot|movie|film)s?\b"
    r"|\breal person\b|\b(?:personaje|serie|episodio|actor|actriz)\b|角色|演员|剧集|人工智能",
    re.IGNORECASE,
)
_DIRECTION = re.compile(r"^\s*[(\[*]|[)\]*]\s*$")
_LABEL = re.compile(r"^\s*[\w .'’-]{1,40}:\s")


@dataclass(frozen=True, slots=True)
class Source:
    """One text that the character knows, and where it is from (episode 0: of no time)."""

    text: str
    episode: int = 0
    scene: int | None = None


def stopped(sample: str, sentences_max: int) -> str:
    """A sample as far as it goes before somebody else speaks or a sentence is left open; "" when nothing remains."""
    text = sample.split("\n", 1)[0].strip().strip('"“”').strip()
    whole = _SENTENCE.findall(text)
    return "".join(whole[:sentences_max]).strip()


def unfit(sample: str, brief: Brief) -> str:
    """Why a sample may not be said, whatever it claims; "" when its form is fit."""
    if not sample or len(sample) > SAMPLE_CHARS_MAX or not ends_a_sentence(sample):
        return "does not end"
    if _LABEL.match(sample) or _DIRECTION.search(sample):
        return "speaks for others"
    if _OUT_OF_THE_PLAY.search(sample):
        return "leaves the play"
    if len(content(sample) - content(brief.fan_text)) < SAMPLE_WORDS_MIN:
        return "says nothing"
    rows = [token.word for token in tokens(sample)]
    triples = list(zip(rows, rows[1:], rows[2:], strict=False))
    return "repeats itself" if len(set(triples)) < len(triples) else ""


def source_of(sample: str, sources: Sequence[Source]) -> Source | None:
    """The first source that bears every word, name and number of the sample, and denies nothing that it says."""
    words, numbers, denies = content(sample), _words(sample) & _NUMBERS, bool(_words(sample) & _NO)
    for source in sources:
        for claim in _claims(source.text):
            known = _words(claim)
            if words | numbers <= known and denies == bool(known & _NO):
                return source
    return None


def sources(brief: Brief, sheet: Sheet) -> tuple[Source, ...]:
    """Every text that may bear a claim, the nearest to the question first. Memories that are past bear nothing."""
    return tuple(_sources(brief, sheet))


def _sources(brief: Brief, sheet: Sheet) -> Iterator[Source]:
    horizon = brief.horizon
    for known in brief.recall.facts:
        if not known.past and known.fact.from_episode <= horizon:
            yield Source(known.fact.text, known.fact.from_episode, known.fact.scene)
    for scored in brief.recall.own_lines:
        if scored.line.episode <= horizon:
            yield Source(scored.line.text, scored.line.episode, scored.line.scene)
    for recalled in brief.recall.passages:
        passage = recalled.passage
        if passage.episode <= horizon:
            yield from (Source(row, passage.episode, passage.scene) for row in passage.text.split("\n"))
    yield from (Source(one.entry.text) for one in lore_in_mind(brief))
    yield from (Source(text) for text in (sheet.essence, sheet.tagline, *(part.text for part in sheet.facts)))
    yield from (Source(example.reply) for example in sheet.examples)


def _claims(text: str) -> Iterator[str]:
    """The sentences of a source, and each two that follow each other: a claim seldom needs more."""
    sentences = [part.strip() for part in _SENTENCE.findall(text)] or [text]
    yield from sentences
    yield from (f"{one} {two}" for one, two in pairwise(sentences))


def _words(text: str) -> frozenset[str]:
    return frozenset(token.word for token in tokens(text))
