"""From a file or a folder to a script: lets the pure readers read, then numbers the episodes and finds the cast.

A folder is read all or nothing, in an order that does not depend on the file system, and whatever is left over is in
the report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from characters.cues import cue_counts, merge_cues
from characters.errors import EmptyScript, NoCue, UnreadableScript
from characters.presence import with_presence
from characters.readers.dialogue import read_dialogue
from characters.readers.fdx import read_fdx
from characters.readers.file_reading import FileReading
from characters.readers.formats import KnownFormat, ScriptFormat
from characters.readers.fountain import FountainReading, read_fountain
from characters.readers.subtitles import read_srt, read_vtt
from characters.readers.tei import read_tei
from characters.script import UNNAMED, Episode, FileRead, Line, ReadReport, Script, Unplaced
from characters.script_files import SourceFile, source_files

__all__ = ["ScriptFormat", "ShowReading", "read_script", "read_show"]

_NO_NUMBER = "it has no episode number: give it an `Episode:` key, or a number in its name"
ONE_EPISODE = "no line of it begins an episode, so all of it was read as one: whoever has seen that knows everything"
SCENES_MANY = 40
"""An episode of a vertical drama has a handful of scenes."""
NOTHING_WRITTEN = "nothing is written for this episode"
_FOUNTAIN_ASIDE = {
    "removed": "note",
    "title": "title page",
    "transition": "transition",
    "section": "outline",
    "synopsis": "outline",
    "episode": "episode mark",
}
_READERS: dict[KnownFormat, Callable[[SourceFile], FileReading]] = {
    "fdx": lambda file: read_fdx(file.text, source=file.name, number=file.number),
    "dialogue": lambda file: read_dialogue(file.text, source=file.name, number=file.number),
    "srt": lambda file: read_srt(file.text, source=file.name, number=file.number),
    "vtt": lambda file: read_vtt(file.text, source=file.name, number=file.number),
    "tei": lambda file: read_tei(file.text, source=file.name, number=file.number),
}


@dataclass(frozen=True, slots=True)
class ShowReading:
    """A show as read; `title` is the scripts' own when they agree on one, else empty."""

    script: Script
    title: str


def read_script(path: Path, *, script_format: ScriptFormat = "auto") -> Script:
    """Read one file, or every script of a folder, as a whole show.

    Raises EmptyScript, NoCue, UnknownFormat, UnreadableScript.
    """
    return read_show(path, script_format=script_format).script


def read_show(path: Path, *, script_format: ScriptFormat = "auto") -> ShowReading:
    """As `read_script`, with the show's title.

    With `auto` each file's content tells its format; otherwise all files are read in the one that is named. A file
    named directly is read whatever it is called, and is episode 1 when nothing says otherwise.
    """
    sources, left_out = source_files(path, script_format)
    readings = _read_all(sources)
    episodes, hollow = _numbered(sources, readings)
    episodes, merged = merge_cues(episodes)
    counts = cue_counts(episodes)
    if not counts and not any(line.speaker == UNNAMED for line in _lines(episodes)):
        raise NoCue(path.name)
    report = ReadReport(
        episodes=len(episodes),
        scenes=sum(len(episode.scenes) for episode in episodes),
        cues=counts,
        merged=merged,
        unplaced=(
            *left_out,
            *(entry for reading in readings for entry in reading.unplaced),
            *hollow,
            *(entry for pair in zip(sources, readings, strict=True) for entry in _unmarked(*pair)),
        ),
        files=tuple(_file_read(*pair) for pair in zip(sources, readings, strict=True)),
    )
    titles = {reading.title for reading in readings}
    present = with_presence(_of_the_cast(episodes, frozenset(counts)))
    return ShowReading(Script(present, report), titles.pop() if len(titles) == 1 else "")


def _read_all(sources: Sequence[SourceFile]) -> list[FileReading]:
    fountains = _read_fountains([source for source in sources if source.format == "fountain"])
    return [
        fountains[source.name] if source.format == "fountain" else _READERS[source.format](source) for source in sources
    ]


def _read_fountains(sources: Sequence[SourceFile]) -> dict[str, FileReading]:
    readings = {source.name: read_fountain(source.text, source=source.name, number=source.number) for source in sources}
    forced = frozenset(cue for reading in readings.values() for cue in reading.forced_cues)
    if forced:
        # A name forced once is a name throughout the show, also where the mark was forgotten.
        readings = {
            source.name: read_fountain(source.text, source=source.name, number=source.number, known_cues=forced)
            for source in sources
        }
    return {name: _as_file_reading(reading) for name, reading in readings.items()}


def _as_file_reading(reading: FountainReading) -> FileReading:
    aside = Counter(_FOUNTAIN_ASIDE[kind] for kind in reading.kinds if kind in _FOUNTAIN_ASIDE)
    title = reading.title_page.get("title", "")
    return FileReading(reading.episodes, title, reading.numbered, reading.unplaced, dict(aside))


def _numbered(
    sources: Sequence[SourceFile], readings: Sequence[FileReading]
) -> tuple[tuple[Episode, ...], list[Unplaced]]:
    """The episodes of all files in order of number, and those that a file begins and writes nothing for."""
    taken: dict[int, str] = {}
    found: list[Episode] = []
    hollow: list[Unplaced] = []
    for source, reading in zip(sources, readings, strict=True):
        if not any(_lines(reading.episodes)):
            raise EmptyScript(source.name)
        for episode in reading.episodes:
            if not any(_lines([episode])):
                hollow.append(Unplaced(source.name, 0, f"episode {episode.number}", NOTHING_WRITTEN))
                continue
            if episode.number < 1:
                zero = "it is episode 0, and episodes count from 1"
                raise UnreadableScript(source.name, zero if reading.numbered else _NO_NUMBER)
            if (other := taken.get(episode.number)) is not None:
                raise UnreadableScript(source.name, _twice(episode.number, source.name, other))
            taken[episode.number] = source.name
            found.append(episode)
    return tuple(sorted(found, key=lambda episode: episode.number)), hollow


def _unmarked(source: SourceFile, reading: FileReading) -> list[Unplaced]:
    """A warning where a whole season may have been read as one episode: its first fan would be told all of it."""
    if reading.numbered or len(reading.episodes) > 1 or source.format == "tei":
        return []
    scenes = len(reading.episodes[0].scenes)
    return [Unplaced(source.name, 0, f"{scenes} scenes", ONE_EPISODE)] if scenes >= SCENES_MANY else []


def _twice(number: int, name: str, other: str) -> str:
    if name == other:
        return f"episode {number} begins twice in it"
    return f"it is episode {number}, and so is {other}"


def _lines(episodes: Sequence[Episode]) -> list[Line]:
    return [line for episode in episodes for scene in episode.scenes for line in scene.lines]


def _of_the_cast(episodes: Sequence[Episode], cast: frozenset[str]) -> tuple[Episode, ...]:
    """Scenes list people who never speak in the show; nobody can meet them."""
    return tuple(
        replace(episode, scenes=tuple(replace(scene, present=scene.present & cast) for scene in episode.scenes))
        for episode in episodes
    )


def _file_read(source: SourceFile, reading: FileReading) -> FileRead:
    numbers = tuple(episode.number for episode in reading.episodes)
    return FileRead(source.name, source.format, numbers, dict(reading.set_aside))
