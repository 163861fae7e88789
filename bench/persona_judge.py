"""Whether a reply is supported by what its character may know, told from the show's files and nothing that chose it.

Pure. The rule is mechanical, stated in docs/persona.md, and would rather refuse a true sentence than pass an invented
one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from characters.canon import Fact, Term
from characters.script import Script
from characters.sheet import Sheet
from memory.stems import stems
from memory.words import units

CLAIM_WORDS_MIN = 3
"""A sentence with fewer words that claim something is borne by no text but its own: “He's a guy” is in every show."""
_SENTENCE = re.compile(r"[^.!?…。！？]+[.!?…。！？]*[\"”’」』)]*")
_ABBREVIATED = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|[A-Z])\.$")
_PERSONS = """
i you me my your mine yours myself yourself we us our am are is was were im youre ive youve
"""
_DENIALS = """
no not never none nobody nothing nor neither without cannot cant dont doesnt didnt isnt arent wasnt werent havent hasnt
hadnt wont wouldnt couldnt
"""
_PERSON, _DENIES = frozenset(_PERSONS.split()), frozenset(_DENIALS.split())
_NAME = re.compile(r"(?<=[\w,;:] )[A-Z][\w’'-]+")


@dataclass(frozen=True, slots=True)
class Knowable:
    """What one character may say at one horizon, as words."""

    said: frozenset[str]
    """Sentences that are theirs word for word, with “I” and “you” taken for one."""
    borne: tuple[frozenset[str], ...]
    """The words of each text that may bear a claim."""
    words: frozenset[str]
    """Every word that has been seen or heard so far, for names."""
    late: tuple[tuple[str, ...], ...]
    """Terms that first appear beyond the horizon."""

    def unsupported(self, reply: str) -> str:
        """The first sentence that nothing supports, or "" when every one is."""
        row = units(reply)
        if any(tuple(row[n : n + len(term)]) == term for term in self.late for n in range(len(row))):
            return reply
        sentences = list(_sentences(reply))
        if not sentences:
            return "(nothing was said)"
        return next((sentence for sentence in sentences if not self._supports(sentence)), "")

    def _supports(self, sentence: str) -> bool:
        if _plain(sentence) in self.said:
            return True
        if any(word not in self.words for name in _NAME.findall(sentence) for word in units(name)):
            return False
        claims, denies = _claims(sentence), _denies(sentence)
        if not claims:
            return True
        if len(claims) < CLAIM_WORDS_MIN:
            return False
        return any(claims <= text and denies == bool(text & _DENIES) for text in self.borne)


def knowable(sheet: Sheet, horizon: int, script: Script, facts: Iterable[Fact], terms: Iterable[Term]) -> Knowable:
    """Read a show as one character at one horizon knows it."""
    met = sheet.at(horizon)
    seen = [scene for scene in script.scenes() if scene.episode <= horizon]
    own = [line.text for scene in seen for line in scene.lines if line.speaker == sheet.cue]
    authored = [*(one.reply for one in met.examples), met.essence, *(one.text for one in met.facts)]
    authored += [one.text for one in (*met.deflections, *met.greetings, *met.goodbyes, *met.voice.says)]
    known = [fact.text for fact in facts if _knows(fact, sheet.cue, horizon)]
    said = frozenset(_plain(sentence) for text in (*own, *authored, *known) for sentence in _sentences(text))
    heard = [line.text for scene in seen if sheet.cue in scene.present for line in scene.lines]
    texts = [*known, *authored, *heard, *(f"{one} {two}" for one, two in pairwise(heard))]
    everything = " ".join([*(line.text for scene in seen for line in scene.lines), *authored, *known, *sheet.names])
    return Knowable(
        said,
        tuple(_claims(text) | (_DENIES if _denies(text) else frozenset()) for text in texts),
        frozenset(units(everything)),
        tuple(tuple(units(term.text)) for term in terms if term.first_episode > horizon),
    )


def _knows(fact: Fact, cue: str, horizon: int) -> bool:
    since = fact.known_by.get(cue)
    over = fact.until_episode is not None and fact.until_episode <= horizon
    return since is not None and max(since, fact.from_episode) <= horizon and not over


def _sentences(text: str) -> Iterator[str]:
    whole = ""
    for part in _SENTENCE.findall(text):
        whole += part
        if not _ABBREVIATED.search(whole):
            if units(whole):
                yield whole.strip()
            whole = ""
    if units(whole):
        yield whole.strip()


def _plain(sentence: str) -> str:
    return " ".join("·" if word in _PERSON else word for word in units(sentence))


def _claims(text: str) -> frozenset[str]:
    return frozenset(stems(text)) - _PERSON - _DENIES


def _denies(text: Sequence[str] | str) -> bool:
    return bool(frozenset(units(text) if isinstance(text, str) else text) & _DENIES)
