"""Packs: what is for sale, what it costs in which currency, and which packs may be put up.

Pure. A pack never changes; another price is another pack, and the old one is retired. What was ordered keeps its terms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from billing.currencies import FALLBACK, MINIMUM_MINOR, maximum_minor
from billing.errors import IdempotencyConflict, InvalidPack, SameApprover
from billing.ledger import GRANT_CREDITS_MAX, KEY_LENGTH_MAX
from billing.till import TITLE_CHARS_MAX, Interval

PackKind = Literal["one_time", "subscription", "top_up"]
PACK_KINDS: tuple[PackKind, ...] = get_args(PackKind)


@dataclass(frozen=True, slots=True)
class PackPrice:
    """What a pack costs in one currency (ISO 4217, lower case), in minor units."""

    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Pack:
    """Something for sale. Of a top-up, `credits` and the prices are those of one block, and it has no bonus."""

    id: str
    kind: PackKind
    title: str
    credits: int
    bonus: int
    interval: Interval | None
    """How often a subscription grants and costs; None for everything else."""
    prices: tuple[PackPrice, ...]
    """By currency."""
    author: str
    approver: str
    starts_at_ms: int = 0
    ends_at_ms: int | None = None
    """It is sold from the one moment on, and before the other."""

    def on_sale(self, now_ms: int) -> bool:
        """Whether it is sold at a moment, as long as nobody has retired it."""
        return self.starts_at_ms <= now_ms and (self.ends_at_ms is None or now_ms < self.ends_at_ms)

    def price_in(self, currency: str) -> PackPrice | None:
        """The price in a currency, or in US dollars where it has none."""
        of = {price.currency: price for price in self.prices}
        return of.get(currency) or of.get(FALLBACK)


def admit(pack: Pack, others: Sequence[Pack]) -> bool:
    """Whether the pack joins the others; False when it is there already, unchanged.

    `others` has every pack with the same id, retired ones too. Raises SameApprover, InvalidPack, IdempotencyConflict.
    """
    if pack.author.strip().casefold() == pack.approver.strip().casefold():
        raise SameApprover(pack.author)
    if not 0 < len(pack.approver) <= KEY_LENGTH_MAX:
        raise InvalidPack(pack.id, "it needs an approver")
    check(pack)
    for other in others:
        if other.id == pack.id:
            if other != pack:
                raise IdempotencyConflict(pack.id)
            return False
    return True


def check(pack: Pack) -> None:
    """Everything that is asked of a pack but its approver. Raises InvalidPack."""
    for rule, kept in _rules(pack):
        if not kept:
            raise InvalidPack(pack.id, rule)


def _rules(pack: Pack) -> tuple[tuple[str, bool], ...]:
    currencies = [price.currency for price in pack.prices]
    # The blocks of a top-up are raised to the till's minimum together, so one block may cost less.
    least = {
        price.currency: 1 if pack.kind == "top_up" else MINIMUM_MINOR.get(price.currency, 1) for price in pack.prices
    }
    names = (pack.id, pack.author)
    return (
        ("it needs an id and an author", all(0 < len(name) <= KEY_LENGTH_MAX for name in names)),
        ("it needs a title", 0 < len(pack.title) <= TITLE_CHARS_MAX),
        (f"it needs 1 to {GRANT_CREDITS_MAX} credits", 1 <= pack.credits <= GRANT_CREDITS_MAX),
        (f"its bonus must be 0 to {GRANT_CREDITS_MAX}", 0 <= pack.bonus <= GRANT_CREDITS_MAX),
        ("a top-up cannot have a bonus", pack.kind != "top_up" or pack.bonus == 0),
        (
            "a subscription needs an interval, and nothing else has one",
            (pack.kind == "subscription") == (pack.interval is not None),
        ),
        ("it needs a price in US dollars", FALLBACK in currencies),
        ("it needs one price in a currency and no more", len(set(currencies)) == len(currencies)),
        ("its prices must come by currency", currencies == sorted(currencies)),
        ("it has a currency that the till's minimum is not known of", set(currencies) <= set(MINIMUM_MINOR)),
        ("it starts at no moment", pack.starts_at_ms >= 0),
        ("it ends before it starts", pack.ends_at_ms is None or pack.ends_at_ms > pack.starts_at_ms),
        (
            "a price is less or more than the till charges",
            all(least[p.currency] <= p.amount_minor <= maximum_minor(p.currency) for p in pack.prices),
        ),
    )


def packs_of(data: Mapping[str, Any]) -> tuple[Pack, ...]:
    """The packs of a document such as `packs.yaml`: author, approver, and packs with prices by currency.

    Raises InvalidPack for what is missing or of the wrong type; the other rules are `admit`'s.
    """
    return tuple(_pack(item, data) for item in data.get("packs", ()))


def _pack(item: Mapping[str, Any], data: Mapping[str, Any]) -> Pack:
    name = str(item.get("id", "?"))
    fields: dict[str, type | tuple[type, ...]] = {"id": str, "kind": str, "title": str, "credits": int, "prices": dict}
    for field, kind in fields.items():
        if not isinstance(item.get(field), kind):
            raise InvalidPack(name, f"its {field} is missing or of the wrong type")
    if item["kind"] not in PACK_KINDS:
        raise InvalidPack(name, f"its kind is none of {', '.join(PACK_KINDS)}")
    prices = item["prices"]
    if not all(isinstance(amount, int) for amount in prices.values()):
        raise InvalidPack(name, "its prices are whole numbers of minor units")
    return Pack(
        id=item["id"],
        kind=item["kind"],
        title=item["title"],
        credits=item["credits"],
        bonus=item.get("bonus", 0),
        interval=item.get("interval"),
        prices=tuple(PackPrice(currency, prices[currency]) for currency in sorted(prices)),
        author=str(data.get("author", "")),
        approver=str(data.get("approver", "")),
    )
