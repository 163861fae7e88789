"""Episodes as one dialogue script.

It cannot carry `[[`, a speech that begins with a bracket, or a speaker whose name could not stand before a colon;
names in small letters read back only if most of the script's are, or if they speak twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from characters.script import Episode, Line, Scene
from characters.writers.cues import cue_text, is_bare
from characters.writers.fountain import escaped


def write_dialogue(episodes: Sequence[Episode], *, title: str = "") -> str:
    """The text of one file with all these episodes; `title` is the show's."""
    parts = [f"Title: {title}\n\n" if title else ""]
    for episode in episodes:
        own = f": {episode.title}" if episode.title and episode.title != title else ""
        parts += (f"EPISODE {episode.number}{own}\n", *_scenes(episode), "\n[END EPISODE]\n\n")
    return "".join(parts)


def _scenes(episode: Episode) -> Iterator[str]:
    for scene in episode.scenes:
        if not is_bare(scene, len(episode.scenes) == 1):
            yield f"\nSCENE {scene.number}{f' - {escaped(scene.heading)}' if scene.heading else ''}\n"
        for line in scene.lines:
            yield f"\n{_line(line, scene)}\n"


def _line(line: Line, scene: Scene) -> str:
    if line.speaker is None:
        return f"△ {escaped(line.text)}"
    aside = f" ({escaped(line.parenthetical)})" if line.parenthetical else ""
    return f"{cue_text(line, scene)}{aside}: {escaped(line.text)}"
