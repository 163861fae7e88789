"""Drama in TEI P5 XML (https://tei-c.org/release/doc/tei-p5-doc/en/html/DR.html): each play is an episode.

A scene is a division that holds speeches; scenes count from 1 through the acts of a play. Cast lists, notes, title
pages and deleted text never become canon.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from characters.errors import UnreadableScript
from characters.readers.file_reading import FileReading
from characters.readers.scenes import EMPTY_CUE, SceneDraft, numbered_scenes
from characters.readers.source_text import flowing, joined
from characters.readers.xml_tree import XML_ID, Element, parse_xml
from characters.script import Episode, Line, Scene, Unplaced

NOT_TEI = "it is XML, but not a TEI document"
NO_PLAY = "it is a TEI document without a text in it"
NO_SPEAKER = "nobody is named as the speaker of this speech"

_PLAYS = frozenset({"TEI", "TEI.2"})
_DIVISION = re.compile(r"(?:div\d?|body|front|back|group|text|prologue|epilogue|performance)$")
_SET_ASIDE = {
    "castList": "cast list",
    "titlePage": "title page",
    "docTitle": "title page",
    "set": "cast list",
    "note": "note",
    "del": "deleted text",
    "fw": "page header",
    "byline": "title page",
    "epigraph": "front matter",
    "argument": "front matter",
    "index": "index",
    "figure": "figure",
}
_READ_ALOUD = frozenset({"p", "ab", "l", "lg", "trailer", "salute", "closer", "opener", "quote", "q", "seg", "s"})
_SECOND_BEST = {"choice": frozenset({"sic", "orig", "abbr"}), "app": frozenset({"rdg"}), "subst": frozenset({"del"})}
_NAME_ENDS = " .:,;–—-"


def read_tei(text: str, *, source: str, number: int) -> FileReading:
    """Read one document; a corpus of several plays counts them as episodes in their order, one play is `number`.

    Raises UnreadableScript when it is no TEI document or unsafe XML; what cannot be placed is in `unplaced`.
    """
    root = parse_xml(text, source=source)
    plays = [root] if root.tag in _PLAYS else list(root.below(*_PLAYS)) if root.tag == "teiCorpus" else []
    if not plays:
        raise UnreadableScript(source, NOT_TEI)
    several = len(plays) > 1
    episodes: list[Episode] = []
    unplaced: list[Unplaced] = []
    set_aside: Counter[str] = Counter()
    for place, play in enumerate(plays, start=1):
        body = play.child("text")
        if body is None:
            raise UnreadableScript(source, NO_PLAY)
        reader = _Reader(source, _people(play))
        reader.read(body, ())
        title = _title(play)
        episodes.append(Episode(place if several else number, title, reader.scenes(place if several else number)))
        unplaced += reader.unplaced
        set_aside += reader.set_aside
    title = episodes[0].title if not several else ""
    ordered = tuple(sorted(unplaced, key=lambda entry: entry.source_line))
    return FileReading(tuple(episodes), title, several, ordered, dict(set_aside))


def _title(play: Element) -> str:
    statement = next(play.below("titleStmt"), None)
    titles = [title for title in statement.elements() if title.tag == "title"] if statement is not None else []
    return flowing(titles[0].text()) if titles else ""


def _people(play: Element) -> dict[str, str]:
    """The id of each person in the header's list -> their name."""
    names: dict[str, str] = {}
    for person in play.below("person", "personGrp"):
        written = [name for name in person.elements() if name.tag in ("persName", "name")]
        own = next((name for name in written if name.attributes.get("type") != "variant"), None)
        if own is not None and (name := flowing(own.text())):
            names[person.attributes.get(XML_ID, "")] = name
    return names


