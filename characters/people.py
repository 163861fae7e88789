"""What a script itself tells about its people's names: how to write a cue, the full name, and whom a name means.

Pure. A name that could be two people's means nobody; nothing is known here of what the authors list elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from characters.cues import cue_counts, introductions
from characters.names import TITLES, folded_words, has_case, name_runs
from characters.presence import name_forms
from characters.script import Script

_SMALL = frozenset({"de", "del", "la", "las", "los", "von", "van", "der"})


@dataclass(frozen=True, slots=True)
class People:
    """The speaking people of a show. Cues are keys everywhere."""

    cues: tuple[str, ...]
    """Most speeches first."""
    short: Mapping[str, str]
    """Cue -> how running text writes it: `Tamsin`, `Don Ernesto`, `苏婉`."""
    full: Mapping[str, str]
    """Cue -> the full name it is introduced with, else `short`."""
    forms: Mapping[tuple[str, ...], str]
    """Folded words of a name -> whose it is."""

    def find(self, name: str) -> str | None:
        """The cue that a name means: a cue, a full name, a first name, or a surname that only one person has."""
        if name in self.short:
            return name
        words = folded_words(name)
        return self.forms.get(words) or self.forms.get(tuple(word for word in words if word not in TITLES))

    def called(self, name: str) -> str:
        """How to write whoever `name` means; the name itself when that is nobody who speaks."""
        cue = self.find(name)
        return name if cue is None else self.short[cue]


def people_of(script: Script) -> People:
    """Everybody who speaks."""
    cues = tuple(cue_counts(script.episodes))
    introduced = introductions(script.episodes)
    forms = dict(name_forms(cues, introduced))
    full = {cue: _written(folded_words(cue)) if has_case(cue) else cue for cue in cues}
    spelt = _spellings(script)
    named: set[str] = set()
    for name in _in_story_order(script, introduced):
        holders = {forms[part] for part in _parts(name) if part in forms}
        if len(name) > 1 and len(holders) == 1 and not holders & named:
            named |= holders  # the first introduction is the one: a later one may be another name
            full[holders.pop()] = _written(name)
    surnames: dict[str, set[str]] = {}
    for cue, full_name in full.items():
        words = folded_words(full_name)
        if len(words) > 1:
            surnames.setdefault(words[-1], set()).add(cue)
    for surname, holders in surnames.items():
        if len(holders) == 1:
            forms.setdefault((surname,), next(iter(holders)))
    short = {cue: spelt.get(folded_words(cue), _written(folded_words(cue))) if has_case(cue) else cue for cue in cues}
    return People(cues, short, full, forms)


def _in_story_order(script: Script, introduced: Set[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    for scene in script.scenes():
        for line in scene.lines:
            if line.speaker is None:
                yield from (run.folded for run in name_runs(line.text) if run.folded in introduced)


def _parts(name: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [name[start:end] for start in range(len(name)) for end in range(start + 1, len(name) + 1)]


def _written(words: tuple[str, ...]) -> str:
    return " ".join(
        word if number and word in _SMALL else _dotted(word[:1].upper() + word[1:]) for number, word in enumerate(words)
    )


def _dotted(word: str) -> str:
    return f"{word}." if word in ("Mr", "Mrs", "Ms", "Dr") else word


def _spellings(script: Script) -> dict[tuple[str, ...], str]:
    """How running text writes names, by folded words: `McCall` is not `Mccall`."""
    found: dict[tuple[str, ...], str] = {}
    for scene in script.scenes():
        for line in scene.lines:
            for run in name_runs(line.text):
                if not any(word.capitals for word in run.words):
                    found.setdefault(run.folded, " ".join(_dotted(word.text) for word in run.words))
    return found
