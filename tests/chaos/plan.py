"""What a chaos run does, decided beforehand from its seed: who says what, what breaks, and after how many turns.

Whatever can be decided without the clock is decided here, so that two runs with one seed want the same things. How
they fall together is up to the machine. Nothing here does I/O.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from random import Random
from typing import Literal

CHARACTERS = ("tamsin", "gideon")
CREDITS_PER_TURN = 3
"""Enough for every message at the higher of the two prices."""
POOR_EVERY = 5
"""Every so many fans have credits for about half of what they want to say."""
EVENTS_MAX = 8
"""A reply has about so many events: where a connection is dropped or a reply cancelled."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything. `patience_s`: how long a fan tries one message before they go on to the next."""

    turns: int
    fans: int
    processes: int
    kills: int
    cuts: int
    """How often database connections are cut."""
    patience_s: float


FULL = Size(turns=500, fans=50, processes=3, kills=12, cuts=6, patience_s=60)
SMALL = Size(turns=60, fans=8, processes=2, kills=3, cuts=1, patience_s=6)


def chance(seed: int, *about: object) -> Random:
    """The chance of one matter, whatever else is drawn elsewhere."""
    return Random("/".join(map(str, (seed, *about))))


@dataclass(frozen=True, slots=True)
class Errand:
    """One message of a fan, and what happens to it on the way."""

    fan: str
    number: int
    character: str
    """Who is asked first; the other one, while a reply of this one is still awaited."""
    client_msg_id: str
    drops: tuple[int, ...]
    """On each attempt but the last, the connection is lost after so many events of the turn; 0: before any answer."""
    cancel_after: int | None
    """After so many events of the turn the fan wants no more of it."""
    twin: bool
    """The same message is sent by another socket at the same moment, to another process if there is one."""

    @property
    def tag(self) -> str:
        """What marks the fan's words and the reply to them, and nobody else's."""
        return f"{self.fan} m{self.number:02}"

    @property
    def text(self) -> str:
        """The fan's words."""
        return f"Is the roof all right? ({self.tag})"


def names(size: Size) -> list[str]:
    """The fans' ids."""
    return [f"fan-{number:02}" for number in range(size.fans)]


def errands(seed: int, size: Size, fan: str) -> list[Errand]:
    """What a fan wants to say, in order; all the fans' together are `size.turns`."""
    number = names(size).index(fan)
    wanted = size.turns // size.fans + (number < size.turns % size.fans)
    return [_errand(seed, fan, each) for each in range(wanted)]


def _errand(seed: int, fan: str, number: int) -> Errand:
    luck = chance(seed, "errand", fan, number)
    drops = [luck.randrange(EVENTS_MAX) for _ in range(luck.choice((0, 0, 0, 1, 1, 2)))]
    return Errand(
        fan=fan,
        number=number,
        character=luck.choice(CHARACTERS),
        client_msg_id=str(uuid.UUID(int=luck.getrandbits(128), version=4)),
        drops=tuple(drops),
        cancel_after=luck.randrange(1, EVENTS_MAX) if luck.random() < 0.15 else None,
        twin=luck.random() < 0.2,
    )


def credits_of(seed: int, size: Size, fan: str) -> int:
    """What a fan is granted at the start."""
    wanted = len(errands(seed, size, fan)) * CREDITS_PER_TURN
    return wanted // 2 if names(size).index(fan) % POOR_EVERY == POOR_EVERY - 1 else wanted


Kind = Literal["kill", "drain", "cut"]


@dataclass(frozen=True, slots=True)
class Blow:
    """Something that breaks once so many turns have been accepted, and a moment later."""

    kind: Kind
    after_turns: int
    process: int
    moment_s: float


def blows(seed: int, size: Size) -> list[Blow]:
    """What breaks, in order. Every fifth kill is a SIGTERM, with a second to drain: also an end in mid-reply."""
    luck = chance(seed, "blows")
    kinds: list[Kind] = ["drain" if n % 5 == 4 else "kill" for n in range(size.kills)]
    kinds += ["cut"] * size.cuts
    moments = sorted(luck.randrange(size.turns // 20, size.turns * 4 // 5) for _ in kinds)
    luck.shuffle(kinds)
    return [
        Blow(kind, at, luck.randrange(size.processes), luck.uniform(0, 0.4))
        for kind, at in zip(kinds, moments, strict=True)
    ]
