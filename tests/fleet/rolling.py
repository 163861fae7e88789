"""A rolling restart under live streams: each process in turn is told to leave while every fan is in mid-reply.

It is the same in the check and at length; only the number of fans differs.
"""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass, field

from tests.chaos.evidence import unsettled
from tests.chaos.findings import text_of
from tests.fleet.house import FleetHouse, errand
from tests.fleet.steady_model import reply_to

MID_REPLY = 6
"""Events of a turn after which every other fan loses the connection: the process has been told to leave by then."""


@dataclass
class Rolled:
    """What happened."""

    replies: int = 0
    live: list[int] = field(default_factory=list)
    """Turns that ran when each process was told to leave."""
    statuses: list[int | None] = field(default_factory=list)
    """How each process ended."""
    moved_on: int = 0
    """Sockets that a leaving process refused and the balancer gave to another one."""


async def rolling_restart(house: FleetHouse, size: int) -> Rolled:
    """Restart each process while `size` replies stream. Raises AssertionError for a word or a credit out of place."""
    fans, outcome = await house.crowd(f"rolling-{size}", size), Rolled()
    before = len(house.balancer.passed())
    for server in house.servers:
        said = [errand(fan, drop_after=MID_REPLY if number % 2 else None) for number, fan in enumerate(fans)]
        begun = house.progress.turns + size
        talking = [asyncio.create_task(fan.run()) for fan in fans]
        await house.progress.reached(begun)
        async with house.store() as store:
            outcome.live.append(await unsettled(store.database) // 2)  # a turn and its hold
        await server.end(signal.SIGTERM)
        outcome.statuses.append(server.status)
        await asyncio.gather(*talking)
        await server.start()
        ends = [each.done["status"] if each.done else "lost" for each in said]
        assert ends == ["completed"] * size, ends
        outcome.replies += size
    evidence = await house.reckoned()
    expected = {said.errand.client_msg_id: reply_to(said.errand.tag) for fan in fans for said in fan.said}
    heard = {
        turn.client_msg_id: text_of([e for e in evidence.logs[turn.conversation] if e["turn"] == turn.id])
        for turn in evidence.turns
        if turn.client_msg_id in expected
    }
    assert heard == expected
    outcome.moved_on = sum(
        passed.statuses[0] == 503 and passed.statuses[-1] == 101
        for passed in house.balancer.passed()[before:]
        if passed.path == "/v1/realtime"
    )
    return outcome
