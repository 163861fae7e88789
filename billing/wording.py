"""Money, days and moments as people read them, in UTC and without a locale: `EUR 4.99`, `2027-01-15`.

Pure, and whole numbers all the way: what is cut off is never rounded up.
"""

from __future__ import annotations

from billing.currencies import decimals_of
from billing.units import DAY_MS, MICROS


def money(minor: int, currency: str) -> str:
    """An amount in minor units as people write it: `EUR 4.99`, `JPY 500`."""
    decimals = decimals_of(currency)
    whole, rest = divmod(minor, 10**decimals)
    return f"{currency.upper()} {whole}.{rest:0{decimals}}" if decimals else f"{currency.upper()} {whole}"


def day(ms: int) -> str:
    """The day of a moment, UTC: `2027-01-15`.

    Howard Hinnant's civil_from_days (howardhinnant.github.io/date_algorithms.html), for the years 1970 and later.
    """
    days = ms // DAY_MS + 719_468  # since 1 March of the year 0
    era, of_era = divmod(days, 146_097)
    year_of_era = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    months = (5 * of_year + 2) // 153  # since March
    month = months + 3 if months < 10 else months - 9
    year = 400 * era + year_of_era + (month <= 2)
    return f"{year:04}-{month:02}-{of_year - (153 * months + 2) // 5 + 1:02}"


def moment(ms: int) -> str:
    """A moment to the second, UTC: `2027-01-15 08:00:00 UTC`."""
    seconds = ms // 1_000 % 86_400
    return f"{day(ms)} {seconds // 3_600:02}:{seconds // 60 % 60:02}:{seconds % 60:02} UTC"


def price_of(currency: str, micros: int) -> str | None:
    """Millionths of a minor unit with the decimals of their currency, towards zero: `USD 4.99`, `JPY -500`.

    None for what nobody paid for.
    """
    if not currency:
        return None
    code, number = money(abs(micros) // MICROS, currency).split(" ")
    return f"{code} {'-' if micros <= -MICROS else ''}{number}"
