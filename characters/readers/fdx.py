"""Final Draft documents (FDX, XML) to episodes: the paragraphs of `Content`, and nothing else, are the script.

Script notes, summaries, omitted scenes and struck-out text never become canon. The format is Final Draft's own and has
no public schema; element and paragraph names are those that Final Draft 8 to 13 write.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from characters.errors import UnreadableScript
from characters.readers.dialogue_marks import EpisodeMark, episode_mark
from characters.readers.file_reading import FileReading
from characters.readers.fountain_cues import Cue, parse_cue
from characters.readers.scenes import EMPTY_CUE, SceneDraft, numbered_scenes
from characters.readers.source_text import flowing, joined
from characters.readers.xml_tree import Element, parse_xml
from characters.script import Episode, Line, Unplaced

NOT_FINAL_DRAFT = "it is XML, but not a Final Draft document"
STRUCK_OUT = "it is struck out"
NO_CUE_ABOVE = "no character is named above this dialogue"
BEFORE_EPISODES = "it stands before the first episode of the file"

_ACTION = frozenset({"", "action", "general", "shot"})
_SPOKEN = frozenset({"dialogue", "singing", "lyrics"})
_SET_ASIDE = {
    "transition": "transition",
    "cast list": "cast list",
    "new act": "act heading",
    "end of act": "act heading",
    "outline 1": "outline",
    "outline 2": "outline",
    "outline 3": "outline",
    "outline body": "outline",
}
_NO_CANON = {
    "ScriptNote": "note",
    "SceneProperties": "scene summary",
    "OmittedScene": "omitted scene",
    "Summary": "scene summary",
}


@dataclass(slots=True)
class _EpisodeDraft:
    number: int
    title: str = ""
    scenes: list[SceneDraft] = field(default_factory=lambda: [SceneDraft()])


@dataclass(slots=True)
class _Speech:
    cue: Cue
    line: int
    texts: list[str] = field(default_factory=list)
    asides: list[str] = field(default_factory=list)


def read_fdx(text: str, *, source: str, number: int) -> FileReading:
    """Read one document. `number` is its episode when neither title page nor paragraphs name one.

    Raises UnreadableScript when it is no Final Draft document or unsafe XML; what cannot be placed is in `unplaced`.
    """
    root = parse_xml(text, source=source)
    if root.tag != "FinalDraft":
        raise UnreadableScript(source, NOT_FINAL_DRAFT)
    page = [flowing(paragraph.text()) for part in root.elements() if part.tag == "TitlePage"
            for paragraph in part.below("Paragraph")]  # fmt: skip
    page = [line for line in page if line]
    own = next((mark for line in page if (mark := episode_mark(line)) is not None), None)
    reader = _Reader(source, own or EpisodeMark(number, ""))
    if page:
        reader.set_aside["title page"] += len(page)
    for part in root.elements():
        if part.tag == "Content":
            for paragraph in part.elements():
                reader.read(paragraph)
        elif part.tag == "ScriptNotes":
            reader.set_aside["note"] += sum(1 for _ in part.elements())
    title = page[0] if page and episode_mark(page[0]) is None else ""
    return FileReading(
        episodes=reader.episodes(title),
        title=title,
        numbered=own is not None or reader.marked,
        unplaced=tuple(sorted(reader.unplaced, key=lambda entry: entry.source_line)),
        set_aside=dict(reader.set_aside),
    )


class _Reader:
    """Walks the paragraphs of `Content`."""

    def __init__(self, source: str, first: EpisodeMark) -> None:
        self.unplaced: list[Unplaced] = []
        self.set_aside: Counter[str] = Counter()
        self.marked = False
        self._source = source
        self._episodes = [_EpisodeDraft(first.number, first.title)]
        self._speech: _Speech | None = None

    def read(self, paragraph: Element) -> None:
        """One paragraph, or the two columns of a dual dialogue inside one."""
        dual = paragraph.child("DualDialogue")
        text = self._text(paragraph)
        if text:
            self._place(paragraph, " ".join(paragraph.attributes.get("Type", "").casefold().split()), text)
        elif dual is None and paragraph.attributes.get("Type") == "Scene Heading":
            self._heading(paragraph, "")
        if dual is not None:
            self._close()
            for column in dual.elements():
                self.read(column)
            self._close()

    def _text(self, paragraph: Element) -> str:
        """What the paragraph says; the rest of its content is counted or reported."""
        pieces: list[str] = []
        for child in paragraph.content:
            if isinstance(child, str):
                pieces.append(child)
            elif child.tag == "Text":
                struck = "strikeout" in child.attributes.get("Style", "").casefold()
                if struck and child.text().strip():
                    self._report(child, flowing(child.text()), STRUCK_OUT)
                else:
                    pieces.append(child.text())
            elif child.tag in _NO_CANON:
                self.set_aside[_NO_CANON[child.tag]] += 1 if child.text().strip() else 0
            elif child.tag != "DualDialogue" and child.text().strip():
                reason = f"it is in an element that is not part of the script (<{child.tag[:40]}>)"
                self._report(child, flowing(child.text()), reason)
        return flowing("".join(pieces))

    def _place(self, paragraph: Element, kind: str, text: str) -> None:
        if kind in _SPOKEN or kind == "parenthetical":
            self._say(paragraph, kind, text)
            return
        self._close()
        mark = episode_mark(text) if kind in _ACTION or kind in ("new act", "scene heading") else None
        if mark is not None:
            self.marked = True
            self._episodes.append(_EpisodeDraft(mark.number, mark.title))
        elif kind == "scene heading":
            self._heading(paragraph, text)
        elif kind == "character":
            self._speech = _Speech(parse_cue(text), paragraph.line)
        elif kind in _ACTION:
            self._episodes[-1].scenes[-1].lines.append(Line(text, paragraph.line))
        elif kind in _SET_ASIDE:
            self.set_aside[_SET_ASIDE[kind]] += 1
        else:
            self._report(paragraph, text, f"paragraphs of the type “{kind[:40]}” are not known")

    def _heading(self, paragraph: Element, text: str) -> None:
        self._close()
        given = paragraph.attributes.get("Number", "").strip()
        self._episodes[-1].scenes.append(SceneDraft(text, given, paragraph.line))

    def _say(self, paragraph: Element, kind: str, text: str) -> None:
        if self._speech is None:
            self._report(paragraph, text, NO_CUE_ABOVE)
        elif kind == "parenthetical":
            self._speech.asides.append(text.strip("()（） "))
        else:
            self._speech.texts.append(text)

    def _close(self) -> None:
        if (speech := self._speech) is None:
            return
        self._speech = None
        text, aside = joined(speech.texts), "; ".join(filter(None, speech.asides))
        scene = self._episodes[-1].scenes[-1]
        placed = bool(speech.cue.name) and scene.add_speech(
            speech.cue.name, text, aside, line=speech.line, heard_only=speech.cue.heard_only
        )
        if not placed:
            self.unplaced.append(Unplaced(self._source, speech.line, speech.cue.name or text, EMPTY_CUE))

    def _report(self, element: Element, text: str, reason: str) -> None:
        self.unplaced.append(Unplaced(self._source, element.line, text, reason))

    def episodes(self, title: str) -> tuple[Episode, ...]:
        """The episodes in the order of the document. Where it marks them, nothing before the first is given to one."""
        self._close()
        drafts = self._episodes
        if self.marked:
            for scene in drafts[0].scenes:
                self.unplaced += [
                    Unplaced(self._source, line.source_line, line.text, BEFORE_EPISODES) for line in scene.lines
                ]
            drafts = drafts[1:]
        found: list[Episode] = []
        for draft in drafts:
            scenes, unplaced = numbered_scenes(
                draft.scenes[0], draft.scenes[1:], episode=draft.number, source=self._source
            )
            self.unplaced += unplaced
            found.append(Episode(draft.number, draft.title or title, scenes))
        return tuple(found)
