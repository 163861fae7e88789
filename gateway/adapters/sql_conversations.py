"""Conversations and tickets in SQL, inside the caller's transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, Select, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from characters.release import ReleaseId
from gateway.adapters import tables
from gateway.adapters.queueing import queue_up
from gateway.errors import UnknownConversation
from gateway.records import Conversation

_CONVERSATION = tuple(tables.conversations.c[name] for name in Conversation.__dataclass_fields__)


class SqlConversations:
    """See gateway.ports.Conversations."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, fan: str, show: str, character: str, mode: str, *, partner: str = "") -> Conversation | None:
        """See Conversations. Who finds none may begin it: nobody else of this fan looks until this unit ends."""
        await queue_up(self._connection, fan)
        c = tables.conversations.c
        wanted = (c.fan == fan, c.show == show, c.character == character, c.mode == mode)
        return await self._one(select(*_CONVERSATION).where(*wanted, c.partner == partner))

    async def add(self, conversation: Conversation) -> None:
        """See Conversations."""
        row = {name: getattr(conversation, name) for name in Conversation.__dataclass_fields__}
        await self._connection.execute(insert(tables.conversations).values(**row))

    async def get(self, conversation: str, *, fan: str) -> Conversation:
        """See Conversations."""
        c = tables.conversations.c
        found = await self._one(select(*_CONVERSATION).where(c.id == conversation, c.fan == fan))
        if found is None:
            raise UnknownConversation
        return found

    async def of_fan(self, fan: str) -> tuple[Conversation, ...]:
        """See Conversations."""
        c = tables.conversations.c
        rows = await self._connection.execute(
            select(*_CONVERSATION).where(c.fan == fan).order_by(c.created_at_ms.desc(), c.id)
        )
        return tuple(_conversation(row) for row in rows)

    async def releases(self) -> frozenset[ReleaseId]:
        """See Conversations."""
        c = tables.conversations.c
        rows = await self._connection.execute(select(c.show, c.release_version).distinct())
        return frozenset(ReleaseId(show, version) for show, version in rows)

    async def set_locale(self, conversation: str, locale: str) -> None:
        """See Conversations."""
        table = tables.conversations
        await self._connection.execute(update(table).where(table.c.id == conversation).values(locale=locale))

    async def set_horizon_cap(self, conversation: str, cap: int | None) -> None:
        """See Conversations."""
        table = tables.conversations
        await self._connection.execute(update(table).where(table.c.id == conversation).values(horizon_cap=cap))

    async def set_disclosed(self, conversation: str, *, at_ms: int) -> None:
        """See Conversations."""
        table = tables.conversations
        await self._connection.execute(update(table).where(table.c.id == conversation).values(disclosed_at_ms=at_ms))

    async def set_disclosed_aloud(self, conversation: str, *, at_ms: int) -> None:
        """See Conversations."""
        table = tables.conversations
        await self._connection.execute(
            update(table).where(table.c.id == conversation).values(disclosed_aloud_at_ms=at_ms)
        )

    async def erase(self, fan: str) -> None:
        """See Conversations."""
        mine = select(tables.conversations.c.id).where(tables.conversations.c.fan == fan)
        for table in (tables.log_events, tables.turns):
            await self._connection.execute(delete(table).where(table.c.conversation.in_(mine)))
        await self._connection.execute(delete(tables.conversations).where(tables.conversations.c.fan == fan))

    async def _one(self, query: Select[Any]) -> Conversation | None:
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else _conversation(row)


def _conversation(row: Row[Any]) -> Conversation:
    return Conversation(**row._mapping)


class SqlTickets:
    """See gateway.ports.Tickets."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def issue(self, ticket_hash: str, claims: dict[str, Any], origin: str | None, *, expires_at_ms: int) -> None:
        """See Tickets."""
        row = {"hash": ticket_hash, "claims": claims, "origin": origin, "expires_at_ms": expires_at_ms}
        await self._connection.execute(insert(tables.tickets).values(**row))

    async def redeem(self, ticket_hash: str, *, now_ms: int) -> tuple[dict[str, Any], str | None] | None:
        """See Tickets. Deleting is the one gate: whoever comes second finds nothing."""
        c = tables.tickets.c
        row = (
            await self._connection.execute(
                delete(tables.tickets).where(c.hash == ticket_hash).returning(c.claims, c.origin, c.expires_at_ms)
            )
        ).one_or_none()
        # What another unit is deleting as well is left to it: two that waited for each other would both fail.
        expired = select(c.hash).where(c.expires_at_ms <= now_ms).with_for_update(skip_locked=True)
        await self._connection.execute(delete(tables.tickets).where(c.hash.in_(expired)))
        if row is None or row.expires_at_ms <= now_ms:
            return None
        return row.claims, row.origin

    async def erase(self, fan: str) -> None:
        """See Tickets."""
        app, _, fan_id = fan.partition("/")
        claims = tables.tickets.c.claims
        theirs = (claims["app"].as_string() == app, claims["fan_id"].as_string() == fan_id)
        await self._connection.execute(delete(tables.tickets).where(*theirs))
