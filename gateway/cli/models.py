"""`encore models …`: which models play the characters, and publishing others."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from billing.wording import moment
from gateway.bootstrap import Store, now_ms, open_memory, open_model, open_store
from gateway.cli.arguments import name_of
from gateway.cli.console import AsJson, out, print_json, print_table, run, settings
from gateway.personas import played_by
from gateway.personas import publish as publish_version
from gateway.records import PersonaVersion

models_app = typer.Typer(help="Publish the models that play the characters.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(models_app, name="models")


@models_app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the persona versions, oldest first; a server with the present settings plays the marked one."""

    async def work() -> tuple[tuple[PersonaVersion, ...], PersonaVersion | None]:
        async with open_store(settings()) as store:
            models = await _configured(store)
            async with store.units.begin() as unit:
                versions = await unit.personas.versions()
        return versions, played_by(versions, models)

    versions, present = run(work())
    if as_json:
        print_json([{**asdict(version), "configured": version == present} for version in versions])
        return
    columns = ("", "version", "models", "published", "author", "approver")
    print_table(
        columns,
        (
            (
                "*" if version == present else "",
                version.number,
                ", ".join(version.models),
                moment(version.published_at_ms),
                version.author,
                version.approver,
            )
            for version in versions
        ),
    )


@models_app.command()
def publish(
    author: Annotated[str, typer.Option(help="Who chose these models.")],
    approver: Annotated[str, typer.Option(help="Who approves them; somebody else.")],
) -> None:
    """Publish the models of the present settings as the next persona version. Servers play them once they start."""
    names = name_of(author, "--author"), name_of(approver, "--approver")

    async def work() -> PersonaVersion:
        async with open_store(settings()) as store:
            models = await _configured(store)
            return await publish_version(store.units, models, author=names[0], approver=names[1], now_ms=now_ms())

    version = run(work())
    out.print(f"Persona version {version.number} is played by {', '.join(version.models)}.", markup=False)


async def _configured(store: Store) -> tuple[str, ...]:
    async with open_memory(store) as stage, open_model(store.settings, stage) as model:
        return model.names
