"""`encore packs …`, `encore orders …` and `encore reconcile`: what is sold, what became of it, the till against it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
import yaml

from billing.cashier import Cashier
from billing.evidence import DisputePack
from billing.helping import evidence_of
from billing.orders import Order
from billing.packs import Pack, packs_of
from billing.reconciling import Reconciliation
from billing.wording import moment, money
from gateway.bootstrap import Store, now_ms, open_cashier, open_store
from gateway.cli.arguments import DEMO_APP, App, account_of, begin_of, end_of, name_of, reason_of
from gateway.cli.console import FAILURE, AsJson, errors, out, print_json, print_table, run, settings
from gateway.errors import InvalidSetting

packs_app = typer.Typer(help="Put up and retire what fans can buy.", no_args_is_help=True)
orders_app = typer.Typer(help="Look at what fans bought, and give money back.", no_args_is_help=True)
OrderId = Annotated[str, typer.Argument(metavar="ORDER", help="The id of an order.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(packs_app, name="packs")
    app.add_typer(orders_app, name="orders")
    app.command()(reconcile)


@packs_app.command("list")
def list_packs(as_json: AsJson = False) -> None:
    """List what is for sale."""

    async def work() -> tuple[Pack, ...]:
        async with open_store(settings()) as store, store.units.read() as unit:
            return await unit.shop.packs()

    found = run(work())
    if as_json:
        print_json([asdict(pack) for pack in found])
        return
    print_table(("id", "kind", "title", "credits", "bonus", "prices"), (_pack_row(pack) for pack in found))


@packs_app.command()
def put(file: Annotated[Path, typer.Argument(help="Packs in YAML; docs/money.md has their keys.")]) -> None:
    """Put packs up for sale. One never changes: retire it, and put up another one."""

    async def work() -> tuple[Pack, ...]:
        packs = await asyncio.to_thread(_load, file)
        async with open_store(settings()) as store, store.units.begin() as unit:
            for pack in packs:
                await unit.shop.add_pack(pack, now_ms=now_ms())
        return packs

    out.print(f"{len(run(work()))} packs are for sale.", markup=False)


@packs_app.command()
def retire(
    pack: Annotated[str, typer.Argument(help="The id of a pack.")],
    actor: Annotated[str, typer.Option(help="Who decided it.")],
) -> None:
    """Sell a pack no longer; what was ordered is still fulfilled."""

    async def work() -> None:
        async with open_store(settings()) as store, store.units.begin() as unit:
            await unit.shop.retire_pack(pack, actor=name_of(actor, "--actor"), now_ms=now_ms())

    run(work())
    out.print(f"{pack} is retired.", markup=False)


@orders_app.command("list")
def list_orders(
    fan: Annotated[str, typer.Argument(metavar="FAN", help="The fan's id at the host app.")],
    app: App = DEMO_APP,
    as_json: AsJson = False,
) -> None:
    """List a fan's orders, newest first."""
    account = account_of(fan, app, "FAN")

    async def work() -> tuple[Order, ...]:
        async with open_store(settings()) as store, store.units.read() as unit:
            return await unit.shop.of_fan(account)

    found = run(work())
    if as_json:
        print_json([asdict(order) for order in found])
        return
    columns = ("order", "when", "pack", "state", "credits", "bonus", "paid", "refunded", "dispute")
    print_table(columns, (_order_row(order) for order in found))


@orders_app.command("refund")
def refund_order(
    order: OrderId,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the refund.")],
    actor: Annotated[str, typer.Option(help="Who decided it.")],
    credits: Annotated[
        int | None, typer.Option(min=1, help="How many credits; all that are left, if not given.")
    ] = None,
    key: Annotated[str | None, typer.Option(help="An idempotency key: the same key refunds once.")] = None,
) -> None:
    """Give money back for credits that are not spent; they leave the lots they are in."""
    note, who = reason_of(reason), name_of(actor, "--actor")

    async def work() -> Order:
        async with _till() as (_, cashier):
            return await cashier.refund(
                order, credits, reason="requested_by_customer", note=note, actor=who, idem_key=key or uuid.uuid4().hex
            )

    after = run(work())
    back = money(after.refunded_minor, after.currency)
    out.print(f"{back} of {money(after.amount_minor, after.currency)} have been given back.", markup=False)


