"""Fountain (https://fountain.io/syntax) to episodes, without losing track of a single line.

A file is one episode unless it marks several: by a section, a heading or a line of its own (`# Episode 12`), or by a
title page in its midst. Every line of the file gets a kind, so that what was read, removed or not understood can be
shown and tested. Notes, boneyard, sections and synopses never become canon, and where the marks are broken the text is
reported, not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Literal

from characters.readers.dialogue_marks import episode_mark
from characters.readers.fountain_cues import CUE_CHARS_MAX, Cue, is_cue, parse_cue
from characters.readers.headings import is_heading, is_plain_heading, is_transition
from characters.readers.removed import SourceLine, without_removed
from characters.readers.scenes import EMPTY_CUE, SceneDraft, numbered_scenes
from characters.readers.source_text import joined, source_lines, without_emphasis
from characters.readers.title_page import episode_number, episode_title, read_title_page
from characters.script import Episode, Line, Unplaced

LineKind = Literal[
    "blank", "removed", "title", "heading", "cue", "parenthetical", "speech", "action", "transition", "section",
    "synopsis", "page break", "episode", "unplaced",
]  # fmt: skip

BEFORE_EPISODES = "it stands before the first episode of the file"
_PAGE_BREAK = re.compile(r"={3,}$")
_SCENE_NUMBER = re.compile(r"\s*#([^#]+)#\s*$")
_STRUCTURE = re.compile(r"[#>]|\.(?=[^. ])")
"""How a line of a script's frame begins: a section, a transition or centred text, a forced heading."""


@dataclass(frozen=True, slots=True)
class FountainReading:
    """One file as read. `kinds` has one entry for each line of the file; keys of `title_page` are casefolded."""

    episodes: tuple[Episode, ...]
    """In the order of the file; at least one."""
    title_page: Mapping[str, str]
    numbered: bool
    """Whether the file itself says which episodes it has."""
    kinds: tuple[LineKind, ...]
    unplaced: tuple[Unplaced, ...]
    forced_cues: frozenset[str]

    @property
    def episode(self) -> Episode:
        """The first one."""
        return self.episodes[0]


@dataclass(slots=True)
class _EpisodeDraft:
    number: int
    title: str
    begun: bool = True
    """False before the first mark of a file whose title page names no episode."""
    scenes: list[SceneDraft] = field(default_factory=lambda: [SceneDraft()])
    """The first is what stands before the first heading."""

    @property
    def hollow(self) -> bool:
        """Whether nothing stands in it."""
        return not any(scene.lines or scene.heading for scene in self.scenes)


@dataclass(slots=True)
class _Speech:
    cue: Cue
    line: int
    texts: list[str] = field(default_factory=list)
    parentheticals: list[str] = field(default_factory=list)
    open_aside: list[str] = field(default_factory=list)


def read_fountain(text: str, *, source: str, number: int, known_cues: Set[str] = frozenset()) -> FountainReading:
    """Read one file. `number` is used when it does not say which episode it is; `source` names it in the report.

    `known_cues` are names forced with `@` elsewhere in the show, which count as cues here without the mark.
    Never raises: what cannot be placed is in `unplaced`.
    """
    original = source_lines(text)
    kept = without_removed(original)
    body = [line for line in kept.lines if not line.removed]
    page, taken = read_title_page(body)
    own = episode_number(page)
    first = _EpisodeDraft(number if own is None else own, episode_title(page), begun=own is not None)
    reader = _Reader(source, len(original), first, known_cues)
    for line in kept.lines:
        if line.removed:
            reader.kinds[line.number - 1] = "removed"
    for line in body[:taken]:
        reader.kinds[line.number - 1] = "blank" if line.blank else "title"
    reader.read(body[taken:])
    for doubtful, reason in kept.doubtful.items():
        if reader.kinds[doubtful - 1] == "removed":
            reader.kinds[doubtful - 1] = "unplaced"
        reader.unplaced.append(Unplaced(source, doubtful, original[doubtful - 1].strip(), reason))
    return FountainReading(
        episodes=reader.episodes(),
        title_page=page,
        numbered=own is not None or reader.marked,
        kinds=tuple(reader.kinds),
        unplaced=tuple(sorted(reader.unplaced, key=lambda entry: entry.source_line)),
        forced_cues=frozenset(reader.forced_cues),
    )


