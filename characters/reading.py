"""From a file or a folder to a script: opens, decodes and numbers the episodes, then lets the pure readers read.

A folder is read all or nothing, in an order that does not depend on the file system. Errors name a file by its own
name, never by a path that the person did not give.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from characters.cues import cue_counts, merge_cues
from characters.errors import EmptyScript, NoCue, UnreadableScript
from characters.presence import with_presence
from characters.readers.fountain import FountainReading, read_fountain
from characters.script import Episode, ReadReport, Script, Unplaced

ScriptFormat = Literal["auto", "fountain"]

FILE_BYTES_MAX = 5_000_000
TOTAL_BYTES_MAX = 50_000_000
FILES_MAX = 2_000
LINE_CHARS_MAX = 10_000
EPISODE_NUMBER_MAX = 99_999

_FOUNTAIN_SUFFIXES = frozenset({".fountain", ".spmd"})
_DIGITS = re.compile(r"\d+")
_NOT_A_SCRIPT = "it is not in a format that can be read, so it was left out"
_NO_NUMBER = "it has no episode number: give it an `Episode:` key, or a number in its name"


@dataclass(frozen=True, slots=True)
class ShowReading:
    """A show as read; `title` is the scripts' own when they agree on one, else empty."""

    script: Script
    title: str


@dataclass(frozen=True, slots=True)
class _Source:
    name: str
    text: str
    number: int
    """What the file's name says; 0 when it says nothing."""


def read_script(path: Path, *, script_format: ScriptFormat = "auto") -> Script:
    """Read one file, or every script of a folder, as a whole show. Raises EmptyScript, NoCue, UnreadableScript."""
    return read_show(path, script_format=script_format).script


def read_show(path: Path, *, script_format: ScriptFormat = "auto") -> ShowReading:
    """As `read_script`, with the show's title.

    In a folder the files that end in `.fountain` are read (those of its `episodes/` when it has none itself); a file
    named directly is read whatever it is called, and is episode 1 when nothing says otherwise.
    """
    files, left_out = _script_files(path, script_format)
    sources = _read_all(files, alone=not path.is_dir())
    readings = _read_fountains(sources)
    _check_numbers(sources, readings)
    episodes = tuple(sorted((reading.episode for reading in readings), key=lambda episode: episode.number))
    episodes, merged = merge_cues(episodes)
    counts = cue_counts(episodes)
    if not counts:
        raise NoCue(path.name)
    report = ReadReport(
        episodes=len(episodes),
        scenes=sum(len(episode.scenes) for episode in episodes),
        cues=counts,
        merged=merged,
        unplaced=(*left_out, *(entry for reading in readings for entry in reading.unplaced)),
    )
    titles = {reading.title_page.get("title", "") for reading in readings}
    return ShowReading(Script(with_presence(episodes), report), titles.pop() if len(titles) == 1 else "")


def _script_files(path: Path, script_format: ScriptFormat) -> tuple[list[Path], tuple[Unplaced, ...]]:
    try:
        if path.is_file():
            return [path], ()
        if not path.is_dir():
            raise UnreadableScript(path.name, "there is no such file or folder")
        everything = _listed(path)
        scripts = [file for file in everything if _is_script(file, script_format)]
        if not scripts and (path / "episodes").is_dir():
            everything = _listed(path / "episodes")
            scripts = [file for file in everything if _is_script(file, script_format)]
    except OSError as error:
        raise UnreadableScript(path.name, "it cannot be opened") from error
    if not scripts:
        raise EmptyScript(path.name)
    if len(scripts) > FILES_MAX:
        raise UnreadableScript(path.name, f"it holds more than {FILES_MAX} scripts")
    return scripts, tuple(Unplaced(file.name, 0, "", _NOT_A_SCRIPT) for file in everything if file not in set(scripts))


def _listed(folder: Path) -> list[Path]:
    return sorted((entry for entry in folder.iterdir() if not entry.name.startswith(".")), key=lambda entry: entry.name)


def _is_script(file: Path, script_format: ScriptFormat) -> bool:
    suffixes = _FOUNTAIN_SUFFIXES | {".txt"} if script_format == "fountain" else _FOUNTAIN_SUFFIXES
    return file.suffix.casefold() in suffixes and file.is_file()


def _read_all(files: Sequence[Path], *, alone: bool) -> list[_Source]:
    sources = []
    left = TOTAL_BYTES_MAX
    for file in files:
        content = _content(file)
        left -= len(content)
        if left < 0:
            raise UnreadableScript(file.name, f"the scripts together are larger than {TOTAL_BYTES_MAX} bytes")
        number = number_in_name(file.stem)
        sources.append(_Source(file.name, _decoded(file.name, content), number or (1 if alone else 0)))
    return sources


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            content = opened.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise UnreadableScript(file.name, "it cannot be opened") from error
    if len(content) > FILE_BYTES_MAX:
        raise UnreadableScript(file.name, f"it is larger than {FILE_BYTES_MAX} bytes")
    return content


def _decoded(name: str, content: bytes) -> str:
    utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if utf_16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableScript(name, "it is not UTF-8 text") from error
    if "\x00" in text:
        raise UnreadableScript(name, "it is not text")
    if not text.strip():
        raise EmptyScript(name)
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if len(line) > LINE_CHARS_MAX:
            raise UnreadableScript(name, f"line {number} has more than {LINE_CHARS_MAX} characters")
    return text


def number_in_name(stem: str) -> int:
    """The last number in a file's name, 0 when there is none."""
    found = _DIGITS.findall(unicodedata.normalize("NFKC", stem))
    return int(found[-1]) if found and len(found[-1]) <= len(str(EPISODE_NUMBER_MAX)) else 0


def _read_fountains(sources: Sequence[_Source]) -> list[FountainReading]:
    readings = [read_fountain(source.text, source=source.name, number=source.number) for source in sources]
    forced = frozenset(cue for reading in readings for cue in reading.forced_cues)
    if not forced:
        return readings
    # A name forced once is a name throughout the show, also where the mark was forgotten.
    return [
        read_fountain(source.text, source=source.name, number=source.number, known_cues=forced) for source in sources
    ]


def _check_numbers(sources: Sequence[_Source], readings: Sequence[FountainReading]) -> None:
    taken: dict[int, str] = {}
    for source, reading in zip(sources, readings, strict=True):
        episode: Episode = reading.episode
        if not any(scene.lines for scene in episode.scenes):
            raise EmptyScript(source.name)
        if episode.number < 1:
            zero = "it is episode 0, and episodes count from 1"
            raise UnreadableScript(source.name, zero if reading.numbered else _NO_NUMBER)
        if episode.number in taken:
            raise UnreadableScript(source.name, f"it is episode {episode.number}, and so is {taken[episode.number]}")
        taken[episode.number] = source.name
