"""What every fan is told before anything else: this is an AI."""

from __future__ import annotations

from gateway.events import Disclosure

DISCLOSURE = Disclosure(
    text=(
        "You are talking with an AI that performs a character of this show. "
        "It is not a person, and it knows the story only as far as you have watched."
    ),
    policy="default-2026-11",
)
