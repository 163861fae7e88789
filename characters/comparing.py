"""What changes between two releases of a show: episodes and their lines, facts, and the terms that stay hidden.

Pure. It shows every line, aired or not: it is for those who may read them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from characters.canon import Fact
from characters.release import Release
from characters.script import Episode


@dataclass(frozen=True, slots=True)
class EpisodeChange:
    """How an episode differs: `kind` is new, gone or changed; `diff` is of its lines, as `difflib` writes it."""

    number: int
    kind: str
    added: int
    removed: int
    diff: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FactChange:
    """How a fact differs; `before` and `after` are None where there is none."""

    id: str
    kind: str
    before: Fact | None
    after: Fact | None


@dataclass(frozen=True, slots=True)
class ReleaseChanges:
    """Everything that is another in the later release."""

    episodes: tuple[EpisodeChange, ...]
    facts: tuple[FactChange, ...]
    terms: tuple[tuple[str, int | None, int | None], ...]
    """(term, its first episode before, and after)."""

    @property
    def nothing(self) -> bool:
        """Whether the two are the same."""
        return not (self.episodes or self.facts or self.terms)


def changes(before: Release | None, after: Release) -> ReleaseChanges:
    """What `after` changes; everything is new when there is nothing before."""
    episodes_before = _episodes(before.script.episodes if before else ())
    episodes_after = _episodes(after.script.episodes)
    facts_before = {fact.id: fact for fact in (before.facts if before else ())}
    facts_after = {fact.id: fact for fact in after.facts}
    terms_before = {term.text: term.first_episode for term in (before.terms if before else ())}
    terms_after = {term.text: term.first_episode for term in after.terms}
    return ReleaseChanges(
        tuple(_episode(n, episodes_before, episodes_after) for n in _differing(episodes_before, episodes_after)),
        tuple(_fact(key, facts_before.get(key), facts_after.get(key)) for key in _differing(facts_before, facts_after)),
        tuple((text, terms_before.get(text), terms_after.get(text)) for text in _differing(terms_before, terms_after)),
    )


def _episodes(episodes: Iterable[Episode]) -> dict[int, list[str]]:
    return {episode.number: episode_lines(episode) for episode in episodes}


def episode_lines(episode: Episode) -> list[str]:
    """An episode as plain lines: headings, then who says what."""
    lines = []
    for scene in episode.scenes:
        lines.append(f"{scene.number}. {scene.heading}")
        lines += [f"{line.speaker}: {line.text}" if line.speaker else line.text for line in scene.lines]
    return lines


def _episode(number: int, before: Mapping[int, list[str]], after: Mapping[int, list[str]]) -> EpisodeChange:
    old, new = before.get(number, []), after.get(number, [])
    kind = _kind(before.get(number), after.get(number))
    diff = tuple(difflib.unified_diff(old, new, lineterm="", n=1))[2:] if kind == "changed" else ()
    added = sum(line.startswith("+") for line in diff) if kind == "changed" else len(new)
    removed = sum(line.startswith("-") for line in diff) if kind == "changed" else len(old)
    return EpisodeChange(number, kind, added, removed, diff)


def _fact(key: str, before: Fact | None, after: Fact | None) -> FactChange:
    return FactChange(key, _kind(before, after), before, after)


def _kind(before: object, after: object) -> str:
    return "new" if before is None else "gone" if after is None else "changed"


def _differing(before: Mapping[Any, object], after: Mapping[Any, object]) -> list[Any]:
    return [key for key in sorted({*before, *after}) if before.get(key) != after.get(key)]
