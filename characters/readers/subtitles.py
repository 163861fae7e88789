"""Subtitles to one episode: who speaks where the file says so, what is heard, and scenes at the silences.

A speech without a label is kept and reported, and its speaker stays unknown: guessing would put words into
somebody's mouth. Notes and styles never become canon.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from characters.readers.file_reading import FileReading
from characters.readers.labels import Label, named_speaker, parse_label, speaking_names
from characters.readers.scenes import SceneDraft, numbered_scenes
from characters.readers.source_text import flowing, is_unspaced, joined, source_lines
from characters.readers.subtitle_cues import NO_TIMES, CueSheet, TimedCue, timed_cues
from characters.script import UNNAMED, Episode, Line, Unplaced

SCENE_GAP_MS = 8_000
"""A silence this long, from the end of a cue to the next, begins a scene."""
GOING_ON_MS = 2_000
"""Within this time the next cue may finish a sentence."""

GOING_ON_CHARS_MAX = 1_000
"""A speech of this length is finished whatever its last letter says."""

NO_LABEL = "who says this is not given; it is kept without a speaker"

_TAG = re.compile(
    r"</?(?:i|b|u|s|c|v|lang|ruby|rt|font|span)(?:[.\s][^<>]{0,200})?/?>|<\d[\d:.]{0,15}>|\{\\[^{}]{0,200}\}",
    re.IGNORECASE,
)
_VOICE = re.compile(r"<v(?:\.[^\s<>]{1,60})?\s+([^<>]{1,120})>", re.IGNORECASE)
_TURN = re.compile(r"\s*(?:[-‐–—―]\s*|>>+\s*)(?=\S)")
_SOUND = re.compile(r"\[([^\[\]]+)\]|[(（]([^()（）]+)[)）]|【([^【】]+)】")
_MUSIC = re.compile(r"[♪♫♬♩]+|(?<!\S)#(?=\s)|(?<=\s)#(?!\S)")
_ENDED = tuple(".!?…。！？”\"'’」』)）]♪")


@dataclass(frozen=True, slots=True)
class _Said:
    """One turn of a cue. `label` is the voice span's, where there is one."""

    line: int
    text: str
    voice: Label | None
    turn: bool
    """Begins with a dash: somebody else speaks."""


def read_srt(text: str, *, source: str, number: int) -> FileReading:
    """Read a SubRip file as episode `number`. Never raises: what cannot be placed is in `unplaced`."""
    return _read(timed_cues(source_lines(text), webvtt=False), source=source, number=number, title="")


def read_vtt(text: str, *, source: str, number: int) -> FileReading:
    """Read a WebVTT file as episode `number`. Never raises: what cannot be placed is in `unplaced`."""
    lines = source_lines(text)
    first = lines[0].strip() if lines else ""
    title = first.removeprefix("WEBVTT").strip(" -–—:") if first.startswith("WEBVTT") else ""
    return _read(timed_cues(lines, webvtt=True), source=source, number=number, title=title)


def _read(sheet: CueSheet, *, source: str, number: int, title: str) -> FileReading:
    turns = [(cue, [said for said in _turns(cue)]) for cue in sheet.cues]
    labels = [label for _, said in turns for one in said if (label := one.voice or parse_label(_bare(one.text)))]
    reader = _Reader(source, speaking_names(labels))
    for cue, said in turns:
        reader.read(cue, said)
    unplaced = [*reader.unplaced, *(Unplaced(source, line, text, NO_TIMES) for line, text in sheet.stray)]
    scenes, _ = numbered_scenes(
        SceneDraft(), [scene for scene in reader.scenes if scene.lines], episode=number, source=source
    )
    aside = {"note": sheet.notes, "style": sheet.styles, "music mark": reader.music_marks}
    return FileReading(
        episodes=(Episode(number, title, scenes),),
        unplaced=tuple(sorted(unplaced, key=lambda entry: entry.source_line)),
        set_aside={what: count for what, count in aside.items() if count},
    )


def _turns(cue: TimedCue) -> Iterator[_Said]:
    """The turns of one cue: a line that goes on is joined to the one before it."""
    dashes = sum(1 for _, line in cue.lines if _TURN.match(_TAG.sub("", line)))
    open_line, pieces, voice, turn = 0, list[str](), None, False
    for number, line in cue.lines:
        for piece, own in _voices(line):
            starts = _TURN.match(piece) is not None and (dashes > 1 or piece.lstrip().startswith(">>") or not pieces)
            labelled = parse_label(_bare(piece)) is not None
            if pieces and (starts or own is not None or labelled or _SOUND.fullmatch(piece.strip())):
                yield _Said(open_line, joined(pieces), voice, turn)
                pieces, voice, turn = [], None, False
            if not pieces:
                open_line, turn = number, starts
            voice = own or voice
            pieces.append(_TURN.sub("", piece, count=1) if starts else piece)
            if _SOUND.fullmatch(piece.strip()):
                yield _Said(open_line, joined(pieces), voice, turn)
                pieces, voice, turn = [], None, False
    if pieces:
        yield _Said(open_line, joined(pieces), voice, turn)


