"""What finds a character: the slug, the name, the cue or an alias, in any case and any Unicode form.

One rule for the command line, the protocol and the catalogue, so that nobody is met under one name and unknown
under another.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from characters.release import Cast
from characters.sheet import Sheet


def folded_name(name: str) -> str:
    """A name for comparing: NFC, casefolded, single spaces."""
    return unicodedata.normalize("NFC", " ".join(unicodedata.normalize("NFC", name).casefold().split()))


def names_of(sheet: Sheet) -> frozenset[str]:
    """Every folded name that finds this character."""
    return frozenset(folded_name(name) for name in (sheet.slug, *sheet.names))


def find_cast(casts: Iterable[Cast], name: str, horizon: int | None = None) -> Cast | None:
    """The character that answers to `name`; None when nobody does. A slug or a cue goes before an alias.

    For a fan of a `horizon` an alias counts in its episodes only; for authors, who give none, it always does.
    """
    wanted = folded_name(name)
    found = [
        cast
        for cast in casts
        if wanted in cast.names and (horizon is None or wanted in names_of(cast.sheet.at(horizon)))
    ]
    exact = [cast for cast in found if wanted in (folded_name(cast.sheet.slug), folded_name(cast.sheet.cue))]
    return next(iter(exact or found), None)


def cast_of(show: str, version: int, sheet: Sheet, *, status: str, first_episode: int) -> Cast:
    """A Cast with the names that find it."""
    return Cast(show, version, sheet, status=status, first_episode=first_episode, names=names_of(sheet))


def same_person(one: str, other: str) -> bool:
    """Whether two names of authors are one name, whatever their case: four eyes have to be four."""
    return folded_name(one) == folded_name(other)
