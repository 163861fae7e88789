"""How a speaker is written above or before a speech, whatever the format.

A voice over is marked where the scene does not have its speaker among those present, which is all that is known of it
after reading.
"""

from __future__ import annotations

from characters.script import UNNAMED, Line, Scene

UNKNOWN_NAME = "UNKNOWN"
"""Stands for a speaker whom the file never named: most formats cannot have a speech without one."""
VOICE_OVER = "(V.O.)"


def cue_text(line: Line, scene: Scene) -> str:
    """The speaker's name, with `(V.O.)` where the speaker is not there."""
    name = line.speaker if line.speaker != UNNAMED else UNKNOWN_NAME
    heard_only = line.speaker and line.speaker not in scene.present
    return f"{name} {VOICE_OVER}" if heard_only else f"{name}"


def is_bare(scene: Scene, only: bool) -> bool:
    """Whether a scene is written without a heading: a preamble, or the only scene of an episode that has none."""
    return scene.number == 0 or (only and scene.number == 1 and not scene.heading)
