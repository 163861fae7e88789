"""How often somebody may do something: token buckets, and what each of the gateway's doors allows.

Pure: the time is an argument. Source of the algorithm: Turner, “New directions in communications”, 1986 (the leaky
bucket as a meter), as RFC 2697 describes it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """What a door lets through: so many at once, and so many a minute in the long run."""

    name: str
    at_once: int
    a_minute: float

    @property
    def a_ms(self) -> float:
        """How much a bucket gains in a millisecond."""
        return self.a_minute / 60_000.0


@dataclass(slots=True)
class Bucket:
    """What one somebody has left of a rule."""

    left: float
    at_ms: float

    @classmethod
    def full(cls, rule: Rule, now_ms: float) -> Bucket:
        """Of somebody who has not been here lately."""
        return cls(float(rule.at_once), now_ms)

    def take(self, rule: Rule, now_ms: float, amount: float = 1.0) -> int:
        """Take `amount`; 0 when it was there, else after how many milliseconds it will be, and nothing is taken.

        More than a bucket holds is let through when it is full, and paid back. A clock that goes back gives nothing.
        """
        gained = max(0.0, now_ms - self.at_ms) * rule.a_ms
        self.left = min(float(rule.at_once), self.left + gained)
        self.at_ms = max(self.at_ms, now_ms)
        wanted = min(amount, float(rule.at_once))
        if self.left >= wanted:
            self.left -= amount
            return 0
        return int((wanted - self.left) / rule.a_ms) + 1

    def is_full(self, rule: Rule, now_ms: float) -> bool:
        """Whether it may be forgotten: a new one would be the same."""
        return self.left + max(0.0, now_ms - self.at_ms) * rule.a_ms >= rule.at_once


MESSAGES = Rule("messages", at_once=40, a_minute=60)
"""Of one fan: faster than anybody reads replies."""
APP_MESSAGES = Rule("app_messages", at_once=20_000, a_minute=120_000)
"""Of all fans of one app."""
MESSAGE_BYTES = Rule("message_bytes", at_once=64 * 1024, a_minute=128 * 1024)
"""Of one fan's words, over all their sockets and requests."""
APP_MESSAGE_BYTES = Rule("app_message_bytes", at_once=16 << 20, a_minute=96 << 20)
"""Of all fans of one app."""
APP_ARRIVALS = Rule("app_arrivals", at_once=100_000, a_minute=400_000)
"""Sockets of all fans of one app."""
TICKETS = Rule("tickets", at_once=60, a_minute=60)
"""Of one fan: each reconnect takes one."""
ARRIVALS = Rule("arrivals", at_once=5_000, a_minute=20_000)
"""Sockets from one address: a school, a carrier's gate or a proxy has many fans behind it."""
DEALINGS = Rule("dealings", at_once=30, a_minute=30)
"""Of one fan: codes, budgets, checkouts, looks at orders and portals, each of which may ask somebody outside."""
FRAMES = Rule("frames", at_once=60, a_minute=1_200)
"""On one socket. Typing is told often."""
FRAME_BYTES = Rule("frame_bytes", at_once=128 * 1024, a_minute=512 * 1024)
"""On one socket."""
FLOOD_REFUSALS = 100
"""So many refused frames in a row are a flood: the socket closes."""
STAFF_SIGN_INS = Rule("staff_sign_ins", at_once=5, a_minute=1)
"""Of one name, right or wrong: nobody guesses a password at that pace."""
STAFF_SIGN_INS_FROM = Rule("staff_sign_ins_from", at_once=20, a_minute=10)
"""From one address."""