@orders_app.command()
def evidence(order: OrderId, as_json: AsJson = False) -> None:
    """Compose what answers a dispute: what was bought, and which delivered replies it paid for."""

    async def work() -> DisputePack:
        async with open_store(settings()) as store, store.units.read() as unit:
            return await evidence_of(unit, order)

    pack = asdict(run(work()))
    if as_json:
        print_json(pack)
        return
    for field, text in pack.items():
        out.print(f"[bold]{field}[/bold]")
        out.print(text + "\n", markup=False)


def reconcile(
    since: Annotated[str, typer.Option(help="The first day, or moment, in UTC.")],
    until: Annotated[str | None, typer.Option(help="The last day, all of it; until now, if not given.")] = None,
    repair: Annotated[bool, typer.Option("--repair", help="Look again at every order that differs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare the till's balance with the orders; exit with status 1 if something differs."""
    from_ms, to_ms = begin_of(since, "--since"), now_ms() if until is None else end_of(until, "--until")
    if to_ms <= from_ms:
        raise typer.BadParameter("lies before --since", param_hint="--until")

    async def work() -> tuple[Reconciliation, dict[tuple[int, str], int]]:
        async with _till() as (store, cashier):
            found = await cashier.reconcile(from_ms, to_ms, repair=repair)
            async with store.units.read() as unit:
                return found, await unit.shop.refused()

    found, refused = run(work())
    if as_json:
        counted = [{"day": day, "reason": reason, "webhooks": n} for (day, reason), n in sorted(refused.items())]
        print_json({**asdict(found), "refused_webhooks": counted})
    else:
        _tell(found, refused)
    if found.findings:
        raise typer.Exit(FAILURE)


def _tell(found: Reconciliation, refused: dict[tuple[int, str], int]) -> None:
    out.print(f"{found.matched} payments agree, {len(found.findings)} differ.")
    if found.findings:
        columns = ("what", "payment", "order", "in our books", "at the till")
        print_table(columns, ((f.kind, f.payment, f.order, f.expected, f.found) for f in found.findings))
    if found.repaired:
        out.print(f"Looked again at {len(found.repaired)} orders.")
    if refused:
        errors.print(f"{sum(refused.values())} webhooks were refused so far.")


@asynccontextmanager
async def _till() -> AsyncIterator[tuple[Store, Cashier]]:
    chosen = settings()
    if chosen.stripe is None:
        raise InvalidSetting("ENCORE_STRIPE_KEY", "it is not set, so there is no till to ask")
    async with open_store(chosen) as store, open_cashier(store, chosen.stripe) as cashier:
        yield store, cashier


def _load(file: Path) -> tuple[Pack, ...]:
    try:
        data = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise typer.BadParameter(f"{file.name} is not a readable YAML file", param_hint="FILE") from error
    if not isinstance(data, dict) or not data.get("packs"):
        raise typer.BadParameter(f"{file.name} has no packs", param_hint="FILE")
    return packs_of(data)


def _pack_row(pack: Pack) -> tuple[object, ...]:
    prices = ", ".join(money(price.amount_minor, price.currency) for price in pack.prices)
    return pack.id, pack.kind, pack.title, pack.credits, pack.bonus or None, prices


def _order_row(order: Order) -> tuple[object, ...]:
    refunded = money(order.refunded_minor, order.currency) if order.refunded_minor else None
    paid = money(order.amount_minor, order.currency)
    when = moment(order.created_at_ms)
    bonus, dispute = order.bonus or None, order.dispute or None
    return order.id, when, order.pack, order.state, order.credits, bonus, paid, refunded, dispute
