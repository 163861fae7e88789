"""Bringing a show in: read everything first, store it as one new release, then save the sheets as drafts.

Nothing is stored when anything cannot be read, and an import never changes what fans are talking to: publishing is a
separate act, except for the sample show, which comes reviewed.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from characters.canon import Fact, Term
from characters.casting import find_cast
from characters.codec import content_hash
from characters.deciding import kept_facts
from characters.early_names import refuse_early_names
from characters.errors import InvalidSheet, InvalidSlug, UnknownShow
from characters.glossary import Glossary
from characters.glossary_import import dated, first_met, refuse_bad_entries
from characters.ports import Catalogue
from characters.presence import with_presence
from characters.reading import ScriptFormat, read_show
from characters.release import Release, ReleaseId
from characters.rights import EVERYBODY
from characters.script import ReadReport, Script, Unplaced
from characters.sheet import Sheet
from characters.show_folder import (
    CANON_FILE,
    GLOSSARY_FILE,
    SHEETS_FOLDER,
    TERMS_FILE,
    WORDINGS_FILE,
    load_canon,
    load_glossary,
    load_sheets,
    load_terms,
)
from characters.terms import derive_terms, merge_terms

__all__ = ["SAMPLE_SLUG", "SHOWS_FOLDER", "Imported", "find_cast", "import_sample", "import_show"]

SHOWS_FOLDER = Path(__file__).parent / "shows"
SAMPLE_SLUG = "lantern-contract"
SAMPLE_AUTHOR = "sample-author"
SAMPLE_APPROVER = "sample-approver"
IMPORT_SOURCE = "import"
"""The source of the text right that an import records."""

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_UNKNOWN_NAME = "nobody speaks under this name"
_NO_EPISODE = "there is no such episode in the scripts"
_NO_SCENE = "there is no such scene in that episode"


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. `is_new` is False when the same content was there already; `sheets` were saved as drafts."""

    release_id: ReleaseId
    report: ReadReport
    is_new: bool
    sheets: tuple[str, ...] = ()
    """Slugs of the sheets found in the folder."""


@dataclass(frozen=True, slots=True)
class _Contents:
    script: Script
    title: str
    facts: tuple[Fact, ...]
    terms: tuple[Term, ...]
    sheets: tuple[tuple[Sheet, int], ...]
    """Each with the first episode its character is in."""
    glossary: Glossary | None = None
    """None: there is no file of one, and the show keeps what it has."""


@dataclass(frozen=True, slots=True)
class Readable:
    """What an import would store: a release under no version yet, and sheets with the episodes they are met in."""

    release: Release
    sheets: tuple[tuple[Sheet, int], ...]
    newest: int | None
    """The show's newest version before."""


async def read_release(
    catalogue: Catalogue,
    path: Path,
    slug: str,
    *,
    title: str | None = None,
    locale: str = "en",
    script_format: ScriptFormat = "auto",
) -> Readable:
    """Read everything as `import_show` would, and store nothing. Raises what it raises."""
    if not _SLUG.fullmatch(slug):
        raise InvalidSlug(slug)
    contents = await asyncio.to_thread(_read, path, script_format)
    fresh, met_from = contents.glossary is not None, first_met(contents.sheets)
    known = next((listing for listing in await catalogue.shows() if listing.slug == slug), None)
    newest = known.newest if known else None
    if newest is not None:
        before = await catalogue.release(ReleaseId(slug, newest))
        facts = kept_facts(before.facts, await catalogue.audit_log(slug), contents.facts)
        glossary = before.glossary if contents.glossary is None else contents.glossary
        contents = replace(contents, facts=facts, glossary=glossary)
        casts = await catalogue.cast(slug, published_only=False)
        met_from = first_met((cast.sheet, cast.first_episode) for cast in casts) | met_from
    title = title or (known.title if known else contents.title) or slug.replace("-", " ").title()
    release = await asyncio.to_thread(_release, ReleaseId(slug, 0), title, locale, contents, met_from, fresh=fresh)
    for sheet, first_episode in contents.sheets:
        refuse_early_names(sheet, first_episode, release.glossary.names(release.terms))
    return Readable(release, contents.sheets, newest)


async def import_show(
    catalogue: Catalogue,
    path: Path,
    slug: str,
    *,
    title: str | None = None,
    locale: str = "en",
    now_ms: int,
    script_format: ScriptFormat = "auto",
    vouched: bool = True,
) -> Imported:
    """Import a script, a folder of scripts, or a show folder (`episodes/`, `canon.yaml`, `terms.yaml`, `glossary.yaml`,
    `characters/`).

    Facts that were approved stay in the canon, after those of `canon.yaml`; a glossary stays where the folder has none.
    Without a `title` the show keeps the one
    it has, else takes the scripts' own, else its slug. Records the right to use the characters' text, once: a right
    that was revoked stays revoked; unless `vouched` is False, when somebody else has to record it.
    Raises InvalidSlug, UnreadableScript (EmptyScript, NoCue), InvalidCanon, InvalidSheet.
    """
    read = await read_release(catalogue, path, slug, title=title, locale=locale, script_format=script_format)
    release_id = await catalogue.add_release(read.release, now_ms=now_ms)
    if vouched:
        await catalogue.record_right(slug, EVERYBODY, "text", source=IMPORT_SOURCE, now_ms=now_ms)
    for sheet, first_episode in read.sheets:
        await catalogue.save_sheet(slug, sheet, first_episode=first_episode, now_ms=now_ms)
    return Imported(
        release_id=release_id,
        report=read.release.script.report,
        is_new=release_id.version != read.newest,
        sheets=tuple(sheet.slug for sheet, _ in read.sheets),
    )


