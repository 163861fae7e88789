"""What can go wrong with money. Errors carry data; `str()` words it in one sentence.

BillingError
├── AccountFrozen
├── BudgetReached
├── GoodwillCapped
├── HoldNotOverdue
├── IdempotencyConflict
├── InsufficientCredits
├── InvalidAmount
├── InvalidPack
├── InvalidPrice
├── InvalidPromotion
├── KeysUnavailable
├── NoCustomer
├── NoPrice
├── NothingToRefund
├── NotRefundable
├── OrderBusy
├── OverlappingPrice
├── PromotionRefused
├── ProposalDecided
├── RewardRefused
├── SameApprover
├── TillRefused
├── TillUnavailable
├── TillUnreadable
├── UnknownAtTill
├── UnknownHold
├── UnknownOrder
├── UnknownPack
├── UnknownPromotion
├── UnknownProposal
├── UnknownReceipt
└── WebhookRefused
"""

from __future__ import annotations

from billing.refusals import PROMOTION_REFUSALS, REWARD_REFUSALS, PromotionRefusal, RewardRefusal, WebhookFault


class BillingError(Exception):
    """Base of this package's errors."""


class InsufficientCredits(BillingError):
    """The wallet does not cover the hold."""

    def __init__(self, needed: int, available: int) -> None:
        super().__init__(needed, available)
        self.needed, self.available = needed, available

    def __str__(self) -> str:
        return f"This needs {self.needed} credits and {self.available} are available."


class InvalidAmount(BillingError):
    """A number of credits outside what the operation allows."""

    def __init__(self, credits: int, lowest: int, highest: int) -> None:
        super().__init__(credits, lowest, highest)
        self.credits, self.lowest, self.highest = credits, lowest, highest

    def __str__(self) -> str:
        return f"{self.credits} credits is not between {self.lowest} and {self.highest}."


class IdempotencyConflict(BillingError):
    """The key was used before for something else."""

    def __init__(self, idem_key: str) -> None:
        super().__init__(idem_key)
        self.idem_key = idem_key

    def __str__(self) -> str:
        return f"The key “{self.idem_key}” was used before for another booking."


class AccountFrozen(BillingError):
    """Staff froze the account: nothing can be spent of it."""

    def __str__(self) -> str:
        return "The credits of this account cannot be used at the moment."


class GoodwillCapped(BillingError):
    """More goodwill than anybody may give."""

    def __init__(self, credits: int, left: int) -> None:
        super().__init__(credits, left)
        self.credits, self.left = credits, left

    def __str__(self) -> str:
        return f"{self.credits} credits of goodwill are too many; at most {self.left} may be given here now."


class NoPrice(BillingError):
    """The rate card has no version in force for this."""

    def __str__(self) -> str:
        return "No price is in force for this conversation."


class OverlappingPrice(BillingError):
    """A version for the same scope takes effect at the same moment."""

    def __init__(self, other: str) -> None:
        super().__init__(other)
        self.other = other

    def __str__(self) -> str:
        return f"Price version {self.other} takes effect for the same scope at the same moment."


class SameApprover(BillingError):
    """A price cannot be approved by its author."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"{self.name} wrote this price; somebody else has to approve it."


class HoldNotOverdue(BillingError):
    """The hold is alive (a heartbeat extended it); it cannot be expired yet."""

    def __init__(self, turn: str, expires_at_ms: int) -> None:
        super().__init__(turn, expires_at_ms)
        self.turn, self.expires_at_ms = turn, expires_at_ms

    def __str__(self) -> str:
        return f"The credits of turn {self.turn} are held until {self.expires_at_ms}."


class UnknownHold(BillingError):
    """No hold was ever placed for this turn."""

    def __init__(self, turn: str) -> None:
        super().__init__(turn)
        self.turn = turn

    def __str__(self) -> str:
        return f"No credits are held for turn {self.turn}."


class UnknownReceipt(BillingError):
    """There is no such receipt for this fan."""

    def __init__(self, receipt: str) -> None:
        super().__init__(receipt)
        self.receipt = receipt

    def __str__(self) -> str:
        return "There is no such receipt."


class RewardRefused(BillingError):
    """A rewarded ad that gives no credits; sending the callback again will not help."""

    def __init__(self, reason: RewardRefusal) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"There is no reward for this ad: {REWARD_REFUSALS[self.reason]}."


class KeysUnavailable(BillingError):
    """The keys that rewarded ads are signed with cannot be had; later they may."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        return f"The keys of rewarded ads cannot be had: {self.why}."


