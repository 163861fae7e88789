"""What fans ask about: names and things of a show, by how far they have watched, and never a word of theirs.

Pure. A row is told only when enough different fans are in it, and nothing is told of the others: who looks at a show's
questions must not be able to find one fan in them. Periods are whole days, so that two looks at nearly the same period
do not differ by one message.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from characters.canon import Term
from characters.release import Cast
from persona.terms import Token, tokens

FANS_MIN = 10
"""So many fans hide each of them: the k of k-anonymity (Sweeney, 2002)."""

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """One message. `episode`: how far the fan had watched."""

    fan: str
    episode: int
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Curiosity:
    """How often something was spoken of by fans who had watched so far, and by how many of them."""

    episode: int
    subject: str
    fans: int
    messages: int


class Tally:
    """Counts messages one by one; keeps none of them.

    `subjects`: what is looked for, by the name that it is told under; each with everything it is called.
    """

    def __init__(self, subjects: Mapping[str, Sequence[str]]) -> None:
        self._by_first: dict[str, list[tuple[Words, str]]] = defaultdict(list)
        for subject, names in subjects.items():
            for words in {tuple(token.word for token in tokens(name)) for name in names}:
                if words:
                    self._by_first[words[0]].append((words, subject))
        self._fans: defaultdict[tuple[int, str], set[int]] = defaultdict(set)
        self._messages: defaultdict[tuple[int, str], int] = defaultdict(int)
        self._known: dict[str, int] = {}

    def add(self, asked: Asked) -> None:
        """Count a message."""
        fan = self._known.setdefault(asked.fan, len(self._known))
        for subject in self._named(tokens(asked.text)):
            self._fans[asked.episode, subject].add(fan)
            self._messages[asked.episode, subject] += 1

    def rows(self) -> tuple[Curiosity, ...]:
        """What enough fans spoke of: by episode, what most of them did first."""
        told = (
            Curiosity(episode, subject, len(fans), self._messages[episode, subject])
            for (episode, subject), fans in self._fans.items()
            if len(fans) >= FANS_MIN
        )
        return tuple(sorted(told, key=lambda row: (row.episode, -row.fans, -row.messages, row.subject)))

    def _named(self, said: Sequence[Token]) -> set[str]:
        words = [token.word for token in said]
        return {
            subject
            for place, word in enumerate(words)
            for row, subject in self._by_first.get(word, ())
            if tuple(words[place : place + len(row)]) == row
        }


def subjects_of(terms: Iterable[Term], cast: Iterable[Cast]) -> dict[str, list[str]]:
    """What can be asked about in a show: its characters by all their names, and every other term by itself."""
    found = {one.sheet.name: list(one.sheet.names) for one in cast}
    taken = {name.casefold() for names in found.values() for name in names}
    found |= {term.text: [term.text] for term in terms if term.text.casefold() not in taken}
    return found
