"""`encore rights …`: who may be heard and seen, and what the actor's side earns of each captured credit."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Annotated

import typer

from billing.ledger import KEY_LENGTH_MAX
from billing.shares import BPS
from billing.types import ShareTerms
from billing.wording import moment
from characters.rights import EVERYBODY, RightUse
from gateway.bootstrap import now_ms, open_store
from gateway.cli.arguments import begin_of, name_of
from gateway.cli.console import AsJson, out, print_json, print_table, run, settings

rights_app = typer.Typer(
    help="Record rights to a character's text, voice and likeness, and what payees earn of its turns.",
    no_args_is_help=True,
)
UseOption = Annotated[RightUse, typer.Option(help="text, voice or likeness: each is a right of its own.")]
CharacterOption = Annotated[str, typer.Option(help="The character's slug; every character of the show, if not given.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(rights_app, name="rights")


@rights_app.command()
def record(
    show: Annotated[str, typer.Option(help="The show's slug.")],
    use: UseOption,
    source: Annotated[str, typer.Option(help="Where the right comes from, such as a contract's number.")],
    character: CharacterOption = EVERYBODY,
) -> None:
    """Record from now on a right to use a character. The same record again changes nothing."""

    async def work() -> None:
        async with open_store(settings()) as store:
            await store.catalogue.record_right(
                show, character, use, source=name_of(source, "--source"), now_ms=now_ms()
            )

    run(work())
    out.print(f"The {use} of {_whom(character)} in {show} may be used.", markup=False)


@rights_app.command()
def revoke(
    show: Annotated[str, typer.Option(help="The show's slug.")],
    use: UseOption,
    character: CharacterOption = EVERYBODY,
) -> None:
    """End every record of exactly this right: voices fall silent with the next message."""

    async def work() -> None:
        async with open_store(settings()) as store:
            await store.catalogue.revoke_right(show, character, use, now_ms=now_ms())

    run(work())
    out.print(f"The {use} of {_whom(character)} in {show} may not be used any more.", markup=False)


def _whom(character: str) -> str:
    return "every character" if character == EVERYBODY else character


@rights_app.command()
def share(
    payee: Annotated[str, typer.Option(help="Who is paid.")],
    bps: Annotated[int, typer.Option(help="Hundredths of a percent; 0 ends a share.", min=0, max=BPS)],
    author: Annotated[str, typer.Option(help="Who wrote these terms.")],
    approver: Annotated[str, typer.Option(help="Who approves them; somebody else.")],
    show: Annotated[str, typer.Option(help="The show's slug; any show, if not given.")] = "",
    character: Annotated[str, typer.Option(help="The character's slug; any character, if not given.")] = "",
    begins: Annotated[
        str | None, typer.Option("--from", help="The day or moment it begins, in UTC; now, if not given.")
    ] = None,
) -> None:
    """Let a payee earn a share of each turn from then on. Terms never change; later ones replace them."""
    here_ms = now_ms()
    begins_ms = here_ms if begins is None else begin_of(begins, "--from")
    if begins_ms < here_ms:
        raise typer.BadParameter("lies in the past, where turns have been settled without it", param_hint="--from")
    if max(len(show), len(character)) > KEY_LENGTH_MAX:
        raise typer.BadParameter(f"has more than {KEY_LENGTH_MAX} characters", param_hint="--show, --character")
    terms = ShareTerms(
        id=uuid.uuid4().hex,
        show=show,
        character=character,
        payee=name_of(payee, "--payee"),
        share_bps=bps,
        effective_from_ms=begins_ms,
        author=name_of(author, "--author"),
        approver=name_of(approver, "--approver"),
    )

    async def work() -> None:
        async with open_store(settings()) as store, store.units.begin() as unit:
            await unit.books.card.add_share(terms)

    run(work())
    percent = f"{bps // 100}.{bps % 100:02}"
    out.print(f"{terms.payee} earns {percent} % of {_about(terms)} from {moment(begins_ms)}.", markup=False)


@rights_app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List all share terms, oldest first."""

    async def work() -> tuple[ShareTerms, ...]:
        async with open_store(settings()) as store, store.units.read() as unit:
            return await unit.books.card.shares()

    found = run(work())
    if as_json:
        print_json([asdict(terms) for terms in found])
        return
    columns = ("payee", "for", "bps", "from", "author", "approver")
    print_table(
        columns, ((t.payee, _about(t), t.share_bps, moment(t.effective_from_ms), t.author, t.approver) for t in found)
    )


def _about(terms: ShareTerms) -> str:
    named = [f"{kind} {name}" for kind, name in (("show", terms.show), ("character", terms.character)) if name]
    return ", ".join(named) or "every show"
