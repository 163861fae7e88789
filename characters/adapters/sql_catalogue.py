"""The catalogue in a relational database. Every method is one transaction of its own, all or nothing.

Versions are counted under a lock on the show's row, so two imports at once get two versions. Never changes a stored
release, and never deletes anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from sqlalchemy import ColumnElement, Insert, Row, Table, and_, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from characters.adapters.release_rows import columns_of, digest_of, newest_release, release_of
from characters.adapters.tables import audit_log, character_cards, character_versions, releases, rights, shows
from characters.adapters.workshop_tables import character_fronts
from characters.audit import AuditAction, AuditEntry
from characters.canon import Fact
from characters.casting import cast_of, find_cast, same_person
from characters.codec import encode_facts, encode_glossary
from characters.deciding import decide
from characters.errors import NoRight, NotPublished, SameApprover, UnknownCharacter, UnknownShow
from characters.glossary import Glossary
from characters.release import Cast, KeptCard, Release, ReleaseId, ShowListing
from characters.rights import EVERYBODY, RightUse
from characters.sheet import Sheet

Act = tuple[AuditAction, str, str, str]
"""Action, subject, author, approver."""


class SqlCatalogue:
    """`characters.ports.Catalogue` over the two engines of one database."""

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine) -> None:
        self._writer = writer
        self._reader = reader

    async def add_release(self, release: Release, *, now_ms: int) -> ReleaseId:
        show = release.id.show
        digest = release.content_hash or digest_of(release)
        about = {"title": release.title, "locale": release.locale}
        async with self._writer.begin() as connection:
            await connection.execute(
                _insert_if_absent(connection, shows).values(slug=show, created_at_ms=now_ms, **about)
            )
            await lock(connection, show)
            newest = await newest_release(connection, show, releases.c.version, releases.c.content_hash)
            if newest is not None and newest.content_hash == digest:
                return ReleaseId(show, newest.version)
            version = 1 if newest is None else newest.version + 1
            await connection.execute(
                insert(releases).values(
                    show=show,
                    version=version,
                    content_hash=digest,
                    **columns_of(release),
                    created_at_ms=now_ms,
                    **about,
                )
            )
            await connection.execute(update(shows).where(shows.c.slug == show).values(**about))
        return ReleaseId(show, version)

    async def decide_facts(
        self, show: str, *, approved: Sequence[Fact], rejected: Sequence[str], by: str, now_ms: int
    ) -> ReleaseId:
        async with self._writer.begin() as connection:
            await lock(connection, show)
            row = await newest_release(connection, show, releases)
            if row is None:
                raise UnknownShow(show)
            before = release_of(row)
            log = await _audit(connection, show)
            decided = decide(before.facts, log, show=show, approved=approved, rejected=rejected)
            version = row.version
            if decided.facts != before.facts:
                version += 1
                digest = digest_of(replace(before, facts=decided.facts))
                changed = {"facts": encode_facts(decided.facts), "content_hash": digest, "created_at_ms": now_ms}
                await connection.execute(insert(releases).values(row._asdict() | {"version": version} | changed))
            for action, fact_id in decided.log:
                await log_act(connection, show, (action, fact_id, by, ""), now_ms)
        return ReleaseId(show, version)

    async def set_glossary(self, show: str, glossary: Glossary, *, by: str, now_ms: int) -> ReleaseId:
        async with self._writer.begin() as connection:
            await lock(connection, show)
            row = await newest_release(connection, show, releases)
            if row is None:
                raise UnknownShow(show)
            before = release_of(row)
            if glossary == before.glossary:
                return before.id
            version = row.version + 1
            digest = digest_of(replace(before, glossary=glossary))
            changed = {"glossary": encode_glossary(glossary), "content_hash": digest, "created_at_ms": now_ms}
            await connection.execute(insert(releases).values(row._asdict() | {"version": version} | changed))
            await log_act(connection, show, ("glossary.set", str(version), by, ""), now_ms)
        return ReleaseId(show, version)

    async def publish_release(self, release: ReleaseId, *, now_ms: int) -> None:
        async with self._writer.begin() as connection:
            published = await lock(connection, release.show)
            stored = select(releases.c.version).where(
                releases.c.show == release.show, releases.c.version == release.version
            )
            if (await connection.execute(stored)).first() is None:
                raise UnknownShow(str(release))
            if published == release.version:
                return
            await connection.execute(
                update(shows).where(shows.c.slug == release.show).values(published_version=release.version)
            )
            await log_act(connection, release.show, ("release.published", str(release.version), "", ""), now_ms)

    async def shows(self) -> tuple[ShowListing, ...]:
        query = (
            select(shows.c.slug, shows.c.title, shows.c.locale, shows.c.published_version, func.max(releases.c.version))
            .outerjoin(releases, releases.c.show == shows.c.slug)
            .group_by(shows.c.slug, shows.c.title, shows.c.locale, shows.c.published_version)
            .order_by(shows.c.slug)
        )
        async with self._reader.connect() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(
            ShowListing(slug, title, locale, newest=newest, published=published)
            for slug, title, locale, published, newest in rows
        )

    async def published(self, show: str) -> ReleaseId:
        async with self._reader.connect() as connection:
            version = await _published_version(connection, show)
        if version is None:
            raise NotPublished(show)
        return ReleaseId(show, version)

    async def newest(self, show: str) -> ReleaseId:
        async with self._reader.connect() as connection:
            version = await connection.scalar(select(func.max(releases.c.version)).where(releases.c.show == show))
        if version is None:
            raise UnknownShow(show)
        return ReleaseId(show, version)

    async def release(self, release: ReleaseId) -> Release:
        query = select(releases).where(releases.c.show == release.show, releases.c.version == release.version)
        async with self._reader.connect() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            raise UnknownShow(str(release))
        return release_of(row)

    async def save_sheet(
        self, show: str, sheet: Sheet, *, first_episode: int, now_ms: int, card: KeptCard | None = None
    ) -> Cast:
        slug = sheet.slug
        async with self._writer.begin() as connection:
            await lock(connection, show)
            newest = next((cast for cast in await _casts(connection, show) if cast.sheet.slug == slug), None)
            same = newest is not None and (newest.sheet, newest.first_episode) == (sheet, first_episode)
            if newest is not None and same and card is not None:
                same = card == await _kept_card(connection, show, slug, card.kind, newest.version)
            if newest is not None and same:
                return newest
            version = 1 if newest is None else newest.version + 1
            await connection.execute(
                insert(character_versions).values(
                    show=show,
                    slug=slug,
                    version=version,
                    sheet=sheet.model_dump(mode="json"),
                    first_episode=first_episode,
                    status="draft",
                    created_at_ms=now_ms,
                )
            )
            if card is not None:
                kept = {"kind": card.kind, "format": card.format, "content": card.content, "created_at_ms": now_ms}
                await connection.execute(insert(character_cards).values(show=show, slug=slug, version=version, **kept))
        return cast_of(show, version, sheet, status="draft", first_episode=first_episode)

    async def kept_card(
        self, show: str, slug: str, kind: Literal["character", "lorebook"], *, version: int
    ) -> KeptCard | None:
        async with self._reader.connect() as connection:
            await _published_version(connection, show)
            return await _kept_card(connection, show, slug, kind, version)

    async def publish_character(
        self, show: str, name: str, *, author: str, approver: str, now_ms: int, version: int | None = None
    ) -> Cast:
        async with self._writer.begin() as connection:
            await lock(connection, show)
            cast = find_cast(await _casts(connection, show), name)
            if cast is not None and version is not None:
                cast = await version_of(connection, show, cast.sheet.slug, version)
            if cast is None:
                raise UnknownCharacter(show, name)
            if same_person(author, approver):
                raise SameApprover(author)
            slug = cast.sheet.slug
            if not await holds_right(connection, show, slug, "text", now_ms):
                raise NoRight(slug, "text")
            if not await put_in_front(connection, show, slug, cast.version):
                return cast
            await connection.execute(
                update(character_versions)
                .where(_version_is(show, slug, cast.version))
                .values(status="published", published_at_ms=now_ms)
            )
            act: Act = ("character.published", f"{slug}@{cast.version}", author, approver)
            await log_act(connection, show, act, now_ms)
        return cast_of(show, cast.version, cast.sheet, status="published", first_episode=cast.first_episode)

    async def cast(self, show: str, *, published_only: bool) -> tuple[Cast, ...]:
        async with self._reader.connect() as connection:
            await _published_version(connection, show)
            return await _casts(connection, show, published_only=published_only)

    async def cast_version(self, show: str, slug: str, version: int) -> Cast:
        async with self._reader.connect() as connection:
            await _published_version(connection, show)
            found = await version_of(connection, show, slug, version)
        if found is None:
            raise UnknownCharacter(show, slug)
        return found

    async def record_right(
        self,
        show: str,
        character: str,
        use: RightUse,
        *,
        source: str,
        now_ms: int,
        actor: str = "",
        until_ms: int | None = None,
    ) -> None:
        async with self._writer.begin() as connection:
            await lock(connection, show)
            same = and_(_right_is(show, character, use), rights.c.source == source)
            if (await connection.execute(select(rights.c.id).where(same))).first() is not None:
                return
            about = {"source": source, "actor": actor, "from_ms": now_ms, "until_ms": until_ms}
            await connection.execute(insert(rights).values(show=show, character=character, use=use, **about))
            await log_act(connection, show, ("right.recorded", f"{character}:{use}", source, ""), now_ms)

    async def revoke_right(self, show: str, character: str, use: RightUse, *, now_ms: int) -> None:
        async with self._writer.begin() as connection:
            await lock(connection, show)
            open_ones = and_(
                _right_is(show, character, use), or_(rights.c.until_ms.is_(None), rights.c.until_ms > now_ms)
            )
            if (await connection.execute(select(rights.c.id).where(open_ones))).first() is None:
                return
            await connection.execute(update(rights).where(open_ones).values(until_ms=now_ms))
            await log_act(connection, show, ("right.revoked", f"{character}:{use}", "", ""), now_ms)

    async def has_right(self, show: str, character: str, use: RightUse, *, now_ms: int) -> bool:
        async with self._reader.connect() as connection:
            return await holds_right(connection, show, character, use, now_ms)

    async def audit_log(self, show: str) -> tuple[AuditEntry, ...]:
        async with self._reader.connect() as connection:
            await _published_version(connection, show)
            return await _audit(connection, show)


async def lock(connection: AsyncConnection, show: str) -> int | None:
    """Take the show's row until the end of the transaction; its published version. Raises UnknownShow."""
    query = select(shows.c.slug, shows.c.published_version).where(shows.c.slug == show).with_for_update()
    row = (await connection.execute(query)).first()
    if row is None:
        raise UnknownShow(show)
    version: int | None = row.published_version
    return version


