"""The workshop in a relational database. Every method is one transaction of its own, all or nothing.

Who writes waits for the show's row, so that of two who save at once one comes second and is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from sqlalchemy import ColumnElement, Row, and_, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from characters.adapters.sql_catalogue import (
    _cast,
    _insert_if_absent,
    holds_right,
    lock,
    log_act,
    put_in_front,
    version_of,
)
from characters.adapters.tables import character_versions, releases, rights, shows
from characters.adapters.workshop_tables import airings, character_fronts, sheet_drafts, sheet_reviews, show_files
from characters.casting import same_person
from characters.errors import DraftConflict, NeverPublished, NoRight, NotInReview, SameApprover, UnknownCharacter
from characters.workshop import (
    ReleaseListed,
    ReviewState,
    RightRecord,
    SheetDraft,
    SheetReview,
    ShowFile,
    VersionListed,
)

STRETCH_MS = 300_000
"""What one person saves within so long is one row."""


class SqlWorkshop:
    """`characters.ports.Workshop` over the two engines of one database."""

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine) -> None:
        self._writer, self._reader = writer, reader

    async def create_show(self, show: str, *, title: str, locale: str, now_ms: int) -> bool:
        async with self._writer.begin() as connection:
            added = _insert_if_absent(connection, shows).values(
                slug=show, title=title, locale=locale, created_at_ms=now_ms
            )
            return (await connection.execute(added)).rowcount == 1

    async def draft(self, show: str, slug: str) -> SheetDraft | None:
        async with self._reader.connect() as connection:
            row = await _newest_draft(connection, show, slug)
        return None if row is None else _draft(row)

    async def drafted(self, show: str) -> tuple[SheetDraft, ...]:
        query = select(sheet_drafts).where(sheet_drafts.c.show == show, sheet_drafts.c.revision.is_not(None))
        async with self._reader.connect() as connection:
            rows = await connection.execute(query.order_by(sheet_drafts.c.slug, sheet_drafts.c.revision))
            newest = {row.slug: _draft(row) for row in rows}
        return tuple(newest.values())

    async def save_draft(
        self, show: str, slug: str, content: Mapping[str, Any], *, expected: int, by: str, now_ms: int
    ) -> SheetDraft:
        row = {"show": show, "slug": slug, "base": expected, "content": dict(content), "by": by, "at_ms": now_ms}
        async with self._writer.begin() as connection:
            await lock(connection, show)
            newest = await _newest_draft(connection, show, slug)
            current = None if newest is None or newest.revision == expected else _draft(newest)
            if current is not None:  # kept, and then told: what raises in here would be undone
                await connection.execute(insert(sheet_drafts).values(**row, revision=None, begun_at_ms=now_ms))
            elif newest is not None and newest.by == by and now_ms - newest.begun_at_ms < STRETCH_MS:
                await connection.execute(
                    update(sheet_drafts).where(sheet_drafts.c.id == newest.id).values(**row, revision=expected + 1)
                )
            else:
                await connection.execute(insert(sheet_drafts).values(**row, revision=expected + 1, begun_at_ms=now_ms))
        if current is not None:
            raise DraftConflict(current)
        return SheetDraft(show, slug, expected + 1, dict(content), by, now_ms)

    async def aside(self, show: str, slug: str) -> tuple[SheetDraft, ...]:
        c = sheet_drafts.c
        query = select(sheet_drafts).where(c.show == show, c.slug == slug, c.revision.is_(None))
        async with self._reader.connect() as connection:
            return tuple(_draft(row) for row in await connection.execute(query.order_by(c.id.desc())))

    async def writers(self, show: str, slug: str, *, since_ms: int) -> tuple[str, ...]:
        c = sheet_drafts.c
        query = select(c.by).where(c.show == show, c.slug == slug, c.revision.is_not(None), c.at_ms >= since_ms)
        async with self._reader.connect() as connection:
            return tuple(dict.fromkeys((await connection.scalars(query.order_by(c.id))).all()))

    async def ask_review(self, show: str, slug: str, review: SheetReview) -> None:
        row = {name: getattr(review, name) for name in SheetReview.__dataclass_fields__ if name != "version"}
        row["authors"] = list(review.authors)
        async with self._writer.begin() as connection:
            await lock(connection, show)
            if await version_of(connection, show, slug, review.version) is None:
                raise UnknownCharacter(show, slug)
            which = _reviewed(show, slug, review.version)
            if (await connection.execute(update(sheet_reviews).where(which).values(**row))).rowcount == 0:
                key = {"show": show, "slug": slug, "version": review.version}
                await connection.execute(insert(sheet_reviews).values(**key, **row))

    async def review(self, show: str, slug: str, version: int) -> SheetReview | None:
        async with self._reader.connect() as connection:
            return await _review(connection, show, slug, version)

    async def decide_review(
        self, show: str, slug: str, version: int, *, approved: bool, reviewer: str, comment: str, now_ms: int
    ) -> SheetReview:
        async with self._writer.begin() as connection:
            await lock(connection, show)
            review = await _review(connection, show, slug, version)
            if review is None or review.state != "in_review":
                raise NotInReview(slug, version)
            if approved and any(same_person(reviewer, author) for author in review.authors):
                raise SameApprover(reviewer)
            state: ReviewState = "approved" if approved else "returned"
            said = {"state": state, "reviewer": reviewer, "comment": comment, "decided_at_ms": now_ms}
            await connection.execute(update(sheet_reviews).where(_reviewed(show, slug, version)).values(**said))
        return replace(review, state=state, reviewer=reviewer, comment=comment, decided_at_ms=now_ms)

    async def versions(self, show: str, slug: str) -> tuple[VersionListed, ...]:
        c = character_versions.c
        fronts = character_fronts.c
        front = select(fronts.version).where(fronts.show == show, fronts.slug == slug)
        query = select(character_versions).where(c.show == show, c.slug == slug).order_by(c.version.desc())
        async with self._reader.connect() as connection:
            live = await connection.scalar(front)
            rows = (await connection.execute(query)).all()
        return tuple(
            VersionListed(_cast(row), row.created_at_ms, row.published_at_ms, row.version == live) for row in rows
        )

    async def roll_back(self, show: str, slug: str, version: int, *, by: str, now_ms: int) -> None:
        async with self._writer.begin() as connection:
            await lock(connection, show)
            found = await version_of(connection, show, slug, version)
            if found is None or found.status != "published":
                raise NeverPublished(slug, version)
            if not await holds_right(connection, show, slug, "text", now_ms):
                raise NoRight(slug, "text")
            if await put_in_front(connection, show, slug, version):
                await log_act(connection, show, ("character.rolled_back", f"{slug}@{version}", by, ""), now_ms)

    async def releases(self, show: str) -> tuple[ReleaseListed, ...]:
        query = select(releases.c.version, releases.c.created_at_ms).where(releases.c.show == show)
        async with self._reader.connect() as connection:
            live = await connection.scalar(select(shows.c.published_version).where(shows.c.slug == show))
            rows = (await connection.execute(query.order_by(releases.c.version.desc()))).all()
        return tuple(ReleaseListed(row.version, row.created_at_ms, row.version == live) for row in rows)

    async def rights(self, show: str) -> tuple[RightRecord, ...]:
        columns = [rights.c[name] for name in RightRecord.__dataclass_fields__]
        query = select(*columns).where(rights.c.show == show).order_by(rights.c.id.desc())
        async with self._reader.connect() as connection:
            return tuple(RightRecord(**row._mapping) for row in await connection.execute(query))

    async def put_file(self, show: str, file: ShowFile) -> None:
        row = {"content": file.content, "by": file.by, "at_ms": file.at_ms}
        which = and_(show_files.c.show == show, show_files.c.name == file.name)
        async with self._writer.begin() as connection:
            await lock(connection, show)
            if (await connection.execute(update(show_files).where(which).values(**row))).rowcount == 0:
                await connection.execute(insert(show_files).values(show=show, name=file.name, **row))

    async def drop_file(self, show: str, name: str) -> None:
        async with self._writer.begin() as connection:
            await connection.execute(delete(show_files).where(show_files.c.show == show, show_files.c.name == name))

    async def files(self, show: str) -> tuple[ShowFile, ...]:
        c = show_files.c
        query = select(c.name, c.by, c.at_ms).where(c.show == show).order_by(c.name)
        async with self._reader.connect() as connection:
            return tuple(ShowFile(**row._mapping) for row in await connection.execute(query))

    async def contents(self, show: str) -> tuple[ShowFile, ...]:
        c = show_files.c
        query = select(c.name, c.by, c.at_ms, c.content).where(c.show == show).order_by(c.name)
        async with self._reader.connect() as connection:
            return tuple(ShowFile(**row._mapping) for row in await connection.execute(query))

    async def set_airing(self, show: str, episode: int, airs_at_ms: int | None) -> None:
        async with self._writer.begin() as connection:
            await lock(connection, show)
            await connection.execute(delete(airings).where(airings.c.show == show, airings.c.episode == episode))
            if airs_at_ms is not None:
                await connection.execute(insert(airings).values(show=show, episode=episode, airs_at_ms=airs_at_ms))

    async def airings(self, show: str) -> Mapping[int, int]:
        query = select(airings.c.episode, airings.c.airs_at_ms).where(airings.c.show == show)
        async with self._reader.connect() as connection:
            return {row.episode: row.airs_at_ms for row in await connection.execute(query)}


async def _newest_draft(connection: AsyncConnection, show: str, slug: str) -> Row[Any] | None:
    c = sheet_drafts.c
    query = select(sheet_drafts).where(c.show == show, c.slug == slug, c.revision.is_not(None))
    return (await connection.execute(query.order_by(c.revision.desc()).limit(1))).first()


def _draft(row: Row[Any]) -> SheetDraft:
    kept_aside = row.revision is None
    revision = row.base if kept_aside else row.revision
    return SheetDraft(row.show, row.slug, revision, row.content, row.by, row.at_ms, kept_aside)


async def _review(connection: AsyncConnection, show: str, slug: str, version: int) -> SheetReview | None:
    row = (await connection.execute(select(sheet_reviews).where(_reviewed(show, slug, version)))).first()
    if row is None:
        return None
    return SheetReview(
        version=row.version,
        state=cast(ReviewState, row.state),
        authors=tuple(row.authors),
        asked_at_ms=row.asked_at_ms,
        reviewer=row.reviewer,
        decided_at_ms=row.decided_at_ms,
        comment=row.comment,
    )


def _reviewed(show: str, slug: str, version: int) -> ColumnElement[bool]:
    c = sheet_reviews.c
    return and_(c.show == show, c.slug == slug, c.version == version)
