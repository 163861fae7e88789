"""The values of money: credits are integers, fiat is in minor units, times are milliseconds since the epoch, UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

LotClass = Literal["purchased", "subscription", "promotional", "reward", "goodwill"]
LOT_CLASSES: tuple[LotClass, ...] = get_args(LotClass)

ChargeKind = Literal["text", "voice"]
CHARGE_KINDS: tuple[ChargeKind, ...] = get_args(ChargeKind)

HoldStatus = Literal["open", "captured", "voided", "expired"]


@dataclass(frozen=True, slots=True)
class Charge:
    """Credits for one turn, text and voice apart; never negative."""

    text: int = 0
    voice: int = 0

    @property
    def total(self) -> int:
        return self.text + self.voice


@dataclass(frozen=True, slots=True)
class Wallet:
    """What a fan has. `available = posted - held`, never negative."""

    fan: str
    available: int
    held: int
    by_class: Mapping[LotClass, int] = field(default_factory=dict)
    """Posted credits by lot class; their sum is `available + held`."""


@dataclass(frozen=True, slots=True)
class PriceScope:
    """What a price applies to; "" means any. The most specific version in force wins."""

    show: str = ""
    character: str = ""
    mode: str = ""
    locale: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class PriceVersion:
    """One immutable version of the rate card."""

    id: str
    scope: PriceScope
    amounts: Charge
    effective_from_ms: int
    author: str
    approver: str


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of one turn, pinned: what is held is this, whatever the rate card says later."""

    price_version: str
    amounts: Charge


@dataclass(frozen=True, slots=True)
class Burn:
    """Credits taken from one lot, in burn order."""

    lot: str
    lot_class: LotClass
    credits: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """Why a turn cost what it cost. A turn that was not charged has one too, with zeros and the reason."""

    id: str
    turn: str
    fan: str
    charged: Charge
    price_version: str
    author: str
    approver: str
    burned: tuple[Burn, ...]
    reason: str
    """`delivered`, or why it was free: `failed`, `refused`, `cancelled_before_words`, `expired` …"""
    opened_at_ms: int
    settled_at_ms: int
    refunded: int = 0


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant (I1 … I10 of the design, or `seal`: the hash chain) that does not hold, and where."""

    invariant: str
    where: str
    detail: str
