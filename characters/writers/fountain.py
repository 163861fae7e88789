"""An episode as Fountain (https://fountain.io/syntax).

Fountain cannot carry `[[` in a line, a speech that is wholly in brackets, or a scene without a heading beside others
(it gets `SCENE 2`); everything else reads back as it was.
"""

from __future__ import annotations

import re

from characters.readers.fountain_cues import is_cue
from characters.readers.headings import is_heading, is_transition
from characters.script import Episode, Line, Scene
from characters.writers.cues import cue_text, is_bare

_MARKS = re.compile(r"([*_])")
_FORCING = tuple("!@.>~=#")


def write_fountain(episode: Episode, *, title: str = "") -> str:
    """The text of one `.fountain` file; `title` is the show's."""
    parts = [f"Title: {title}\n" if title else "", f"Episode: {episode.number}\n"]
    if episode.title and episode.title != title:
        parts.append(f"Episode title: {episode.title}\n")
    for scene in episode.scenes:
        if not is_bare(scene, len(episode.scenes) == 1):
            parts.append(f"\n{_heading(scene)}\n")
        parts += (f"\n{_line(line, scene)}\n" for line in scene.lines)
    return "".join(parts)


def _heading(scene: Scene) -> str:
    heading = escaped(scene.heading) or f"SCENE {scene.number}"
    return f"{'' if is_heading(heading) else '.'}{heading} #{scene.number}#"


def _line(line: Line, scene: Scene) -> str:
    text = escaped(line.text)
    if line.speaker is None:
        forced = text.startswith(_FORCING) or is_heading(text) or is_transition(text)
        return f"!{text}" if forced else text
    cue = cue_text(line, scene)
    asides = [f"({aside})" for aside in line.parenthetical.split("; ") if aside]
    return "\n".join([cue if is_cue(cue, frozenset()) else f"@{cue}", *asides, text])


def escaped(text: str) -> str:
    """Text in which no star or underscore is emphasis."""
    return _MARKS.sub(r"\\\1", text)
