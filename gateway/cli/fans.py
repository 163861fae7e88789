"""`encore erase`: a fan's words and what was remembered of them, gone."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.bootstrap import open_store
from gateway.cli.arguments import DEMO_APP, App, account_of
from gateway.cli.console import out, run, settings


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(erase)


def erase(
    fan: Annotated[str, typer.Option(help="The fan's id at the host app.")],
    app: App = DEMO_APP,
) -> None:
    """Delete every word a fan wrote and was told, and what is remembered of it. Their credits and the books stay."""
    account = account_of(fan, app, "--fan")

    async def work() -> None:
        async with open_store(settings()) as store:
            await store.erasure().erase(account)

    run(work())
    out.print(f"What {fan} of {app} said, and what was remembered of it, is erased. The books stay.", markup=False)
