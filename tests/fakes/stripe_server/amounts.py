"""Amounts as people read them.

Stripe counts in the smallest unit of a currency; which currencies have no smaller unit, or one of a thousandth, is
from https://docs.stripe.com/currencies#zero-decimal. Nothing here is for reckoning.
"""

from __future__ import annotations

from decimal import Decimal

_WHOLE = frozenset(["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv"])
_WHOLE_FRANCS = frozenset(["xaf", "xof", "xpf"])
_THOUSANDTHS = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])


def shown(amount: int, currency: str) -> str:
    """An amount in minor units as words: `shown(499, "usd")` is `4.99 USD`, `shown(500, "jpy")` is `500 JPY`."""
    places = 0 if currency in _WHOLE | _WHOLE_FRANCS else 3 if currency in _THOUSANDTHS else 2
    return f"{Decimal(amount).scaleb(-places):,.{places}f} {currency.upper()}"