class InvalidPromotion(BillingError):
    """A promotion that cannot be offered as it is written."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name, self.reason = name, reason

    def __str__(self) -> str:
        return f"The promotion “{self.name}” cannot be offered: {self.reason}."


class PromotionRefused(BillingError):
    """A promotion that this fan does not get, or not now. Only `too_fast` may be otherwise later."""

    def __init__(self, reason: PromotionRefusal) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return PROMOTION_REFUSALS[self.reason]


class UnknownPromotion(BillingError):
    """There is no such offer, or there is none any more: the two look alike."""

    def __str__(self) -> str:
        return "There is no such offer."


class BudgetReached(BillingError):
    """A cap that the fan or a guardian set leaves no room for this turn today; `scope` is a show, "" for all."""

    def __init__(self, scope: str, cap: int, spent: int, resets_at_ms: int) -> None:
        super().__init__(scope, cap, spent, resets_at_ms)
        self.scope, self.cap, self.spent, self.resets_at_ms = scope, cap, spent, resets_at_ms

    def __str__(self) -> str:
        return f"{self.spent} of {self.cap} credits for today are spent or held; more from {self.resets_at_ms}."


class InvalidPrice(BillingError):
    """A field of a price or of share terms breaks a rule of the rate card."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(field, rule)
        self.field, self.rule = field, rule

    def __str__(self) -> str:
        return f"In a price, “{self.field}” {self.rule}."


class NotRefundable(BillingError):
    """More is to be given back than the turn was charged, less what was given back before; `credits` None: all."""

    def __init__(self, turn: str, credits: int | None, left: int) -> None:
        super().__init__(turn, credits, left)
        self.turn, self.credits, self.left = turn, credits, left

    def __str__(self) -> str:
        return f"Of turn {self.turn}, {self.left} credits can be refunded."


class UnknownProposal(BillingError):
    """Nothing was proposed under this id."""

    def __init__(self, proposal: str) -> None:
        super().__init__(proposal)
        self.proposal = proposal

    def __str__(self) -> str:
        return f"There is no proposal {self.proposal}."


class ProposalDecided(BillingError):
    """The proposal was approved or withdrawn before."""

    def __init__(self, proposal: str, status: str) -> None:
        super().__init__(proposal, status)
        self.proposal, self.status = proposal, status

    def __str__(self) -> str:
        return f"The proposal {self.proposal} was {self.status} before."


class TillUnavailable(BillingError):
    """The till did not answer, or not now: ask again later.

    With `kept`, the till has stored its failure under the idempotency key and will only repeat it for about a day: look
    at what it did (the effect may have happened) before asking under another key.
    """

    def __init__(self, reason: str, *, kept: bool = False, request: str | None = None) -> None:
        super().__init__(reason, kept, request)
        self.reason, self.kept, self.request = reason, kept, request

    def __str__(self) -> str:
        return f"The till cannot be used at the moment ({self.reason})."


class TillRefused(BillingError):
    """The till understood and said no; `code` is its own word, `request` its id of the request."""

    def __init__(self, code: str, *, request: str | None = None) -> None:
        super().__init__(code, request)
        self.code, self.request = code, request

    def __str__(self) -> str:
        return f"The till refused this ({self.code})."


class TillUnreadable(BillingError):
    """The till answered with something that we do not understand well enough to book by."""

    def __init__(self, kind: str, field: str) -> None:
        super().__init__(kind, field)
        self.kind, self.field = kind, field

    def __str__(self) -> str:
        return f"The till sent a {self.kind} whose “{self.field}” cannot be read."


class UnknownAtTill(BillingError):
    """The till has no such thing."""

    def __init__(self, kind: str, id: str) -> None:
        super().__init__(kind, id)
        self.kind, self.id = kind, id

    def __str__(self) -> str:
        return f"The till knows no such {self.kind}."


class WebhookRefused(BillingError):
    """A webhook that is not to be believed."""

    def __init__(self, reason: WebhookFault) -> None:
        super().__init__(reason)
        self.reason: WebhookFault = reason

    def __str__(self) -> str:
        return f"The webhook was refused: {self.reason}."


class InvalidPack(BillingError):
    """A pack that cannot be sold; `rule` words what it breaks."""

    def __init__(self, pack: str, rule: str) -> None:
        super().__init__(pack, rule)
        self.pack, self.rule = pack, rule

    def __str__(self) -> str:
        return f"Pack {self.pack} cannot be sold: {self.rule}."


class UnknownPack(BillingError):
    """There is no such pack for sale."""

    def __init__(self, pack: str) -> None:
        super().__init__(pack)
        self.pack = pack

    def __str__(self) -> str:
        return f"There is no pack {self.pack} for sale."


class UnknownOrder(BillingError):
    """There is no such order."""

    def __init__(self, order: str) -> None:
        super().__init__(order)
        self.order = order

    def __str__(self) -> str:
        return f"There is no order {self.order}."


class OrderBusy(BillingError):
    """Too many others looked at the order at the same time; ask again."""

    def __init__(self, order: str) -> None:
        super().__init__(order)
        self.order = order

    def __str__(self) -> str:
        return f"Order {self.order} is being looked at; try again in a moment."


class NothingToRefund(BillingError):
    """The order is not paid, or nothing that could be refunded is left of it."""

    def __init__(self, order: str) -> None:
        super().__init__(order)
        self.order = order

    def __str__(self) -> str:
        return f"Nothing of order {self.order} can be refunded."


class NoCustomer(BillingError):
    """The till does not know this fan: nothing was ever paid."""

    def __str__(self) -> str:
        return "There are no payments to show."
