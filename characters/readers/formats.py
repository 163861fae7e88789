"""The script formats, and which of them a text is written in.

Told by content in a fixed order, first the signs that nothing else can have. Where two readings are as good as each
other, or none is, the person is asked: a script read the wrong way gives lines to the wrong people.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from characters.errors import UnknownFormat
from characters.readers.dialogue_keys import parse_key
from characters.readers.dialogue_marks import episode_mark, is_episode_end, scene_mark
from characters.readers.fountain_cues import is_cue
from characters.readers.headings import is_heading
from characters.readers.labels import parse_label, speaking_names
from characters.readers.source_text import source_lines, without_emphasis
from characters.readers.subtitle_cues import is_timing

KnownFormat = Literal["fountain", "fdx", "dialogue", "srt", "vtt", "tei"]
ScriptFormat = Literal["auto", "fountain", "fdx", "dialogue", "srt", "vtt", "tei"]

FORMATS: tuple[KnownFormat, ...] = ("fountain", "fdx", "dialogue", "srt", "vtt", "tei")
SUFFIXES: dict[KnownFormat, frozenset[str]] = {
    "fountain": frozenset({".fountain", ".spmd"}),
    "fdx": frozenset({".fdx"}),
    "dialogue": frozenset({".txt"}),
    "srt": frozenset({".srt"}),
    "vtt": frozenset({".vtt"}),
    "tei": frozenset({".tei", ".xml"}),
}
XML_FORMATS: frozenset[KnownFormat] = frozenset({"fdx", "tei"})
LINES_LOOKED_AT_MAX = 20_000
CLEARLY = 3
"""One reading must find this many times the speeches of the other."""

_ROOT = re.compile(r"<(?![?!])(?:[\w.-]{1,60}:)?([\w.-]{1,60})")
_ROOTS: dict[str, KnownFormat] = {"FinalDraft": "fdx", "TEI": "tei", "TEI.2": "tei", "teiCorpus": "tei"}
_XML_START = re.compile(r"<(?:\?xml|!doctype|!--|html\b)", re.IGNORECASE)
_CLOSED = re.compile(r"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_ROOT_WITHIN_CHARS = 20_000

OTHER_XML = "it is XML or HTML, but neither Final Draft nor TEI"
RICH_TEXT = "it is rich text (RTF): save it as plain text"
UNTOLD = f"its content does not tell its format: name it with --format ({', '.join(FORMATS)})"


def detect_format(text: str, *, source: str, suffix: str = "") -> KnownFormat:
    """The format of a text, by the first of these that holds. `suffix` is the file's, such as `.txt`.

    1. it begins with `WEBVTT`; 2. it is XML whose root is Final Draft's or TEI's; 3. it begins with a line of
    subtitle times; 4. the file is called `.fountain` or `.spmd`; 5. a `.srt` or `.vtt` has a line of times anywhere;
    6. it has at least three times as many Fountain speeches as labelled ones, or the other way round; 7. it has no
    speeches but marks that only one of the two has. Raises UnknownFormat.
    """
    start = text.removeprefix("\ufeff").lstrip()
    if start.startswith("WEBVTT"):
        return "vtt"
    xml = _xml_format(start, source)
    if xml is not None:
        return xml
    if start.startswith("{\\rtf"):
        raise UnknownFormat(source, RICH_TEXT)
    lines = [" ".join(line.split()) for line in source_lines(text)[:LINES_LOOKED_AT_MAX]]
    first = [line for line in lines if line][:2]
    if any(is_timing(line) for line in first[:1]) or (len(first) > 1 and first[0].isdecimal() and is_timing(first[1])):
        return "srt"
    if suffix in SUFFIXES["fountain"]:
        return "fountain"
    if suffix in (".srt", ".vtt") and any(is_timing(line) for line in lines):
        return "vtt" if suffix == ".vtt" else "srt"
    return _by_speeches(lines, source)


def _xml_format(start: str, source: str) -> KnownFormat | None:
    if not start.startswith("<"):
        return None
    root = _ROOT.search(_CLOSED.sub("", start[:_ROOT_WITHIN_CHARS]))
    known = _ROOTS.get(root.group(1)) if root is not None else None
    if known is None and _XML_START.match(start):
        raise UnknownFormat(source, OTHER_XML)
    return known


def _by_speeches(lines: Sequence[str], source: str) -> KnownFormat:
    plain = [without_emphasis(line) for line in lines]
    labels = [parse_label(line) if _may_be_label(line) else None for line in plain]
    names = speaking_names(label for label in labels if label is not None)
    labelled = [label is not None and label.name in names for label in labels]
    cued = sum(
        1
        for place, line in enumerate(lines[:-1])
        if line
        and not (place and lines[place - 1])
        and lines[place + 1]
        and not labelled[place + 1]
        and not _is_mark(lines[place + 1])
        and (line.startswith("@") or is_cue(line, frozenset()))
        and not _is_mark(line)
    )
    spoken = sum(labelled)
    if cued and cued >= CLEARLY * spoken:
        return "fountain"
    if spoken and spoken >= CLEARLY * cued:
        return "dialogue"
    if cued or spoken:
        reason = f"it has {cued} speeches in Fountain's way and {spoken} with labels: name its format with --format"
        raise UnknownFormat(source, reason, ambiguous=True)
    if any(line.startswith("△") or (_is_mark(line) and not is_heading(line)) for line in plain if line):
        return "dialogue"
    if any(is_heading(line) for line in plain):
        return "fountain"
    raise UnknownFormat(source, UNTOLD)


def _may_be_label(line: str) -> bool:
    return bool(line) and line[0] not in "△▲@!>.~=#[(" and parse_key(line) is None and not _is_mark(line)


def _is_mark(line: str) -> bool:
    return episode_mark(line) is not None or is_episode_end(line) or scene_mark(line) is not None
