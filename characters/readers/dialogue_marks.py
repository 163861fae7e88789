"""The lines of a dialogue script that structure it: where an episode or a scene begins, where an episode ends.

Each function looks at one line and knows nothing of those around it. A mark must be the whole line, or a sentence
that mentions an episode would move everything after it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from characters.readers.headings import is_heading
from characters.readers.numerals import HAN_NUMERALS, parse_number

_EPISODE_WORDS = (
    "EPISODE|EP|EPISODIO|EPISÓDIO|CAPITULO|CAPÍTULO|ÉPISODE|FOLGE|ЭПИЗОД|СЕРИЯ|EPIZODA|TẬP|エピソード|에피소드|ตอนที่"
)
_SCENE_WORDS = "SCENE|ESCENA|CENA|SCÈNE|SZENE|СЦЕНА|シーン|씬|ฉาก"
_NUMBER = (
    rf"\d{{1,9}}|[{HAN_NUMERALS}]{{1,6}}|[^\W\d_]{{1,10}}(?:[- ](?:one|two|three|four|five|six|seven|eight|nine)\b)?"
)
_SEASON = r"(?:(?:SEASON|S)\W{0,3}\d{1,3}\W{0,3})"
_EPISODE = re.compile(
    rf"(?:{_SEASON}?(?:{_EPISODE_WORDS})(?![^\W\d_])|{_SEASON}E)[\s.:：#]{{0,4}}({_NUMBER})(?![^\W_])(.*)$",
    re.IGNORECASE,
)
_HAN_EPISODE = re.compile(rf"(?:第\s?([\d{HAN_NUMERALS}]{{1,6}})\s?[集话話]|제\s?(\d{{1,5}})\s?[화회])(.*)$")
_SCENE = re.compile(
    rf"(?:{_SCENE_WORDS})(?![^\W\d_])[\s.#]{{0,3}}({_NUMBER})([A-Z]?)(?![^\W_])(.*)$|(?:SCENE)\s?[:：]\s?(\S.*)$",
    re.IGNORECASE,
)
_HAN_SCENE = re.compile(rf"(?:第\s?([\d{HAN_NUMERALS}]{{1,6}})\s?[场場幕]|(?:场景|場景|场|場)\s?(\d{{1,5}}))(.*)$")
_PAIR = re.compile(r"(\d{1,5})\s?[-–—]\s?(\d{1,5})(?!\d)(?:[\s、.:：．]+(.*))?$")
_COUNTED_HEADING = re.compile(r"(\d{1,5})([A-Z]?)[.)、]?\s+(\S.*)$")
_HAN_HEADING = re.compile(r"(?:内景|外景|内/外景|內景)(?:[\s.．、:：]|$)")
_PLACE_WORD = re.compile(r"\b(?:INT|EXT|DAY|NIGHT|MORNING|EVENING|DAWN|DUSK)\b|[内內外日夜晨昏晚早]")
_SENTENCE = re.compile(r"[。！？!?]|[.…]$")
_SEPARATOR = re.compile(r"[:：.、,，\-–—|·]+\s*|\s+(?=[《“\"'(（])")
_OF_TOTAL = re.compile(r"\s*(?:of|/|de|von|из)\s*\d{1,5}\b", re.IGNORECASE)
_FRAME = re.compile(r"^[\s#=*_~\-–—\[【<]+|[\s#=*_~\-–—\]】>]+$")
_BRACKETED = re.compile(r"[(（](.*)[)）]$")
_END = re.compile(
    r"(?:THE )?END (?:OF )?(?:THE )?(?:EPISODE|EP)\b[\s.]*(?:\w{1,10})?[.!]?$|"
    r"FIN DEL? (?:EPISODIO|CAPÍTULO|CAPITULO|L'ÉPISODE)\b.{0,10}$|КОНЕЦ (?:ЭПИЗОДА|СЕРИИ)\b.{0,10}$|"
    rf"(?:本集|全集|第\s?[\d{HAN_NUMERALS}]{{1,6}}\s?[集话話])\s?(?:完|终|終|结束|結束)[。.]?$",
    re.IGNORECASE,
)
_RULE = re.compile(r"(?:-{3,}|[—–─━]{2,}|\*{3,}|_{3,}|={3,}|#{3,}|~{3,}|(?:[*\-•·#] ){2,}[*\-•·#])$")
HEADING_CHARS_MAX = 200


@dataclass(frozen=True, slots=True)
class EpisodeMark:
    """`Episode 12: The Gala`; the title may be empty."""

    number: int
    title: str


@dataclass(frozen=True, slots=True)
class SceneMark:
    """`SCENE 2 - INT. SHOP` or `3-2 夜 内 茶馆`. `given` is the number as written, empty when there is none."""

    given: str
    heading: str
    episode: int = 0
    """The episode that a pair such as 3-2 names; 0 when the mark names none."""


def unframed(line: str) -> str:
    """A line without the signs that writers put around a mark: `### EPISODE 1`, `[END EPISODE]`, `=== 第1集 ===`."""
    bracketed = _BRACKETED.match(line)
    return _FRAME.sub("", bracketed.group(1) if bracketed else line)


def episode_mark(line: str) -> EpisodeMark | None:
    """The episode that begins with this line; None when none does."""
    if len(line) > HEADING_CHARS_MAX or is_episode_end(line):
        return None
    text = unicodedata.normalize("NFKC", unframed(line))
    han = _HAN_EPISODE.match(text)
    found = han or _EPISODE.match(text)
    if found is None:
        return None
    written = (found.group(1) or found.group(2)) if han else found.group(1)
    number, title = parse_number(written), _rest(found.group(3 if han else 2), text, spaced=han is not None)
    return None if number is None or title is None else EpisodeMark(number, title)


def scene_mark(line: str) -> SceneMark | None:
    """The scene that begins with this line; None when none does."""
    if len(line) > HEADING_CHARS_MAX:
        return None
    text = unframed(line)
    if is_heading(text) or _HAN_HEADING.match(text):
        return SceneMark("", text)
    if (found := _PAIR.match(text)) is not None:
        return _pair(found)
    if (found := _HAN_SCENE.match(text)) is not None:
        rest = _rest(found.group(3), text, spaced=True)
        number = parse_number(found.group(1) or found.group(2))
        return None if rest is None or number is None else SceneMark(str(number), rest)
    if (found := _SCENE.match(text)) is not None:
        if found.group(4):
            return SceneMark("", found.group(4))
        rest = _rest(found.group(3), text, spaced=False)
        number = parse_number(found.group(1))
        return None if rest is None or number is None else SceneMark(f"{number}{found.group(2)}", rest)
    if (found := _COUNTED_HEADING.match(text)) is not None and is_heading(found.group(3)):
        given = found.group(1) + found.group(2)
        return SceneMark(given, found.group(3).removesuffix(given).strip())
    return None


def _pair(found: re.Match[str]) -> SceneMark | None:
    rest = (found.group(3) or "").strip()
    if rest and (_SENTENCE.search(rest) or not (_PLACE_WORD.search(rest) or rest == rest.upper())):
        return None
    return SceneMark(found.group(2), rest, int(found.group(1)))


def _rest(rest: str, whole: str, *, spaced: bool) -> str | None:
    """The title after a number; None when the line goes on as a sentence would."""
    rest = _OF_TOTAL.sub("", rest, count=1) if _OF_TOTAL.match(rest) else rest
    if not rest.strip():
        return ""
    if (found := _SEPARATOR.match(rest.lstrip())) is not None or (found := _SEPARATOR.match(rest)) is not None:
        return rest.lstrip()[found.end() :].strip() if rest.lstrip()[0] not in "《“\"'(（" else rest.strip()
    if rest[0].isspace() and ((spaced and not _SENTENCE.search(rest)) or whole == whole.upper()):
        return rest.strip()
    return None


def is_episode_end(line: str) -> bool:
    """`[END EPISODE]`, `END OF EPISODE 3`, `（第三集完）`."""
    return len(line) <= HEADING_CHARS_MAX and _END.match(unframed(line)) is not None


def is_rule(line: str) -> bool:
    """A line of nothing but dashes, stars or the like."""
    return len(line) <= HEADING_CHARS_MAX and _RULE.match(line) is not None
