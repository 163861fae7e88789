"""What a fan is offered: the packs with prices in the fan's currency, the exact shortfall first.

Pure. An offer names everything a checkout needs; it must never cost less than the till charges.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from billing.currencies import MINIMUM_MINOR, maximum_minor
from billing.errors import InvalidPack
from billing.ledger import GRANT_CREDITS_MAX
from billing.packs import Pack, PackKind
from billing.till import Interval


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing to buy; `covers` says whether its credits are enough for what is missing."""

    pack: str
    title: str
    credits: int
    bonus: int
    amount_minor: int
    currency: str
    interval: Interval | None
    covers: bool


_ORDER: tuple[PackKind, ...] = ("top_up", "one_time", "subscription")


def offers(packs: Iterable[Pack], currency: str, shortfall: int) -> tuple[Offer, ...]:
    """What is for sale to a fan who lacks `shortfall` credits (0: nothing is missing, and no top-up is offered).

    A pack without a price in the currency is offered in US dollars. The exact top-up comes first, then packs by
    credits, then subscriptions by credits.
    """
    found = [
        (_ORDER.index(pack.kind), offered.credits, pack.id, offered)
        for pack in packs
        if (offered := offer(pack, currency, shortfall)) is not None
    ]
    return tuple(offered for *_, offered in sorted(found, key=lambda each: each[:3]))


def offer(pack: Pack, currency: str, shortfall: int) -> Offer | None:
    """One pack as it is offered; None when it has no price, or is a top-up and nothing is missing or far too much."""
    assert shortfall >= 0, "nobody lacks less than nothing"
    price = pack.price_in(currency)
    if price is None:
        return None
    blocks = 1
    if pack.kind == "top_up":
        if shortfall == 0:
            return None
        blocks = max(_up(shortfall, pack.credits), _up(MINIMUM_MINOR[price.currency], price.amount_minor))
        if blocks * pack.credits > GRANT_CREDITS_MAX or blocks * price.amount_minor > maximum_minor(price.currency):
            return None
    credits = blocks * pack.credits
    title = f"{credits} credits" if pack.kind == "top_up" else pack.title
    covers = credits + pack.bonus >= shortfall
    amount = blocks * price.amount_minor
    return Offer(pack.id, title, credits, pack.bonus, amount, price.currency, pack.interval, covers)


def offered(pack: Pack, currency: str, shortfall: int) -> Offer:
    """The offer a checkout begins with. Raises InvalidPack when the pack is not offered for this shortfall."""
    found = offer(pack, currency, shortfall)
    if found is None:
        raise InvalidPack(pack.id, "it is not offered for this many credits")
    return found


def _up(amount: int, step: int) -> int:
    """How many steps reach the amount."""
    return -(-amount // step)
