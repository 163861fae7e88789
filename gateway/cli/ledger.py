"""`encore ledger …`: the books read for people, and whether they add up. No command here writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from billing.replay import Difference, Replayed
from billing.revenue import BYS, By, RevenueLine
from billing.shares import Payout
from billing.statement import STATEMENT_LINES_MAX, StatementLine
from billing.types import LOT_CLASSES, Violation
from billing.wording import moment, price_of
from gateway.bootstrap import now_ms, open_store
from gateway.cli.arguments import DEMO_APP, App, From, To, account_of, begin_of, end_of, period_of
from gateway.cli.console import FAILURE, AsJson, errors, out, print_json, print_table, run, settings
from gateway.cli.earnings import revenue_json, tell_revenue

STATEMENT_LINES_PRINTED_MAX = 10_000

ledger_app = typer.Typer(help="Read the books, and check them.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(ledger_app, name="ledger")


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


@ledger_app.command()
def statement(
    fan: Annotated[str, typer.Argument(help="The fan's id at the host app.")],
    app: App = DEMO_APP,
    last: Annotated[
        int, typer.Option(help="How many movements, the newest ones.", min=1, max=STATEMENT_LINES_PRINTED_MAX)
    ] = STATEMENT_LINES_MAX,
    as_json: AsJson = False,
) -> None:
    """Every movement of a fan's credits with the balance after it, newest first."""
    account = account_of(fan, app, "FAN")

    async def work() -> list[StatementLine]:
        found: list[StatementLine] = []
        async with open_store(settings()) as store, store.snapshot() as reports:
            while len(found) < last:
                before = found[-1].seq if found else None
                limit = min(last - len(found), STATEMENT_LINES_MAX)
                page = await reports.statement(account, before=before, limit=limit)
                found += page
                if len(page) < limit:
                    break
        return found

    lines = run(work())
    if as_json:
        balance = lines[0].balance if lines else 0
        print_json({"fan": fan, "app": app, "balance": balance, "lines": [_line_json(line) for line in lines]})
    elif not lines:
        out.print(f"{fan} of {app} has had no credits.", markup=False)
    else:
        columns = ("when", "what", "credits", "balance", "why", "by", "turn", "price")
        print_table(columns, (_line_row(line) for line in lines))


@ledger_app.command()
def liability(
    at: Annotated[str | None, typer.Option(help="A day, at its end, or a moment, in UTC; now, if not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Unspent credits by class, and what was paid for them, as they were at a past moment."""
    here_ms = now_ms()
    at_ms = here_ms if at is None else end_of(at, "--at") - 1
    if at is not None and begin_of(at, "--at") > here_ms:
        raise typer.BadParameter("lies in the future", param_hint="--at")

    async def work() -> list[dict[str, Any]]:
        async with open_store(settings()) as store, store.snapshot() as reports:
            owed = await reports.liability(at_ms)
        return [{"class": o.lot_class, "credits": o.credits, "currency": o.currency, "micros": o.micros} for o in owed]

    owed = run(work())
    if as_json:
        print_json({"at_ms": at_ms, "owed": owed})
        return
    rows = [(one["class"], one["credits"], price_of(one["currency"], one["micros"])) for one in owed]
    print_table(("class", "credits", "paid for"), rows)
    out.print(f"{sum(one['credits'] for one in owed)} credits unspent at {moment(at_ms)}.", markup=False)


@ledger_app.command()
def replay(as_json: AsJson = False) -> None:
    """Rebuild every lot and wallet from the journal; exit with status 1 if one differs from what is kept."""

    async def work() -> tuple[Replayed, tuple[Difference, ...]]:
        async with open_store(settings()) as store, store.snapshot() as reports:
            return await reports.replay()

    state, found = run(work())
    if as_json:
        differences = [{"what": each.what, "kept": each.kept, "replayed": each.replayed} for each in found]
        print_json({"entries": state.entries, "lots": len(state.lots), "differences": differences})
    elif not found:
        counted = f"{state.entries} entries rebuild all of {len(state.lots)} lots and {len(state.posted)} wallets."
        out.print(counted, markup=False)
    for each in () if as_json else found:
        errors.print(f"{each.what}: kept {_or_none(each.kept)}, replayed {_or_none(each.replayed)}", markup=False)
    if found:
        raise typer.Exit(FAILURE)


@ledger_app.command()
def revenue(
    from_: From,
    to: To,
    by: Annotated[str, typer.Option(help=f"One of {', '.join(BYS)}.")] = "day",
    as_json: AsJson = False,
) -> None:
    """What was earned and what it cost in a period: credits, and the money behind them by currency."""
    if by not in BYS:
        raise typer.BadParameter(f"must be one of {', '.join(BYS)}", param_hint="--by")
    from_ms, until_ms = period_of(from_, to)
    grouped: By = by

    async def work() -> tuple[RevenueLine, ...]:
        async with open_store(settings()) as store, store.snapshot() as reports:
            return await reports.revenue(from_ms=from_ms, until_ms=until_ms, by=grouped)

    lines = run(work())
    if as_json:
        print_json({"from_ms": from_ms, "until_ms": until_ms, "by": by, **revenue_json(lines, grouped)})
    else:
        tell_revenue(lines, grouped)


@ledger_app.command()
def payout(from_: From, to: To, as_json: AsJson = False) -> None:
    """What each payee of a rights' share earned in a period, less what refunds took back in it."""
    from_ms, until_ms = period_of(from_, to)

    async def work() -> tuple[Payout, ...]:
        async with open_store(settings()) as store, store.snapshot() as reports:
            return await reports.payouts(from_ms=from_ms, until_ms=until_ms)

    found = run(work())
    if as_json:
        print_json({"from_ms": from_ms, "until_ms": until_ms, "payouts": [_payout_json(each) for each in found]})
        return
    columns = ("payee", "show", "character", *LOT_CLASSES, "earned")
    print_table(columns, (_payout_row(each) for each in found))
    for payee, currency, micros in _by_payee(found):
        out.print(f"{payee}: {price_of(currency, micros)}", markup=False)


def _line_json(line: StatementLine) -> dict[str, Any]:
    return {
        "seq": line.seq,
        "at_ms": line.at_ms,
        "kind": line.kind,
        "credits": line.credits,
        "balance": line.balance,
        "reason": line.reason,
        "actor": line.actor,
        "turn": line.turn,
        "price_version": line.price_version,
        "lots": [{"lot": moved.lot, "credits": moved.credits} for moved in line.lots],
    }


def _line_row(line: StatementLine) -> tuple[object, ...]:
    credits = f"{line.credits:+}"
    turn, price = line.turn, line.price_version
    return moment(line.at_ms), line.kind, credits, line.balance, line.reason, line.actor, turn, price


def _payout_json(each: Payout) -> dict[str, Any]:
    return {
        "payee": each.payee,
        "show": each.show,
        "character": each.character,
        "currency": each.currency,
        "credits": dict(each.credits),
        "micros": each.micros,
    }


def _payout_row(each: Payout) -> tuple[object, ...]:
    credits = (each.credits.get(lot_class, 0) for lot_class in LOT_CLASSES)
    return each.payee, each.show, each.character, *credits, price_of(each.currency, each.micros)


def _by_payee(found: Sequence[Payout]) -> list[tuple[str, str, int]]:
    sums: dict[tuple[str, str], int] = {}
    for each in found:
        sums[each.payee, each.currency] = sums.get((each.payee, each.currency), 0) + each.micros
    return [(payee, currency, micros) for (payee, currency), micros in sorted(sums.items())]


def _or_none(credits: int | None) -> str:
    return "none" if credits is None else str(credits)