class _Reader:
    """Walks the lines after the title page; one method for each thing a line can be."""

    def __init__(self, source: str, length: int, first: _EpisodeDraft, known_cues: Set[str]) -> None:
        self.kinds: list[LineKind] = ["blank"] * length
        self.unplaced: list[Unplaced] = []
        self.forced_cues: set[str] = set()
        self.marked = False
        self._source = source
        self._known = known_cues
        self._episodes = [first]
        self._title = first.title
        self._speech: _Speech | None = None
        self._action: list[str] = []
        self._action_line = 0

    def read(self, body: Sequence[SourceLine]) -> None:
        after_blank = True
        page_ends = 0
        for index, line in enumerate(body):
            text = " ".join(line.text.split())
            if after_blank and text and (taken := self._title_page(body[index:])):
                page_ends = index + taken
            if index < page_ends:
                continue
            before_blank = index + 1 == len(body) or body[index + 1].blank
            if not text:
                # Two spaces on an otherwise empty line keep a speech going.
                if self._speech is None or len(line.text) < 2 or before_blank:
                    self._close()
            elif self._speech is not None and not _breaks_speech(text):
                self.kinds[line.number - 1] = self._in_speech(self._speech, text)
            elif self._begins_episode(text, after_blank, before_blank or is_heading(body[index + 1].text.strip())):
                self.kinds[line.number - 1] = "episode"
            else:
                self.kinds[line.number - 1] = self._outside(line.number, text, after_blank, before_blank)
            after_blank = not text
        self._close()

    def _title_page(self, lines: Sequence[SourceLine]) -> int:
        """How many of these lines are the title page of a further episode."""
        if ":" not in lines[0].text and "：" not in lines[0].text:
            return 0
        page, taken = read_title_page(lines)
        number = episode_number(page)
        if number is None:
            return 0
        self._begin(number, episode_title(page))
        for line in lines[:taken]:
            self.kinds[line.number - 1] = "title"
        return taken

    def _begins_episode(self, text: str, after_blank: bool, alone: bool) -> bool:
        """Whether an episode begins with this line: it has the form of one, and nothing goes on in it."""
        framed = _STRUCTURE.match(text) is not None
        if not framed and not (after_blank and alone):
            return False
        mark = episode_mark(without_emphasis(text.strip("#>< ").removeprefix(".")))
        if mark is None:
            return False
        self._begin(mark.number, mark.title)
        return True

    def _begin(self, number: int, title: str) -> None:
        self._close()
        self.marked = True
        draft = self._episodes[-1]
        if draft.number == number and draft.hollow:
            draft.title, draft.begun = title or draft.title, True  # its title page stands before its mark
        else:
            self._episodes.append(_EpisodeDraft(number, title))

    def _outside(self, number: int, text: str, after_blank: bool, before_blank: bool) -> LineKind:
        forced = self._forced(number, text, before_blank)
        if forced is not None:
            return forced
        if (after_blank and is_heading(text)) or is_plain_heading(text):
            return self._heading(number, text)
        if after_blank and before_blank and is_transition(text):
            self._close()
            return "transition"
        if after_blank and not before_blank and is_cue(text, self._known) and not text.endswith("TO:"):
            return self._cue(number, text)
        return self._add_action(number, text)

    def _forced(self, number: int, text: str, before_blank: bool) -> LineKind | None:
        """What the first character of the line makes of it; None when it makes nothing of it."""
        mark, rest = text[0], text[1:].strip()
        if mark == "=":
            self._close()
            return "page break" if _PAGE_BREAK.match(text) else "synopsis"
        if mark == "#":
            self._close()
            return "section"
        if mark == ">":
            self._close()
            if not rest.endswith("<"):
                return "transition"
            return self._whole_action(number, rest[:-1])
        if mark == "~":
            self._close()
            return self._whole_action(number, rest)
        if mark == "!":
            return self._add_action(number, rest)
        if mark == "." and rest and text[1] not in ". ":
            return self._heading(number, rest)
        if (
            mark == "@"
            and 0 < len(name := parse_cue(text).name) <= CUE_CHARS_MAX
            and not (before_blank and self._action)
        ):
            self.forced_cues.add(name)
            return self._cue(number, text)
        return None

    def _heading(self, number: int, text: str) -> LineKind:
        self._close()
        found = _SCENE_NUMBER.search(text)
        given = found.group(1).strip() if found else ""
        heading = without_emphasis(text[: found.start()] if found else text)
        self._episodes[-1].scenes.append(SceneDraft(heading, given, number))
        return "heading"

    def _cue(self, number: int, text: str) -> LineKind:
        self._close()
        self._speech = _Speech(parse_cue(without_emphasis(text)), number)
        return "cue"

    def _in_speech(self, speech: _Speech, text: str) -> LineKind:
        if speech.open_aside or (text[0] in "(（" and not any(mark in text for mark in ")）")):
            speech.open_aside.append(text)
            if text[-1] in ")）":
                speech.parentheticals.append(without_emphasis(joined(speech.open_aside)[1:-1].strip()))
                speech.open_aside.clear()
            return "parenthetical"
        if text[0] in "(（" and text[-1] in ")）":
            speech.parentheticals.append(without_emphasis(text[1:-1].strip()))
            return "parenthetical"
        speech.texts.append(without_emphasis(text.removeprefix("~").strip()))
        return "speech"

    def _whole_action(self, number: int, text: str) -> LineKind:
        self._add_action(number, text.strip())
        self._close()
        return "action"

    def _add_action(self, number: int, text: str) -> LineKind:
        if not self._action:
            self._action_line = number
        self._action.append(without_emphasis(text))
        return "action"

    def _close(self) -> None:
        """End the speech or the paragraph of action that is open."""
        scene = self._episodes[-1].scenes[-1]
        if text := joined(self._action):
            scene.lines.append(Line(text, self._action_line))
        self._action.clear()
        if (speech := self._speech) is None:
            return
        self._speech = None
        speech.texts.extend(without_emphasis(text) for text in speech.open_aside)  # an aside that never ended is speech
        asides = "; ".join(aside for aside in speech.parentheticals if aside)
        name, text = speech.cue.name, joined(speech.texts)
        if not scene.add_speech(name, text, asides, line=speech.line, heard_only=speech.cue.heard_only):
            self.kinds[speech.line - 1] = "unplaced"
            self.unplaced.append(Unplaced(self._source, speech.line, name, EMPTY_CUE))

    def episodes(self) -> tuple[Episode, ...]:
        """The episodes in the order of the file, their scenes with numbers of their own.

        Where the file marks them, nothing before the first is given to one.
        """
        drafts = self._episodes
        if len(drafts) > 1 and (not drafts[0].begun or drafts[0].hollow):
            self.unplaced += [
                Unplaced(self._source, line.source_line, _in_one(line), BEFORE_EPISODES)
                for scene in drafts[0].scenes
                for line in scene.lines
            ]
            drafts = drafts[1:]
        found: list[Episode] = []
        for draft in drafts:
            first, *headed = draft.scenes
            scenes, unplaced = numbered_scenes(first, headed, episode=draft.number, source=self._source)
            self.unplaced += unplaced
            found.append(Episode(draft.number, draft.title or self._title, scenes))
        return tuple(found)


def _in_one(line: Line) -> str:
    """A line as one text, for the report."""
    aside = f"({line.parenthetical}) " if line.parenthetical else ""
    return f"{line.speaker}: {aside}{line.text}" if line.speaker else line.text


def _breaks_speech(text: str) -> bool:
    # Writers' outlines are never spoken, even where the empty line before them is missing; a hashtag may be.
    return text.startswith(("=", "# ", "##"))
