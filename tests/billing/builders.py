"""Values for the tests of money: a rate card, fans and shorthand for grants. No test logic lives here."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from billing.ledger import Lot, LotTerms
from billing.ports import Books
from billing.types import Charge, LotClass, PriceScope, PriceVersion, Quote, ShareTerms, Usage

Transaction = Callable[[], AbstractAsyncContextManager[Books]]
"""Opens the books for one transaction: kept when the block ends, gone when it raises."""

NOW_MS = 1_800_000_000_000
TTL_MS = 60_000
FAN = "app:fan-1"
STRANGER = "app:fan-2"
SCOPE = PriceScope(show="lantern-contract", character="mei", mode="chat", locale="en", region="eu")

PRICE = PriceVersion("p1", PriceScope(), Charge(text=3, voice=5), NOW_MS - 1_000, "ana", "ben")
FREE = PriceVersion("free", PriceScope(mode="greeting"), Charge(), NOW_MS - 1_000, "ana", "ben")

TEXT = Quote("p1", Charge(text=3))
SPOKEN = Quote("p1", Charge(text=3, voice=5))
NOTHING = Quote("free", Charge(), PriceScope(mode="greeting"))

WORDS = Usage(text=True)
SPEECH = Usage(text=True, voice=True)

MEI_SHARE = ShareTerms("s1", "lantern-contract", "mei", "mei's actor", 1_500, NOW_MS - 1_000, "ana", "ben")
ACTED = Quote("p1", Charge(3, 5), SCOPE, share="s1")
"""A spoken turn under MEI_SHARE."""


async def grant(
    books: Books,
    credits: int,
    key: str = "welcome",
    *,
    fan: str = FAN,
    lot_class: LotClass = "promotional",
    now_ms: int = NOW_MS,
    expires_at_ms: int | None = None,
    paid_minor: int = 0,
) -> None:
    """A grant with what a test seldom cares about filled in."""
    await books.grant(
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


async def stock(books: Books, credits: int = 0) -> None:
    """A rate card, and a wallet with credits when there are to be some."""
    await books.add_price(PRICE)
    await books.add_price(FREE)
    if credits:
        await grant(books, credits)


def lot(
    name: str,
    remaining: int = 10,
    lot_class: LotClass = "promotional",
    *,
    seq: int = 1,
    expires_at_ms: int | None = None,
    paid_minor: int = 0,
) -> Lot:
    """A lot of FAN as the pure core sees it."""
    return Lot(
        LotTerms(name, lot_class, expires_at_ms, paid_minor, "usd" if paid_minor else ""),
        FAN,
        seq,
        remaining,
        remaining,
        1,
    )
