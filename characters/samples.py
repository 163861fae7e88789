"""Which of somebody's lines show best how they answer: exchanges, greetings, evasions and wants, each with its episode.

Pure. A line is used from the episode it is said in, and never when it names what is revealed later; nothing is
rewritten.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from characters.draft_words import DraftWords
from characters.hearing import sentences
from characters.language import Language
from characters.sheet import DatedText, Exchange
from characters.speech import Speech, Spoken, words_of

EXCHANGES_MAX = 10
EXCHANGES_PER_EPISODE = 2
EARLY_EPISODES = 3
EARLY_MIN = 3
WANTS_MAX = 5
GREETINGS_MAX = 3
DEFLECTIONS_MAX = 4
REPLY_UNITS = (3, 40)
CUE_UNITS = (2, 30)
SHORT_UNITS = (2, 14)
SAYING_UNITS = (3, 9)
EVASION_UNITS = (1, 8)
ASKED = 1.25
PERSONAL = 0.4
"""A line about me and you is less of a saying than one about doors and spoons."""
CALLED_BY_NAME = 0.6
"""A reply that calls somebody of the show by name fits a fan less."""
_HAN_PER_WORD = 1.6

Fit = Callable[[str, int], bool]
"""Whether a text may be shown from an episode on."""


def exchanges(speech: Speech, language: Language, fit: Fit, names: Sequence[str]) -> tuple[Exchange, ...]:
    """Cue and reply, the most their own first chosen, told in story order; some from where they are first met."""
    scored = [
        (_worth(line, speech, language, names), -n, line)
        for n, line in enumerate(speech.lines)
        if line.cue_text
        and _sized(line.text, REPLY_UNITS, language)
        and _sized(line.cue_text, CUE_UNITS, language)
        and fit(f"{line.cue_text} {line.text}", line.episode)
    ]
    ranked = [line for _, _, line in sorted(scored, key=lambda entry: entry[:2], reverse=True)]
    first = min((line.episode for line in ranked), default=0)
    early = [line for line in ranked if line.episode < first + EARLY_EPISODES]
    chosen: list[Spoken] = []
    per_episode: Counter[int] = Counter()
    for line in [*early[:EARLY_MIN], *ranked]:
        if len(chosen) >= EXCHANGES_MAX:
            break
        fresh = all(line.text != other.text for other in chosen)
        if fresh and per_episode[line.episode] < EXCHANGES_PER_EPISODE:
            chosen.append(line)
            per_episode[line.episode] += 1
    chosen.sort(key=lambda line: (line.episode, line.scene))
    return tuple(Exchange(fan=line.cue_text, reply=line.text, from_episode=line.episode) for line in chosen)


def greetings(speech: Speech, words: DraftWords, language: Language, fit: Fit, names: Sequence[str]) -> list[DatedText]:
    """Short lines with which they open a talk and that fit anybody: said to a `you`, with nobody's name in them."""

    def opens(line: Spoken, sentence: str) -> bool:
        return (
            not line.cue_text
            and sentence.endswith(("?", "？"))
            and _sized(sentence, SHORT_UNITS, language)
            and words.to_you.search(sentence) is not None
            and words.points_away.search(sentence) is None
            and words.once.search(sentence) is None
            and not _names_any(sentence, names)
        )

    found = [
        DatedText(text=first, from_episode=line.episode)
        for line in speech.lines
        if (first := next(iter(sentences(line.text)), "")) and opens(line, first) and fit(first, line.episode)
    ]
    return _unlike(found)[:GREETINGS_MAX]


def evasions(speech: Speech, words: DraftWords, language: Language, fit: Fit, names: Sequence[str]) -> list[DatedText]:
    """Short sentences in which they do not answer."""
    found = [
        DatedText(text=sentence, from_episode=line.episode)
        for line in speech.lines
        for sentence in sentences(line.text)
        if words.evasion.search(sentence)
        and _sized(sentence, EVASION_UNITS, language)
        and words.points_away.search(sentence) is None
        and not sentence.endswith(("?", "？"))
        and not _names_any(sentence, names)
        and fit(sentence, line.episode)
    ]
    return _unlike(found)[:DEFLECTIONS_MAX]


