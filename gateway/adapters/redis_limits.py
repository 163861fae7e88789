"""RateLimits shared by every process, kept in Redis; while it does not answer, each process counts for itself.

The bucket of gateway/rates.py as one script, so that two processes never spend the same token. Redis' own clock counts:
the processes' may differ. Keys hold a rule and a digest, never a fan's id.
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

from gateway.limits import RateLimits
from gateway.rates import Rule

ANSWER_S = 0.25
"""A message does not wait longer than this to be counted."""
PREFIX = "encore:limit:"

# KEYS[1] the bucket; ARGV: what it holds, what it gains in a millisecond, what is taken. Answers the wait in ms.
TAKE = """
local now = redis.call('TIME')
local now_ms = now[1] * 1000 + math.floor(now[2] / 1000)
local holds, gains, amount = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = redis.call('HMGET', KEYS[1], 'left', 'at')
local left, at = tonumber(kept[1] or holds), tonumber(kept[2] or now_ms)
left = math.min(holds, left + math.max(0, now_ms - at) * gains)
local wanted, wait = math.min(amount, holds), 0
if left >= wanted then left = left - amount else wait = math.floor((wanted - left) / gains) + 1 end
redis.call('HSET', KEYS[1], 'left', tostring(left), 'at', tostring(math.max(at, now_ms)))
redis.call('PEXPIRE', KEYS[1], math.ceil((holds - left) / gains) + 1000)
return wait
"""

log = logging.getLogger(__name__)


class RedisLimits:
    """RateLimits over Redis, with `alone` in its place while it is lost."""

    def __init__(self, redis: Redis, alone: RateLimits) -> None:
        self._script = redis.register_script(TAKE)
        self._alone = alone
        self.degraded = False
        """Whether each process counts for itself just now."""

    async def take(self, rule: Rule, key: str, amount: float = 1.0) -> int:
        """See RateLimits."""
        name = PREFIX + rule.name + ":" + hashlib.sha256(key.encode()).hexdigest()[:32]
        try:
            async with asyncio.timeout(ANSWER_S):
                wait_ms = int(await self._script(keys=[name], args=[rule.at_once, rule.a_ms, amount]))
        except (RedisError, OSError, TimeoutError):
            if not self.degraded:
                log.warning("limits are counted by each process alone: Redis does not answer")
            self.degraded = True
            return await self._alone.take(rule, key, amount)
        self.degraded = False
        return wait_ms


@asynccontextmanager
async def open_redis_limits(url: str, alone: RateLimits) -> AsyncIterator[RedisLimits]:
    """RateLimits over the server at `url`, which need not be up."""
    # Without a word about the client library, whose version each connection would look up on the disk.
    redis = Redis.from_url(url, retry=Retry(NoBackoff(), 0), driver_info=None)
    try:
        yield RedisLimits(redis, alone)
    finally:
        await redis.aclose()
