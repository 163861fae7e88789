"""What an editor should look at in a sheet before anybody publishes it: spoilers first, then what is still a stopgap.

Pure. It warns and never changes a sheet; what it says is for the content team, because it names what it found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from characters.canon import Term
from characters.cards.card_sheet import PLAIN_DEFLECTIONS, PLAIN_GREETING, PLAIN_VOICE, PLAIN_WANT
from characters.cards.matching import folded, spoken_of
from characters.draft_words import STOPGAPS as DRAFT_STOPGAPS
from characters.lore import LoreEntry
from characters.sheet import DatedText, Secret, Sheet

_STOPGAPS = frozenset((PLAIN_VOICE, PLAIN_WANT, PLAIN_GREETING, *PLAIN_DEFLECTIONS)) | DRAFT_STOPGAPS


@dataclass(frozen=True, slots=True)
class SheetWarning:
    """One thing to look at: a `spoiler` gives something away, a `gap` leaves something to be written.

    Of what is written in another language, a `rendering` is not what the glossary approves, and a `language` is not it.
    """

    kind: Literal["spoiler", "gap", "rendering", "language"]
    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Said:
    """A text of a sheet, where it stands in it, and the episode from which on fans may meet it."""

    where: str
    text: str
    from_episode: int


def lint(sheet: Sheet, terms: Sequence[Term], *, first_episode: int) -> tuple[SheetWarning, ...]:
    """Names and terms that a part uses before the show does, then gaps, in the order of the sheet.

    `first_episode` is the character's: nobody meets an undated part before it.
    """
    early = [warning for text in _texts(sheet, first_episode) for warning in spoilers(text, terms)]
    return (*early, *_gaps(sheet, first_episode))


def spoilers(text: Said, terms: Sequence[Term]) -> Iterator[SheetWarning]:
    """One for every name and term that the text says before the show does."""
    later = [term for term in terms if term.first_episode > text.from_episode]
    said = folded(text.text, case_sensitive=False)
    for term in later:
        if spoken_of(folded(term.text, case_sensitive=False), said):
            what = f"it says “{term.text}” from episode {text.from_episode}; the show does so in {term.first_episode}"
            yield SheetWarning("spoiler", text.where, what)


def _gaps(sheet: Sheet, first_episode: int) -> Iterator[SheetWarning]:
    for text in _texts(sheet, first_episode):
        if text.text in _STOPGAPS:
            yield SheetWarning("gap", text.where, "it is the stopgap of an import or a draft; write your own")
    met = sheet.at(first_episode)
    for where, parts in (("greetings", met.greetings), ("deflections", met.deflections), ("wants", met.wants)):
        if not parts:
            yield SheetWarning(
                "gap", where, f"none of them holds in episode {first_episode}, where fans meet the character"
            )
    if not sheet.examples:
        yield SheetWarning("gap", "examples", "there is no sample answer, and samples are what a voice is learnt from")


def _texts(sheet: Sheet, first_episode: int) -> Iterator[Said]:
    def undated(where: str, text: str) -> Said:
        return Said(where, text, first_episode)

    yield undated("tagline", sheet.tagline)
    yield undated("essence", sheet.essence)
    yield undated("voice.description", sheet.voice.description)
    for n, boundary in enumerate(sheet.boundaries):
        yield undated(f"boundaries.{n}", boundary)
    dated: tuple[tuple[str, Sequence[DatedText | Secret | LoreEntry]], ...] = (
        ("voice.says", sheet.voice.says),
        ("wants", sheet.wants),
        ("secrets", sheet.secrets),
        ("facts", sheet.facts),
        ("greetings", sheet.greetings),
        ("deflections", sheet.deflections),
        ("goodbyes", sheet.goodbyes),
        ("lore.entries", () if sheet.lore is None else sheet.lore.entries),
    )
    for name, parts in dated:
        for n, part in enumerate(parts):
            yield Said(f"{name}.{n}", part.text, max(first_episode, part.from_episode))
    for n, example in enumerate(sheet.examples):
        episode = max(first_episode, example.from_episode)
        yield Said(f"examples.{n}", f"{example.fan}\n{example.reply}", episode)
