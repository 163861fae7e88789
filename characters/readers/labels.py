"""Speaker labels: telling `NAME (whispering): text` and `李明：台词` from colons in sentences, times, links.

Used by dialogue scripts and subtitles. What looks like a label once may be a sentence (`Remember: trust no one`), so
which names really speak is settled over a whole file, and a name that is doubted stays part of the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from characters.names import has_case
from characters.readers.fountain_cues import CUE_CHARS_MAX, parse_cue

LABEL_CHARS_MAX = 120
_NAME_WORDS_MAX = 6
_UNCASED_CHARS_MAX = 20
_COLON = re.compile(r"[:：﹕∶]")
_ASIDE = re.compile(r"\s*(?:[(（]([^()（）]*)[)）]|\[([^\[\]]*)\]|【([^【】]*)】)\s*$")
_LEADING_ASIDE = re.compile(r"[(（]([^()（）]*)[)）]\s*")
_GLUED_EXTENSION = re.compile(r"(.*[^\x00-\x7f])\s*(OS|VO|O\.S\.?|V\.O\.?)$", re.IGNORECASE)
_NEVER_IN_A_NAME = re.compile(r"[!?…;\"“”„«»\[\]{}<>=*\\|@。，！？；~^_]|--")
_WORD = re.compile(r"[^\s&/+、,]+")
_DOTTED = re.compile(r"(?:mrs?|ms|dr|st|jr|sr|prof|lt|sgt|capt|vs|sra?|srta|mme|mlle)\.|(?:[^\W\d_]\.)+", re.IGNORECASE)
_NUMBER_WORD = re.compile(r"#?\d{1,3}(?:st|nd|rd|th|号|號)?$", re.IGNORECASE)
_PARTICLE_WORDS = (
    "of the and de del della di da dos das do du des la le les el los las al bin ibn von van der den y et und e и a to "
    "in on at from with"
)
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
_PUNCTUATION = re.compile(r"[\s.'’\-]")
_STAGE_NAMES = "os oc offscreen offcamera contd cont continued 续 continua продолжение"
_STAGE_WORDS = frozenset(_STAGE_NAMES.split())
# A verb before a colon: `他说：` introduces what somebody says and is nobody's name.
_SAYING_ENDS = tuple("说道问答喊叫写着是为")
_CAPITALS_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Label:
    """A line that may be a labelled speech. `text` is what follows, empty when the words stand on the next lines."""

    name: str
    text: str
    parenthetical: str = ""
    heard_only: bool = False
    """Marked as a voice over: its speaker is not there."""


def parse_label(line: str) -> Label | None:
    """`line` as name and text when it begins with what can be a name and a colon; None otherwise.

    A colon between two digits (10:30), before `//`, or inside brackets never ends a name.
    """
    position = _colon(line)
    if position < 0:
        return None
    named = named_speaker(line[:position])
    if named is None:
        return None
    text = line[position + 1 :].strip()
    asides = [named.parenthetical] if named.parenthetical else []
    while (found := _LEADING_ASIDE.match(text)) is not None and found.end() < len(text):
        asides.append(found.group(1).strip())
        text = text[found.end() :]
    return Label(named.name, text, "; ".join(aside for aside in asides if aside), named.heard_only)


def named_speaker(written: str) -> Label | None:
    """`José (V.O.) (softly)` as a name with what stands in its brackets; None when it cannot be a name."""
    name = written.strip()
    asides: list[str] = []
    heard_only = False
    while (found := _ASIDE.search(name)) is not None:
        aside = " ".join("".join(filter(None, found.groups())).split())
        folded = _PUNCTUATION.sub("", aside).casefold()
        if parse_cue(f"X ({aside})").heard_only:
            heard_only = True
        elif folded not in _STAGE_WORDS:
            asides.insert(0, aside)
        name = name[: found.start()]
    glued = _GLUED_EXTENSION.match(name)
    if glued is not None:
        name = glued.group(1)
        heard_only = heard_only or glued.group(2)[0] in "vV"
    name = " ".join(name.split())
    heard_only = heard_only or parse_cue(f"X ({name})").heard_only  # a narrator: 旁白, NARRATOR
    return Label(name, "", "; ".join(aside for aside in asides if aside), heard_only) if looks_like_name(name) else None


def looks_like_name(name: str) -> bool:
    """Whether this can be what a person of a show is called: capitals or none at all, few words, no sentence marks."""
    if not 0 < len(name) <= CUE_CHARS_MAX or _NEVER_IN_A_NAME.search(name) or not name[0].isalnum():
        return False
    words = _WORD.findall(name)
    if not 0 < len(words) <= _NAME_WORDS_MAX or not any(letter.isalpha() for letter in name):
        return False
    if any("." in word and not _DOTTED.fullmatch(word) for word in words):
        return False
    if not has_case(name):
        return len(name) <= _UNCASED_CHARS_MAX
    if "," in name and name != name.upper():
        return False
    return _titled(words)


def _titled(words: list[str]) -> bool:
    first = words[0]
    return (first[0].isupper() or _NUMBER_WORD.match(first) is not None) and all(
        not word[0].islower() or word.casefold() in _PARTICLES for word in words[1:]
    )


def _colon(line: str) -> int:
    depth = 0
    for position, letter in enumerate(line[:LABEL_CHARS_MAX]):
        if letter in "(（[【":
            depth += 1
        elif letter in ")）]】":
            depth = max(0, depth - 1)
        elif depth == 0 and _COLON.match(letter):
            before, after = line[position - 1 : position], line[position + 1 : position + 2]
            if before.isdigit() and after.isdigit():
                continue
            return -1 if line.startswith("//", position + 1) else position
    return -1


def speaking_names(labels: Iterable[Label]) -> frozenset[str]:
    """Which of these names speak: all of them, but for those that the rest of the file makes doubtful.

    Where most labels are in capitals, one that is not counts only if the same name is also written in capitals or
    labels two lines; a name that ends in a verb of saying counts only if it labels two lines.
    """
    counts = Counter(label.name for label in labels)
    cased = {name: count for name, count in counts.items() if has_case(name)}
    capitals = {name for name in cased if in_capitals(name)}
    shouted = sum(cased[name] for name in capitals)
    strict = shouted >= _CAPITALS_SHARE * sum(cased.values())
    known = {name.casefold() for name in capitals}
    return frozenset(
        name
        for name, count in counts.items()
        if (
            name in capitals or not strict or count > 1 or name.casefold() in known
            if name in cased
            else _may_speak(name, count)
        )
    )


def in_capitals(name: str) -> bool:
    """Whether a name is written in capitals; one small letter may stay (`McAVOY`)."""
    small = sum(letter.islower() for letter in name)
    return small == 0 or (small == 1 and sum(letter.isupper() for letter in name) > 2)


def _may_speak(name: str, count: int) -> bool:
    return count > 1 or not name.endswith(_SAYING_ENDS)
