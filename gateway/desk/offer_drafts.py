"""Packs and promotions as they are typed on the Desk, read into what the books know. It decides nothing itself.

A price is typed as people write it, 4.99, and becomes whole minor units of its currency; more decimals than the
currency has are refused and never rounded.
"""

from __future__ import annotations

import re
from typing import TypeVar, get_args

from billing.currencies import FALLBACK, MINIMUM_MINOR, decimals_of
from billing.packs import PACK_KINDS, Pack, PackPrice
from billing.promotions import NAME_CHARS_MAX, PROMOTION_KINDS, Promotion, folded
from billing.till import TITLE_CHARS_MAX, Interval
from gateway.desk.drafts import COUNT_MAX, moment, name
from gateway.price_files import LOT_DAYS_MAX
from gateway.staff.errors import FormInvalid
from gateway.staff.forms import Form

PACK_ID_CHARS_MAX = 63
INTERVALS: tuple[Interval, ...] = get_args(Interval)
COMMON = (FALLBACK, "eur", "gbp", "jpy", "brl")
CURRENCIES = (*COMMON, *sorted(set(MINIMUM_MINOR) - set(COMMON)))
"""In which a pack may have a price; those of most fans first."""
TAKEN = frozenset((".", "..", "new"))
"""Names that would be other addresses."""
_NAME = re.compile(r"[\w.+-]+")
_AMOUNT = re.compile(r"(?P<whole>\d{1,12})(?:[.,](?P<rest>\d{1,3}))?", re.ASCII)
_Chosen = TypeVar("_Chosen", bound=str)


def pack_of(form: Form, author: str) -> Pack:
    """The draft of a pack. Raises FormInvalid; whether it can be sold the books say."""
    prices = [PackPrice(code, _amount(form, code)) for code in sorted(CURRENCIES) if form.text(_price(code))]
    interval = form.text("interval")
    return Pack(
        id=_named(form, "id", PACK_ID_CHARS_MAX),
        kind=_one_of(form, "kind", PACK_KINDS),
        title=name(form, "title", TITLE_CHARS_MAX),
        credits=form.number("credits", 1, COUNT_MAX),
        bonus=_number(form, "bonus", 0) or 0,
        interval=_one_of(form, "interval", INTERVALS) if interval else None,
        prices=tuple(prices),
        author=author,
        approver="",
        starts_at_ms=moment(form, "starts") if form.text("starts") else 0,
        ends_at_ms=_until(form),
    )


def promotion_of(form: Form, author: str) -> Promotion:
    """The draft of a promotion; its name is folded as codes are. Raises FormInvalid."""
    return Promotion(
        name=folded(_named(form, "name", NAME_CHARS_MAX)),
        kind=_one_of(form, "kind", PROMOTION_KINDS),
        title=name(form, "title"),
        starts_at_ms=moment(form, "starts"),
        author=author,
        approver="",
        credits=_number(form, "credits", 0) or 0,
        bonus_bps=_number(form, "bonus_bps", 0) or 0,
        lot_days=_number(form, "lot_days", 1, LOT_DAYS_MAX),
        ends_at_ms=_until(form),
        redemptions_max=_number(form, "redemptions_max", 1),
        per_hour_max=_number(form, "per_hour_max", 1),
        per_source_day_max=_number(form, "per_source_day_max", 1),
    )


def written(amount_minor: int, currency: str) -> str:
    """An amount as it is typed: `4.99`, `750`."""
    decimals = decimals_of(currency)
    whole, rest = divmod(amount_minor, 10**decimals)
    return f"{whole}.{rest:0{decimals}}" if decimals else str(whole)


def _price(currency: str) -> str:
    return f"price_{currency}"


def _amount(form: Form, currency: str) -> int:
    decimals = decimals_of(currency)
    match = _AMOUNT.fullmatch(form.text(_price(currency)))
    rest = (match["rest"] or "") if match else ""
    if match is None or len(rest) > decimals:
        told = f"at most {decimals} decimals" if decimals else "no decimals"
        raise FormInvalid(f"A price in {currency.upper()} is a number with {told}.")
    scale: int = 10**decimals
    return int(match["whole"]) * scale + int(rest.ljust(decimals, "0") or 0)


def _named(form: Form, field: str, most: int) -> str:
    found = name(form, field, most)
    if _NAME.fullmatch(found) is None or found.casefold() in TAKEN:
        raise FormInvalid(f"“{field}” must have letters, digits and . _ + - alone, and not be “new”.")
    return found


def _one_of(form: Form, field: str, choices: tuple[_Chosen, ...]) -> _Chosen:
    found = next((choice for choice in choices if choice == form.text(field)), None)
    if found is None:
        raise FormInvalid(f"“{field}” must be one of: {', '.join(choices)}.")
    return found


def _until(form: Form) -> int | None:
    return moment(form, "ends") if form.text("ends") else None


def _number(form: Form, field: str, least: int, most: int = COUNT_MAX) -> int | None:
    return form.number(field, least, most) if form.text(field) else None