class _Reader:
    """Walks the divisions of one play."""

    def __init__(self, source: str, people: Mapping[str, str]) -> None:
        self.unplaced: list[Unplaced] = []
        self.set_aside: Counter[str] = Counter()
        self._source = source
        self._people = people
        self._scenes: list[SceneDraft] = []
        self._before: list[Line] = []  # what an act shows before its first scene
        self._open = False  # whether the last scene takes more lines

    def read(self, division: Element, above: tuple[str, ...]) -> None:
        """One division and everything in it; `above` are the headings it stands under."""
        if division.tag in ("front", "back") and next(division.below("sp"), None) is None:
            self.set_aside["front matter"] += sum(1 for _ in division.below("p", "l", "ab"))
            for part in division.below("castList", "titlePage"):
                self.set_aside[_SET_ASIDE[part.tag]] += 1
            return
        heads = [flowing(head.text()) for head in division.elements() if head.tag == "head"]
        headings = (*above, *filter(None, (joined(heads),)))
        self._open = False
        for child in division.elements():
            self._part(child, headings)
        self._open = False

    def _part(self, part: Element, headings: tuple[str, ...]) -> None:
        if _DIVISION.match(part.tag):
            self.read(part, headings)
        elif part.tag in ("sp", "spGrp"):
            for speech in (part,) if part.tag == "sp" else part.below("sp"):
                self._speech(speech, self._scene(part, headings))
        elif part.tag in _SET_ASIDE:
            self.set_aside[_SET_ASIDE[part.tag]] += 1
        elif part.tag == "stage" or part.tag in _READ_ALOUD:
            self._seen(part)
        elif part.tag != "head" and part.text().strip():
            reason = f"it is in an element that is not part of a play's text (<{part.tag[:40]}>)"
            self.unplaced.append(Unplaced(self._source, part.line, flowing(part.text()), reason))

    def _scene(self, part: Element, headings: tuple[str, ...]) -> SceneDraft:
        if not self._open:
            self._scenes.append(SceneDraft(" · ".join(headings), line=part.line, lines=self._before))
            self._before, self._open = [], True
        return self._scenes[-1]

    def _seen(self, part: Element) -> None:
        text, asides = self._words(part)
        if text := joined([text, *asides]):
            lines = self._scenes[-1].lines if self._open else self._before
            lines.append(Line(text, part.line))

    def _speech(self, speech: Element, scene: SceneDraft) -> None:
        name = self._name(speech)
        texts: list[str] = []
        asides: list[str] = []
        line, said = speech.line, False

        def close() -> None:
            nonlocal said
            said = scene.add_speech(name, joined(texts), "; ".join(asides), line=line, heard_only=False) or said
            texts.clear()
            asides.clear()

        if not name:
            self.unplaced.append(Unplaced(self._source, line, flowing(speech.text()), NO_SPEAKER))
            return
        for part in speech.elements():
            if part.tag == "speaker":
                continue
            text, inner = self._words(part)
            if part.tag == "stage" and not texts:
                asides += filter(None, (joined([text, *inner]),))
            elif part.tag == "stage":
                close()  # what is seen while somebody speaks makes present whom it names
                scene.lines.append(Line(joined([text, *inner]), part.line))
                line = part.line
            else:
                texts += filter(None, (text,))
                asides += inner
        close()
        if not said:
            self.unplaced.append(Unplaced(self._source, speech.line, name, EMPTY_CUE))

    def _name(self, speech: Element) -> str:
        ids = [reference.removeprefix("#") for reference in speech.attributes.get("who", "").split()]
        names = [self._people[key] for key in ids if key in self._people]
        if names and len(names) == len(ids):
            return " & ".join(dict.fromkeys(names))
        label = speech.child("speaker")
        return "" if label is None else self._words(label)[0].strip(_NAME_ENDS)

    def _words(self, part: Element) -> tuple[str, list[str]]:
        """What is said in an element, and the stage directions inside it; notes and second readings are left out."""
        pieces: list[str] = []
        asides: list[str] = []
        self._collect(part, pieces, asides)
        return flowing("".join(pieces)), asides

    def _collect(self, part: Element, pieces: list[str], asides: list[str]) -> None:
        if part.tag in _SET_ASIDE:
            self.set_aside[_SET_ASIDE[part.tag]] += 1
            return
        skipped = _SECOND_BEST.get(part.tag, frozenset())
        for child in part.content:
            if isinstance(child, str):
                pieces.append(child)
            elif child.tag == "stage":
                text, inner = self._words(child)
                asides += filter(None, (text, *inner))
            elif child.tag not in skipped:
                if child.tag in ("lb", "pb", "l", "p", "lg"):
                    pieces.append(" ")
                self._collect(child, pieces, asides)

    def scenes(self, episode: int) -> tuple[Scene, ...]:
        """The scenes of the play, counted from 1; what no scene follows belongs to the last one."""
        if self._before:
            self._scenes = self._scenes or [SceneDraft()]
            self._scenes[-1].lines += self._before
            self._before = []
        return numbered_scenes(SceneDraft(), self._scenes, episode=episode, source=self._source)[0]
