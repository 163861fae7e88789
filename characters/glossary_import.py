"""Bringing a glossary in: every term gets its episode from the show, and what would tell a name early is refused.

A glossary is a part of a release, so another one makes another release; nothing that fans talk with changes by it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from characters.canon import Term
from characters.errors import InvalidCanon
from characters.glossary import FAN, Glossary, name_key, settled, told_early
from characters.ports import Catalogue
from characters.release import ReleaseId
from characters.script import Script
from characters.sheet import Sheet
from characters.show_folder import load_glossary
from characters.terms import first_episodes


async def import_glossary(catalogue: Catalogue, path: Path, show: str, *, by: str, now_ms: int) -> ReleaseId:
    """Give a show the glossary of a file, as a new release of the same canon. Raises UnknownShow, InvalidCanon."""
    written = await asyncio.to_thread(load_glossary, path)
    release = await catalogue.release(await catalogue.newest(show))
    casts = await catalogue.cast(show, published_only=False)
    met_from = first_met((cast.sheet, cast.first_episode) for cast in casts)
    refuse_bad_entries(written, release.terms, met_from, path.name)
    glossary = await asyncio.to_thread(dated, written, release.script, release.terms, met_from)
    return await catalogue.set_glossary(show, glossary, by=by, now_ms=now_ms)


def first_met(sheets: Iterable[tuple[Sheet, int]]) -> dict[str, int]:
    """The first episode of everybody, by each of their names; `settled` looks there."""
    return {name_key(name): first for sheet, first in sheets for name in (sheet.slug, *sheet.names)}


def dated(glossary: Glossary, script: Script, terms: Sequence[Term], met_from: Mapping[str, int]) -> Glossary:
    """See `settled`; `met_from` as there."""
    undated = [entry.term for entry in glossary.terms if entry.from_episode is None]
    return settled(glossary, terms, first_episodes(script, undated), met_from)


def refuse_bad_entries(glossary: Glossary, terms: Sequence[Term], met_from: Mapping[str, int], source: str) -> None:
    """Raises InvalidCanon for a term dated before the show says it, and for an address of nobody in the show."""
    for place, entry, term in told_early(glossary, terms):
        reason = f"“{term.text}” may be told from episode {term.first_episode} on, and not from {entry.from_episode} on"
        raise InvalidCanon(source, f"terms.{place}.from_episode", reason)
    for place, address in enumerate(glossary.address):
        for field, name in (("who", address.who), ("to", address.to)):
            if name_key(name) not in met_from and not (field == "to" and name == FAN):
                raise InvalidCanon(source, f"address.{place}.{field}", "the show has no character of this name")
