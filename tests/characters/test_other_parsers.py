"""The sample show read by other people's Fountain parsers: where they can read a speech, they read what we read."""

from __future__ import annotations

import importlib
import io
import re
from collections import Counter
from pathlib import Path

import pytest

from characters.importing import SHOWS_FOLDER
from characters.readers.fdx import read_fdx
from characters.readers.fountain import read_fountain
from characters.script import Episode
from characters.writers.fdx import write_fdx

EPISODES = sorted((SHOWS_FOLDER / "lantern-contract" / "episodes").glob("*.fountain"))

# Both other parsers trip over forced cues, accents or `^` somewhere (see docs/adr/0003-fountain-reader.md), so only
# speeches under plain unforced names are compared.
PLAIN = frozenset(
    [
        "TAMSIN",
        "GIDEON",
        "PIKE",
        "CORALIE",
        "HONORIA",
        "FENN",
        "BARNABY",
        "REGISTRAR",
        "FOREMAN",
        "REPORTER",
        "SECRETARY",
    ]
)

Speeches = Counter[tuple[str, str]]

# What screenplay-tools leaves where it took a note or a boneyard out; its own `text` leaves a stroke of it behind.
PLACE_HOLDER = re.compile(r"/\*\d+\*/|\[\[\d+\]\]")


def squeezed(text: str) -> str:
    return " ".join(text.replace("*", "").replace("_", "").split())


def ours(path: Path) -> Speeches:
    text = path.read_text(encoding="utf-8")
    dual = {number for number, line in enumerate(text.splitlines(), start=1) if line.endswith("^")}
    episode = read_fountain(text, source=path.name, number=1).episode
    lines = (line for scene in episode.scenes for line in scene.lines if line.source_line not in dual)
    return Counter((line.speaker, squeezed(line.text)) for line in lines if line.speaker in PLAIN)


def plain_name(cue: str) -> str:
    return cue.split("(")[0].strip()


def by_screenplay_tools(text: str) -> Speeches:
    parser = importlib.import_module("screenplay_tools.fountain.parser").Parser()
    parser.add_text(text)
    speeches: Speeches = Counter()
    speaker, words = "", ""
    for element in [*parser.script.elements, None]:
        kind = element.type.value if element is not None else "END"
        if kind == "DIALOGUE" and element is not None:
            words += f" {PLACE_HOLDER.sub('', element.text_raw)}"
        elif kind != "PARENTHETICAL":
            if speaker in PLAIN and words:
                speeches[speaker, squeezed(words)] += 1
            words = ""
            dual = kind == "CHARACTER" and element is not None and element.is_dual_dialogue
            speaker = plain_name(element.name) if kind == "CHARACTER" and element is not None and not dual else ""
    return speeches


def by_jouvence(text: str) -> Speeches:
    document = importlib.import_module("jouvence.document")
    parsed = importlib.import_module("jouvence.parser").JouvenceParser().parseString(text)
    speeches: Speeches = Counter()
    speaker, words = "", ""
    for paragraph in [paragraph for scene in parsed.scenes for paragraph in scene.paragraphs] + [None]:
        kind = paragraph.type if paragraph is not None else None
        if kind == document.TYPE_DIALOG and paragraph is not None:
            words += f" {paragraph.text}"
        elif kind != document.TYPE_PARENTHETICAL:
            if speaker in PLAIN and words:
                speeches[speaker, squeezed(words)] += 1
            words = ""
            is_cue = kind == document.TYPE_CHARACTER and paragraph is not None
            speaker = plain_name(paragraph.text) if is_cue and paragraph is not None else ""
    return speeches


@pytest.mark.parametrize("path", EPISODES, ids=lambda path: path.stem)
def test_screenplay_tools_reads_the_same_speeches(path: Path) -> None:
    pytest.importorskip("screenplay_tools")
    assert by_screenplay_tools(path.read_text(encoding="utf-8")) == ours(path)


@pytest.mark.parametrize("path", EPISODES, ids=lambda path: path.stem)
def test_jouvence_reads_the_same_speeches(path: Path) -> None:
    pytest.importorskip("jouvence")
    text = path.read_text(encoding="utf-8")
    if "/*" in text:
        text = text.split("/*")[0] + text.split("*/")[1]  # jouvence loses the end of the episode after a boneyard
    assert by_jouvence(text) == ours(path)


@pytest.mark.parametrize("path", EPISODES, ids=lambda path: path.stem)
def test_a_final_draft_document_by_screenplain_is_read_as_the_fountain_it_was_made_from(path: Path) -> None:
    pytest.importorskip("screenplain")
    text = path.read_text(encoding="utf-8")
    parsed = importlib.import_module("screenplain.parsers.fountain").parse(io.StringIO(text))
    document = io.StringIO()
    importlib.import_module("screenplain.export.fdx").to_fdx(parsed, document)
    theirs = read_fdx(document.getvalue(), source=path.name, number=1).episodes[0]
    assert spoken(theirs) == spoken(read_fountain(text, source=path.name, number=1).episode)


@pytest.mark.parametrize("path", EPISODES, ids=lambda path: path.stem)
def test_screenplay_tools_reads_the_final_draft_documents_we_write(path: Path) -> None:
    pytest.importorskip("screenplay_tools")
    episode = read_fountain(path.read_text(encoding="utf-8"), source=path.name, number=1).episode
    parser = importlib.import_module("screenplay_tools.fdx.parser").Parser()
    speeches: Speeches = Counter()
    speaker = ""
    for element in parser.parse(write_fdx(episode)).elements:
        if element.type.value == "CHARACTER":
            speaker = plain_name(element.name)
        elif element.type.value == "DIALOGUE":
            speeches[speaker, squeezed(element.text)] += 1
    assert speeches == spoken(episode)


def spoken(episode: Episode) -> Speeches:
    return Counter(
        (line.speaker, squeezed(line.text)) for scene in episode.scenes for line in scene.lines if line.speaker
    )
