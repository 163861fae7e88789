"""`encore grant` and `encore refund`: credits that staff give, and give back."""

from __future__ import annotations

import uuid
from typing import Annotated, cast, get_args

import typer

from billing.refunding import refund_turn
from billing.types import LotClass, Receipt, Wallet
from gateway.bootstrap import now_ms, open_store
from gateway.cli.arguments import DEMO_APP, App, account_of, name_of, reason_of
from gateway.cli.console import AsJson, out, print_json, run, settings

GRANT_KEY_CHARS_MAX = 100
Key = Annotated[str | None, typer.Option(help="An idempotency key: the same key books once.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(grant)
    app.command()(refund)


def grant(
    fan: Annotated[str, typer.Option(help="The fan's id at the host app.")],
    credits: Annotated[int, typer.Option(help="How many credits.")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the books.")],
    app: App = DEMO_APP,
    lot_class: Annotated[str, typer.Option("--class", help=f"One of {', '.join(get_args(LotClass))}.")] = "goodwill",
    key: Key = None,
) -> None:
    """Give a fan credits; a fan not seen yet gets a wallet."""
    if lot_class not in get_args(LotClass):
        raise typer.BadParameter(f"must be one of {', '.join(get_args(LotClass))}", param_hint="--class")
    account, why, idem_key = account_of(fan, app, "--fan"), reason_of(reason), _key("grant", key)

    async def work() -> Wallet:
        async with open_store(settings()) as store, store.units.begin() as unit:
            return await unit.books.grant(
                account,
                credits,
                lot_class=cast(LotClass, lot_class),
                reason=why,
                actor="command line",
                idem_key=idem_key,
                now_ms=now_ms(),
            )

    wallet = run(work())
    out.print(f"{fan} of {app} now has {wallet.available} credits.", markup=False)


def refund(
    turn: Annotated[str, typer.Argument(metavar="TURN|RECEIPT", help="The id of a turn, or of its receipt.")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the books.")],
    actor: Annotated[str, typer.Option(help="Who decided it; it stands in the books.")],
    credits: Annotated[int | None, typer.Option(help="How many credits; all that are left, if not given.")] = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Give credits of a charged turn back to the lots they came from, and take the rights' share of them back."""
    why, who, idem_key = reason_of(reason), name_of(actor, "--actor"), _key("refund", key)

    async def work() -> Receipt:
        async with open_store(settings()) as store, store.units.begin() as unit:
            named = await unit.reports.turn_of(turn)
            return await refund_turn(
                unit, named, credits=credits, reason=why, actor=who, idem_key=idem_key, now_ms=now_ms()
            )

    receipt = run(work())
    charged, refunded = receipt.charged.total, receipt.refunded
    if as_json:
        print_json({"turn": receipt.turn, "receipt": receipt.id, "charged": charged, "refunded": refunded})
    else:
        out.print(f"Of {charged} credits of turn {receipt.turn}, {refunded} are given back.", markup=False)


def _key(kind: str, key: str | None) -> str:
    if key is not None and not 1 <= len(key) <= GRANT_KEY_CHARS_MAX:
        raise typer.BadParameter(f"must have 1 to {GRANT_KEY_CHARS_MAX} characters", param_hint="--key")
    return f"{kind}:{key or uuid.uuid4().hex}"
