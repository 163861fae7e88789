"""A script as Encore understands it: episodes of scenes of lines, whatever format it was written in.

Readers produce these values, everything else reads them. They hold only what an audience could see or hear:
notes, boneyard, sections and synopses never get this far.
"""

from __future__ import annotations

from dataclasses import dataclass, field

UNNAMED = ""
"""The speaker of a speech whose file does not say who speaks, as in subtitles without labels: nobody's cue."""


@dataclass(frozen=True, slots=True)
class Line:
    """One speech or one paragraph of action."""

    text: str
    source_line: int
    """Where it begins in the file it was read from, counted from 1."""
    speaker: str | None = None
    """The cue name without its extensions; None for action, UNNAMED when the file does not say who speaks."""
    parenthetical: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """A place and what happens in it. `number` is as the script gives it, else counted from 1 in the episode.

    What stands before the first heading of an episode is scene 0. Numbers differ within an episode.
    """

    episode: int
    number: int
    heading: str
    lines: tuple[Line, ...]
    present: frozenset[str] = frozenset()
    """Cue names of those who see or hear this scene: they speak in it (not only as a V.O.) or its action names them."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One episode; `number` is its `Episode:` key, else the last number in the file's name."""

    number: int
    title: str
    scenes: tuple[Scene, ...]


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A line the reader could not place, and why. Nothing is dropped silently."""

    source: str
    source_line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class FileRead:
    """How one file was read: its format, its episodes, and how much in it is no canon by the rules of that format."""

    source: str
    format: str
    episodes: tuple[int, ...]
    set_aside: dict[str, int] = field(default_factory=dict)
    """What (notes, transitions, styles …) -> how many."""


@dataclass(frozen=True, slots=True)
class ReadReport:
    """What a reading found, for the people who wrote the script."""

    episodes: int
    scenes: int
    cues: dict[str, int] = field(default_factory=dict)
    """Speeches per cue name, most first."""
    merged: dict[str, str] = field(default_factory=dict)
    """A cue as written -> the cue name it was counted under."""
    unplaced: tuple[Unplaced, ...] = ()
    files: tuple[FileRead, ...] = ()
    """Every file that was read, in order of name."""


@dataclass(frozen=True, slots=True)
class Script:
    """A whole show as read: episodes in order of their number, and the report."""

    episodes: tuple[Episode, ...]
    report: ReadReport

    def scenes(self) -> tuple[Scene, ...]:
        """Every scene in story order."""
        return tuple(scene for episode in self.episodes for scene in episode.scenes)

    def first_episode_of(self, cue: str) -> int | None:
        """The episode in which a cue name is first present; None when it never is."""
        return next((scene.episode for scene in self.scenes() if cue in scene.present), None)
