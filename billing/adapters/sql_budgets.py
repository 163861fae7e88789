"""The caps of a fan as the changes that made them, and what turns cost us; rows are added and never changed.

The fan's wallet is locked before a change is made or a cap is checked, so that two at once see each other.
"""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing import budgets
from billing.adapters import sql_holds
from billing.adapters.sql_inserts import insert_new
from billing.adapters.tables import budget_changes, turn_costs
from billing.errors import IdempotencyConflict
from billing.types import Budget, BudgetChange, TurnCost
from billing.units import day_start_ms


async def changes(connection: AsyncConnection, fan: str) -> tuple[BudgetChange, ...]:
    """The fan's changes, oldest first."""
    statement = select(budget_changes).where(budget_changes.c.fan == fan).order_by(budget_changes.c.position)
    rows = (await connection.execute(statement)).all()
    return tuple(
        BudgetChange(row.fan, row.show, row.set_by, row.credits, row.set_at_ms, row.effective_at_ms) for row in rows
    )


async def add(connection: AsyncConnection, change: BudgetChange) -> None:
    """Keep one more change."""
    await connection.execute(insert(budget_changes), asdict(change))


async def standing(connection: AsyncConnection, fan: str, now_ms: int) -> tuple[Budget, ...]:
    """The fan's caps as they stand."""
    known = await changes(connection, fan)
    if not known:
        return ()
    spent = await sql_holds.spent_since(connection, fan, day_start_ms(now_ms))
    return budgets.budgets(known, spent, now_ms)


async def note_cost(connection: AsyncConnection, turn: str, cost: TurnCost, now_ms: int) -> None:
    """Keep a cost, once. Raises IdempotencyConflict when another was kept."""
    new = insert_new(connection, turn_costs, turn_costs.c.turn, turn_costs.c.kind)
    await connection.execute(new, {"turn": turn, **asdict(cost), "at_ms": now_ms})
    if cost not in await costs_of(connection, turn):
        raise IdempotencyConflict(turn)


async def costs_of(connection: AsyncConnection, turn: str) -> tuple[TurnCost, ...]:
    """What was noted of a turn, text before voice."""
    statement = select(turn_costs).where(turn_costs.c.turn == turn).order_by(turn_costs.c.kind)
    rows = (await connection.execute(statement)).all()
    return tuple(
        TurnCost(row.kind, row.provider, row.model, row.units_in, row.units_out, row.currency, row.micros)
        for row in rows
    )
