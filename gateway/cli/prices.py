"""`encore prices …`: the rate card, proposals for it, and a price tried on turns that were really taken."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from billing import pricing
from billing.impact import BPS, BatchTrial, Impact
from billing.types import PriceProposal, PriceScope, PriceVersion
from billing.whatif import with_draft
from billing.wording import moment
from gateway.bootstrap import now_ms, open_store
from gateway.cli.arguments import From, To, name_of, period_of
from gateway.cli.console import AsJson, out, print_json, print_table, run, settings
from gateway.cli.trials import tell_trial, trial_json
from gateway.price_files import load_price

prices_app = typer.Typer(help="Set prices: one proposes, another approves.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="A price version in YAML or JSON; docs/money.md has its keys.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="The id of the proposed price.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(prices_app, name="prices")


@prices_app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the rate card, and the proposals that are not on it."""

    async def work() -> tuple[tuple[PriceVersion, ...], tuple[PriceProposal, ...]]:
        async with open_store(settings()) as store, store.units.read() as unit:
            return await unit.books.prices(), await unit.books.card.proposals()

    card, proposals = run(work())
    rows = [(_standing(version, card, now_ms()), version) for version in card]
    rows += [(each.status, each.version) for each in proposals if each.status != "approved"]
    if as_json:
        print_json([{"status": status, **_version_json(version)} for status, version in rows])
        return
    columns = ("id", "status", "for", "text", "voice", "per 1000 tokens", "per 100 chars", "from", "author", "approver")
    print_table(columns, (_row(status, version) for status, version in rows))


@prices_app.command()
def propose(file: File) -> None:
    """Propose a price. It changes nothing until somebody other than its author approves it."""

    async def work() -> PriceProposal:
        draft = await asyncio.to_thread(load_price, file)
        async with open_store(settings()) as store, store.units.begin() as unit:
            return await unit.books.card.propose(draft, now_ms=now_ms())

    proposal = run(work())
    version = proposal.version
    begins = moment(version.effective_from_ms)
    out.print(f"Price {version.id} is {proposal.status}; once approved it begins at {begins}.", markup=False)


@prices_app.command()
def approve(proposal: Id, approver: Annotated[str, typer.Option(help="Who approves it; not its author.")]) -> None:
    """Put a proposed price on the rate card, from the moment it names on."""
    who = name_of(approver, "--approver")

    async def work() -> PriceVersion:
        async with open_store(settings()) as store, store.units.begin() as unit:
            return await unit.books.card.approve(proposal, approver=who, now_ms=now_ms())

    version = run(work())
    out.print(f"Price {version.id} begins at {moment(version.effective_from_ms)}.", markup=False)


@prices_app.command()
def withdraw(
    proposal: Id, actor: Annotated[str, typer.Option(help="Who gives it up; it is kept.")] = "command line"
) -> None:
    """Give up a proposed price that nobody has approved."""
    who = name_of(actor, "--actor")

    async def work() -> PriceProposal:
        async with open_store(settings()) as store, store.units.begin() as unit:
            return await unit.books.card.withdraw(proposal, actor=who, now_ms=now_ms())

    out.print(f"Price {run(work()).version.id} is withdrawn.", markup=False)


@prices_app.command()
def simulate(
    file: File,
    from_: From,
    to: To,
    store_bps: Annotated[
        int, typer.Option(min=0, max=BPS, help="Hundredths of a percent of the revenue that a store or the till keeps.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Try a price on the turns of a period: what it would have brought, by character, and who would pay more or less.

    Everything else on the rate card stays as it is. It is assumed that fans would have taken the same turns.
    """
    from_ms, until_ms = period_of(from_, to)

    async def work() -> Impact:
        draft = await asyncio.to_thread(load_price, file)
        pricing.check(draft)
        async with open_store(settings()) as store:
            async with store.units.read() as unit:
                card = await unit.books.prices()
            trial = BatchTrial(with_draft(card, draft, from_ms), store_bps)
            async with store.snapshot() as reports:
                async for batch in reports.turn_columns(from_ms=from_ms, until_ms=until_ms):
                    trial.take(batch)
            return trial.end()

    found = run(work())
    if as_json:
        print_json({"from_ms": from_ms, "until_ms": until_ms, **trial_json(found)})
    else:
        tell_trial(found)


def _standing(version: PriceVersion, card: Sequence[PriceVersion], now_ms: int) -> str:
    begun = [v.effective_from_ms for v in card if v.scope == version.scope and v.effective_from_ms <= now_ms]
    if version.effective_from_ms > now_ms:
        return "to come"
    return "in force" if version.effective_from_ms == max(begun) else "replaced"


def _version_json(version: PriceVersion) -> dict[str, Any]:
    return {
        "id": version.id,
        **asdict(version.scope),
        "text": version.amounts.text,
        "voice": version.amounts.voice,
        **asdict(version.rates),
        "voices": dict(version.voices),
        "effective_from_ms": version.effective_from_ms,
        "protects_until_ms": version.protects_until_ms,
        "author": version.author,
        "approver": version.approver or None,
    }


def _row(status: str, version: PriceVersion) -> tuple[object, ...]:
    return (
        version.id,
        status,
        _about(version.scope),
        version.amounts.text,
        version.amounts.voice,
        version.rates.text_per_1000_tokens or None,
        version.rates.voice_per_100_chars or None,
        moment(version.effective_from_ms),
        version.author,
        version.approver or None,
    )


def _about(scope: PriceScope) -> str:
    return ", ".join(f"{part} {value}" for part, value in asdict(scope).items() if value) or "everything"
