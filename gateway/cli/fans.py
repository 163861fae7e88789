"""`encore erase`: a fan's words and what was remembered of them, gone."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.auth import FAN_ID_CHARS_MAX, Claims
from gateway.bootstrap import open_store
from gateway.cli.console import out, run, settings
from gateway.cli.money import DEMO_APP


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(erase)


def erase(
    fan: Annotated[str, typer.Option(help="The fan's id at the host app.")],
    app: Annotated[str, typer.Option(help="The host app, one of ENCORE_APPS.")] = DEMO_APP,
) -> None:
    """Delete every word a fan wrote and was told, and every note of them. Their credits and the books stay."""
    if app != DEMO_APP and app not in settings().apps:
        raise typer.BadParameter("is none of ENCORE_APPS", param_hint="--app")
    if not 1 <= len(fan) <= FAN_ID_CHARS_MAX:
        raise typer.BadParameter(f"must have 1 to {FAN_ID_CHARS_MAX} characters", param_hint="--fan")

    async def work() -> None:
        async with open_store(settings()) as store:
            await store.erase(Claims(app=app, fan_id=fan).fan)

    run(work())
    out.print(f"What {fan} of {app} said, and what was remembered of it, is erased. The books stay.", markup=False)
