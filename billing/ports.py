"""The books, as the rest of Encore uses them.

An adapter's `Books` is bound to one transaction of the caller: it never commits, so money and words are
written together or not at all. Every method is idempotent by the key it is given.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from billing.ledger import Recorded
from billing.liability import Owed
from billing.replay import Difference, Replayed
from billing.revenue import By, RevenueLine
from billing.shares import Payout
from billing.shop_ports import OrderBooks
from billing.statement import StatementLine
from billing.traffic import TurnColumns
from billing.types import (
    Budget,
    BudgetSetter,
    Charge,
    LotClass,
    Money,
    PriceProposal,
    PriceScope,
    PriceVersion,
    Quote,
    Receipt,
    ShareTerms,
    TurnCost,
    TurnKind,
    Usage,
    Violation,
    Wallet,
)
from billing.whatif import RecordedTurn


class RateCard(Protocol):
    """How prices and shares come to be: proposed by one, approved by another, never changed."""

    async def propose(self, draft: PriceVersion, *, now_ms: int) -> PriceProposal:
        """Keep a draft (its `approver` is "") until somebody decides. The same draft again changes nothing.

        Raises InvalidAmount, InvalidPrice, OverlappingPrice (with the card), IdempotencyConflict (the id is another's).
        """
        ...

    async def approve(self, proposal: str, *, approver: str, now_ms: int) -> PriceVersion:
        """Let a draft join the card. The same approval again changes nothing.

        Raises UnknownProposal, ProposalDecided, SameApprover, InvalidPrice (its moment has passed), OverlappingPrice.
        """
        ...

    async def withdraw(self, proposal: str, *, actor: str, now_ms: int) -> PriceProposal:
        """Give a draft up. Again changes nothing. Raises UnknownProposal, ProposalDecided (it was approved)."""
        ...

    async def proposals(self) -> tuple[PriceProposal, ...]:
        """All of them, decided or not, oldest first. The card itself, past and future, is `Books.prices`."""
        ...

    async def add_share(self, terms: ShareTerms) -> None:
        """Add share terms. The same terms again change nothing.

        Raises SameApprover, InvalidAmount, OverlappingPrice (same show, character and moment), IdempotencyConflict.
        """
        ...

    async def shares(self) -> tuple[ShareTerms, ...]:
        """All share terms, oldest first."""
        ...


class Books(OrderBooks, Protocol):
    """Wallets, lots, holds, prices and receipts inside one transaction. `fan` is an opaque account owner."""

    @property
    def card(self) -> RateCard:
        """How prices and shares come to be."""
        ...

    async def open_wallet(self, fan: str, *, now_ms: int) -> Wallet:
        """The fan's wallet, created empty when there is none."""
        ...

    async def wallet(self, fan: str) -> Wallet:
        """The fan's wallet as booked; all zeros when there is none (nothing is created).

        Credits past their expiry count until they lapse: at the fan's next hold, or by `lapse`.
        """
        ...

    async def grant(
        self,
        fan: str,
        credits: int,
        *,
        lot_class: LotClass,
        reason: str,
        actor: str,
        idem_key: str,
        now_ms: int,
        expires_at_ms: int | None = None,
        paid_minor: int = 0,
        currency: str = "",
    ) -> Wallet:
        """Add a lot, opening the wallet if need be. The same `idem_key` again changes nothing.

        `paid_minor`, in minor units of `currency`, is what was paid for all of it: receipts, shares and `value` go by
        that. Purchased credits take no expiry, and an expiry lies ahead; both are asserted. Raises InvalidAmount
        (not 1..GRANT_CREDITS_MAX), IdempotencyConflict (same key, other fan, credits or class).
        """
        ...

    async def add_price(self, version: PriceVersion) -> None:
        """Add a version to the rate card. The same version again changes nothing.

        Raises SameApprover, InvalidAmount, InvalidPrice, OverlappingPrice (same scope and moment),
        IdempotencyConflict (same id, other price).
        """
        ...

    async def prices(self) -> tuple[PriceVersion, ...]:
        """The whole rate card, oldest first."""
        ...

    async def quote(
        self,
        scope: PriceScope,
        *,
        voice: bool | str,
        now_ms: int,
        kind: TurnKind = "message",
        opened_at_ms: int | None = None,
    ) -> Quote:
        """The price in force for one turn, its worst case, and the share terms in force. Raises NoPrice.

        `voice`: False, True, or the id of a voice. Only a `message` costs; other kinds are quoted at zero and their
        receipts say why. `opened_at_ms`, when the conversation began, keeps a price that is protected for it.
        """
        ...

    async def hold(self, turn: str, fan: str, quote: Quote, *, now_ms: int, ttl_ms: int) -> Charge:
        """Reserve a turn's worst case: text and voice are two holds, placed together or not at all.

        A quote of zero credits needs no balance and no budget. The same turn again returns what was held, whatever
        became of it. Raises InsufficientCredits(needed, available), BudgetReached, NoPrice (the quote is not of the
        rate card), AccountFrozen, IdempotencyConflict (the turn is another fan's).
        """
        ...

    async def extend(self, turns: Sequence[str], *, expires_at_ms: int) -> None:
        """Keep the open holds of these turns alive until then; those that are settled stay as they are."""
        ...

    async def capture(self, turn: str, usage: Usage, *, now_ms: int) -> Receipt:
        """Settle a turn that was delivered, burning lots in order; `usage` is charged at the pinned price.

        A settled turn returns the receipt it has. A hold that expired is reserved anew at the pinned price, or the
        whole is booked as uncollected and the receipt shows zeros. Raises UnknownHold.
        """
        ...

    async def void(self, turn: str, reason: str, *, now_ms: int) -> Receipt:
        """Settle a turn that costs nothing. A settled turn returns the receipt it has. Raises UnknownHold."""
        ...

    async def refund(
        self, turn: str, *, credits: int | None, reason: str, actor: str, idem_key: str, now_ms: int
    ) -> Receipt:
        """Give credits of a captured turn (None: all that are left) back to the lots they came from, last burned first.

        The same `idem_key` again changes nothing. Credits of a lot that has expired go back to it and lapse there,
        as breakage, at the fan's next hold or sweep. Raises UnknownHold, NotRefundable, IdempotencyConflict (the key
        was used for another turn or amount).
        """
        ...

    async def orders_of(self, turn: str) -> tuple[str, ...]:
        """The orders whose lots a turn burned, by id. Nobody settles the turn before this transaction ends.

        Raises UnknownHold.
        """
        ...

    async def refunded(self, turns: Sequence[str]) -> Mapping[str, int]:
        """Credits given back of each of these turns; one of which nothing was given back is left out."""
        ...

    async def refunds_of(self, fan: str, *, since_ms: int) -> int:
        """How many of the fan's turns were refunded, in part or in full, since then."""
        ...

    async def overdue(self, *, now_ms: int, limit: int) -> tuple[str, ...]:
        """Turns with open holds past their expiry, oldest first."""
        ...

    async def expire(self, turn: str, *, now_ms: int) -> Receipt:
        """End the overdue open holds of a turn nobody will settle. A settled turn returns the receipt it has.

        Raises UnknownHold, HoldNotOverdue (a heartbeat came first).
        """
        ...

    async def lapse(self, *, now_ms: int, limit: int) -> tuple[str, ...]:
        """Book expired credits as breakage, for at most `limit` fans; returns the fans who lost some.

        What open holds were promised is kept until they are settled.
        """
        ...

    async def receipt(self, receipt: str, *, fan: str) -> Receipt:
        """Raises UnknownReceipt, also for somebody else's: the two look alike."""
        ...

    async def receipt_of(self, turn: str) -> Receipt | None:
        """The receipt of a turn; None while it is open or when there never was a hold."""
        ...

    async def value(self, fan: str, credits: int, *, now_ms: int) -> tuple[Money, ...]:
        """What so many credits cost in money, by currency, from the lots that would burn for a hold placed now.

        Gifts cost nothing; credits the fan does not have are not counted.
        """
        ...

    async def set_budget(
        self, fan: str, *, show: str, set_by: BudgetSetter, credits: int | None, now_ms: int
    ) -> tuple[Budget, ...]:
        """Cap what the fan may spend in a UTC day, on a show or ("") on all; None lifts the cap. Returns all caps.

        Lowering is at once; raising or lifting takes 24 hours. A guardian's cap is a second one beside the fan's. Who
        may speak as a guardian is for the caller to know. Raises InvalidAmount.
        """
        ...

    async def budgets(self, fan: str, *, now_ms: int) -> tuple[Budget, ...]:
        """The caps in force or pending, by show and setter. A turn counts, refunded or not, for the day of its hold."""
        ...

    async def note_cost(self, turn: str, cost: TurnCost, *, now_ms: int) -> None:
        """Keep what one kind of a turn cost us, once. Raises UnknownHold, IdempotencyConflict (noted otherwise)."""
        ...

    async def costs_of(self, turn: str) -> tuple[TurnCost, ...]:
        """What was noted of a turn, text before voice."""
        ...

    async def verify(self, *, now_ms: int | None = None) -> tuple[Violation, ...]:
        """Recompute every invariant from the journal; empty when the books add up.

        It takes a consistent read: the caller's transaction has to give one snapshot to all its statements. With
        `now_ms`, open holds long past their expiry are found too.
        """
        ...


class Reports(Protocol):
    """The books read for people. Figures agree with each other when they come from one snapshot; nothing is written."""

    async def statement(self, fan: str, *, before: int | None, limit: int) -> tuple[StatementLine, ...]:
        """The newest movements of a fan's credits, those before the place `before` if it is given; newest first."""
        ...

    async def liability(self, at_ms: int) -> tuple[Owed, ...]:
        """Unspent credits by class and currency as they were at a moment, which may be any in the past."""
        ...

    def journal(self) -> AsyncIterator[Recorded]:
        """Every entry by ascending place, read in pieces."""
        ...

    async def replay(self) -> tuple[Replayed, tuple[Difference, ...]]:
        """What the journal alone adds up to, and where the kept wallets and lots differ from it."""
        ...

    async def revenue(self, *, from_ms: int, until_ms: int, by: By) -> tuple[RevenueLine, ...]:
        """What was earned and what it cost in a period (`until_ms` excluded), by the order of its groups."""
        ...

    async def payouts(self, *, from_ms: int, until_ms: int) -> tuple[Payout, ...]:
        """What each payee earned in a period (`until_ms` excluded), less what refunds took back in it."""
        ...

    def turns(self, *, from_ms: int, until_ms: int) -> AsyncIterator[RecordedTurn]:
        """The turns asked for in a period (`until_ms` excluded) that were delivered and charged, as they were charged.

        They are read in pieces; fans come one after the other, by the code points of their ids, as `whatif.Trial`
        wants them. A turn that could not be collected is left out, and what was refunded since is not taken off.
        """
        ...

    def turn_columns(self, *, from_ms: int, until_ms: int) -> AsyncIterator[TurnColumns]:
        """The same turns in the same order, in batches, with the money behind them: for `impact.BatchTrial`."""
        ...

    async def turns_burning(self, lot: str, *, limit: int) -> tuple[str, ...]:
        """The turns that burned credits of a lot, oldest first."""
        ...

    async def turn_of(self, name: str) -> str:
        """The turn with this id, or with this receipt. Raises UnknownReceipt."""
        ...
