"""What a sheet would tell too early: a name, an alias or a tagline with a term that the show allows only later.

Those are shown wherever the character is, by no recall and no review, so a sheet that has one is refused. It reads a
show's terms and knows nothing of its scripts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from characters.canon import Term
from characters.cards.matching import folded, spoken_of
from characters.errors import InvalidSheet
from characters.sheet import Alias, Sheet


@dataclass(frozen=True, slots=True)
class EarlyName:
    """A term in a part of a sheet that is shown from `shown_from` on, and may be told from `term.first_episode` on."""

    where: str
    shown_from: int
    term: Term


def early_names(sheet: Sheet, first_episode: int, terms: Iterable[Term]) -> tuple[EarlyName, ...]:
    """Every such place of a sheet, in its order. `first_episode`: where the character is first met."""
    listed = tuple(terms)
    return tuple(
        EarlyName(where, shown_from, term)
        for where, text, shown_from in _shown(sheet, first_episode)
        for term in listed
        if term.first_episode > shown_from and says(text, term)
    )


def refuse_early_names(sheet: Sheet, first_episode: int, terms: Iterable[Term]) -> None:
    """Raises InvalidSheet for the first place of `early_names`."""
    for early in early_names(sheet, first_episode, terms):
        told, shown = early.term.first_episode, early.shown_from
        reason = f"“{early.term.text}” may be told from episode {told} on, and this is shown from episode {shown} on"
        raise InvalidSheet(f"{sheet.slug} (a sheet)", early.where, reason)


def says(text: str, term: Term) -> bool:
    """Whether a text has a term in it, as words of its own and in any case."""
    return spoken_of(folded(term.text, case_sensitive=False), folded(text, case_sensitive=False))


def _shown(sheet: Sheet, first_episode: int) -> Iterator[tuple[str, str, int]]:
    """Where, what, and from which episode on."""
    yield "name", sheet.name, first_episode
    for number, alias in enumerate(sheet.aliases):
        if isinstance(alias, Alias):
            yield f"aliases.{number}", alias.text, max(first_episode, alias.from_episode)
        else:
            yield f"aliases.{number}", alias, first_episode
    yield "tagline", sheet.tagline, first_episode
    for language, said in sheet.locales.items():
        for part, text in (("name", said.name), ("tagline", said.tagline)):
            if text is not None:
                yield f"locales.{language}.{part}", text, first_episode
