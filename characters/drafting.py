"""Writes a first sheet for somebody from the script alone: who they are, how they speak, how they answer.

Pure. Every part has the episode it is taken from, and what is undated uses nothing beyond the episode in which the
character is first met. It is a draft for an author: what the script does not say is left as a stopgap that lint finds.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from characters.canon import Term
from characters.draft_words import WORDS, DraftWords
from characters.early_names import says
from characters.language import Language, language_of
from characters.names import folded_words
from characters.parts import SHORT_TEXT_CHARS_MAX
from characters.people import People, people_of
from characters.places import place_of, titled
from characters.proposal import Proposal
from characters.proposing import Introduction, introductions_in, rules_for
from characters.samples import Fit, evasions, exchanges, greetings, sayings, vocatives, wants
from characters.script import Scene, Script
from characters.sheet import Alias, DatedText, Sheet, Voice
from characters.speech import LIKELIHOOD_MIN, Speech, speech_of

SAYINGS_MAX = 6
OWN_WORDS_MAX = 8
OWN_WORD_LINES_MIN = 3
FACTS_MAX = 12
COMPANY_MAX = 4
ADULT_AGE = 18
QUESTIONS_MANY = 0.3
EXCLAMATIONS_MANY = 0.2
EXCLAMATIONS_NONE = 0.01
SENTENCES_COUNTED = 20
_ABOUT_ONESELF = (
    "relation",
    "relative",
    "name",
    "occupation",
    "home",
    "work",
    "marriage",
    "proposal",
    "child",
    "skill",
)
_NOT_CALLED_WORDS = """
too then please now again mind though yes no either anyway perhaps today tonight tomorrow really indeed
pues entonces sí hoy ahora claro también mañana
"""
_NOT_CALLED = frozenset(_NOT_CALLED_WORDS.split())
_CALLED_ZH = re.compile(r".*(?:姑娘|少爷|小姐|夫人|先生|老板|掌柜的?|大人|爹|娘|哥|姐|孩子|老爷|兄弟|师父)")


@dataclass(frozen=True, slots=True)
class Drafted:
    """A drafted sheet, the episode in which its character is first met, and what an author may approve beside it."""

    sheet: Sheet
    first_episode: int
    proposals: tuple[Proposal, ...]
    """Those that this character knows."""


def draft_sheet(
    script: Script, terms: Sequence[Term], cue: str, proposals: Sequence[Proposal], *, slug: str = ""
) -> Drafted | None:
    """A sheet of the person behind a cue, or None when they are never in a scene.

    `terms` are the show's: nothing names one before its episode. Without a `slug` it is made of the name.
    """
    present_from = script.first_episode_of(cue)
    if present_from is None:
        return None
    language, people = language_of(script), people_of(script)
    words = WORDS[language]
    name = people.short.get(cue, cue)
    met_from = max([present_from, *(term.first_episode for term in terms if says(name, term))])
    fit = _fitting(terms, met_from)
    speech = speech_of(script, cue, language)
    introduced = _introduction(script, cue, language, people, met_from)
    first_scene = next(scene for scene in script.scenes() if cue in scene.present)
    names = [word for form in people.forms for word in [" ".join(form)] if len(word) > 1]
    sheet = Sheet(
        slug=slug or slug_of(name, people.cues.index(cue) + 1),
        name=name,
        cue=cue,
        aliases=_aliases(script, people, cue, name, met_from, terms),
        tagline=_tagline(words, people.full.get(cue, name), introduced, first_scene, met_from, fit),
        minor=introduced is not None and introduced.age.isdigit() and int(introduced.age) < ADULT_AGE,
        sentences_max=max(1, min(4, round(speech.sentences_per_line) + 1)),
        essence=_essence(words, people, cue, introduced, first_scene, met_from, fit),
        voice=Voice(
            description=_description(words, speech, language, met_from, fit, people),
            says=tuple(_late(sayings(speech, words, language, fit, names, most=SAYINGS_MAX), met_from)),
        ),
        wants=_with_first(_late(wants(speech, words, fit), met_from), words.no_want, met_from),
        facts=tuple(_facts(words, speech, language, people, cue, proposals, fit)),
        greetings=_with_first(
            _late(greetings(speech, words, language, fit, names), met_from), words.greeting, met_from
        ),
        examples=exchanges(speech, language, fit, names),
        deflections=tuple(
            [
                *(DatedText(text=text) for text in words.deflections),
                *_late(evasions(speech, words, language, fit, names), met_from),
            ]
        ),
    )
    known = tuple(one for one in proposals if cue in one.fact.known_by)
    return Drafted(sheet, met_from, known)


def slug_of(name: str, place: int) -> str:
    """A slug in ASCII: `don-ernesto`; for a name without Latin letters `character-3`, by its place among the cues."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = "-".join(re.findall(r"[a-z0-9]+", plain.casefold()))[:63].strip("-")
    return slug or f"character-{place}"


