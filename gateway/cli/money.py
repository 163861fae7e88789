"""`encore grant` and `encore ledger …`: credits, and whether they add up."""

from __future__ import annotations

import uuid
from typing import Annotated, cast, get_args

import typer

from billing.ledger import REASON_LENGTH_MAX
from billing.types import LotClass, Violation, Wallet
from gateway.auth import FAN_ID_CHARS_MAX, Claims
from gateway.bootstrap import now_ms, open_store
from gateway.cli.console import FAILURE, AsJson, errors, out, print_json, run, settings

GRANT_KEY_CHARS_MAX = 100
DEMO_APP = "demo"
"""The app of `encore demo`, which no setting names."""

ledger_app = typer.Typer(help="Check the books.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(grant)
    app.add_typer(ledger_app, name="ledger")


def grant(
    fan: Annotated[str, typer.Option(help="The fan's id at the host app.")],
    credits: Annotated[int, typer.Option(help="How many credits.")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the books.")],
    app: Annotated[str, typer.Option(help="The host app, one of ENCORE_APPS.")] = DEMO_APP,
    lot_class: Annotated[str, typer.Option("--class", help=f"One of {', '.join(get_args(LotClass))}.")] = "goodwill",
    key: Annotated[str | None, typer.Option(help="An idempotency key: the same key grants once.")] = None,
) -> None:
    """Give a fan credits; a fan not seen yet gets a wallet."""
    if lot_class not in get_args(LotClass):
        raise typer.BadParameter(f"must be one of {', '.join(get_args(LotClass))}", param_hint="--class")
    if app != DEMO_APP and app not in settings().apps:
        raise typer.BadParameter("is none of ENCORE_APPS", param_hint="--app")
    if not 1 <= len(fan) <= FAN_ID_CHARS_MAX:
        raise typer.BadParameter(f"must have 1 to {FAN_ID_CHARS_MAX} characters", param_hint="--fan")
    if not 1 <= len(reason.strip()) <= REASON_LENGTH_MAX:
        raise typer.BadParameter(f"must have 1 to {REASON_LENGTH_MAX} characters", param_hint="--reason")
    if key is not None and not 1 <= len(key) <= GRANT_KEY_CHARS_MAX:
        raise typer.BadParameter(f"must have 1 to {GRANT_KEY_CHARS_MAX} characters", param_hint="--key")

    async def work() -> Wallet:
        async with open_store(settings()) as store, store.units.begin() as unit:
            return await unit.books.grant(
                Claims(app=app, fan_id=fan).fan,
                credits,
                lot_class=cast(LotClass, lot_class),
                reason=reason,
                actor="command line",
                idem_key=f"grant:{key or uuid.uuid4().hex}",
                now_ms=now_ms(),
            )

    wallet = run(work())
    out.print(f"{fan} of {app} now has {wallet.available} credits.", markup=False)


@ledger_app.command()
def verify(as_json: AsJson = False) -> None:
    """Recompute every invariant from the journal; exit with status 1 if one fails."""

    async def work() -> tuple[Violation, ...]:
        async with open_store(settings()) as store:
            return await store.verify()

    found = run(work())
    if as_json:
        print_json([{"invariant": v.invariant, "where": v.where, "detail": v.detail} for v in found])
    elif not found:
        out.print("The books add up.")
    for violation in () if as_json else found:
        errors.print(f"{violation.invariant} {violation.where}: {violation.detail}", markup=False)
    if found:
        raise typer.Exit(FAILURE)
