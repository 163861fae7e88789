"""Seats counted for every process, kept in Redis as leases; while it does not answer, each process counts for itself.

A fan's seats are one sorted set, by the time each lease ends, on Redis' own clock. Keys hold a digest, no fan's id. A
server that lost what it kept is told again at the next renewal. It never refuses a fan for want of an answer.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from gateway.seats import LEASE_MS, LocalSeats

ANSWER_S = 0.25
"""A fan does not wait longer than this for a seat."""
RENEWAL_S = 2.0
"""A batch of renewals, which nobody waits for, may take so long."""
BATCH = 500
PREFIX = "encore:seats:"

# KEYS[1] a fan's seats; ARGV: the seat, how many there may be (-1: any number), the lease in ms. Answers 1 when taken.
TAKE = """
local now = redis.call('TIME')
local now_ms = now[1] * 1000 + math.floor(now[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now_ms)
local most = tonumber(ARGV[2])
if most >= 0 and redis.call('ZCARD', KEYS[1]) >= most then return 0 end
redis.call('ZADD', KEYS[1], now_ms + tonumber(ARGV[3]), ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""

log = logging.getLogger(__name__)


class RedisSeats:
    """Seats over Redis; what is taken here is also counted here, for while it is lost."""

    def __init__(self, redis: Redis, lease_ms: int = LEASE_MS) -> None:
        self._redis, self._lease_ms = redis, lease_ms
        self._script = redis.register_script(TAKE)
        self._here = LocalSeats()
        self.degraded = False
        """Whether each process counts for itself just now."""

    async def take(self, fan: str, seat: str, most: int) -> bool:
        """See Seats."""
        if not await self._here.take(fan, seat, most):
            return False
        try:
            async with asyncio.timeout(ANSWER_S):
                taken = bool(await self._script(keys=[_key(fan)], args=[seat, most, self._lease_ms]))
        except (RedisError, OSError, TimeoutError):
            self._lost()
            return True
        except asyncio.CancelledError:
            await self._here.leave(fan, seat)
            raise
        self.degraded = False
        if not taken:
            await self._here.leave(fan, seat)
        return taken

    async def leave(self, fan: str, seat: str) -> None:
        """See Seats. Where Redis does not hear of it, the lease ends."""
        await self._here.leave(fan, seat)
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._redis.zrem(_key(fan), seat)
        except (RedisError, OSError, TimeoutError):
            self._lost()

    async def renew(self) -> None:
        """See Seats."""
        mine = self._here.all()
        for start in range(0, len(mine), BATCH):
            batch = mine[start : start + BATCH]
            try:
                async with asyncio.timeout(RENEWAL_S):
                    await self._renew(batch)
            except (RedisError, OSError, TimeoutError):
                self._lost()
                return
            self.degraded = False

    async def _renew(self, batch: list[tuple[str, str]]) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            for fan, seat in batch:
                await self._script(keys=[_key(fan)], args=[seat, -1, self._lease_ms], client=pipe)
            await pipe.execute()
            for fan, seat in batch:
                if not self._here.has(fan, seat):  # left meanwhile, and perhaps renewed after that
                    pipe.zrem(_key(fan), seat)
            await pipe.execute()

    def _lost(self) -> None:
        if not self.degraded:
            log.warning("a fan's sockets are counted by each process alone: Redis does not answer")
        self.degraded = True


def _key(fan: str) -> str:
    return PREFIX + hashlib.sha256(fan.encode()).hexdigest()[:32]


@asynccontextmanager
async def open_redis_seats(url: str, lease_ms: int = LEASE_MS) -> AsyncIterator[RedisSeats]:
    """Seats over the server at `url`, which need not be up."""
    # Without a word about the client library, whose version each connection would look up on the disk.
    redis = Redis.from_url(url, retry=Retry(NoBackoff(), 0), driver_info=None)
    try:
        yield RedisSeats(redis, lease_ms)
    finally:
        await redis.aclose()
