"""Names that a script alone gives away: each with the first episode in which it is written anywhere.

Derived terms are used to refuse replies, so this errs on the side of leaving a name out: a role, a common word or
a word that only ever begins sentences is no name. What the authors list themselves always wins.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from characters.canon import Term
from characters.cues import cue_counts, introductions
from characters.names import NAME_WORDS_MAX, TITLES, Run, folded_words, has_case, name_runs
from characters.script import Script

NAME_TIMES_MIN = 2
WORD_TIMES_MIN = 3
WORD_CHARS_MIN = 4
_LOWER_WORD = re.compile(r"(?<![^\W_])[^\W\d_]+")
_NEVER_WORDS = (
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december christmas easter god english french spanish chinese papa mama dad mom mum "
    "father mother grandfather grandmother granny brother sister"
)
_NEVER = TITLES | frozenset(_NEVER_WORDS.split())
# The commonest Chinese surnames: without capitals, a surname is what tells a name from a role such as 医生.
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许韩冯邓曹彭曾萧田董袁潘蔡蒋余杜叶程苏魏吕丁沈任姚卢傅钟崔谭廖范汪陆金顾"
)
_CHINESE_NAME_CHARS = (2, 3)


@dataclass(slots=True)
class _Seen:
    names: Counter[tuple[str, ...]] = field(default_factory=Counter)
    """Folded runs of two words or more."""
    words: Counter[str] = field(default_factory=Counter)
    """Folded single words in the middle of a sentence and not after an article."""
    spelling: dict[tuple[str, ...], str] = field(default_factory=dict)
    lower: set[str] = field(default_factory=set)


def derive_terms(script: Script, *, title: str = "") -> tuple[Term, ...]:
    """Proper names of the script with the first episode that has them, by episode, then text.

    A name that is in the show's own `title` gives nothing away and is left out.
    """
    seen = _look(line.text for scene in script.scenes() for line in scene.lines)
    cues = tuple(cue_counts(script.episodes))
    names = {seen.spelling[words] for words, times in seen.names.items() if times >= NAME_TIMES_MIN}
    names |= {
        seen.spelling[(word,)]
        for word, times in seen.words.items()
        if times >= WORD_TIMES_MIN and len(word) >= WORD_CHARS_MIN and word not in seen.lower | _NEVER
    }
    names |= set(_cue_names(cues, seen, introductions(script.episodes)))
    first = first_episodes(script, {name for name in names if name.casefold() not in title.casefold()})
    terms = (Term(name, first[name]) for name in names if name in first)
    return tuple(sorted(terms, key=lambda term: (term.first_episode, term.text)))


def merge_terms(authored: Sequence[Term], derived: Sequence[Term]) -> tuple[Term, ...]:
    """The authors' terms, then those derived ones that the authors say nothing about."""
    listed = {term.text.casefold() for term in authored}
    return (*authored, *(term for term in derived if term.text.casefold() not in listed))


def _look(texts: Iterable[str]) -> _Seen:
    seen = _Seen()
    for text in texts:
        seen.lower.update(word for word in _LOWER_WORD.findall(text) if word[0].islower())
        for run in name_runs(text):
            _count(run, seen)
    return seen


def _count(run: Run, seen: _Seen) -> None:
    words = run.words
    if words[0].opens_sentence:
        words = words[1:]  # it has a capital whatever it is
    if not 0 < len(words) <= NAME_WORDS_MAX or run.ampersand or all(word.capitals for word in words):
        return
    if any("'" in word.text or "’" in word.text for word in words):
        return  # I've, We're
    folded = tuple(word.folded for word in words)
    seen.spelling.setdefault(folded, " ".join(word.text for word in words))
    if len(words) > 1:
        if not any(word.folded in _NEVER for word in words):
            seen.names[folded] += 1
    elif not words[0].after_article:
        seen.words[folded[0]] += 1


def _cue_names(cues: Sequence[str], seen: _Seen, introduced: Iterable[tuple[str, ...]]) -> Iterable[str]:
    """Cues that the text itself uses as names, and the full names they are introduced with."""
    proper: set[tuple[str, ...]] = set()
    for cue in cues:
        words = folded_words(cue)
        if not has_case(cue):
            if len(cue) in _CHINESE_NAME_CHARS and cue[0] in _SURNAMES:
                yield cue
        elif len(words) == 1 and words[0] not in seen.lower | _NEVER and seen.words[words[0]]:
            proper.add(words)
            yield seen.spelling[words]
    for name in introduced:
        holders = [words for words in proper if words[0] in name]
        if len(name) > 1 and len(holders) == 1:
            yield " ".join(_titled(word) for word in name)


def _titled(word: str) -> str:
    return word[:1].upper() + word[1:]


def first_episodes(script: Script, names: Iterable[str]) -> dict[str, int]:
    """Where each name is first written, in any case: in a speech, in action, in a heading or as a cue."""
    patterns = {
        name: re.compile(rf"(?<!\w){re.escape(name)}(?!\w)" if has_case(name) else re.escape(name), re.I)
        for name in names
    }
    first: dict[str, int] = {}
    for episode in script.episodes:
        written = "\n".join(
            piece
            for scene in episode.scenes
            for piece in (
                scene.heading,
                *(p for line in scene.lines for p in (line.speaker or "", line.parenthetical, line.text)),
            )
        )
        folded = written.casefold()
        for name, pattern in patterns.items():
            # The plain search is many times faster, and most names are not in most episodes.
            if name not in first and name.casefold() in folded and pattern.search(written):
                first[name] = episode.number
    return first
