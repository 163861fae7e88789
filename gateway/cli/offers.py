"""`encore promotions …`: what is offered to fans beyond what they buy."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from billing.promotions import PROMOTION_KINDS, Promotion, folded
from billing.wording import moment
from gateway.bootstrap import now_ms, open_store
from gateway.cli.console import AsJson, out, print_json, print_table, run, settings
from gateway.price_files import load_promotion

promotions_app = typer.Typer(
    help="Offer credits by code, as a welcome, daily, or on a first purchase.", no_args_is_help=True
)
COLUMNS = ("name", "kind", "title", "credits", "bonus bps", "starts", "ends", "author", "approver")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(promotions_app, name="promotions")


@promotions_app.command()
def offer(
    file: Annotated[Path, typer.Argument(help="A promotion in YAML or JSON; docs/money.md has its keys.")],
) -> None:
    """Begin to offer a promotion. It never changes: retire it, and offer another one."""

    async def work() -> Promotion:
        promotion = await asyncio.to_thread(load_promotion, file)
        async with open_store(settings()) as store, store.units.begin() as unit:
            await unit.promotions.offer(promotion)
        return promotion

    promotion = run(work())
    out.print(f"{promotion.name} is offered from {moment(promotion.starts_at_ms)}.", markup=False)


@promotions_app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the promotions that are not retired; some may not have begun, or have ended."""

    async def work() -> list[Promotion]:
        async with open_store(settings()) as store, store.units.read() as unit:
            return [each for kind in PROMOTION_KINDS for each in await unit.promotions.offered(kind)]

    found = run(work())
    if as_json:
        print_json([asdict(each) for each in found])
        return
    print_table(COLUMNS, (_row(each) for each in found))


@promotions_app.command()
def retire(name: Annotated[str, typer.Argument(help="The code, or the name.")]) -> None:
    """Stop offering a promotion; what was given stays given."""

    async def work() -> None:
        async with open_store(settings()) as store, store.units.begin() as unit:
            await unit.promotions.retire(folded(name), now_ms=now_ms())

    run(work())
    out.print(f"{folded(name)} is retired.", markup=False)


def _row(each: Promotion) -> tuple[object, ...]:
    ends = None if each.ends_at_ms is None else moment(each.ends_at_ms)
    starts, bonus = moment(each.starts_at_ms), each.bonus_bps or None
    return each.name, each.kind, each.title, each.credits, bonus, starts, ends, each.author, each.approver
