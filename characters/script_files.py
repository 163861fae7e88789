"""Script files on disk: which of a folder are scripts, and their text, decoded and within bounds.

Nothing here knows what a script says. Errors name a file by its own name, never by a path that the person did not
give.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from characters.errors import EmptyScript, UnknownFormat, UnreadableScript
from characters.readers.formats import SUFFIXES, XML_FORMATS, KnownFormat, ScriptFormat, detect_format
from characters.script import Unplaced

FILE_BYTES_MAX = 5_000_000
TOTAL_BYTES_MAX = 50_000_000
FILES_MAX = 2_000
LINE_CHARS_MAX = 10_000
EPISODE_NUMBER_MAX = 99_999

_ALL_SUFFIXES = frozenset().union(*SUFFIXES.values())
_DOUBTFUL_SUFFIXES = frozenset({".txt", ".xml"})
"""Of scripts and of much else: in a folder, what such a file holds decides whether it is a script."""
_DIGITS = re.compile(r"\d+")
_NOT_A_SCRIPT = "it is not in a format that can be read, so it was left out"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One script as it lies on disk."""

    name: str
    text: str
    format: KnownFormat
    number: int
    """What the file's name says; 0 when it says nothing, 1 when it was given by itself."""


def source_files(path: Path, script_format: ScriptFormat) -> tuple[list[SourceFile], tuple[Unplaced, ...]]:
    """The scripts of a file or a folder, by name, and what else lies in the folder.

    In a folder files with a script's ending are read (those of its `episodes/` when it has none of its own, or only
    doubtful ones). Raises EmptyScript, UnknownFormat, UnreadableScript.
    """
    alone = not path.is_dir()
    files, left_out = _script_files(path, script_format)
    sources: list[SourceFile] = []
    untold: list[UnknownFormat] = []
    left = TOTAL_BYTES_MAX
    for file in files:
        content = _content(file)
        left -= len(content)
        if left < 0:
            raise UnreadableScript(file.name, f"the scripts together are larger than {TOTAL_BYTES_MAX} bytes")
        try:
            sources.append(_source(file, content, script_format, alone=alone))
        except UnknownFormat as unknown:
            if alone or unknown.ambiguous or file.suffix.casefold() not in _DOUBTFUL_SUFFIXES:
                raise
            untold.append(unknown)
    if untold and not sources:
        raise untold[0]
    return sources, (*left_out, *(Unplaced(error.source, 0, "", _NOT_A_SCRIPT) for error in untold))


def number_in_name(stem: str) -> int:
    """The last number in a file's name, 0 when there is none."""
    found = _DIGITS.findall(unicodedata.normalize("NFKC", stem))
    return int(found[-1]) if found and len(found[-1]) <= len(str(EPISODE_NUMBER_MAX)) else 0


def _script_files(path: Path, script_format: ScriptFormat) -> tuple[list[Path], tuple[Unplaced, ...]]:
    try:
        if path.is_file():
            return [path], ()
        if not path.is_dir():
            raise UnreadableScript(path.name, "there is no such file or folder")
        everything = _listed(path)
        scripts = _scripts(everything, script_format)
        if (path / "episodes").is_dir() and all(file.suffix.casefold() in _DOUBTFUL_SUFFIXES for file in scripts):
            inner = _listed(path / "episodes")
            if found := _scripts(inner, script_format):
                everything, scripts = inner, found
    except OSError as error:
        raise UnreadableScript(path.name, "it cannot be opened") from error
    if not scripts:
        raise EmptyScript(path.name)
    if len(scripts) > FILES_MAX:
        raise UnreadableScript(path.name, f"it holds more than {FILES_MAX} scripts")
    return scripts, tuple(Unplaced(file.name, 0, "", _NOT_A_SCRIPT) for file in everything if file not in set(scripts))


def _listed(folder: Path) -> list[Path]:
    return sorted((entry for entry in folder.iterdir() if not entry.name.startswith(".")), key=lambda entry: entry.name)


def _scripts(entries: Sequence[Path], script_format: ScriptFormat) -> list[Path]:
    if script_format == "auto":
        suffixes = _ALL_SUFFIXES
    else:
        suffixes = SUFFIXES[script_format] | {".xml" if script_format in XML_FORMATS else ".txt"}
    return [entry for entry in entries if entry.suffix.casefold() in suffixes and entry.is_file()]


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            content = opened.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise UnreadableScript(file.name, "it cannot be opened") from error
    if len(content) > FILE_BYTES_MAX:
        raise UnreadableScript(file.name, f"it is larger than {FILE_BYTES_MAX} bytes")
    return content


def _source(file: Path, content: bytes, script_format: ScriptFormat, *, alone: bool) -> SourceFile:
    text = _decoded(file.name, content)
    number = number_in_name(file.stem) or (1 if alone else 0)
    known = script_format if script_format != "auto" else None
    if known not in XML_FORMATS and not text.lstrip("\ufeff \t\r\n").startswith("<"):
        _check_lines(file.name, text)
    known = known or detect_format(text, source=file.name, suffix=file.suffix.casefold())
    return SourceFile(file.name, text, known, number)


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
    return text


def _check_lines(name: str, text: str) -> None:
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if len(line) > LINE_CHARS_MAX:
            raise UnreadableScript(name, f"line {number} has more than {LINE_CHARS_MAX} characters")
