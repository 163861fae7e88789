"""`encore backup` and `encore restore`: a copy of everything that is kept, and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from billing.types import Violation
from billing.wording import moment
from gateway.bootstrap import back_up, now_ms, open_store, restore_backup
from gateway.cli.console import FAILURE, AsJson, errors, out, print_json, run, settings
from gateway.errors import InvalidSetting
from gateway.folder import owned


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(backup)
    app.command()(restore)


def backup(
    out_file: Annotated[Path, typer.Option("--out", help="The file to write; it must not be there.")],
    as_json: AsJson = False,
) -> None:
    """Write the embedded database to a file, as it is at one moment, while a server may go on serving."""
    manifest = back_up(settings(), out_file, now_ms=now_ms())
    if as_json:
        print_json(manifest)
        return
    out.print(f"Backed up {manifest['bytes']} bytes, schema {manifest['revision']}, to {out_file}.", markup=False)


def restore(
    file: Annotated[
        Path | None, typer.Argument(help="A file that `encore backup` wrote; on PostgreSQL none, after pg_restore.")
    ] = None,
) -> None:
    """Put a backup into an empty data directory, give logs new epochs, and verify the books; no server may run."""
    chosen = settings()
    if chosen.embedded_database == (file is None):
        reason = "a PostgreSQL is restored by pg_restore, and this command then takes no file"
        raise InvalidSetting("ENCORE_DATABASE_URL", reason) if file else typer.BadParameter("a file is needed")

    async def work() -> tuple[int, tuple[Violation, ...]]:
        async with open_store(chosen) as store:
            return await store.renew_epochs(), await store.verify()

    with owned(chosen.data_dir):
        if file is not None:
            manifest = restore_backup(chosen, file)
            out.print(f"Restored what was there at {moment(int(manifest['taken_at_ms']))}.", markup=False)
        conversations, found = run(work())
    out.print(f"{conversations} conversations have new epochs.")
    for violation in found:
        errors.print(f"{violation.invariant} {violation.where}: {violation.detail}", markup=False)
    if found:
        raise typer.Exit(FAILURE)
    out.print("The books add up.")
