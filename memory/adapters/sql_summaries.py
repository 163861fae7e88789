"""Summaries, and the talks that wait for theirs, in the relational database.

Bound to the caller's transaction and never committing for it. Every statement that reads or drops a summary names its
fan; the guarded update of a talk's version lets one writer through.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, and_, delete, exists, func, insert, literal, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.adapters.sql_inserts import insert_new
from memory.adapters.sql_transcripts import exchange_of
from memory.adapters.tables import exchanges, summaries, talks, told_turns
from memory.summaries import SUMMARISED, Mark, Summary, TalkUnderWay
from memory.types import Exchange

_TALK = tuple(talks.c[field.name] for field in fields(TalkUnderWay))
_PLAIN = tuple(field.name for field in fields(Summary) if field.name != "through")
NEVER_FORGOTTEN_MS = -1


class SqlSummaries:
    """See memory.ports.Summaries."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def tell(self, conversation: str, *, fan: str, now_ms: int) -> None:
        """See Summaries."""
        new = {"told": 0, "done": 0, "version": 0, "forgotten_ms": NEVER_FORGOTTEN_MS, "at_ms": now_ms}
        await insert_new(self._connection, talks, [{"conversation": conversation, "fan": fan, **new}])
        mine = (talks.c.conversation == conversation, talks.c.fan == fan)
        waits_since = func.coalesce(
            select(talks.c.at_ms).where(*mine, talks.c.done < talks.c.told).scalar_subquery(), now_ms
        )
        await self._connection.execute(update(talks).where(*mine).values(told=talks.c.told + 1, at_ms=waits_since))

    async def waiting(self, *, limit: int) -> tuple[TalkUnderWay, ...]:
        """See Summaries."""
        late = select(*_TALK).where(talks.c.done < talks.c.told).order_by(talks.c.at_ms, talks.c.conversation)
        return tuple(TalkUnderWay(*row) for row in await self._connection.execute(late.limit(limit)))

    async def untold(self, talk: TalkUnderWay, *, before: Mark, limit: int) -> tuple[Exchange, ...]:
        """See Summaries."""
        c, s = exchanges.c, summaries.c
        place = tuple_(c.at_ms, c.turn)
        kept = exchanges.outerjoin(summaries, and_(s.conversation == c.conversation, s.horizon == c.horizon))
        query = (
            select(exchanges)
            .select_from(kept)
            .where(
                c.conversation == talk.conversation,
                c.status.in_(SUMMARISED),
                c.reply_text != "",
                c.at_ms > talk.forgotten_ms,
                place < tuple_(literal(before[0]), literal(before[1])),
                or_(s.horizon.is_(None), place > tuple_(s.through_ms, s.through_turn)),
                ~exists().where(told_turns.c.turn == c.turn, told_turns.c.state == "forgotten"),
            )
            .order_by(c.at_ms, c.turn)
            .limit(limit)
        )
        rows = await self._connection.execute(query)
        return tuple(exchange_of(row) for row in rows)

    async def of_talk(self, conversation: str, *, fan: str, horizon: int) -> tuple[Summary, ...]:
        """See Summaries."""
        c = summaries.c
        query = select(summaries).where(c.conversation == conversation, c.fan == fan, c.horizon <= horizon)
        return tuple(_summary(row) for row in await self._connection.execute(query.order_by(c.horizon)))

    async def of_fan(self, fan: str) -> tuple[Summary, ...]:
        """See Summaries."""
        c = summaries.c
        query = select(summaries).where(c.fan == fan).order_by(c.conversation, c.horizon)
        return tuple(_summary(row) for row in await self._connection.execute(query))

    async def keep(self, talk: TalkUnderWay, summary: Summary) -> bool:
        """See Summaries."""
        assert talk.conversation == summary.conversation
        same = (talks.c.conversation == talk.conversation, talks.c.fan == talk.fan)
        moved = await self._connection.execute(
            update(talks).where(*same, talks.c.version == talk.version).values(version=talk.version + 1)
        )
        if moved.rowcount == 0:
            return False
        c = summaries.c
        await self._connection.execute(
            delete(summaries).where(c.conversation == summary.conversation, c.horizon == summary.horizon)
        )
        row = {name: getattr(summary, name) for name in _PLAIN}
        through = {"through_ms": summary.through[0], "through_turn": summary.through[1]}
        await self._connection.execute(insert(summaries).values(fan=talk.fan, **row, **through))
        return True

    async def done(self, talk: TalkUnderWay) -> None:
        """See Summaries."""
        same = (talks.c.conversation == talk.conversation, talks.c.fan == talk.fan)
        await self._connection.execute(update(talks).where(*same).values(done=talk.told))

    async def forget(self, turns: Sequence[str], *, fan: str) -> None:
        """See Summaries."""
        c, s = exchanges.c, summaries.c
        query = select(c.conversation, c.horizon, c.at_ms, c.turn).where(c.turn.in_(turns), talks.c.fan == fan)
        gone = (await self._connection.execute(query.join(talks, talks.c.conversation == c.conversation))).all()
        changed = talks.c.conversation.in_({row.conversation for row in gone})
        await self._connection.execute(
            update(talks).where(changed).values(told=talks.c.told + 1, version=talks.c.version + 1)
        )
        for row in gone:
            tells = tuple_(s.through_ms, s.through_turn) >= tuple_(literal(row.at_ms), literal(row.turn))
            await self._connection.execute(
                delete(summaries).where(
                    s.conversation == row.conversation, s.fan == fan, s.horizon == row.horizon, tells
                )
            )

    async def forget_talks(self, conversations: Sequence[str], *, fan: str, now_ms: int) -> None:
        """See Summaries."""
        for conversation in conversations:
            await self.tell(conversation, fan=fan, now_ms=now_ms)  # so that a talk of before this table has its row
        mine = and_(talks.c.conversation.in_(conversations), talks.c.fan == fan)
        await self._connection.execute(
            update(talks).where(mine).values(version=talks.c.version + 1, forgotten_ms=now_ms)
        )
        s = summaries.c
        await self._connection.execute(delete(summaries).where(s.conversation.in_(conversations), s.fan == fan))

    async def erase(self, fan: str) -> None:
        """See Summaries."""
        await self._connection.execute(delete(talks).where(talks.c.fan == fan))  # first, as `keep` does
        await self._connection.execute(delete(summaries).where(summaries.c.fan == fan))


def _summary(row: Row[Any]) -> Summary:
    return Summary(**{name: getattr(row, name) for name in _PLAIN}, through=(row.through_ms, row.through_turn))
