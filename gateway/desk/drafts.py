"""What is typed on the Desk, read into values of the books: prices, periods, reasons. It decides nothing itself."""

from __future__ import annotations

import re

from billing.ledger import KEY_LENGTH_MAX, REASON_LENGTH_MAX
from billing.revenue import PERIOD_DAYS_MAX
from billing.types import Charge, PriceScope, PriceVersion, Rates
from billing.units import DAY_MS
from gateway.moments import EXPECTED, end_ms, first_ms
from gateway.staff.errors import FormInvalid
from gateway.staff.forms import Form

COUNT_MAX = 1_000_000_000
KEY = re.compile(r"[0-9a-f]{32}", re.ASCII)
_VOICE = re.compile(r"(?P<voice>[^=,]{1,200})=\s*(?P<credits>\d{1,9})", re.ASCII)


def draft_of(form: Form, author: str) -> PriceVersion:
    """The draft of a price that somebody typed. Raises FormInvalid; whether it is a sound one the books say."""
    protects = form.text("protects_until")
    return PriceVersion(
        id=name(form, "id"),
        scope=PriceScope(*(_part(form, part) for part in ("show", "character", "mode", "locale", "region"))),
        amounts=Charge(form.number("text", 0, COUNT_MAX), _count(form, "voice")),
        effective_from_ms=moment(form, "effective_from"),
        author=author,
        approver="",
        rates=Rates(
            *(_count(form, rate) for rate in ("text_per_1000_tokens", "voice_per_100_chars", "tokens_max", "chars_max"))
        ),
        voices=_voices(form.text("voices")),
        protects_until_ms=moment(form, "protects_until") if protects else None,
    )


def name(form: Form, field: str, most: int = KEY_LENGTH_MAX) -> str:
    """A text that is there and not too long. Raises FormInvalid."""
    written = form.text(field)
    if not 1 <= len(written) <= most:
        raise FormInvalid(f"“{field}” must have 1 to {most} characters.")
    return written


def reason(form: Form) -> str:
    """Why; it will stand in the books. Raises FormInvalid."""
    return name(form, "reason", REASON_LENGTH_MAX)


def once(form: Form) -> str:
    """The key of a form that books something, made with the page: sent twice, it books once. Raises FormInvalid."""
    if KEY.fullmatch(form.text("once")) is None:
        raise FormInvalid("This form is incomplete; load the page again.")
    return f"desk:{form.text('once')}"


def moment(form: Form, field: str) -> int:
    """A moment, or the first one of a day. Raises FormInvalid."""
    try:
        return first_ms(form.text(field))
    except ValueError as error:
        raise FormInvalid(f"“{field}” {error}.") from error


def period(from_: str, to: str) -> tuple[int, int]:
    """The first moment of a period and its end, for days or moments in an address. Raises FormInvalid."""
    try:
        from_ms, until_ms = first_ms(from_), end_ms(to)
    except ValueError as error:
        raise FormInvalid(f"A period’s day {EXPECTED}.") from error
    if not 0 < until_ms - from_ms <= PERIOD_DAYS_MAX * DAY_MS:
        raise FormInvalid(f"A period ends after it begins, within {PERIOD_DAYS_MAX} days.")
    return from_ms, until_ms


def _part(form: Form, field: str) -> str:
    written = form.text(field)
    if len(written) > KEY_LENGTH_MAX:
        raise FormInvalid(f"“{field}” must have at most {KEY_LENGTH_MAX} characters.")
    return written


def _count(form: Form, field: str) -> int:
    return form.number(field, 0, COUNT_MAX) if form.text(field) else 0


def _voices(written: str) -> tuple[tuple[str, int], ...]:
    found = []
    for part in filter(None, (each.strip() for each in written.split(","))):
        match = _VOICE.fullmatch(part)
        if match is None:
            raise FormInvalid("“voices” must be voice ids with their credits, such as: warm=4, low=2.")
        found.append((match["voice"].strip(), int(match["credits"])))
    return tuple(sorted(found))
