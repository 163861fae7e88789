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
    silences: int
    """How often the server of live events dies or falls silent, in turn, for a while."""
    purchases: int
    patience_s: float


FULL = Size(turns=500, fans=50, processes=3, kills=12, cuts=6, silences=6, purchases=60, patience_s=60)
SMALL = Size(turns=60, fans=8, processes=2, kills=2, cuts=1, silences=2, purchases=8, patience_s=30)


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


Fate = Literal["kept", "refunded", "part_refunded", "dispute_lost", "dispute_won", "dispute_open"]
Button = Literal["pay", "later", "decline", "cancel"]
Mishap = tuple[str, dict[str, float]]
MISHAPS: tuple[Mishap, ...] = (
    ("duplicate", {"times": 3, "copies": 2}),
    ("reorder", {"times": 4, "window": 2}),
    ("delay", {"times": 2, "seconds": 1.5}),
    ("drop", {"times": 2}),
    ("forge", {"times": 1}),
    ("future", {"times": 1, "seconds": 3_600.0}),
)
"""Switches of the till's stand-in: what happens to the next webhooks, whoever's they are."""
PACKS: tuple[tuple[str, int], ...] = (("exact-1", 12), ("pack-100-1", 0), ("pack-550-1", 0))
"""Packs, and the shortfall that an exact one is for."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """One visit to the till, and what becomes of the money afterwards."""

    fan: str
    after_turns: int
    pack: str
    shortfall: int
    button: Button
    returns: bool
    """The fan comes back from the pay page, which asks about the order; else only webhooks tell of it."""
    lie: bool
    """Somebody sends webhooks that say it was paid before it is: one forged, one signed as it should be."""
    mishaps: tuple[Mishap, ...]
    fate: Fate


def purchases(seed: int, size: Size) -> list[Purchase]:
    """Who buys what, when, and what comes of it, in order. Who has few credits buys as often as all others together."""
    luck = chance(seed, "purchases")
    poor = names(size)[POOR_EVERY - 1 :: POOR_EVERY]
    bought = [
        _purchase(luck, size, luck.choice(poor if luck.random() < 0.5 else names(size))) for _ in range(size.purchases)
    ]
    return sorted(bought, key=lambda each: each.after_turns)


def _purchase(luck: Random, size: Size, fan: str) -> Purchase:
    pack, shortfall = luck.choices(PACKS, weights=(6, 3, 2))[0]
    fates: tuple[Fate, ...] = ("kept", "refunded", "part_refunded", "dispute_lost", "dispute_won", "dispute_open")
    buttons: tuple[Button, ...] = ("pay", "later", "decline", "cancel")
    return Purchase(
        fan=fan,
        after_turns=luck.randrange(size.turns // 20, size.turns * 3 // 4),
        pack=pack,
        shortfall=shortfall,
        button=luck.choices(buttons, weights=(14, 2, 1, 1))[0],
        returns=luck.random() < 0.4,
        lie=luck.random() < 0.3,
        mishaps=tuple(luck.sample(MISHAPS, luck.choice((0, 1, 1, 2)))),
        fate=luck.choices(fates, weights=(6, 2, 2, 2, 1, 1))[0],
    )


Kind = Literal["kill", "drain", "cut", "deaf", "mute"]


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
    turn = luck.sample(range(size.processes), size.processes)  # each is struck once before any is struck twice
    processes = [turn[n % size.processes] for n in range(len(kinds))]
    planned = zip(kinds, moments, processes, strict=True)
    struck = [Blow(kind, at, process, luck.uniform(0, 0.4)) for kind, at, process in planned]
    return [*struck, *_silences(seed, size)]


def _silences(seed: int, size: Size) -> list[Blow]:
    """What befalls the server of live events: it dies ("deaf"), or answers nobody ("mute"). No process is meant."""
    luck = chance(seed, "silences")
    kinds: list[Kind] = ["deaf" if n % 2 == 0 else "mute" for n in range(size.silences)]
    return [
        Blow(kind, luck.randrange(size.turns // 20, size.turns * 4 // 5), 0, luck.uniform(0, 0.4)) for kind in kinds
    ]
