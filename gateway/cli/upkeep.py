"""`encore doctor` and `encore canon rebuild`: looking an installation over, and making its index anew."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from characters.release import ReleaseId
from gateway.bootstrap import make_stage, open_embedder, open_index, open_store
from gateway.cli.console import FAILURE, AsJson, out, print_json, print_table, progress_bar, run, settings
from gateway.doctor import Finding, examine
from gateway.errors import InvalidSetting
from gateway.indexing import Plan, clear, refill

STYLES = {"ok": "green", "warn": "yellow", "fail": "red"}

canon_app = typer.Typer(help="Look after what recall searches.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(canon_app, name="canon")
    app.command()(doctor)


@canon_app.command()
def rebuild(
    show: Annotated[str | None, typer.Option(help="Only this show's releases.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make the passage index anew from the tables and the kept vectors, without releases that nobody uses any more.

    Fans lose nothing meanwhile. An embedded index belongs to a running server, which has to be stopped first.
    """

    async def work() -> tuple[Plan, dict[ReleaseId, int]]:
        chosen = settings()
        async with (
            open_store(chosen) as store,
            open_embedder(chosen) as embedder,
            open_index(chosen, embedder.model_id, afresh=show is None) as index,
        ):
            stage = make_stage(store, embedder, index)
            plan = await clear(store, index, show)
            held: dict[ReleaseId, int] = {}
            for release in plan.wanted:
                with progress_bar(f"Indexing {release}", quiet=as_json) as progress:
                    held[release] = await refill(stage, release, progress)
            return plan, held

    plan, held = run(work())
    if as_json:
        rows = [{"show": one.show, "version": one.version, "passages": count} for one, count in held.items()]
        print_json({"rebuilt": rows, "dropped": [{"show": one.show, "version": one.version} for one in plan.dropped]})
        return
    print_table(("release", "passages"), held.items())
    for release in plan.dropped:
        out.print(f"Dropped {release}, which nobody uses any more.", markup=False)


def doctor(as_json: AsJson = False) -> None:
    """Look the installation over, and say what to do about what is not in order; status 1 when something fails."""
    try:
        chosen = settings()
    except InvalidSetting as error:
        findings = [Finding("settings", "fail", str(error))]
    else:
        findings = run(examine(chosen))
    if as_json:
        print_json([{"check": one.check, "level": one.level, "told": one.told} for one in findings])
    else:
        table = Table(box=None, show_header=False)
        for one in findings:
            table.add_row(Text(one.level, STYLES[one.level]), one.check, Text(one.told))
        out.print(table)
    if any(one.level == "fail" for one in findings):
        raise typer.Exit(FAILURE)
