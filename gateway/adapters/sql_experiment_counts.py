"""Counts the people of an experiment in SQL, on the reader that may take long.

A fan belongs to the arm of the version that their first conversation with the character keeps, and only when that
conversation began under the plan: who knew the character before is no part of it. What they do counts on the day of
that conversation and the seven after, whole days in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, and_, case, column, func, or_, select, table
from sqlalchemy.ext.asyncio import AsyncEngine

from characters.experiment import DAY_MS, GUARDRAILS, RETURN_DAYS, Arm, Counted, Plan
from characters.proportions import Share
from gateway.adapters.tables import conversations, turn_reports, turns

WINDOW_MS = (1 + RETURN_DAYS) * DAY_MS
_JOURNAL = table("journal_entries", column("turn"), column("kind"), column("at_ms"))
"""Of the books only what says that a turn was paid back: they are another package's, and read by nothing else here."""


class SqlExperimentCounts:
    """See gateway.experiment_ports.ExperimentCounts."""

    def __init__(self, reader: AsyncEngine) -> None:
        self._reader = reader

    async def counted(self, plan: Plan, *, until_ms: int) -> Mapping[Arm, Counted]:
        """See ExperimentCounts."""
        people = _people(plan, until_ms)
        did = _did(plan, people, until_ms)
        over = people.c.day_ms + WINDOW_MS <= until_ms
        query = (
            select(
                people.c.version,
                func.count().label("people"),
                _how_many(over).label("over"),
                _how_many(and_(over, did.c.returned == 1)).label("returned"),
                *(_how_many(did.c[name] == 1).label(name) for name in GUARDRAILS),
            )
            .select_from(people.outerjoin(did, did.c.fan == people.c.fan))
            .group_by(people.c.version)
        )
        async with self._reader.connect() as connection:
            rows = {row.version: row._mapping for row in await connection.execute(query)}
        return {"control": _counted(rows.get(plan.control)), "challenger": _counted(rows.get(plan.challenger))}


def _people(plan: Plan, until_ms: int) -> CTE:
    """The fans who count, each with their version and the first moment of their first day."""
    c = conversations.c
    first = (
        select(
            c.fan,
            c.created_at_ms,
            case((c.character == plan.character, c.sheet_version), else_=c.partner_version).label("version"),
            func.row_number().over(partition_by=c.fan, order_by=(c.created_at_ms, c.id)).label("place"),
        )
        .where(_with(plan))
        .subquery()
    )
    under = (first.c.created_at_ms >= plan.begins_at_ms, first.c.created_at_ms < until_ms)
    return (
        select(first.c.fan, first.c.version, (first.c.created_at_ms - first.c.created_at_ms % DAY_MS).label("day_ms"))
        .where(first.c.place == 1, *under, first.c.version.in_((plan.control, plan.challenger)))
        .cte("people")
    )


def _did(plan: Plan, people: CTE, until_ms: int) -> CTE:
    """What each of them did, 1 or 0; nobody stands here who has said nothing."""
    c, t, r = conversations.c, turns.c, turn_reports.c
    paid_back = (_JOURNAL.c.turn == t.id, _JOURNAL.c.kind == "turn_refund", _JOURNAL.c.at_ms < until_ms)
    signs: dict[str, ColumnElement[bool]] = {
        "returned": t.created_at_ms >= people.c.day_ms + DAY_MS,
        "refused": and_(t.state == "refused", t.ended_at_ms < until_ms),
        "reported": and_(r.turn.is_not(None), r.at_ms < until_ms),
        "refunded": select(_JOURNAL.c.turn).where(*paid_back).exists(),
        "regenerated": t.replaces.is_not(None),
    }
    return (
        select(people.c.fan, *(func.max(case((sign, 1), else_=0)).label(name) for name, sign in signs.items()))
        .join(conversations, c.fan == people.c.fan)
        .join(turns, t.conversation == c.id)
        .outerjoin(turn_reports, r.turn == t.id)
        .where(_with(plan), t.created_at_ms < until_ms, t.created_at_ms < people.c.day_ms + WINDOW_MS)
        .group_by(people.c.fan)
        .cte("did")
    )


def _with(plan: Plan) -> ColumnElement[bool]:
    c = conversations.c
    return and_(c.show == plan.show, or_(c.character == plan.character, c.partner == plan.character))


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0)).cast(Integer)


def _counted(row: Any) -> Counted:
    if row is None:
        return Counted(0, Share(0, 0), dict.fromkeys(GUARDRAILS, 0))
    return Counted(row["people"], Share(row["returned"], row["over"]), {name: row[name] for name in GUARDRAILS})
