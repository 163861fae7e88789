"""What a reply cost us: the model's tokens at the operator's price for them. It never touches what a fan pays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from billing.types import TurnCost


@dataclass(frozen=True, slots=True)
class TokensUsed:
    """Tokens of one turn, as the provider told them or, where it does not, as counted here."""

    prompt: int
    reply: int
    model: str = ""
    """Which model answered; "" when only the first was asked, or none answered."""

    def plus(self, prompt: int, reply: int) -> TokensUsed:
        """These, and those of somebody else who answered in the same turn."""
        return replace(self, prompt=self.prompt + prompt, reply=self.reply + reply)


@dataclass(frozen=True, slots=True)
class VoicePrice:
    """What an engine costs, in minor units of a currency for a million characters that it reads."""

    currency: str = ""
    chars_minor: int = 0

    def of(self, engine: str, chars: int, duration_ms: int) -> TurnCost:
        """The cost of a turn's voice. Nothing is rounded."""
        return TurnCost(
            kind="voice",
            provider=engine,
            model="",
            units_in=chars,
            units_out=duration_ms,
            currency=self.currency,
            micros=chars * self.chars_minor,
        )


@dataclass(frozen=True, slots=True)
class TokenPrice:
    """What a model costs, in minor units for a million tokens."""

    prompt_minor: int
    reply_minor: int


@dataclass(frozen=True, slots=True)
class ModelPrice:
    """What models cost, in minor units of a currency for a million tokens. One that is not named costs as the first."""

    currency: str = ""
    prompt_minor: int = 0
    reply_minor: int = 0
    models: Mapping[str, TokenPrice] = field(default_factory=dict)
    """What other models cost, by name."""

    def of(self, first: str, used: TokensUsed) -> TurnCost:
        """The cost of a turn; `first` is who was asked first.

        A minor unit for a million tokens is a millionth of it for each: nothing is rounded.
        """
        model = used.model or first
        price = self.models.get(model, TokenPrice(self.prompt_minor, self.reply_minor))
        provider, _, name = model.rpartition(":")
        return TurnCost(
            kind="text",
            provider=provider,
            model=name,
            units_in=used.prompt,
            units_out=used.reply,
            currency=self.currency,
            micros=used.prompt * price.prompt_minor + used.reply * price.reply_minor,
        )
