"""The fan's money over HTTP: balance, statement, receipts, codes, and nonces for rewarded ads.

Each route is the same small slice as in `gateway.http`: who asks, one unit of work, one typed answer.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from billing.budgets import BUDGET_CREDITS_MAX
from billing.promoting import redeem_code
from billing.promotions import NAME_CHARS_MAX
from billing.rewarding import issue_nonce
from billing.statement import StatementLine
from billing.types import Budget, BudgetSetter, Burn, Receipt
from gateway.auth import Claims
from gateway.conversations import worth_of
from gateway.errors import RewardsOff
from gateway.events import Credits
from gateway.gifts import source_of
from gateway.ports import Units
from gateway.settings import AdRewards
from gateway.views import (
    Budgets,
    BudgetView,
    BurnView,
    CodeRedeemed,
    Delivered,
    ReceiptDetails,
    RewardNonce,
    Statement,
    StatementLineView,
    WalletDetails,
)

STATEMENT_LINES = 50
JOURNAL_PLACE_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Purse:
    """What the routes of a fan's money need beside the units."""

    clock: Callable[[], int]
    rewards: AdRewards | None
    key_of: Callable[[str], str]
    """The key under which an app's clients' addresses are digested."""


class BudgetWish(BaseModel):
    """What a fan wants to spend at most in a UTC day, on a show or (null) on all of them; null credits lift the cap."""

    model_config = ConfigDict(extra="forbid")
    credits: Annotated[int, Field(ge=0, le=BUDGET_CREDITS_MAX, strict=True)] | None
    show: Annotated[str, Field(min_length=1, max_length=63)] | None = None


class CodeTyped(BaseModel):
    """A code as the fan typed it."""

    model_config = ConfigDict(extra="forbid")
    code: Annotated[str, Field(min_length=1, max_length=NAME_CHARS_MAX)]


def wallet_router(units: Units, fan_of: Any, purse: Purse, dealing: Any) -> APIRouter:
    """The routes; `fan_of` is the dependency that says who asks, `dealing` the one that no fan asks often."""
    router = APIRouter()
    router.include_router(_books_router(units, fan_of, purse))
    router.include_router(_budget_router(units, fan_of, purse.clock, dealing))
    router.include_router(_gifts_router(units, fan_of, purse, dealing))
    return router


def _books_router(units: Units, fan_of: Any, purse: Purse) -> APIRouter:
    router = APIRouter()

    @router.get("/wallet")
    async def wallet(fan: Claims = fan_of) -> WalletDetails:
        async with units.read() as unit:
            found = await unit.books.wallet(fan.fan)
            worth = worth_of(await unit.books.value(fan.fan, found.available, now_ms=purse.clock()))
        by_class = {str(lot_class): credits for lot_class, credits in found.by_class.items() if credits}
        return WalletDetails(available=found.available, held=found.held, by_class=by_class, currency_hint=worth)

    @router.get("/wallet/statement")
    async def statement(
        fan: Claims = fan_of, before: Annotated[int | None, Query(ge=1, le=JOURNAL_PLACE_MAX)] = None
    ) -> Statement:
        async with units.read() as unit:
            page = await unit.reports.statement(fan.fan, before=before, limit=STATEMENT_LINES)
        return Statement(
            lines=tuple(statement_line(line) for line in page),
            before=page[-1].seq if len(page) == STATEMENT_LINES else None,
        )

    @router.get("/receipts/{receipt}")
    async def receipt(receipt: str, fan: Claims = fan_of) -> ReceiptDetails:
        async with units.read() as unit:
            found = await unit.books.receipt(receipt, fan=fan.fan)
        return receipt_details(found)

    return router


