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

TurnKind = Literal["message", "greeting", "goodbye", "crisis", "disclosure", "regenerate_after_failure"]
"""What a turn is for. Only a message costs something."""
TURN_KINDS: tuple[TurnKind, ...] = get_args(TurnKind)
FREE_KINDS: tuple[TurnKind, ...] = tuple(kind for kind in TURN_KINDS if kind != "message")

BudgetSetter = Literal["fan", "guardian"]
BUDGET_SETTERS: tuple[BudgetSetter, ...] = get_args(BudgetSetter)

ProposalStatus = Literal["proposed", "approved", "withdrawn"]
PROPOSAL_STATUSES: tuple[ProposalStatus, ...] = get_args(ProposalStatus)


@dataclass(frozen=True, slots=True)
class Charge:
    """Credits for one turn, text and voice apart; never negative."""

    text: int = 0
    voice: int = 0

    @property
    def total(self) -> int:
        return self.text + self.voice


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in millionths of the minor unit of a currency (ISO 4217, lower case): 1 cent is 1 000 000."""

    currency: str
    micros: int


@dataclass(frozen=True, slots=True)
class Usage:
    """What reached the fan: whether any text and any voice did, the model's tokens and the characters spoken."""

    text: bool = False
    voice: bool = False
    tokens: int = 0
    chars: int = 0


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
class Rates:
    """Credits per started unit, beside the flat amounts. A rate above zero has a cap, so that a worst case exists."""

    text_per_1000_tokens: int = 0
    voice_per_100_chars: int = 0
    tokens_max: int = 0
    chars_max: int = 0


@dataclass(frozen=True, slots=True)
class PriceVersion:
    """One immutable version of the rate card."""

    id: str
    scope: PriceScope
    amounts: Charge
    effective_from_ms: int
    author: str
    approver: str
    rates: Rates = Rates()
    voices: tuple[tuple[str, int], ...] = ()
    """Voice ids and their flat price, where it is not `amounts.voice`."""
    protects_until_ms: int | None = None
    """Until then a conversation opened before `effective_from_ms` keeps the price it had, where this one is dearer."""


@dataclass(frozen=True, slots=True)
class PriceProposal:
    """A version that waits for somebody else's word; its `approver` is "" until it has one."""

    version: PriceVersion
    proposed_at_ms: int
    status: ProposalStatus = "proposed"
    decided_by: str = ""
    decided_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class ShareTerms:
    """What a payee earns of the money behind each captured credit; "" means any show, any character.

    `share_bps` are hundredths of a percent, 0 to 10 000; a version with 0 ends a share. A version never changes.
    """

    id: str
    show: str
    character: str
    payee: str
    share_bps: int
    effective_from_ms: int
    author: str
    approver: str


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of one turn, pinned: at most `amounts` is held, whatever the rate card says later."""

    price_version: str
    amounts: Charge
    """The worst case, which is held; what was used decides what of it is charged."""
    scope: PriceScope = PriceScope()
    """What was asked for, all parts named: what reports and shares go by."""
    voice: str = ""
    """The id of the voice; "" when nothing is spoken, or by a voice without a price of its own."""
    waived: str = ""
    """The kind of turn that makes it free; "" for one that is not."""
    share: str | None = None
    """The id of the share terms in force."""
    conversation_opened_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Burn:
    """Credits taken from one lot, in burn order, and what was paid for them: nothing when the lot was a gift."""

    lot: str
    lot_class: LotClass
    credits: int
    currency: str = ""
    paid_micros: int = 0
    """Millionths of the minor unit, at what the lot cost per credit, rounded down."""


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
    """`delivered`, or why it was free: `greeting`, `failed`, `refused`, `cancelled_before_words`, `expired` …"""
    opened_at_ms: int
    settled_at_ms: int
    refunded: int = 0
    """Credits given back since, to the lots they came from."""
    usage: Usage = Usage()
    """What was delivered."""
    scope: PriceScope = PriceScope()
    voice: str = ""


@dataclass(frozen=True, slots=True)
class BudgetChange:
    """A wish for a cap on a UTC day's credits, `None` for no cap, on one show or (`""`) on all together."""

    fan: str
    show: str
    set_by: BudgetSetter
    credits: int | None
    set_at_ms: int
    effective_at_ms: int


@dataclass(frozen=True, slots=True)
class Budget:
    """A cap as it stands: what it is, how much of it is used today, and the raise that is under way."""

    show: str
    set_by: BudgetSetter
    credits: int | None
    spent: int
    resets_at_ms: int
    pending: int | None = None
    pending_at_ms: int | None = None
    """When `pending` (None for no cap) takes effect; None when nothing is pending."""


@dataclass(frozen=True, slots=True)
class TurnCost:
    """What one kind of a turn cost us: tokens in and out for text, characters in and ms out for voice."""

    kind: ChargeKind
    provider: str
    model: str
    units_in: int
    units_out: int
    currency: str
    micros: int
    """Millionths of the minor unit."""


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant (I1 … I10 of the design, `share` or `seal`: the hash chain) that does not hold, and where."""

    invariant: str
    where: str
    detail: str
