"""How much a text sounds like one character and not like the others of the show, by how they all speak in the script.

Naive Bayes over words and runs of characters (McCallum and Nigam, 1998), with every text read as if it were of the same
length: a long one is no surer. Pure; it is made of lines within a horizon, ranks and tells, and can never be shown.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from characters.script import Script
from memory.words import folded

RUN_CHARS = (3, 4)
SMOOTHING = 0.6
SHARPNESS = 18.0
"""How far a text of full weight moves the odds; chosen by leaving each line out (bench/likeness.py)."""
FEATURES_FULL = 60
"""From so many features on a text has its full weight."""
LINES_MIN = 30
"""A character with fewer lines has no voice that could be told."""


@dataclass(frozen=True, slots=True)
class _Voice:
    counts: Counter[str]
    total: int


class Likeness:
    """The voices of a show's characters, by cue."""

    def __init__(self, lines: Mapping[str, Sequence[str]]) -> None:
        """`lines`: what each says, within one horizon. Characters with fewer than LINES_MIN lines are not told."""
        self._voices: dict[str, _Voice] = {}
        for cue, said in lines.items():
            if len(said) >= LINES_MIN:
                counts = Counter(feature for line in said for feature in features(line))
                self._voices[cue] = _Voice(counts, counts.total())
        self._vocabulary = len(set().union(*(voice.counts for voice in self._voices.values()))) or 1

    @property
    def cues(self) -> frozenset[str]:
        """Whose voices are known."""
        return frozenset(self._voices)

    def shares(self, text: str, *, without: str = "") -> Mapping[str, float]:
        """How much of the text each voice has, adding up to 1; {} when nobody's is known.

        `without`: the cue of whoever said it in the script, whose own counts then leave it out.
        """
        found = Counter(features(text))
        if not self._voices or not found:
            return {}
        weight = SHARPNESS * min(1.0, found.total() / FEATURES_FULL) / found.total()
        logs = {cue: weight * self._log(voice, found, own=cue == without) for cue, voice in self._voices.items()}
        highest = max(logs.values())
        raised = {cue: math.exp(log - highest) for cue, log in logs.items()}
        total = sum(raised.values())
        return {cue: value / total for cue, value in raised.items()}

    def of(self, cue: str, text: str) -> float | None:
        """How much of the text is this character's voice, in 0..1; None when it is not known."""
        return self.shares(text).get(cue) if cue in self._voices else None

    def _log(self, voice: _Voice, found: Counter[str], *, own: bool) -> float:
        total = voice.total - (found.total() if own else 0) + SMOOTHING * self._vocabulary
        return sum(
            times * math.log((max(0, voice.counts[feature] - (times if own else 0)) + SMOOTHING) / total)
            for feature, times in found.items()
        )


def features(text: str) -> list[str]:
    """What of a text tells who speaks: its words, runs of their characters, and how its sentences end."""
    plain = f" {' '.join(folded(text).split())} "
    runs = [plain[place : place + size] for size in RUN_CHARS for place in range(len(plain) - size + 1)]
    words = [f"={word}" for word in plain.split()]
    ends = [f"!{char}" for char in text if char in "!?…—,;:.“”'"]
    return runs + words + ends


def voice_share(script: Script, cue: str, horizon: int, text: str) -> float | None:
    """How much of a reply is the character's voice, by the script up to the horizon; None where that tells nothing."""
    said: dict[str, list[str]] = {}
    for scene in script.scenes():
        for line in scene.lines if scene.episode <= horizon else ():
            if line.speaker is not None:
                said.setdefault(line.speaker, []).append(line.text)
    share = Likeness(said).of(cue, text)
    return None if share is None else round(share, 3)