def _fitting(terms: Sequence[Term], met_from: int) -> Fit:
    def fit(text: str, episode: int) -> bool:
        shown = max(episode, met_from)
        return len(text) <= 1_000 and not any(term.first_episode > shown and says(text, term) for term in terms)

    return fit


def _late(parts: Sequence[DatedText], met_from: int) -> list[DatedText]:
    """Parts as their episodes allow; nobody meets one before the character."""
    return [part.model_copy(update={"from_episode": max(part.from_episode, met_from)}) for part in parts]


def _with_first(parts: Sequence[DatedText], stopgap: str, met_from: int) -> tuple[DatedText, ...]:
    """At least one that holds where the character is first met."""
    if any(part.from_episode <= met_from for part in parts):
        return tuple(parts)
    return (DatedText(text=stopgap), *parts)


def _introduction(script: Script, cue: str, language: Language, people: People, met_from: int) -> Introduction | None:
    rules = rules_for(language, people)
    for scene in script.scenes():
        if scene.episode > met_from:
            break
        for line in scene.lines:
            if line.speaker is None:
                for found in introductions_in(line.text, rules, people):
                    if found.cue == cue:
                        return found
    return None


def _aliases(
    script: Script, people: People, cue: str, name: str, met_from: int, terms: Sequence[Term]
) -> tuple[str | Alias, ...]:
    """The full name, from the episode in which it is first written."""
    full = people.full.get(cue, name)
    if full == name:
        return ()
    wanted = folded_words(full)
    for scene in script.scenes():
        for line in scene.lines:
            if full.casefold() in line.text.casefold() or wanted == folded_words(line.speaker or ""):
                shown = [scene.episode, *(term.first_episode for term in terms if says(full, term))]
                return (full if max(shown) <= met_from else Alias(text=full, from_episode=max(shown)),)
    return ()


def _tagline(
    words: DraftWords, full: str, introduced: Introduction | None, scene: Scene, met_from: int, fit: Fit
) -> str:
    place = titled(place_of(scene.heading))
    met = words.met.format(episode=met_from, place=place) if place and fit(place, met_from) else ""
    tagline = met or words.met_nowhere.format(episode=met_from)
    if introduced is not None:
        aged = words.aged.format(name=full, age=introduced.age)
        look = introduced.look[:1].upper() + introduced.look[1:]
        better = f"{aged} {look}." if look else f"{aged} {tagline}"
        if fit(better, met_from):
            tagline = better
    return tagline if len(tagline) <= SHORT_TEXT_CHARS_MAX else words.met_nowhere.format(episode=met_from)


def _essence(
    words: DraftWords,
    people: People,
    cue: str,
    introduced: Introduction | None,
    scene: Scene,
    met_from: int,
    fit: Fit,
) -> str:
    short, full = people.short.get(cue, cue), people.full.get(cue, cue)
    name = full if fit(full, met_from) else short
    parts = [words.you_are.format(name=name)]
    if introduced is not None:
        parts = [words.aged_you.format(name=name, age=introduced.age)]
        if introduced.look:
            pattern, yours = words.your
            parts.append(words.looks.format(look=pattern.sub(yours, introduced.look)))
    place = titled(place_of(scene.heading))
    company = [people.short.get(other, other) for other in people.cues if other in scene.present and other != cue]
    company = [other for other in company if fit(other, met_from)][:COMPANY_MAX]
    if place and company:
        parts.append(words.seen_first.format(place=place, people=_listed(company, words)))
    elif place:
        parts.append(words.alone.format(place=place))
    joint = "" if words.comma == "、" else " "
    return joint.join(part for part in parts if fit(part, met_from)) or words.you_are.format(name=short)


