"""Whom a fan has met: a character is met in the first episode in which they are present, and not before.

Unknown progress (horizon 0) lists those of episode 1, so that a newcomer has somebody to greet; what those characters
may then say stays bounded by horizon 0.
"""

from __future__ import annotations

from collections.abc import Sequence

from characters.release import Cast


def met_by(casts: Sequence[Cast], horizon: int) -> tuple[Cast, ...]:
    """Those of `casts` whom a fan who watched up to `horizon` has met, in the order given."""
    watched = max(horizon, 1)
    return tuple(cast for cast in casts if cast.first_episode <= watched)
