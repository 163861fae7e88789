"""What a reply cost us: the model's tokens at the operator's price for them. It never touches what a fan pays."""

from __future__ import annotations

from dataclasses import dataclass

from billing.types import TurnCost


@dataclass(frozen=True, slots=True)
class TokensUsed:
    """Tokens of one turn, as the provider told them or, where it does not, as counted here."""

    prompt: int
    reply: int


@dataclass(frozen=True, slots=True)
class ModelPrice:
    """What the model at work costs, in minor units of a currency for a million tokens."""

    currency: str = ""
    prompt_minor: int = 0
    reply_minor: int = 0

    def of(self, model: str, used: TokensUsed) -> TurnCost:
        """The cost of a turn. A minor unit for a million tokens is a millionth of it for each: nothing is rounded."""
        provider, _, name = model.rpartition(":")
        return TurnCost(
            kind="text",
            provider=provider,
            model=name,
            units_in=used.prompt,
            units_out=used.reply,
            currency=self.currency,
            micros=used.prompt * self.prompt_minor + used.reply * self.reply_minor,
        )
