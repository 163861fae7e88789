"""The answers of the fan's HTTP routes, as types; OpenAPI is generated from them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.events import Credits, ErrorBody, PartView, ReceiptView
from gateway.protocol import Mode
from gateway.records import TurnState


class View(BaseModel):
    """Base of every answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ErrorView(View):
    """A refused request."""

    error: ErrorBody


REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": ErrorView, "description": "No valid host token."},
    403: {"model": ErrorView, "description": "A page of an origin that the app does not allow."},
    404: {"model": ErrorView, "description": "Not there, or not this fan's."},
    422: {"model": ErrorView, "description": "The request is not valid."},
    "default": {"model": ErrorView, "description": "Refused; `code` says why (docs/errors.md)."},
}
"""What every route of a fan can answer beside its own answer."""


class TicketView(View):
    """What to offer when opening the socket, and for how long it can be used."""

    ticket: str
    expires_in_s: int


class PriceOfMessage(View):
    """Credits that one message costs."""

    text: int
    voice: int


class CharacterListed(View):
    """A character that the fan has met."""

    slug: str
    name: str
    avatar: str | None
    tagline: str
    price: PriceOfMessage


class CharacterList(View):
    """Those met up to the fan's horizon."""

    characters: tuple[CharacterListed, ...]


class ConversationListed(View):
    """One of the fan's conversations."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True)

    id: str
    show: str
    character: str
    partner: str | None = Field(default=None, alias="with")
    """Who else is there, in a scene."""
    mode: Mode


class RelationshipView(View):
    """How a character stands with the fan, each from 0 to 100."""

    show: str
    character: str
    familiarity: int
    warmth: int
    trust: int
    moved_at_ms: int


class RelationshipList(View):
    """With every character whom the fan has talked with, by show and character."""

    relationships: tuple[RelationshipView, ...]


class ConversationList(View):
    """All of the fan's conversations, newest first."""

    conversations: tuple[ConversationListed, ...]


class MessageListed(View):
    """One side of a turn. The fan's has no receipt; the character's has one when the turn has ended."""

    turn: str
    role: Literal["fan", "character"]
    text: str
    status: TurnState
    receipt: ReceiptView | None = None
    replaces: str | None = None
    """The turn in whose place the reply was given."""
    heard_chars: int | None = None
    """How much of the reply a fan had heard who stopped it while it was read aloud."""
    parts: tuple[PartView, ...] | None = None
    """Who said what of a scene's reply."""
    aside: Literal["crisis", "disclosure"] | None = None
    """Why what was answered is not the character's; None for what is."""


class MessageList(View):
    """A page of messages, oldest first, and the log's head that it stands for."""

    mode: Mode
    epoch: str
    seq: int
    messages: tuple[MessageListed, ...]


class WalletDetails(View):
    """A fan's credits."""

    available: int
    held: int
    by_class: dict[str, int]
    currency_hint: str | None


class BurnView(View):
    """Credits taken from one lot."""

    lot: str
    lot_class: str
    credits: int
    currency: str
    paid_micros: int
    """What was paid for them, in millionths of the currency's minor unit; 0 for a gift."""


class Delivered(View):
    """What of a reply reached the fan."""

    text: bool
    voice: bool
    tokens: int
    chars: int


class ReceiptDetails(View):
    """Why a turn cost what it cost. Times in milliseconds since the epoch, UTC."""

    id: str
    turn: str
    charged: Credits
    refunded: int
    price_version: str
    author: str
    approver: str
    burned: tuple[BurnView, ...]
    reason: str
    show: str
    character: str
    delivered: Delivered
    opened_at_ms: int
    settled_at_ms: int


class StatementLineView(View):
    """One movement of the fan's credits; times in milliseconds since the epoch, UTC."""

    seq: int
    at_ms: int
    kind: str
    credits: int
    """Into the wallet (positive) or out of it (negative)."""
    balance: int
    """All credits after it, held ones too."""
    reason: str
    turn: str | None
    price_version: str | None


class Statement(View):
    """A page of movements, newest first; `before` asks for the next page, null when there is none."""

    lines: tuple[StatementLineView, ...]
    before: int | None


class CodeRedeemed(View):
    """What a code gave just now (0: the fan has had it before), and what is available after it."""

    credits: int
    available: int


class RewardNonce(View):
    """What the app gives to the next rewarded ad as its custom data."""

    nonce: str


class BudgetView(View):
    """A cap on the credits of a UTC day; `show` is null for all shows together, `credits` null for no cap."""

    show: str | None
    set_by: Literal["fan", "guardian"]
    credits: int | None
    spent: int
    resets_at_ms: int
    raise_to: int | None = None
    """What the cap will be; null with `raise_at_ms` for no cap."""
    raise_at_ms: int | None = None


class Budgets(View):
    """Every cap in force or under way."""

    budgets: tuple[BudgetView, ...]


class PackOffer(View):
    """One thing to buy, in the fan's currency; amounts in minor units. `covers`: it is enough for what is missing."""

    pack: str
    title: str
    credits: int
    bonus: int
    amount_minor: int
    currency: str
    interval: Literal["month", "year"] | None
    covers: bool


class PackList(View):
    """What is for sale, the exact shortfall first."""

    packs: tuple[PackOffer, ...]


class CheckoutOpened(View):
    """Where to pay, and the order that `sync` asks about afterwards."""

    order: str
    url: str
    expires_at_ms: int


class OrderView(View):
    """What has become of an order. Its credits are in the wallet once `state` is `paid`."""

    order: str
    pack: str
    title: str
    state: str
    credits: int
    bonus: int
    amount_minor: int
    currency: str
    refunded_minor: int


class PortalLink(View):
    """The till's page for invoices and subscriptions."""

    url: str
