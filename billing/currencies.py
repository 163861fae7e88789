"""Currencies: which one a region pays in, and the least the till will charge in it.

Pure tables. Amounts are in the minor unit the till counts in; where a currency has none, in the currency itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

FALLBACK = "usd"

_EURO = "AT BE CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK AD MC SM VA ME XK BG"
_DOLLAR = "US PR GU VI AS MP EC SV PA TL FM MH PW"
_OWN = {
    "gbp": "GB IM JE GG",
    "jpy": "JP",
    "krw": "KR",
    "cny": "CN",
    "mxn": "MX",
    "brl": "BR",
    "inr": "IN",
    "thb": "TH",
    "idr": "ID",
    "vnd": "VN",
    "twd": "TW",
    "hkd": "HK",
    "sgd": "SG",
    "myr": "MY",
    "php": "PH",
    "cad": "CA",
    "aud": "AU NR KI TV",
    "nzd": "NZ CK NU TK",
    "chf": "CH LI",
    "sek": "SE",
    "nok": "NO",
    "dkk": "DK FO GL",
    "pln": "PL",
    "czk": "CZ",
    "huf": "HU",
    "ron": "RO",
    "try": "TR",
    "aed": "AE",
    "sar": "SA",
    "zar": "ZA",
    "ars": "AR",
    "clp": "CL",
    "cop": "CO",
    "pen": "PE",
}

CURRENCY_OF: Mapping[str, str] = {
    region: currency
    for currency, regions in {"eur": _EURO, "usd": _DOLLAR, **_OWN}.items()
    for region in regions.split()
}
"""ISO 3166-1 alpha-2 to ISO 4217 in lower case; Bulgaria since 2026."""

_WHOLE = "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf"
ZERO_DECIMAL = frozenset(_WHOLE.split())
"""Currencies without a minor unit (https://docs.stripe.com/currencies#zero-decimal)."""
THREE_DECIMAL = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))
"""Currencies whose minor unit is a thousandth (https://docs.stripe.com/currencies#three-decimal)."""

MINIMUM_MINOR: Mapping[str, int] = {
    "usd": 50,
    "aed": 200,
    "aud": 50,
    "brl": 50,
    "cad": 50,
    "chf": 50,
    "czk": 1500,
    "dkk": 250,
    "eur": 50,
    "gbp": 30,
    "hkd": 400,
    "huf": 17500,
    "inr": 50,
    "jpy": 50,
    "mxn": 1000,
    "myr": 200,
    "nok": 300,
    "nzd": 50,
    "pln": 200,
    "ron": 200,
    "sek": 300,
    "sgd": 50,
    "thb": 1000,
    # Not in the till's list: worth its minimum of 0.50 usd in a settlement currency, with room for the exchange rate.
    "cny": 500,
    "idr": 1_200_000,
    "krw": 1000,
    "vnd": 20_000,
}
"""The least the till charges (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).

A charge that is converted has to be worth the minimum of the currency it is settled in as well.
"""


_MAXIMUM_MINOR = {"idr": 999_999_999_999}


def maximum_minor(currency: str) -> int:
    """The most the till charges: eight digits, twelve in rupiah (same source)."""
    return _MAXIMUM_MINOR.get(currency, 99_999_999)


def currency_of(region: str | None, priced: Collection[str]) -> str:
    """The currency of a region (ISO 3166-1 alpha-2), if there are prices in it; else US dollars."""
    currency = CURRENCY_OF.get((region or "").upper(), FALLBACK)
    return currency if currency in priced else FALLBACK


def decimals_of(currency: str) -> int:
    """How many decimals an amount in a currency (either case) is written with."""
    code = currency.lower()
    return 0 if code in ZERO_DECIMAL else 3 if code in THREE_DECIMAL else 2