def wants(speech: Speech, words: DraftWords, fit: Fit) -> list[DatedText]:
    """What they themselves say they want, in their words."""
    found = [
        DatedText(text=words.wants.format(sentence=sentence), from_episode=line.episode)
        for line in speech.lines
        for sentence in sentences(line.text)
        if words.want.search(sentence)
        and words.points_away.search(sentence) is None
        and words.once.search(sentence) is None
        and not sentence.endswith(("?", "？"))
        and fit(sentence, line.episode)
    ]
    return _unlike(found)[:WANTS_MAX]


def sayings(
    speech: Speech, words: DraftWords, language: Language, fit: Fit, names: Sequence[str], *, most: int
) -> list[DatedText]:
    """Phrases they come back to, then short lines that only they would say; the first are the surest."""
    repeated = [
        DatedText(text=_capital(phrase.text) if phrase.whole else f"{phrase.text} …", from_episode=phrase.episode)
        for phrase in speech.phrases
        if fit(phrase.text, phrase.episode)
        and not phrase.text.endswith(("?", "？"))
        and (words.once.search(phrase.text) is None or len(words_of(phrase.text, language)) < SAYING_UNITS[0])
        and not _names_any(phrase.text, names)
    ]
    short = sorted(
        (
            (
                _weight(sentence, speech, language) * (PERSONAL if words.persons.search(sentence) else 1.0),
                -n,
                sentence,
                line.episode,
            )
            for n, line in enumerate(speech.lines)
            for sentence in sentences(line.text)
            if _sized(sentence, SAYING_UNITS, language)
            and not sentence.endswith(("?", "？"))
            and words.points_away.search(sentence) is None
            and words.once.search(sentence) is None
            and not _names_any(sentence, names)
            and fit(sentence, line.episode)
        ),
        reverse=True,
    )
    lines = [DatedText(text=sentence, from_episode=episode) for _, _, sentence, episode in short[:most]]
    return sorted(_unlike([*repeated, *lines])[:most], key=lambda part: part.from_episode)


def _worth(line: Spoken, speech: Speech, language: Language, names: Sequence[str]) -> float:
    """How much a reply is theirs, for its length; a question before it makes it an answer."""
    asked = ASKED if line.cue_text.rstrip('”"').endswith(("?", "？")) else 1.0
    called = [form for sentence in sentences(line.text) for form in _set_off(sentence, language)]
    opening = line.text.split("!")[0]
    if len(opening.split()) == 1:
        called.append(opening)
    return (
        asked * (CALLED_BY_NAME if _names_any(" ".join(called), names) else 1.0) * _weight(line.text, speech, language)
    )


def _weight(text: str, speech: Speech, language: Language) -> float:
    words = words_of(text, language)
    own = sum(speech.weights.get(word, 0.0) for word in set(words))
    phrases = sum(phrase.likelihood for phrase in speech.phrases if phrase.text.casefold() in text.casefold())
    return (own + phrases) / math.sqrt(len(words) + 4)


def _sized(text: str, units: tuple[int, int], language: Language) -> bool:
    """Whether a text has so many words, or as many Chinese characters as would say the same."""
    factor = _HAN_PER_WORD if language == "zh" else 1.0
    return units[0] * factor <= len(words_of(text, language)) <= units[1] * factor


def _names_any(text: str, names: Sequence[str]) -> bool:
    folded = text.casefold()
    return any(name in folded for name in names)


def _unlike(parts: Sequence[DatedText]) -> list[DatedText]:
    """Each text once, whatever its case and its end mark."""
    seen: dict[str, DatedText] = {}
    for part in parts:
        seen.setdefault(part.text.casefold().rstrip(".!?。！？… "), part)
    return list(seen.values())


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def vocatives(lines: Sequence[Spoken], language: Language) -> Iterator[tuple[str, int, int]]:
    """(form of address, times, first episode): words set off at a sentence's end, in Chinese at its beginning."""
    times: Counter[str] = Counter()
    first: dict[str, int] = {}
    for line in lines:
        for sentence in sentences(line.text):
            for form in _set_off(sentence, language):
                times[form] += 1
                first.setdefault(form, line.episode)
    yield from ((form, count, first[form]) for form, count in times.most_common() if count > 1)


def _set_off(sentence: str, language: Language) -> Iterator[str]:
    body = sentence.rstrip('.!?。！？…”" ')
    if language == "zh":
        head, mark, _ = body.partition("，")
        if mark and 1 <= len(head) <= 4:
            yield head
        return
    head, mark, tail = body.rpartition(", ")
    if mark and head and len(tail.split()) <= 2:
        yield tail
