"""`encore staff …`: who may come into the Studio and the Desk. The pages can do the same once somebody is an admin."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.bootstrap import open_store
from gateway.bootstrap.staff import open_accounts
from gateway.cli.console import AsJson, out, print_json, print_table, run, settings
from gateway.staff.accounts import COMMAND_LINE
from gateway.staff.members import Member, StaffAct
from gateway.staff.roles import EVERY_SHOW, ROLES, Role

staff_app = typer.Typer(help="Add staff, give and take their roles, and see what was done.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="What they sign in with, such as an address or a full name.")]
RoleOption = Annotated[str, typer.Option(help=f"One of {', '.join(ROLES)}.")]
ShowOption = Annotated[str, typer.Option(help="The show's slug; every show, if not given.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(staff_app, name="staff")


@staff_app.command()
def add(name: Name, role: RoleOption, show: ShowOption = EVERY_SHOW, as_json: AsJson = False) -> None:
    """Give somebody a role, with an account if they have none, and print a link to choose a password with."""
    wanted = _role(role)

    async def work() -> tuple[Member, str]:
        async with open_store(settings()) as store:
            accounts = open_accounts(store)
            member = await accounts.add(name, show, wanted, by=COMMAND_LINE)
            token = "" if member.password_hash else await accounts.invite(member, by=COMMAND_LINE)
            return member, token

    member, token = run(work())
    link = f"/staff/join/{token}" if token else ""
    if as_json:
        print_json({"name": member.name, "role": wanted, "show": show, "link": link or None})
        return
    out.print(f"{member.name} is {wanted} of {'every show' if show == EVERY_SHOW else show}.", markup=False)
    if link:
        out.print(f"They choose a password within three days at: {link}", markup=False)


@staff_app.command()
def remove(name: Name, role: RoleOption, show: ShowOption = EVERY_SHOW) -> None:
    """Take a role from somebody; the account stays."""
    wanted = _role(role)

    async def work() -> None:
        async with open_store(settings()) as store:
            await open_accounts(store).withdraw(name, show, wanted, by=COMMAND_LINE)

    run(work())
    out.print(f"{name} is not {wanted} of {'every show' if show == EVERY_SHOW else show} any more.", markup=False)


@staff_app.command()
def invite(name: Name) -> None:
    """Print a new link to choose a password with; the one from before does not hold any more."""

    async def work() -> str:
        async with open_store(settings()) as store:
            accounts = open_accounts(store)
            return await accounts.invite(await accounts.find(name), by=COMMAND_LINE)

    out.print(f"/staff/join/{run(work())}", markup=False)


@staff_app.command("shut-out")
def shut_out(name: Name, again: Annotated[bool, typer.Option("--let-in", help="Let them in again.")] = False) -> None:
    """Let somebody in no more: every session of theirs ends at once."""

    async def work() -> None:
        async with open_store(settings()) as store:
            await open_accounts(store).set_active(name, active=again, by=COMMAND_LINE)

    run(work())
    out.print(f"{name} may {'come in again' if again else 'not come in any more'}.", markup=False)


@staff_app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the staff and their roles."""

    async def work() -> tuple[Member, ...]:
        async with open_store(settings()) as store:
            return await open_accounts(store).book.members()

    members = run(work())
    rows = [(one.name, _state(one), "codes" if one.totp_secret else "", _roles(one)) for one in members]
    if as_json:
        print_json(
            [
                {
                    "name": one.name,
                    "state": _state(one),
                    "codes": bool(one.totp_secret),
                    "roles": {show: sorted(roles) for show, roles in one.grants.items()},
                }
                for one in members
            ]
        )
    elif not rows:
        out.print("There is nobody yet; try: encore staff add NAME --role admin")
    else:
        print_table(("name", "state", "second factor", "roles"), rows)


@staff_app.command()
def log(
    show: Annotated[str | None, typer.Option(help="Of one show.")] = None,
    limit: Annotated[int, typer.Option(help="How many, the newest first.", min=1, max=10_000)] = 100,
    as_json: AsJson = False,
) -> None:
    """Show what staff did, the newest first."""

    async def work() -> tuple[StaffAct, ...]:
        async with open_store(settings()) as store:
            return await open_accounts(store).book.acts(show=show, limit=limit)

    acts = run(work())
    fields = ("at_ms", "actor", "act", "show", "subject", "detail")
    if as_json:
        print_json([{name: getattr(act, name) for name in fields} for act in acts])
    else:
        print_table(fields, ([getattr(act, name) for name in fields] for act in acts))


def _role(written: str) -> Role:
    if written not in ROLES:
        raise typer.BadParameter(f"must be one of {', '.join(ROLES)}", param_hint="--role")
    return written


def _state(member: Member) -> str:
    return "shut out" if not member.active else "in" if member.password_hash else "invited"


def _roles(member: Member) -> str:
    told = (
        f"{', '.join(sorted(roles))} of {'every show' if show == EVERY_SHOW else show}"
        for show, roles in sorted(member.grants.items())
    )
    return "; ".join(told)