async def _published_version(connection: AsyncConnection, show: str) -> int | None:
    """Raises UnknownShow."""
    row = (await connection.execute(select(shows.c.published_version).where(shows.c.slug == show))).first()
    if row is None:
        raise UnknownShow(show)
    version: int | None = row.published_version
    return version


async def _casts(connection: AsyncConnection, show: str, *, published_only: bool = False) -> tuple[Cast, ...]:
    if published_only:
        found = select(character_fronts).where(character_fronts.c.show == show).subquery()
    else:
        newest = select(character_versions.c.slug, func.max(character_versions.c.version).label("version"))
        found = newest.where(character_versions.c.show == show).group_by(character_versions.c.slug).subquery()
    query = (
        select(character_versions)
        .join(found, and_(character_versions.c.slug == found.c.slug, character_versions.c.version == found.c.version))
        .where(character_versions.c.show == show)
        .order_by(character_versions.c.first_episode, character_versions.c.slug)
    )
    return tuple(_cast(row) for row in (await connection.execute(query)).all())


async def _kept_card(connection: AsyncConnection, show: str, slug: str, kind: str, version: int) -> KeptCard | None:
    columns = character_cards.c
    query = (
        select(columns.kind, columns.format, columns.content)
        .where(columns.show == show, columns.slug == slug, columns.kind == kind, columns.version <= version)
        .order_by(columns.version.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).first()
    return None if row is None else KeptCard(row.kind, row.format, row.content)


async def holds_right(connection: AsyncConnection, show: str, character: str, use: RightUse, now_ms: int) -> bool:
    """Whether a record for the character or for everybody holds."""
    holds = select(rights.c.id).where(
        or_(_right_is(show, character, use), _right_is(show, EVERYBODY, use)),
        rights.c.from_ms <= now_ms,
        or_(rights.c.until_ms.is_(None), rights.c.until_ms > now_ms),
    )
    return (await connection.execute(holds.limit(1))).first() is not None


async def _audit(connection: AsyncConnection, show: str) -> tuple[AuditEntry, ...]:
    rows = await connection.execute(select(audit_log).where(audit_log.c.show == show).order_by(audit_log.c.id))
    return tuple(AuditEntry(r.at_ms, r.show, r.action, r.subject, r.author, r.approver) for r in rows)


async def log_act(connection: AsyncConnection, show: str, act: Act, now_ms: int) -> None:
    """Append to the audit log."""
    action, subject, author, approver = act
    await connection.execute(
        insert(audit_log).values(
            at_ms=now_ms, show=show, action=action, subject=subject, author=author, approver=approver
        )
    )


def _insert_if_absent(connection: AsyncConnection, table: Table) -> Insert:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


def _version_is(show: str, slug: str, version: int) -> ColumnElement[bool]:
    columns = character_versions.c
    return and_(columns.show == show, columns.slug == slug, columns.version == version)


def _right_is(show: str, character: str, use: RightUse) -> ColumnElement[bool]:
    return and_(rights.c.show == show, rights.c.character == character, rights.c.use == use)


async def version_of(connection: AsyncConnection, show: str, slug: str, version: int) -> Cast | None:
    """One version of one character."""
    row = (await connection.execute(select(character_versions).where(_version_is(show, slug, version)))).first()
    return None if row is None else _cast(row)


async def put_in_front(connection: AsyncConnection, show: str, slug: str, version: int) -> bool:
    """Let new conversations begin with a version; False when they do already. The show's row is locked."""
    front = and_(character_fronts.c.show == show, character_fronts.c.slug == slug)
    before = await connection.scalar(select(character_fronts.c.version).where(front))
    if before is None:
        await connection.execute(insert(character_fronts).values(show=show, slug=slug, version=version))
    else:
        await connection.execute(update(character_fronts).where(front).values(version=version))
    return bool(before != version)


def _cast(row: Row[Any]) -> Cast:
    sheet = Sheet.model_validate(row.sheet)
    return cast_of(row.show, row.version, sheet, status=row.status, first_episode=row.first_episode)