async def import_sample(
    catalogue: Catalogue,
    slug: str = SAMPLE_SLUG,
    *,
    now_ms: int,
    shows_folder: Path = SHOWS_FOLDER,
    prepare: Callable[[Imported], Awaitable[None]] | None = None,
) -> Imported:
    """Import and publish a shipped show with all its characters; doing it again changes nothing.

    `prepare` is awaited between the two: whatever a fan would otherwise wait for is made there, and should that be
    broken off, what was published before stays in force. Raises UnknownShow.
    """
    if not _SLUG.fullmatch(slug) or not await asyncio.to_thread((shows_folder / slug).is_dir):
        raise UnknownShow(slug)
    imported = await import_show(catalogue, shows_folder / slug, slug, now_ms=now_ms)
    if prepare is not None:
        await prepare(imported)
    await catalogue.publish_release(imported.release_id, now_ms=now_ms)
    for sheet in imported.sheets:
        await catalogue.publish_character(slug, sheet, author=SAMPLE_AUTHOR, approver=SAMPLE_APPROVER, now_ms=now_ms)
    return imported


def _read(path: Path, script_format: ScriptFormat) -> _Contents:
    reading = read_show(path, script_format=script_format)
    facts = load_canon(path)
    terms = load_terms(path / TERMS_FILE) if (path / TERMS_FILE).is_file() else ()
    sheets = load_sheets(path / SHEETS_FOLDER) if (path / SHEETS_FOLDER).is_dir() else ()
    report = reading.script.report
    aliases = {name: sheet.cue for sheet in sheets for name in sheet.names}
    glossary = load_glossary(path / GLOSSARY_FILE) if (path / GLOSSARY_FILE).is_file() else None
    beside = (CANON_FILE, WORDINGS_FILE, TERMS_FILE, GLOSSARY_FILE, SHEETS_FOLDER)
    placed = tuple(entry for entry in report.unplaced if entry.source not in beside)
    script = replace(
        reading.script,
        episodes=with_presence(reading.script.episodes, aliases),
        report=replace(report, unplaced=(*placed, *_doubtful_facts(reading.script, facts))),
    )
    met = tuple((sheet, _first(script, sheet)) for sheet in sheets)
    for sheet, first_episode in met:
        refuse_early_names(sheet, first_episode, terms)
    return _Contents(script, reading.title, facts, terms, met, glossary)


def _first(script: Script, sheet: Sheet) -> int:
    cue = script.report.merged.get(sheet.cue, sheet.cue)
    first_episode = script.first_episode_of(cue)
    if first_episode is None:
        raise InvalidSheet(f"{sheet.slug} (a sheet)", "cue", "nobody speaks under this name in the scripts")
    return first_episode


def _doubtful_facts(script: Script, facts: Sequence[Fact]) -> list[Unplaced]:
    """What facts say about people, episodes and scenes that the scripts do not have: most likely misspelt."""
    scenes = {(scene.episode, scene.number) for scene in script.scenes()}
    episodes = {episode.number for episode in script.episodes}
    doubtful: list[Unplaced] = []
    for fact in facts:
        if fact.from_episode not in episodes:
            doubtful.append(Unplaced(CANON_FILE, 0, f"{fact.id}.episode_aired", _NO_EPISODE))
        elif fact.scene is not None and (fact.from_episode, fact.scene) not in scenes:
            doubtful.append(Unplaced(CANON_FILE, 0, f"{fact.id}.scene", _NO_SCENE))
        doubtful += (
            Unplaced(CANON_FILE, 0, f"{fact.id}.known_by.{name}", _UNKNOWN_NAME)
            for name in fact.known_by
            if name not in script.report.cues
        )
    return doubtful


def _release(
    release_id: ReleaseId, title: str, locale: str, contents: _Contents, met_from: Mapping[str, int], *, fresh: bool
) -> Release:
    """`fresh`: the glossary is from this folder, and its author is told what is wrong with it."""
    terms = merge_terms(contents.terms, derive_terms(contents.script, title=title))
    written = contents.glossary or Glossary()
    if fresh:
        refuse_bad_entries(written, terms, met_from, GLOSSARY_FILE)
    glossary = dated(written, contents.script, terms, met_from)
    return Release(
        id=release_id,
        title=title,
        locale=locale,
        script=contents.script,
        facts=contents.facts,
        terms=terms,
        glossary=glossary,
        content_hash=content_hash(
            title=title, locale=locale, script=contents.script, facts=contents.facts, terms=terms, glossary=glossary
        ),
    )
