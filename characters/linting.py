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
class SheetText:
    """One text of a sheet: its place, and the episode from which fans may meet it."""

    where: str
    text: str
    from_episode: int


def lint(sheet: Sheet, terms: Sequence[Term], *, first_episode: int) -> tuple[SheetWarning, ...]:
    """Names and terms that a part uses before the show does, then gaps, in the order of the sheet.

    `first_episode` is the character's: nobody meets an undated part before it.
    """
    spoilers = [warning for text in sheet_texts(sheet, first_episode) for warning, _ in spoilers_in(text, terms)]
    return (*spoilers, *_gaps(sheet, first_episode))


def spoilers_in(text: SheetText, terms: Sequence[Term]) -> Iterator[tuple[SheetWarning, Term]]:
    """What a text says before the show does, and the term by which it does."""
    later = [term for term in terms if term.first_episode > text.from_episode]
    said = folded(text.text, case_sensitive=False)
    for term in later:
        if spoken_of(folded(term.text, case_sensitive=False), said):
            what = f"it says “{term.text}” from episode {text.from_episode}; the show does so in {term.first_episode}"
            yield SheetWarning("spoiler", text.where, what), term


def _gaps(sheet: Sheet, first_episode: int) -> Iterator[SheetWarning]:
    for text in sheet_texts(sheet, first_episode):
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


def sheet_texts(sheet: Sheet, first_episode: int) -> Iterator[SheetText]:
    """Every text of a sheet that a fan, or a prompt, may come to read."""

    def undated(where: str, text: str) -> SheetText:
        return SheetText(where, text, first_episode)

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
            yield SheetText(f"{name}.{n}", part.text, max(first_episode, part.from_episode))
    for n, example in enumerate(sheet.examples):
        episode = max(first_episode, example.from_episode)
        yield SheetText(f"examples.{n}", f"{example.fan}\n{example.reply}", episode)