def _budget_router(units: Units, fan_of: Any, clock: Callable[[], int], dealing: Any) -> APIRouter:
    router = APIRouter()

    @router.get("/budget")
    async def budget(fan: Claims = fan_of) -> Budgets:
        async with units.read() as unit:
            return budgets_view(await unit.books.budgets(fan.fan, now_ms=clock()))

    @router.put("/budget", dependencies=[dealing])
    async def set_budget(wish: BudgetWish, fan: Claims = fan_of) -> Budgets:
        """Lowering is at once, raising takes a day; a guardian's cap stands beside the fan's own."""
        set_by: BudgetSetter = "guardian" if fan.guardian else "fan"
        async with units.begin() as unit:
            caps = await unit.books.set_budget(
                fan.fan, show=wish.show or "", set_by=set_by, credits=wish.credits, now_ms=clock()
            )
        return budgets_view(caps)

    return router


def _gifts_router(units: Units, fan_of: Any, purse: Purse, dealing: Any) -> APIRouter:
    router = APIRouter()

    @router.post("/promotions/redeem", dependencies=[dealing])
    async def redeem(typed: CodeTyped, request: Request, fan: Claims = fan_of) -> CodeRedeemed:
        source = source_of(address_of(request), purse.key_of(fan.app))
        async with units.begin() as unit:
            credits = await redeem_code(
                unit, typed.code, fan.fan, source=source, verified=fan.verified, now_ms=purse.clock()
            )
            wallet = await unit.books.wallet(fan.fan)
        return CodeRedeemed(credits=credits, available=wallet.available)

    @router.post("/rewards/nonce", status_code=201, dependencies=[dealing])
    async def nonce(fan: Claims = fan_of) -> RewardNonce:
        if purse.rewards is None:
            raise RewardsOff
        now_ms = purse.clock()
        async with units.begin() as unit:
            made = await issue_nonce(unit, fan.fan, id=uuid.uuid4().hex, secret=purse.rewards.secrets[0], now_ms=now_ms)
        return RewardNonce(nonce=made)

    return router


def address_of(request: Request) -> str:
    """Where a request comes from, as far as the server knows."""
    return request.client.host if request.client else ""


def receipt_details(receipt: Receipt) -> ReceiptDetails:
    """A receipt with all that is known of it."""
    return ReceiptDetails(
        id=receipt.id,
        turn=receipt.turn,
        charged=Credits(text=receipt.charged.text, voice=receipt.charged.voice),
        refunded=receipt.refunded,
        price_version=receipt.price_version,
        author=receipt.author,
        approver=receipt.approver,
        burned=tuple(_burn(burn) for burn in receipt.burned),
        reason=receipt.reason,
        show=receipt.scope.show,
        character=receipt.scope.character,
        delivered=Delivered(
            text=receipt.usage.text, voice=receipt.usage.voice, tokens=receipt.usage.tokens, chars=receipt.usage.chars
        ),
        opened_at_ms=receipt.opened_at_ms,
        settled_at_ms=receipt.settled_at_ms,
    )


def _burn(burn: Burn) -> BurnView:
    return BurnView(
        lot=burn.lot,
        lot_class=burn.lot_class,
        credits=burn.credits,
        currency=burn.currency,
        paid_micros=burn.paid_micros,
    )


def budgets_view(caps: tuple[Budget, ...]) -> Budgets:
    """Caps as they go over the wire."""
    return Budgets(
        budgets=tuple(
            BudgetView(
                show=cap.show or None,
                set_by=cap.set_by,
                credits=cap.credits,
                spent=cap.spent,
                resets_at_ms=cap.resets_at_ms,
                raise_to=cap.pending,
                raise_at_ms=cap.pending_at_ms,
            )
            for cap in caps
        )
    )


def statement_line(line: StatementLine) -> StatementLineView:
    """A movement as it goes over the wire."""
    return StatementLineView(
        seq=line.seq,
        at_ms=line.at_ms,
        kind=line.kind,
        credits=line.credits,
        balance=line.balance,
        reason=line.reason,
        turn=line.turn,
        price_version=line.price_version,
    )
