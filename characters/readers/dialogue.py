"""Dialogue scripts, the plain text that vertical dramas are written in: `NAME: text` and `李明：台词`, line by line.

One file may hold several episodes. Every line of the file gets a kind; notes never become canon, and what stands
before the first episode or after the end of one is reported, never given to an episode by guess.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from characters.readers.dialogue_keys import KeyKind, cast_names, parse_key
from characters.readers.dialogue_marks import SceneMark, episode_mark, is_episode_end, is_rule, scene_mark
from characters.readers.file_reading import FileReading
from characters.readers.headings import is_transition
from characters.readers.labels import Label, parse_label, speaking_names
from characters.readers.removed import SourceLine, without_removed
from characters.readers.scenes import EMPTY_CUE, SceneDraft, numbered_scenes
from characters.readers.source_text import is_unspaced, joined, source_lines, without_emphasis
from characters.script import Episode, Line, Unplaced

DialogueKind = Literal[
    "blank", "note", "title page", "episode", "heading", "end", "rule", "speech", "parenthetical", "action", "cast",
    "transition", "unplaced",
]  # fmt: skip

BEFORE_EPISODES = "it stands before the first episode of the file"
DOUBTED_LABEL = "its label names nobody who speaks in the rest of the file; it was kept as action"
AFTER_END = "it stands after the end of an episode"
UNKNOWN_SECTION = "it is a section heading that begins neither an episode nor a scene"
OTHER_EPISODE = "its scene number is that of another episode; the scene was counted where it stands"

_SET_ASIDE: tuple[DialogueKind, ...] = ("note", "title page", "transition")
_ACTION_MARKS = "△▲∆Δ※"
_ENDED = tuple(".!?…。！？”\"'’」』)）—~♪")
_GOING_ON = tuple("，、：；")
_TITLE_CHARS_MAX = 80


@dataclass(slots=True)
class _EpisodeDraft:
    number: int
    title: str = ""
    headed: bool = False
    """Whether it has scene headings; then rules (`---`) between its scenes are decoration."""
    scenes: list[SceneDraft] = field(default_factory=lambda: [SceneDraft()])


@dataclass(slots=True)
class _Speech:
    label: Label
    line: int
    texts: list[str]
    asides: list[str]
    block: bool
    """The label stands alone, and its words on the lines below it."""


def read_dialogue(text: str, *, source: str, number: int) -> FileReading:
    """Read one file. `number` is its episode when it marks none; `source` names the file in the report.

    Never raises: what cannot be placed is in `unplaced`.
    """
    return read_dialogue_lines(text, source=source, number=number)[0]


def read_dialogue_lines(text: str, *, source: str, number: int) -> tuple[FileReading, tuple[DialogueKind, ...]]:
    """As `read_dialogue`, with the kind of every line of the file."""
    original = source_lines(text)
    kept = without_removed(original)
    reader = _Reader(source, kept.lines, number)
    reader.read()
    for doubtful, reason in kept.doubtful.items():
        if reader.kinds[doubtful - 1] == "note":
            reader.kinds[doubtful - 1] = "unplaced"
        reader.unplaced.append(Unplaced(source, doubtful, original[doubtful - 1].strip(), reason))
    episodes = reader.episodes()
    aside = Counter[str](kind for kind in reader.kinds if kind in _SET_ASIDE)
    reading = FileReading(
        episodes=episodes,
        title=reader.title,
        numbered=reader.marked,
        unplaced=tuple(sorted(reader.unplaced, key=lambda entry: entry.source_line)),
        set_aside=dict(aside),
    )
    return reading, tuple(reader.kinds)


def _clean(line: SourceLine) -> str:
    text = " ".join(line.text.split())
    return text if is_rule(text) else without_emphasis(text)


def _is_mark(text: str) -> bool:
    return episode_mark(text) is not None or is_episode_end(text) or is_rule(text) or scene_mark(text) is not None


class _Reader:
    """Walks the lines of a file; one method for each thing a line can be."""

    def __init__(self, source: str, lines: Sequence[SourceLine], number: int) -> None:
        self.kinds: list[DialogueKind] = ["blank"] * len(lines)
        self.unplaced: list[Unplaced] = []
        self.title = ""
        self._source = source
        self._lines = [(line, "" if line.removed else _clean(line)) for line in lines]
        self._names = _speakers(text for _, text in self._lines)
        first = next((mark for _, text in self._lines if (mark := _first_episode(text)) is not None), None)
        self.marked = first is not None
        named, self._front = first if first is not None else (number, False)
        self._episodes = [] if self._front else [_EpisodeDraft(named)]
        self._begun = {episode.number for episode in self._episodes}
        self._ended = False
        self._break = False  # a rule was seen, and nothing after it yet
        self._speech: _Speech | None = None
        self._action: list[str] = []
        self._action_line = 0
        self._in_note = False

    def read(self) -> None:
        for line, text in self._lines:
            if line.removed:
                self.kinds[line.number - 1] = "note"
            elif not text:
                self._close()
                self._in_note = False
            else:
                self.kinds[line.number - 1] = self._read(line.number, text, indented=line.text[0].isspace())
        self._close()

    def _read(self, number: int, text: str, *, indented: bool) -> DialogueKind:
        structure = self._structure(number, text)
        if structure is not None:
            self._in_note = False
            return structure
        if self._front or self._ended:
            return self._outside(number, text)
        if self._in_note:
            return "note"
        if is_transition(text):
            self._close()
            return "transition"
        if text.startswith("#"):
            return self._unplaced(number, text, UNKNOWN_SECTION)
        if text[0] in _ACTION_MARKS:
            self._close()
            return self._add_action(number, text.lstrip(_ACTION_MARKS + " ") or text)
        if (key := parse_key(text)) is not None:
            return self._key(number, text, *key)
        label = parse_label(text)
        if label is not None and label.name in self._names:
            return self._label(number, label)
        if label is not None:
            self.unplaced.append(Unplaced(self._source, number, text, DOUBTED_LABEL))
        return self._plain(number, text, goes_on=label is None and (indented or self._speech_is_open()))

    def _structure(self, number: int, text: str) -> DialogueKind | None:
        """What of the script's frame this line is; None when it is not part of it."""
        if (begun := episode_mark(text)) is not None:
            self._close()
            self._begin(begun.number, begun.title)
            self._front = self._ended = self._break = False
            return "episode"
        if is_episode_end(text):
            self._close()
            self._ended = not self._front
            return "end"
        if is_rule(text):
            self._close()
            self._break = True
            return "rule"
        scene = None if self._front or self._ended else scene_mark(text)
        return self._heading(number, text, scene) if scene is not None else None

    def _begin(self, number: int, title: str) -> _EpisodeDraft:
        self._begun.add(number)
        self._episodes.append(_EpisodeDraft(number, title))
        return self._episodes[-1]

    def _heading(self, number: int, text: str, scene: SceneMark) -> DialogueKind | None:
        draft = self._episodes[-1]
        given = scene.given
        if scene.episode not in (0, draft.number):
            fresh = scene.episode not in self._begun
            later = fresh and (scene.episode == draft.number + 1 or (scene.heading and scene.episode > draft.number))
            if not later and not scene.heading:
                return None  # a score or a range on a line of its own
            self._close()
            if later:
                draft = self._begin(scene.episode, "")
            else:
                given = ""
                self.unplaced.append(Unplaced(self._source, number, text, OTHER_EPISODE))
        self._close()
        self._break = False
        draft.headed = True
        draft.scenes.append(SceneDraft(scene.heading, given, number))
        return "heading"

    def _outside(self, number: int, text: str) -> DialogueKind:
        """Lines before the first episode mark or after an end mark belong to no episode."""
        key = parse_key(text)
        if self._front and key is not None and key[0] in ("title", "credit"):
            if key[0] == "title":
                self.title = key[1]
            return "title page"
        if self._in_note or (key is not None and key[0] == "note"):
            self._in_note = True
            return "note"
        if self._front and not self.title and len(text) <= _TITLE_CHARS_MAX and parse_label(text) is None:
            self.title = text.lstrip("# ").strip("《》")
            return "title page"
        return self._unplaced(number, text, BEFORE_EPISODES if self._front else AFTER_END)

    def _unplaced(self, number: int, text: str, reason: str) -> DialogueKind:
        self._close()
        self.unplaced.append(Unplaced(self._source, number, text, reason))
        return "unplaced"

    def _key(self, number: int, text: str, key: KeyKind, value: str) -> DialogueKind:
        draft = self._episodes[-1]
        scene = draft.scenes[-1]
        fresh = not scene.lines and self._speech is None and not self._action and not self._break
        if key in ("title", "credit"):
            if not fresh or scene is not draft.scenes[0]:
                self._close()
                return self._add_action(number, text)
            self.title = self.title or (value if key == "title" else "")
            return "title page"
        self._close()
        if key == "note":
            self._in_note = True
            return "note"
        if key == "seen":
            return self._add_action(number, text)
        if key == "cast":
            self._scene(number).present.update(cast_names(value))
            return "cast"
        if fresh and (draft.headed or key == "scene"):
            if not draft.headed:
                draft.headed = True
                draft.scenes.append(scene := SceneDraft(line=number))
            scene.heading = " ".join(filter(None, (scene.heading, value)))
            return "heading"
        if key == "scene" and value:
            self._break, draft.headed = False, True
            draft.scenes.append(SceneDraft(value, line=number))
            return "heading"
        return self._add_action(number, text)

    def _label(self, number: int, label: Label) -> DialogueKind:
        self._close()
        asides = [label.parenthetical] if label.parenthetical else []
        self._speech = _Speech(label, number, [label.text] if label.text else [], asides, block=not label.text)
        return "speech"

    def _plain(self, number: int, text: str, *, goes_on: bool) -> DialogueKind:
        bracketed = text[0] in "(（[【" and text[-1] in ")）]】"
        speech = self._speech
        if speech is not None and speech.block:
            if bracketed and text[0] in "(（":
                speech.asides.append(text[1:-1].strip())
                return "parenthetical"
            speech.texts.append(text)
            return "speech"
        if speech is not None and not bracketed and goes_on:
            speech.texts.append(text)
            return "speech"
        if speech is not None or bracketed:
            self._close()
        return self._add_action(number, (text[1:-1].strip() or text) if bracketed else text)

    def _speech_is_open(self) -> bool:
        """Whether the speech so far breaks off: a comma, or in scripts with spaces any last letter."""
        said = self._speech.texts[-1] if self._speech is not None and self._speech.texts else "."
        return said.endswith(_GOING_ON) if is_unspaced(said[-1]) else not said.endswith(_ENDED)

    def _add_action(self, number: int, text: str) -> DialogueKind:
        if not self._action:
            self._action_line = number
        self._action.append(text)
        return "action"

    def _scene(self, number: int) -> SceneDraft:
        """The scene that takes the next line; a rule begins one where there are no headings."""
        draft = self._episodes[-1]
        if self._break and not draft.headed and draft.scenes[-1].lines:
            draft.scenes.append(SceneDraft(line=number))
        self._break = False
        return draft.scenes[-1]

    def _close(self) -> None:
        """End the speech or the paragraph of action that is open."""
        if text := joined(self._action):
            self._scene(self._action_line).lines.append(Line(text, self._action_line))
        self._action.clear()
        if (speech := self._speech) is None:
            return
        self._speech = None
        name, asides, text = speech.label.name, list(speech.asides), joined(speech.texts)
        if text and text[0] in "(（" and text[-1] in ")）" and not any(mark in text[1:-1] for mark in "()（）"):
            asides.append(text[1:-1].strip())
            text = ""
        aside = "; ".join(filter(None, asides))
        if not text and not aside:
            self.kinds[speech.line - 1] = "unplaced"
            self.unplaced.append(Unplaced(self._source, speech.line, name, EMPTY_CUE))
            return
        self._scene(speech.line).add_speech(name, text, aside, line=speech.line, heard_only=speech.label.heard_only)

    def episodes(self) -> tuple[Episode, ...]:
        """The episodes in the order of the file; one that nothing was written for has no scenes."""
        found: list[Episode] = []
        for draft in self._episodes:
            preamble, rest = draft.scenes[0], draft.scenes[1:]
            if not draft.headed and rest:
                preamble, rest = SceneDraft(), draft.scenes
            scenes, unplaced = numbered_scenes(preamble, rest, episode=draft.number, source=self._source)
            self.unplaced += unplaced
            found.append(Episode(draft.number, draft.title or self.title, scenes))
        return tuple(found)


def _first_episode(text: str) -> tuple[int, bool] | None:
    """The number that the first mark of a file gives, and whether what stands before it is outside every episode."""
    if (begun := episode_mark(text)) is not None:
        return begun.number, True
    scene = scene_mark(text)
    return (scene.episode, False) if scene is not None and scene.episode else None


def _speakers(texts: Iterable[str]) -> frozenset[str]:
    labels = (parse_label(text) for text in texts if text and text[0] not in _ACTION_MARKS and not _is_mark(text))
    return speaking_names(label for label in labels if label is not None)
