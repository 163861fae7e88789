"""What can be done to any books, as values: each act is a function of the books, and its answer can be compared.

Ids that each of the books draws for itself are taken out of an answer; a refusal is an answer too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from billing.errors import BillingError
from billing.ports import Books
from billing.purchases import Purchase
from billing.standing import Plan, Standing
from billing.types import Charge, LotClass, Receipt, Wallet
from tests.billing.sales_model import PAID_MINOR

Answer = Receipt | Wallet | Charge | Plan | tuple[object, ...] | int | None
Do = Callable[[Books], Awaitable[Answer]]


def comparable(answer: Answer) -> Answer:
    """The answer without the ids that each of the books draws for itself."""
    if isinstance(answer, Receipt):
        return replace(answer, id="", burned=tuple(replace(burn, lot="") for burn in answer.burned))
    if isinstance(answer, Plan):
        postings = [tuple(replace(posting, lot=None) for posting in entry.postings) for entry in answer.entries]
        entries = zip(answer.entries, postings, strict=True)
        return replace(answer, entries=tuple(replace(entry, postings=moves) for entry, moves in entries))
    return answer


async def attempt(books: Books, act: Do) -> Answer | BillingError:
    """What the books answer, a refusal included."""
    try:
        return comparable(await act(books))
    except BillingError as error:
        return error


def granting(
    fan: str,
    credits: int,
    lot_class: LotClass,
    key: str,
    now_ms: int,
    expires_at_ms: int | None = None,
    paid_minor: int = 0,
) -> Do:
    """A grant, in dollars when something was paid."""

    async def act(books: Books) -> Answer:
        return await books.grant(
            fan,
            credits,
            lot_class=lot_class,
            reason="a test",
            actor="tester",
            idem_key=key,
            now_ms=now_ms,
            expires_at_ms=expires_at_ms,
            paid_minor=paid_minor,
            currency="usd" if paid_minor else "",
        )

    return act


def purchasing(order: str, fan: str, credits: int, bonus: int, life_ms: int | None, now_ms: int) -> Do:
    """A pack, or, with a life, a period of a subscription."""
    until_ms = None if life_ms is None else now_ms + life_ms
    lot_class: LotClass = "purchased" if until_ms is None else "subscription"
    bought = Purchase(order, fan, credits, bonus, lot_class, PAID_MINOR, "usd", until_ms)
    return lambda books: books.purchase(bought, now_ms=now_ms)


def looking(order: str, fan: str, standing: Standing, now_ms: int) -> Do:
    """A look at the till that saw this."""
    return lambda books: books.stand(order, fan, standing, now_ms=now_ms)


def refunding(turn: str, credits: int | None, key: str, now_ms: int) -> Do:
    """A refund of a turn, of all that is left when no number is given."""
    return lambda books: books.refund(
        turn, credits=credits, reason="a test", actor="tester", idem_key=key, now_ms=now_ms
    )
