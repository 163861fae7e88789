"""Scenes while they are being read, and the numbers they get.

One rule for every format: the script's own number where it gives a whole one, else counted; two scenes of an episode
never share a number, and a number that could not be kept is reported.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from characters.script import Line, Scene, Unplaced

_OWN_NUMBER = re.compile(r"(?:\d{1,5}[-.–])?(\d{1,5})\.?$")

EMPTY_CUE = "nobody says anything under this cue"
NUMBER_NOT_OWN = "its scene number is not a whole number of its own; the scene was counted instead"


@dataclass(slots=True)
class SceneDraft:
    """A scene that is still growing. `given` is its number as written, empty when it has none."""

    heading: str = ""
    given: str = ""
    line: int = 0
    """Where its heading stands in the file, counted from 1."""
    lines: list[Line] = field(default_factory=list)
    present: set[str] = field(default_factory=set)

    def add_speech(self, name: str, text: str, aside: str, *, line: int, heard_only: bool) -> bool:
        """One speech; a cue with an aside only is something seen. False when there is neither text nor aside."""
        if text:
            self.lines.append(Line(text, line, speaker=name, parenthetical=aside))
        elif aside:
            self.lines.append(Line(f"{name} ({aside})", line))
        else:
            return False
        if not heard_only:
            self.present.add(name)
        return True


def numbered_scenes(
    preamble: SceneDraft, headed: Sequence[SceneDraft], *, episode: int, source: str
) -> tuple[tuple[Scene, ...], list[Unplaced]]:
    """The scenes with numbers of their own, and the given numbers that could not be used.

    `preamble` stands before the first heading and is scene 0, so that headings count from 1; without a heading it is 1.
    """
    if not headed:
        return ((_scene(preamble, episode, 1),) if preamble.lines else ()), []
    unplaced: list[Unplaced] = []
    given = [_own_number(draft.given) for draft in headed]
    after = {number: number + 1 for number in given if number}  # taken -> where to look for a free one
    used: set[int] = set()
    scenes = [_scene(preamble, episode, 0)] if preamble.lines else []
    last = 0
    for draft, number in zip(headed, given, strict=True):
        if draft.given and (not number or number in used):
            unplaced.append(Unplaced(source, draft.line, f"#{draft.given}#", NUMBER_NOT_OWN))
        if not number or number in used:
            number = _free(last + 1, after)
            after[number] = number + 1
        used.add(number)
        last = number
        scenes.append(_scene(draft, episode, number))
    return tuple(scenes), unplaced


def _free(number: int, after: dict[int, int]) -> int:
    """The first number from `number` on that is not in `after`; shortens the way for the next search."""
    passed: list[int] = []
    while number in after:
        passed.append(number)
        number = after[number]
    after.update(dict.fromkeys(passed, number))
    return number


def _own_number(given: str) -> int:
    found = _OWN_NUMBER.match(given)
    return int(found.group(1)) if found else 0


def _scene(draft: SceneDraft, episode: int, number: int) -> Scene:
    return Scene(episode, number, draft.heading, tuple(draft.lines), frozenset(draft.present))