def _voices(line: str) -> Iterator[tuple[str, Label | None]]:
    """A line without its tags, in one piece for each voice span."""
    spans = list(_VOICE.finditer(line))
    before = _plain(line[: spans[0].start()] if spans else line)
    if before:
        yield before, None
    for place, span in enumerate(spans):
        end = spans[place + 1].start() if place + 1 < len(spans) else len(line)
        name = html.unescape(span.group(1))
        voice = named_speaker(name) or Label(flowing(name), "")
        if text := _plain(line[span.end() : end]):
            yield text, voice if voice.name else None


def _plain(text: str) -> str:
    return flowing(html.unescape(_TAG.sub("", text)))


def _bare(text: str) -> str:
    return _MUSIC.sub("", _TURN.sub("", text, count=1)).strip()


class _Reader:
    """Walks the cues in order of time."""

    def __init__(self, source: str, names: frozenset[str]) -> None:
        self.scenes = [SceneDraft()]
        self.unplaced: list[Unplaced] = []
        self.music_marks = 0
        self._source = source
        self._names = names
        self._known = {name.casefold(): name for name in names}
        self._silent_since_ms = 0
        self._seen_any = False

    def read(self, cue: TimedCue, turns: list[_Said]) -> None:
        """One cue; a scene begins with it when it was silent for long enough before it."""
        gap_ms = cue.start_ms - self._silent_since_ms
        if self._seen_any and gap_ms >= SCENE_GAP_MS:
            self.scenes.append(SceneDraft(line=cue.lines[0][0] if cue.lines else 0))
        for place, said in enumerate(turns):
            self._turn(said, may_go_on=place == 0 and gap_ms <= GOING_ON_MS)
        self._seen_any = True
        self._silent_since_ms = max(self._silent_since_ms, cue.end_ms)

    def _turn(self, said: _Said, *, may_go_on: bool) -> None:
        text, asides = said.text, list[str]()
        if _MUSIC.search(text):
            text = joined([_MUSIC.sub(" ", text)])
            asides.append("singing")
            if not text:
                self.music_marks += 1
                return
        sound = _SOUND.fullmatch(text)
        if sound is not None:
            self._scene.lines.append(Line(_inside(sound), said.line))
            return
        name, heard_only, bracketed = "", False, False
        if said.voice is not None:
            name, heard_only, aside = said.voice.name, said.voice.heard_only, said.voice.parenthetical
            asides += filter(None, (aside,))
        elif (label := parse_label(text)) is not None and label.name in self._names:
            name, text, heard_only = label.name, label.text, label.heard_only
            asides += filter(None, (label.parenthetical,))
        while (found := _SOUND.match(text)) is not None:
            inside = _inside(found)
            known = self._known.get(inside.casefold()) if not name else None
            if known is not None:
                name, bracketed = known, True
            else:
                asides.append(inside)
            text = text[found.end() :].strip(" :：" if bracketed else None)
        self._speech(said, name, text, asides, heard_only=heard_only, may_go_on=may_go_on)

    def _speech(
        self, said: _Said, name: str, text: str, asides: list[str], *, heard_only: bool, may_go_on: bool
    ) -> None:
        aside = "; ".join(filter(None, asides))
        if name:
            if not self._scene.add_speech(name, text, aside, line=said.line, heard_only=heard_only):
                self.unplaced.append(Unplaced(self._source, said.line, name, "nobody says anything under this label"))
            return
        last = self._scene.lines[-1] if self._scene.lines else None
        if may_go_on and not said.turn and not aside and last is not None and _breaks_off(last, text):
            self._scene.lines[-1] = Line(
                joined([last.text, text]), last.source_line, speaker=last.speaker, parenthetical=last.parenthetical
            )
            if last.speaker == UNNAMED:
                self.unplaced.append(Unplaced(self._source, said.line, text, NO_LABEL))
            return
        if not text:
            self._scene.lines.append(Line(aside, said.line))
            return
        self._scene.lines.append(Line(text, said.line, speaker=UNNAMED, parenthetical=aside))
        self.unplaced.append(Unplaced(self._source, said.line, text, NO_LABEL))

    @property
    def _scene(self) -> SceneDraft:
        return self.scenes[-1]


def _breaks_off(last: Line, text: str) -> bool:
    """Whether a speech stops in the middle of a sentence that `text` goes on with."""
    if last.speaker is None or not text or last.text.endswith(_ENDED) or len(last.text) > GOING_ON_CHARS_MAX:
        return False
    return (
        text[0].islower()
        or last.text.endswith((",", "，", "、", ";", "-", "–", "—"))
        or (not text[0].isupper() and not is_unspaced(last.text[-1]))
    )


def _inside(found: re.Match[str]) -> str:
    return next(group for group in found.groups() if group is not None).strip()
