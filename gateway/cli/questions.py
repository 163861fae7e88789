"""`encore show questions`: what fans ask about, in numbers that no single fan can be found in."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer

from gateway.asked_about import DAYS, DAYS_MAX, Days, asked_about
from gateway.bootstrap import now_ms, open_store
from gateway.cli.console import AsJson, out, print_json, print_table, run, settings
from gateway.cli.shows import Slug, show_app
from gateway.curiosity import FANS_MIN, Curiosity


def register(_app: typer.Typer) -> None:
    """Add this module's command to `encore show`."""
    show_app.command()(questions)


def questions(
    slug: Slug,
    since: Annotated[str | None, typer.Option("--from", help=f"The first day, UTC; by default {DAYS} days.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="The last day, UTC; by default yesterday.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell which characters and things fans speak of, by how far they have watched, if enough of them do."""
    today = datetime.fromtimestamp(now_ms() / 1000, UTC).date()
    last = _day(until, "--to") or today - timedelta(days=1)
    first = _day(since, "--from") or last - timedelta(days=DAYS - 1)
    if not first <= last < today:
        raise typer.BadParameter("must lie before today, and --from not after --to", param_hint="--to")
    if (last - first).days >= DAYS_MAX:
        raise typer.BadParameter(f"lies more than {DAYS_MAX} days before --to", param_hint="--from")
    rows = run(_counted(slug, Days(first, last)))
    if as_json:
        print_json({"from": str(first), "to": str(last), "fans_min": FANS_MIN, "rows": [asdict(row) for row in rows]})
        return
    out.print(f"{slug}, {first} to {last}; what fewer than {FANS_MIN} fans spoke of is not told.", markup=False)
    columns = ("watched", "spoke of", "fans", "messages")
    print_table(columns, ((row.episode, row.subject, row.fans, row.messages) for row in rows))


async def _counted(slug: str, days: Days) -> tuple[Curiosity, ...]:
    async with open_store(settings()) as store:
        return await asked_about(store.catalogue, store.questions, slug, days)


def _day(written: str | None, hint: str) -> date | None:
    """A whole day: a moment within one would let two looks differ by a single message. Raises BadParameter."""
    if written is None:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise typer.BadParameter("must be a day such as 2026-11-25", param_hint=hint) from error
