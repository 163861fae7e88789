"""Cutting a script into what can be recalled: overlapping windows of a scene's lines, and each character's own lines.

Pure: the same script always gives the same passages with the same ids. A window never crosses a scene, because who
is present and what has been seen are properties of a scene.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from dataclasses import dataclass

from characters.script import Line, Scene, Script
from memory.types import OwnLine, Passage
from memory.words import word_count

WINDOW_WORDS = 100
"""About what an embedder reads in one go without blurring; measured against 60 and 160 (docs/recall.md)."""
LINE_WORDS_MAX = 120
"""A longer speech is cut at the ends of its sentences, so that no window outgrows an embedder or a prompt."""

_SENTENCE = re.compile(r".+?(?:[.!?…]+[\"'”’)]*(?=\s|$)|[。！？]+[”’」』）]*|$)\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A line of a scene, or a part of a long one, as it is written in a passage."""

    position: int
    speaker: str | None
    text: str
    words: int


def content_hash(text: str) -> str:
    """The key under which the vector of `text` is kept: SHA-256 of its UTF-8, in hex."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def passages_of(script: Script) -> tuple[Passage, ...]:
    """Every passage of a script, in story order."""
    return tuple(passage for scene in script.scenes() for passage in scene_passages(scene))


def scene_passages(scene: Scene) -> tuple[Passage, ...]:
    """The windows of one scene: each about `WINDOW_WORDS` long, each beginning with the last line of the one before."""
    pieces = [piece for position, line in enumerate(scene.lines) for piece in _pieces(position, line)]
    return tuple(_passage(scene, ordinal, window) for ordinal, window in enumerate(_windows(pieces), start=1))


def own_lines(script: Script, cue: str) -> tuple[OwnLine, ...]:
    """What one character says in scenes where they are present, in story order, each with the speech it answers."""
    found: list[OwnLine] = []
    for scene in script.scenes():
        before = ""
        for line in scene.lines:
            if line.speaker is None:
                continue
            if line.speaker == cue and cue in scene.present:
                found.append(OwnLine(line.text, before, scene.episode, scene.number))
            before = line.text
    return tuple(found)


def _pieces(position: int, line: Line) -> list[_Piece]:
    label = f"{line.speaker}: " if line.speaker else ""  # who speaks may be unknown
    aside = f"({line.parenthetical.strip('()')}) " if line.parenthetical else ""
    texts = [line.text] if word_count(line.text) <= LINE_WORDS_MAX else _sentences_joined(line.text)
    written = [f"{label}{aside if number == 0 else ''}{text}" for number, text in enumerate(texts)]
    return [_Piece(position, line.speaker, text, word_count(text)) for text in written]


def _sentences_joined(text: str) -> list[str]:
    """A long speech in parts of whole sentences, each up to `WINDOW_WORDS`; one endless sentence stays whole."""
    parts: list[str] = []
    for sentence in _SENTENCE.findall(text):
        if parts and word_count(parts[-1]) + word_count(sentence) <= WINDOW_WORDS:
            parts[-1] += sentence
        elif sentence.strip():
            parts.append(sentence)
    return [part.strip() for part in parts]


def _windows(pieces: list[_Piece]) -> list[list[_Piece]]:
    windows: list[list[_Piece]] = []
    left = deque(pieces)
    window: list[_Piece] = []
    fresh = 0  # pieces of `window` that no earlier window holds
    while left:
        if fresh and sum(piece.words for piece in window) + left[0].words > WINDOW_WORDS:
            windows.append(window)
            window, fresh = [window[-1]], 0
        window.append(left.popleft())
        fresh += 1
    if fresh:
        windows.append(window)
    return windows


def _passage(scene: Scene, ordinal: int, window: list[_Piece]) -> Passage:
    text = "\n".join(piece.text for piece in window)
    return Passage(
        id=f"e{scene.episode:02d}s{scene.number:02d}p{ordinal:02d}",
        episode=scene.episode,
        scene=scene.number,
        first_line=window[0].position,
        last_line=window[-1].position,
        place=scene.heading,
        text=text,
        speakers=frozenset(piece.speaker for piece in window if piece.speaker),
        present=scene.present,
        content_hash=content_hash(text),
    )
