"""Runs of words that an audience has not heard yet: which of them stand in a text, whatever is around them.

Pure. It answers yes or no and never says which line it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from characters.script import Script
from memory.words import STOP_WORDS, is_joined, units

RUN_WORDS = 6
RUN_CHARACTERS = 9
"""As much again in a script without spaces, where a word is one or two characters."""
RUN_CONTENT_MIN = 2
"""A run with fewer words that say something (“I do not know what you”) is anybody's."""


@dataclass(frozen=True, slots=True)
class Quotations:
    """Every run of words of a script with the episode in which it is first said."""

    first_episode: Mapping[int, int]
    """The hash of a run -> the episode. Two runs of one hash are taken for one: about one in 2^61."""

    @classmethod
    def of(cls, script: Script) -> Quotations:
        """Read a script. About 10 µs for each word."""
        first: dict[int, int] = {}
        for scene in script.scenes():
            for line in scene.lines:
                for run in _runs(line.text):
                    first[run] = min(first.get(run, scene.episode), scene.episode)
        return cls(first)

    def later(self, text: str, horizon: int) -> bool:
        """Whether a run of the text is first said beyond the horizon."""
        return any(self.first_episode.get(run, horizon) > horizon for run in _runs(text))


def _runs(text: str) -> Iterator[int]:
    words = units(text)
    for start in range(len(words)):
        size = RUN_CHARACTERS if is_joined(words[start]) else RUN_WORDS
        run = tuple(words[start : start + size])
        if len(run) == size and sum(word not in STOP_WORDS for word in run) >= RUN_CONTENT_MIN:
            yield hash(run)
