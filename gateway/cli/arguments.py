"""Names, periods and files that several commands are given, checked before anything is opened."""

from __future__ import annotations

from typing import Annotated

import typer

from billing.ledger import KEY_LENGTH_MAX, REASON_LENGTH_MAX
from billing.revenue import PERIOD_DAYS_MAX
from billing.units import DAY_MS
from gateway.auth import FAN_ID_CHARS_MAX, Claims
from gateway.cli.console import settings
from gateway.moments import end_ms, first_ms

DEMO_APP = "demo"
"""The app of `encore demo`, which no setting names."""

App = Annotated[str, typer.Option(help="The host app, one of ENCORE_APPS.")]
From = Annotated[str, typer.Option("--from", help="The first day, or moment, in UTC: 2027-01-15 or 2027-01-15T08:30.")]
To = Annotated[str, typer.Option("--to", help="The last day, all of it, or the moment before which it ends, in UTC.")]


def account_of(fan: str, app: str, hint: str) -> str:
    """The key of a fan's account. Raises BadParameter for an app that is none, or for what cannot be a fan's id."""
    if app != DEMO_APP and app not in settings().apps:
        raise typer.BadParameter("is none of ENCORE_APPS", param_hint="--app")
    if not 1 <= len(fan) <= FAN_ID_CHARS_MAX:
        raise typer.BadParameter(f"must have 1 to {FAN_ID_CHARS_MAX} characters", param_hint=hint)
    return Claims(app=app, fan_id=fan).fan


def name_of(written: str, hint: str, *, most: int = KEY_LENGTH_MAX) -> str:
    """A name without blanks around it. Raises BadParameter when nothing is left, or too much."""
    name = written.strip()
    if not 1 <= len(name) <= most:
        raise typer.BadParameter(f"must have 1 to {most} characters", param_hint=hint)
    return name


def reason_of(written: str) -> str:
    """A reason, as it will stand in the books. Raises BadParameter."""
    return name_of(written, "--reason", most=REASON_LENGTH_MAX)


def begin_of(written: str, hint: str) -> int:
    """A moment, or the first one of a day, in ms. Raises BadParameter."""
    try:
        return first_ms(written)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=hint) from error


def end_of(written: str, hint: str) -> int:
    """A moment, or the end of a day, in ms. Raises BadParameter."""
    try:
        return end_ms(written)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=hint) from error


def period_of(from_: str, to: str) -> tuple[int, int]:
    """A period's first moment and its end, in ms. Raises BadParameter when it ends before it begins, or never."""
    from_ms, until_ms = begin_of(from_, "--from"), end_of(to, "--to")
    if until_ms <= from_ms:
        raise typer.BadParameter("lies before --from", param_hint="--to")
    if until_ms - from_ms > PERIOD_DAYS_MAX * DAY_MS:
        raise typer.BadParameter(f"lies more than {PERIOD_DAYS_MAX} days after --from", param_hint="--to")
    return from_ms, until_ms