def _listed(items: Sequence[str], words: DraftWords) -> str:
    return words.and_.join(part for part in (words.comma.join(items[:-1]), items[-1]) if part)


def _description(words: DraftWords, speech: Speech, language: Language, met_from: int, fit: Fit, people: People) -> str:
    """Timeless: numbers from the whole script, and only such words as are spoken where the character is first met."""
    length = speech.sentence_length
    size = 0 if length < words.short_below else 2 if length >= words.long_from else 1
    parts = [words.lengths[size].format(count=max(1, round(length)))]
    if speech.questions >= QUESTIONS_MANY:
        parts.append(words.asks)
    if speech.exclamations >= EXCLAMATIONS_MANY:
        parts.append(words.exclaims)
    elif speech.exclamations <= EXCLAMATIONS_NONE and len(speech.lines) >= SENTENCES_COUNTED:
        parts.append(words.calm)
    if speech.contracts is not None:
        parts.append(words.contracts if speech.contracts else words.speaks_out)
    own = _own_words(speech, language, met_from, people)
    if own:
        told = words.words.format(words=words.comma.join(own))
        parts += [told] if fit(told, met_from) else []
    return ("" if language == "zh" else " ").join(parts)


def _own_words(speech: Speech, language: Language, met_from: int, people: People) -> list[str]:
    if language == "zh":
        return []  # single characters say nothing of a voice
    early = Counter(word for line in speech.lines if line.episode <= met_from for word in _plain_words(line.text))
    named = {word for form in people.forms for word in form}
    used = Counter(word for line in speech.lines for word in set(_plain_words(line.text)))
    own = [
        word
        for word in early
        if speech.weights.get(word, 0.0) >= LIKELIHOOD_MIN
        and used[word] >= OWN_WORD_LINES_MIN
        and word not in named | speech.common
    ]
    return sorted(own, key=lambda word: (-speech.weights[word], word))[:OWN_WORDS_MAX]


def _plain_words(text: str) -> list[str]:
    """Words without capitals, so that no name is among them."""
    return [word for word in re.findall(r"(?<![^\W\d_])[^\W\d_]{4,}", text) if word == word.casefold()]


def _facts(
    words: DraftWords,
    speech: Speech,
    language: Language,
    people: People,
    cue: str,
    proposals: Sequence[Proposal],
    fit: Fit,
) -> list[DatedText]:
    """What the script says of them and they know, then what they call people, each from its episode."""
    found: list[DatedText] = []
    for one in proposals:
        fact = one.fact
        mine = cue in fact.subject.split(" AND ") and cue in fact.known_by
        if mine and one.origin.removeprefix("rules:") in _ABOUT_ONESELF:
            since = max(fact.from_episode, fact.known_by[cue])
            if fit(fact.text, since):
                found.append(DatedText(text=fact.text, from_episode=since))
    for form, _, episode in list(vocatives(speech.lines, language)):
        if len(found) >= FACTS_MAX:
            break
        if _is_address(form, language, people) and fit(form, episode):
            calls = words.calls.format(names=f"“{form}”")
            found.append(DatedText(text=calls, from_episode=episode))
    return found[:FACTS_MAX]


def _is_address(form: str, language: Language, people: People) -> bool:
    if language == "zh":
        return (
            people.find(form) is not None
            or any(form == cue[1:] for cue in people.cues)
            or (_CALLED_ZH.fullmatch(form) is not None)
        )
    if form in people.short.values():
        return False  # everybody calls people by their names
    several = len(form.split()) > 1
    return form.casefold() not in _NOT_CALLED and (not several or form[0].isupper() or form.startswith(("my ", "mi ")))
