"""What the state machine of the books draws from, and what its model knows of a turn: the prices written once more."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from billing.standing import Standing
from billing.types import Charge, PriceScope, PriceVersion, Quote, Rates, Usage
from tests.billing.builders import ACTED, FAN, MEI_SHARE, NOTHING, NOW_MS, SCOPE, SPOKEN, STRANGER, TEXT
from tests.billing.sales_model import PAID_MINOR

DAY_MS = 86_400_000
HARBOUR = PriceScope(show="harbour")
METERED = PriceVersion("p2", HARBOUR, Charge(1, 2), NOW_MS - 1_000, "ana", "ben", rates=Rates(2, 1, 3_000, 400))
AT_THE_HARBOUR = replace(SCOPE, show="harbour", character="gideon")
QUOTES = (
    TEXT,
    SPOKEN,
    NOTHING,
    ACTED,
    Quote("p2", Charge(7, 6), AT_THE_HARBOUR, share="s2"),
    Quote("p2", Charge(7), AT_THE_HARBOUR),
)
HARBOUR_SHARE = replace(MEI_SHARE, id="s2", show="", character="gideon", share_bps=3_333)

LOST = Standing(PAID_MINOR, lost_minor=PAID_MINOR)
FANS = st.sampled_from([FAN, FAN, STRANGER])
TURNS = st.sampled_from([f"t{number}" for number in range(6)])
PICKS = st.integers(0, 8)
"""Which of the turns or orders that are there, see `picked`."""
CREDITS = st.integers(1, 20)
USAGES = st.builds(Usage, st.booleans(), st.booleans(), st.integers(0, 4_000), st.integers(0, 500))


TURNS_MAX = 12
TRADES = st.sampled_from(["buy", "buy", "talk", "hold", "look", "lose", "lose", "win", "give back"])


def picked(there: Collection[str], pick: int) -> str:
    """One of those that are there, since few steps would meet them by chance; seldom one that is not."""
    names = sorted(there)
    return names[pick % len(names)] if names and pick < 8 else "nobody's"


class Crashed(Exception):
    """The process is gone, before its commit."""


@dataclass
class Turn:
    """What the model knows of a turn."""

    fan: str
    quote: Quote
    opened_at_ms: int
    expires_at_ms: int
    state: str = "open"
    captured: int = 0
    refunded: int = 0

    @property
    def used(self) -> int:
        """What a cap on its day counts."""
        return self.quote.amounts.total if self.state == "open" else self.captured

    def price(self, usage: Usage) -> Charge:
        """What this usage costs by the numbers of the card, written down once more."""
        if self.quote.price_version == "p2":
            text, voice = 1 + 2 * -(-min(usage.tokens, 3_000) // 1_000), 2 + -(-min(usage.chars, 400) // 100)
        else:
            text, voice = self.quote.amounts.text, self.quote.amounts.voice
        return Charge(text * usage.text, voice * (usage.voice and self.quote.amounts.voice > 0))
