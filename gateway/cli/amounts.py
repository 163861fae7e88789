"""Money and moments as commands print them. Money is whole numbers all the way: what is cut off is never rounded up."""

from __future__ import annotations

from billing.evidence import day, moment, money
from billing.liability import MICROS

__all__ = ["day", "moment", "price_of"]


def price_of(currency: str, micros: int) -> str | None:
    """Millionths of a minor unit with the decimals of their currency, towards zero: `USD 4.99`, `JPY -500`.

    None for what nobody paid for.
    """
    if not currency:
        return None
    code, number = money(abs(micros) // MICROS, currency).split(" ")
    return f"{code} {'-' if micros <= -MICROS else ''}{number}"
