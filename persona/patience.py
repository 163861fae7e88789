"""How long a model may keep a fan waiting: for its first words, and between words.

The wait for the first words is shared among the models that may still be asked, so that it is never longer with
fallbacks than without. Time spent by whoever takes the words is never counted against the model.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator

from persona.errors import ModelTimedOut
from persona.types import ModelPart, TextPart


def share_s(left_s: float, models: int) -> float:
    """What the next of so many models (at least 1) has of the seconds that are left: an equal part."""
    return max(0.0, left_s) / models


async def in_time(parts: AsyncIterator[ModelPart], first_s: float, between_s: float) -> AsyncGenerator[ModelPart, None]:
    """The same parts; ModelTimedOut when the next one is late. Only text ends the wait for the first token.

    Without bounds (`inf`, both) no timer is made: whoever hands the parts over keeps time already.
    """
    if first_s == between_s == math.inf:
        async for part in parts:
            yield part
        return
    loop = asyncio.get_running_loop()
    spoke, allowed_s, late_at = False, first_s, loop.time() + first_s
    while True:
        waiting = asyncio.timeout_at(late_at)
        try:
            async with waiting:
                part = await anext(parts)
        except StopAsyncIteration:
            return
        except TimeoutError as late:
            if not waiting.expired():
                raise
            raise ModelTimedOut(allowed_s) from late
        yield part
        if spoke or (isinstance(part, TextPart) and part.text):
            spoke, allowed_s, late_at = True, between_s, loop.time() + between_s
