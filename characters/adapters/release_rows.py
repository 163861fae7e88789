"""How a release lies in a row: its columns, written and read, and what it holds in short.

A stored release is never changed, so what is written here is read the same for ever.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from characters.adapters.tables import releases
from characters.codec import (
    content_hash,
    decode_facts,
    decode_glossary,
    decode_script,
    decode_terms,
    encode_facts,
    encode_glossary,
    encode_script,
    encode_terms,
)
from characters.release import Release, ReleaseId


async def newest_release(connection: AsyncConnection, show: str, *columns: Any) -> Row[Any] | None:
    """The newest release, these columns of it."""
    query = select(*columns).where(releases.c.show == show).order_by(releases.c.version.desc()).limit(1)
    return (await connection.execute(query)).first()


def columns_of(release: Release) -> dict[str, Any]:
    """The columns of what it holds."""
    return {
        "script": encode_script(release.script),
        "facts": encode_facts(release.facts),
        "terms": encode_terms(release.terms),
        "glossary": encode_glossary(release.glossary),
    }


def release_of(row: Row[Any]) -> Release:
    """A whole row of `releases`."""
    return Release(
        id=ReleaseId(row.show, row.version),
        title=row.title,
        locale=row.locale,
        script=decode_script(row.script),
        facts=decode_facts(row.facts),
        terms=decode_terms(row.terms),
        glossary=decode_glossary(row.glossary),
        content_hash=row.content_hash,
    )


def digest_of(release: Release) -> str:
    """What a release holds, in short: the same for the same canon."""
    return content_hash(
        title=release.title,
        locale=release.locale,
        script=release.script,
        facts=release.facts,
        terms=release.terms,
        glossary=release.glossary,
    )
