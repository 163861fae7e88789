"""`encore character …`: the people of a show."""

from __future__ import annotations

from typing import Annotated

import typer

from characters.release import Cast
from gateway.bootstrap import now_ms, open_store
from gateway.cli import cards, drafts
from gateway.cli.console import AsJson, out, print_json, print_table, run, settings

character_app = typer.Typer(help="List, draft, import, export, check and publish characters.", no_args_is_help=True)
Show = Annotated[str, typer.Option(help="The show's slug.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    cards.register(character_app)
    drafts.register(character_app)
    app.add_typer(character_app, name="character")


@character_app.command("list")
def list_(show: Show, as_json: AsJson = False) -> None:
    """List the characters of a show in their newest versions."""

    async def work() -> tuple[Cast, ...]:
        async with open_store(settings()) as store:
            return await store.catalogue.cast(show, published_only=False)

    rows = [
        {"slug": cast.sheet.slug, "name": cast.sheet.name, "status": cast.status, "version": cast.version}
        for cast in run(work())
    ]
    if as_json:
        print_json(rows)
        return
    print_table(("slug", "name", "status", "version"), (row.values() for row in rows))


@character_app.command()
def publish(
    name: Annotated[str, typer.Argument(help="A slug, a name or an alias.")],
    show: Show,
    author: Annotated[str, typer.Option(help="Who wrote this version.")],
    approver: Annotated[str, typer.Option(help="Who approves it; somebody else.")],
) -> None:
    """Publish the newest version of a character: two people are needed, and a right to its text."""

    async def work() -> Cast:
        async with open_store(settings()) as store:
            return await store.catalogue.publish_character(
                show, name, author=author, approver=approver, now_ms=now_ms()
            )

    cast = run(work())
    out.print(f"Published {cast.sheet.slug}, version {cast.version}.", markup=False)
