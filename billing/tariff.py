"""The rate card as columns: what a batch of turns costs under it, to the credit what charging each by itself gives.

Pure. Which version applies is asked of `pricing.choose` once for each different case, and never decided here; only the
arithmetic of a version, which is linear in started units up to a cap, is done for many turns at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from billing import pricing
from billing.errors import NoPrice
from billing.pricing import CHARS_PER_UNIT, TOKENS_PER_UNIT
from billing.traffic import Flags, Ints, TurnColumns, Voice
from billing.types import PriceScope, PriceVersion

_Case = tuple[PriceScope, Voice, int, int]
"""A scope, a voice, and between which moments of the card a turn was quoted and its conversation was opened."""
_Terms = tuple[int, int, int, int, int, int, int, int]
"""Whether there is a price; text flat, per unit and cap; whether a voice costs; its flat, per unit and cap."""
NO_TERMS: _Terms = (0, 0, 0, 0, 0, 0, 0, 0)
CASES_MAX = 200_000
"""The most cases that are remembered; what comes after them is asked again."""


@dataclass(frozen=True, slots=True)
class Charges:
    """What a batch costs: credits for text and for voice, and whether the card has a price for it at all."""

    text: Ints
    voice: Ints
    priced: Flags

    @property
    def total(self) -> Ints:
        return self.text + self.voice


@dataclass(slots=True)
class Tariff:
    """Charges batches under a card that does not change meanwhile."""

    card: Sequence[PriceVersion]
    _moments: Ints = field(init=False)
    _known: dict[_Case, _Terms] = field(default_factory=dict)

    def __post_init__(self) -> None:
        moments = {v.effective_from_ms for v in self.card}
        moments |= {v.protects_until_ms for v in self.card if v.protects_until_ms is not None}
        self._moments = np.array(sorted(moments), dtype=np.int64)

    def charge(self, batch: TurnColumns) -> Charges:
        """What each turn of a batch costs."""
        terms = self._terms(batch)
        priced, flat, per_unit, cap, voiced, voice_flat, voice_per_unit, voice_cap = terms
        text = flat + _started(np.minimum(batch.tokens, cap), TOKENS_PER_UNIT) * per_unit
        voice = voice_flat + _started(np.minimum(batch.chars, voice_cap), CHARS_PER_UNIT) * voice_per_unit
        costs = ~batch.waived
        return Charges(
            text=np.where(costs & batch.text, text, 0),
            voice=np.where(costs & batch.spoken & (voiced > 0), voice, 0),
            priced=priced > 0,
        )

    def _terms(self, batch: TurnColumns) -> Ints:
        """A row for each of `_Terms`, a column for each turn."""
        # Comparing a turn's times with the card's moments is all that a choice does with them, so every time between
        # the same two moments is one case.
        quoted = np.searchsorted(self._moments, batch.quoted_at_ms, side="right")
        opened = np.searchsorted(self._moments, batch.opened_at_ms, side="right")
        spans = len(self._moments) + 1
        keys = ((batch.scope * len(batch.voices) + batch.voice) * spans + quoted) * spans + opened
        _, first, of_turn = np.unique(keys, return_index=True, return_inverse=True)
        rows = [
            self._case(batch, int(at), (batch.scopes[scope], batch.voices[voice], int(quoted[at]), int(opened[at])))
            for at, scope, voice in zip(first, batch.scope[first], batch.voice[first], strict=True)
        ]
        chosen: Ints = np.array(rows, dtype=np.int64)[of_turn].T
        return chosen

    def _case(self, batch: TurnColumns, at: int, case: _Case) -> _Terms:
        known = self._known.get(case)
        if known is None:
            scope, voice, _, _ = case
            known = self._asked(scope, voice, int(batch.quoted_at_ms[at]), int(batch.opened_at_ms[at]))
            if len(self._known) < CASES_MAX:
                self._known[case] = known
        return known

    def _asked(self, scope: PriceScope, voice: Voice, now_ms: int, opened_at_ms: int) -> _Terms:
        try:
            version = pricing.choose(self.card, scope, now_ms, voice=voice, opened_at_ms=opened_at_ms)
        except NoPrice:
            return NO_TERMS
        rates, flat = version.rates, version.amounts.voice
        if isinstance(voice, str):
            flat = dict(version.voices).get(voice, flat)
        voiced = pricing.worst(version, voice).voice > 0
        text = (version.amounts.text, rates.text_per_1000_tokens, rates.tokens_max)
        return (1, *text, int(voiced), flat, rates.voice_per_100_chars, rates.chars_max)


def _started(amounts: Ints, unit: int) -> Ints:
    return -(-amounts // unit)
