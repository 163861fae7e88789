"""What the passing of time does: periods end, sessions expire, money becomes available.

It is run before every request, so an injected clock and an ordered advance have the same effect. Each renewal happens
at its own moment, however far time has jumped.
"""

from __future__ import annotations

from tests.fakes.stripe_server.balance import mature
from tests.fakes.stripe_server.checkout import expire_due
from tests.fakes.stripe_server.subscriptions import next_due, period_end_s, renew
from tests.fakes.stripe_server.world import World


def catch_up(world: World) -> None:
    """Do what has fallen due."""
    while (subscription := next_due(world)) is not None:
        world.looking_back_s = period_end_s(subscription)
        try:
            renew(world, subscription)
        finally:
            world.looking_back_s = None
    expire_due(world)
    mature(world)


def advance(world: World, seconds: int) -> None:
    """Move the account's time ahead of the real one."""
    world.advanced_s += seconds
    catch_up(world)
