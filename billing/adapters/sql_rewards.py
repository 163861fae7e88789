"""Nonces and rewards for watched ads as rows, inside one transaction of the caller: nothing here commits.

The fan's wallet is locked before anything is counted: of two ads finished at once only one is the last of a day.
"""

from __future__ import annotations

from sqlalchemy import delete, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.adapters import sql_wallets
from billing.adapters.promotion_tables import ad_nonces, ad_rewards
from billing.rewards import Known, Reward
from billing.units import day_start_ms


class SqlRewards:
    """`billing.gift_ports.Rewards` over one connection in a transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def issue(self, nonce: str, fan: str, *, expires_at_ms: int) -> None:
        values = {"id": nonce, "fan": fan, "expires_at_ms": expires_at_ms}
        await self._connection.execute(insert(ad_nonces), values)

    async def known(self, nonce: str, transaction: str, *, now_ms: int) -> Known | None:
        given = select(ad_nonces.c.fan).where(ad_nonces.c.id == nonce)
        fan = (await self._connection.execute(given)).scalar_one_or_none()
        if fan is None:
            return None
        await sql_wallets.open_empty(self._connection, fan, now_ms)
        await sql_wallets.lock(self._connection, fan, now_ms)
        today = (ad_rewards.c.fan == fan, ad_rewards.c.at_ms >= day_start_ms(now_ms))
        counted = select(func.count()).select_from(ad_rewards).where(*today)
        rewarded_today = int((await self._connection.execute(counted)).scalar_one())
        either = or_(ad_rewards.c.transaction_id == transaction, ad_rewards.c.nonce == nonce)
        rows = (await self._connection.execute(select(ad_rewards).where(either))).all()
        return Known(
            fan=fan,
            rewarded_today=rewarded_today,
            transaction_booked=any(row.transaction_id == transaction for row in rows),
            nonce_used=any(row.nonce == nonce for row in rows),
        )

    async def book(self, transaction: str, nonce: str, ad_unit: str, reward: Reward, *, now_ms: int) -> None:
        values = {
            "transaction_id": transaction,
            "nonce": nonce,
            "fan": reward.fan,
            "ad_unit": ad_unit,
            "credits": reward.credits,
            "at_ms": now_ms,
        }
        await self._connection.execute(insert(ad_rewards), values)

    async def forget(self, *, expired_before_ms: int) -> int:
        statement = delete(ad_nonces).where(ad_nonces.c.expires_at_ms < expired_before_ms)
        return (await self._connection.execute(statement)).rowcount
