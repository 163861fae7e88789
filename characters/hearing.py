"""Who says a line to whom, and who hears it: what a scene tells about where a sentence comes from and where it goes.

Pure. When it is not clear who is spoken to it says so; a guess would put words into the wrong person's life.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from characters.names import folded_words
from characters.people import People
from characters.script import Line, Scene

_ALONE = re.compile(
    r"\baside\b|\bto (?:him|her|them)sel(?:f|ves)\b|under (?:his|her|their) breath|\baparte\b|para sí|自语|心想|旁白",
    re.IGNORECASE,
)
_WHISPERED = re.compile(r"for (?:him|her|them) only|whisper|susurr|en voz baja|低声|耳语", re.IGNORECASE)
_TO = re.compile(r"\b(?:to|a)\s+(?P<name>[^\s,;]+(?: [A-ZÀ-Þ][^\s,;]+)?)", re.IGNORECASE)
_SENTENCE = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Sr|Sra)\.|[^.!?。！？…\n])+[.!?。！？…]*[”\"」]?")
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|「[^」]*」|『[^』]*』|«[^»]*»")


@dataclass(frozen=True, slots=True)
class Said:
    """A speech: who says it, to whom when that is clear, and who hears it (cue names, the speaker among them)."""

    speaker: str
    addressee: str | None
    heard_by: frozenset[str]


def heard(scene: Scene, position: int, people: People) -> Said:
    """The speech at `position` of a scene, which has to have a speaker.

    Who only speaks as a voice over is heard by the audience and by nobody in the scene, nor is who talks to
    themselves; a whisper is heard by whom it is for.
    """
    line = scene.lines[position]
    speaker = line.speaker or ""
    addressee = _addressee(scene, position, people)
    if speaker not in scene.present:
        return Said(speaker, None, frozenset({speaker}))
    if _ALONE.search(line.parenthetical):
        return Said(speaker, None, frozenset({speaker}))
    if _WHISPERED.search(line.parenthetical):
        return Said(speaker, addressee, frozenset({speaker} | ({addressee} if addressee else set())))
    return Said(speaker, addressee, frozenset(scene.present))


def sentences(text: str) -> list[str]:
    """The sentences of a speech or of action, each with its end mark, without what they quote."""
    return [found.strip() for found in _SENTENCE.findall(_QUOTED.sub("… ", text)) if found.strip()]


def _addressee(scene: Scene, position: int, people: People) -> str | None:
    """By an aside (`to Gideon`), by name, the only other person, or the one who speaks before and after."""
    line = scene.lines[position]
    present = scene.present - {line.speaker or ""}
    aside = _TO.search(line.parenthetical)
    if aside and (named := people.find(aside.group("name"))) in present:
        return named
    called = {cue for cue in present if cue in people.short and _calls(line, people.short[cue])}
    if len(called) == 1:
        return called.pop()
    if len(present) == 1:
        return next(iter(present))
    before = _other_speaker(scene, range(position - 1, -1, -1), line.speaker)
    after = _other_speaker(scene, range(position + 1, len(scene.lines)), line.speaker)
    clear = before if before is None or after is None or before == after else None
    spoken_to = clear or (after if before is None else None)
    return spoken_to if spoken_to in present else None


def _calls(line: Line, name: str) -> bool:
    """Whether a speech calls somebody by name: `Sit, Coralie.`, `Tamsin. Look.`, `曼丽，…`."""
    called = re.escape(name)
    return (
        re.search(rf"(?:^|[.!?。！？]\s*){called}[,.!?，！？]|, {called}[,.!?]|，{called}[。！？]", line.text)
        is not None
    )


def _other_speaker(scene: Scene, positions: range, speaker: str | None) -> str | None:
    """The first other speaker on the way, or None."""
    return next(
        (other for p in positions if (other := scene.lines[p].speaker) and other != speaker),
        None,
    )


def is_name(text: str, people: People, not_names: frozenset[str]) -> bool:
    """Whether a capitalised group of words can be somebody's name."""
    words = folded_words(text)
    return people.find(text) is not None or not not_names.issuperset(words)
