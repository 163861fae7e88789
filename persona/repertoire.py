"""All that a character could say now without a model making it up: what stands ready, is theirs, and is true.

The lines they spoke, the sheet's sample answers, what they know, what the fan told them, and their deflections. Pure;
every part of it lies within the horizon, and nothing is told that the sheet still keeps secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from characters.sheet import Sheet
from characters.succession import BELIEF
from memory.types import KnownFact, Passage
from persona.humanity import asks_sincerely
from persona.listening import listening
from persona.lore import lore_in_mind
from persona.plain_words import PLAIN_WORDS
from persona.recollection import first_person, recollection
from persona.remembered import told_by_fan
from persona.retelling import gender_in, retold
from persona.terms import tokens
from persona.types import Brief

Kind = Literal["example", "own_line", "recollection", "sample", "listening", "deflection"]

WHO_ARE_YOU = "Who are you? What is your name?"
OWN_LINES_MAX = 12
FACTS_MAX = 8
KEPT_SHARE = 0.5
"""A fact with this share of its words in a secret of the sheet is that secret."""
_OF_AN_AI = re.compile(r"\bA\.?I\.?\b|\bIA\b|inteligencia artificial|artificial intelligence|人工智能|人工智慧")
_LABEL = re.compile(r"^(?P<cue>[^:]{1,60}): (?:\([^)]*\) )?(?P<text>.+)$")
_BREAKS_OFF = re.compile(r"(?:…|\.\.\.|[-–—,])[\"”’]?$")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that could be said.

    `about`: the texts that are compared with the question; the first tells most (of an example the fan's words, else
    what it says itself), the others are what it answers and other ways to put it.
    """

    text: str
    kind: Kind
    about: tuple[str, ...] = ()
    episode: int = 0
    """The episode it is from; 0 for what is of no time."""
    scene: int | None = None
    told: float | None = None
    """Of a fact: how well recall thinks that it fits the question, in 0..1."""
    surely: bool = False
    """It answers this very question, whatever words it shares with it."""


def candidates(brief: Brief, samples: Iterable[str] = ()) -> tuple[Candidate, ...]:
    """All that could be said now, in a fixed order."""
    sheet = brief.sheet.at(brief.horizon)
    found = [
        *_examples(brief, sheet),
        Candidate(introduction(sheet), "recollection", (WHO_ARE_YOU,)),
    ]
    found += _own_lines(brief)
    found += _recollections(brief, sheet)
    told = told_by_fan(brief)
    if told is not None:
        found.append(Candidate(told, "recollection", surely=True))
    found += [Candidate(text, "sample", (text,)) for text in (" ".join(one.split()) for one in samples) if text]
    found += [Candidate(text, "listening") for text in listening(brief)]
    # Two fans, or two questions, do not meet the deflections in the same order.
    turned = (len(brief.fan_text) + len(brief.history)) % max(1, len(sheet.deflections))
    for deflection in sheet.deflections[turned:] + sheet.deflections[:turned]:
        found.append(Candidate(deflection.text, "deflection"))
    return tuple(found)


def introduction(sheet: Sheet) -> str:
    """The first sentence of the sheet's essence, as the character would say it."""
    first, stop, _ = sheet.essence.partition(". ")
    return first_person(first + stop.strip())


def compared_texts(cast: Sequence[Candidate]) -> tuple[str, ...]:
    """What must be compared with the question, each text once."""
    return tuple(dict.fromkeys(text for candidate in cast for text in candidate.about))


def _examples(brief: Brief, sheet: Sheet) -> Iterator[Candidate]:
    """The sheet's answers; that they are an AI characters say to who wants to know it, and to nobody else."""
    wants_to_know = asks_sincerely(brief.fan_text)
    for example in sheet.examples:
        if wants_to_know or not _OF_AN_AI.search(example.reply):
            yield Candidate(example.reply, "example", (example.fan,), _dated(example.from_episode))


def _own_lines(brief: Brief) -> Iterator[Candidate]:
    """What the character said: the lines recall thinks of, and those that stand in the scenes it thinks of."""
    said: set[str] = set()
    for scored in brief.recall.own_lines[:OWN_LINES_MAX]:
        line = scored.line
        if line.episode <= brief.horizon and line.text not in said and not _BREAKS_OFF.search(line.text):
            said.add(line.text)
            about = (line.text, line.cue_text) if line.cue_text else (line.text,)
            yield Candidate(line.text, "own_line", about, line.episode, line.scene)
    for recalled in brief.recall.passages:
        passage = recalled.passage
        for before, text in _speeches(passage, brief.sheet.cue):
            if passage.episode <= brief.horizon and text not in said and not _BREAKS_OFF.search(text):
                said.add(text)
                about = (text, before) if before else (text,)
                yield Candidate(text, "own_line", about, passage.episode, passage.scene)


def _speeches(passage: Passage, cue: str) -> Iterator[tuple[str, str]]:
    """(what it answers, what the character says) for each of their lines in a passage."""
    before = ""
    for row in passage.text.split("\n"):
        match = _LABEL.match(row)
        if match is None or match["cue"] not in passage.speakers:
            continue
        if match["cue"] == cue:
            yield before, match["text"]
        before = match["text"]


def _recollections(brief: Brief, sheet: Sheet) -> Iterator[Candidate]:
    """What the character knows, said by them: facts of the canon, lore, and what the sheet says they know."""
    names = (*sheet.names, sheet.cue.title())  # a cue is in capitals, and a fact names whoever has it as a name
    own_names = frozenset(token.word for name in names for token in tokens(name))
    recalled = [one for one in brief.recall.facts[:FACTS_MAX] if one.fact.from_episode <= brief.horizon]
    others = _people(brief) - own_names
    gender = gender_in((one.fact.text for one in recalled), names, others)
    for known in recalled:
        if known.past or _is_kept(known, sheet):
            continue
        fact, named = known.fact, any(token.word in own_names for token in tokens(known.fact.text))
        said = retold(fact.text, names, others, gender) if named else fact.text
        if said is not None and (named or fact.kind != BELIEF):  # “it is believed” says that it is not so
            about = (fact.text, *fact.wordings)
            yield Candidate(said, "recollection", about, fact.from_episode, fact.scene, known.score)
    standing = [(one.entry.text, 0) for one in lore_in_mind(brief)]
    standing += [(part.text, _dated(part.from_episode)) for part in sheet.facts]
    for text, episode in standing:
        said = recollection(text, own_names)
        if said is not None:
            yield Candidate(said, "recollection", (text,), episode)


def _people(brief: Brief) -> frozenset[str]:
    """The folded words of the names of whoever is in the story near what was recalled."""
    names = {cue for one in brief.recall.facts for cue in one.fact.known_by}
    names |= {cue for one in brief.recall.passages for cue in one.passage.present | one.passage.speakers}
    return frozenset(token.word for name in names for token in tokens(name))


def _is_kept(known: KnownFact, sheet: Sheet) -> bool:
    words = content(known.fact.text)
    return any(len(words & content(secret.text)) >= KEPT_SHARE * len(words) for secret in sheet.secrets)


def content(text: str) -> frozenset[str]:
    """The folded words of a text that claim something."""
    return frozenset(token.word for token in tokens(text)) - PLAIN_WORDS


def _dated(from_episode: int) -> int:
    """What holds from the first episode on is of no time."""
    return from_episode if from_episode > 1 else 0
