"""`encore serve`, `encore demo`, `encore token`: running the gateway and coming in."""

from __future__ import annotations

import time
from typing import Annotated, cast, get_args

import typer

from gateway.auth import Age, Claims, sign
from gateway.cli.console import out, run, settings
from gateway.errors import InvalidSetting

HOST, PORT = "127.0.0.1", 8080
TOKEN_LIFETIME_S = 3600
WORKERS_MAX = 64

Host = Annotated[str, typer.Option(help="The address to listen on.")]
Port = Annotated[int, typer.Option(help="The port to listen on.", min=0, max=65535)]

Workers = Annotated[
    int,
    typer.Option(
        help="How many processes serve; more than one needs a PostgreSQL and a Chroma server.", min=1, max=WORKERS_MAX
    ),
]
Inherited = Annotated[
    int | None, typer.Option(help="The socket that a process of several has been given.", hidden=True)
]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(serve)
    app.command()(demo)
    app.command()(token)


def serve(host: Host = HOST, port: Port = PORT, workers: Workers = 1, inherited: Inherited = None) -> None:
    """Run the gateway: bring the database up to date, then serve fans until SIGTERM."""
    from gateway.running import run_server
    from gateway.workers import run_worker, run_workers

    def announce(url: str) -> None:
        out.print(f"Encore is ready on {url}")

    if inherited is not None:
        run(run_worker(settings(), inherited))
    elif workers == 1:
        run(run_server(settings(), host, port, announce=announce))
    else:
        raise typer.Exit(run(run_workers(settings(), host, port, workers, announce=announce)))


def demo(host: Host = HOST, port: Port = PORT) -> None:
    """Import the sample show, open the books and serve a page on which you chat as a fan. No account, no key."""
    from gateway.demo import run_demo

    run(run_demo(settings(), host, port))


def token(
    fan: Annotated[str, typer.Option(help="The fan's id at the host app.")],
    app: Annotated[str, typer.Option(help="The host app, one of ENCORE_APPS.")] = "demo",
    show: Annotated[list[str] | None, typer.Option(help="What the fan has watched, as SLUG=EPISODE.")] = None,
    age: Annotated[str, typer.Option(help="adult, teen, child or unknown.")] = "adult",
    name: Annotated[str, typer.Option(help="What the character may call the fan.")] = "",
) -> None:
    """Print a host app's token for a fan, valid for an hour, to try things with."""
    apps = settings().apps
    if app not in apps:
        raise InvalidSetting("ENCORE_APPS", f"it has no app called “{app}”")
    if not apps[app].secret:
        raise InvalidSetting("ENCORE_APPS", f"“{app}” signs its fans' tokens itself; only it can make one")
    if age not in get_args(Age):
        raise typer.BadParameter("must be adult, teen, child or unknown", param_hint="--age")
    watched = dict(_watched(entry) for entry in show or [])
    claims = Claims(app=app, fan_id=fan, shows=watched, name=name, age=cast(Age, age))
    out.print(sign(claims, apps[app].secret, now_s=int(time.time()), lifetime_s=TOKEN_LIFETIME_S), markup=False)


def _watched(entry: str) -> tuple[str, int]:
    slug, separator, episode = entry.partition("=")
    if not separator or not episode.isdigit():
        raise typer.BadParameter("must be SLUG=EPISODE, such as lantern-contract=12", param_hint="--show")
    return slug, int(episode)
