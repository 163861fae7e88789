"""The reference pages that are written from the code: `python -m gateway.reference` writes them into `docs/`.

A test holds them against what this module would write now, so that they cannot fall behind.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import typer
import yaml
from fastapi import Depends

from gateway.ad_callbacks import ad_router
from gateway.app import make_app
from gateway.bootstrap import VERSION
from gateway.cli.entry import app
from gateway.error_codes import (
    BAD_REQUEST,
    CLOSE_CODES,
    INTERNAL,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    TABLE,
    TURN_CODES,
    VOICE_CODES,
)
from gateway.error_guide import GUIDES
from gateway.event_routes import event_router
from gateway.http import FanServices, dealing, signed_in
from gateway.metrics_route import metrics_router
from gateway.setting_table import PREFIX, SETTINGS
from gateway.shop_routes import shop_router, till_router
from gateway.specification import asyncapi

DOCS = Path(__file__).resolve().parent.parent / "docs"


def errors_page() -> str:
    """`docs/errors.md`: every code a client can meet."""
    rows = {row.code: row for row in (*TABLE.values(), BAD_REQUEST, METHOD_NOT_ALLOWED, NOT_FOUND, INTERNAL)}
    lines = [
        "# Errors",
        "",
        "Written from `gateway/error_codes.py` by `python -m gateway.reference`. An error has the same shape in an",
        "event and, under `error`, in an HTTP answer: `code`, `class`, `retryable`, `message`, `trace_id`, and where",
        "they say something `retry_after_ms`, `ref`, `turn`, `field`, `needed`, `available`, `packs`.",
        "",
        "| code | class | HTTP | close | try again | what a fan reads |",
        "|---|---|---|---|---|---|",
    ]
    for code in sorted(rows):
        row = rows[code]
        again = "yes" if row.retryable else "no"
        cells = (f"[`{code}`](#{code})", row.class_, str(row.status), str(row.close or ""), again, row.sentence)
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "## How a turn can end (`reply.done.code`)", "", "| code | meaning |", "|---|---|"]
    lines += [f"| `{code}` | {meaning} |" for code, meaning in TURN_CODES.items()]
    lines += ["", "## Why a reply is not read aloud", "", "`voice.degraded` names one of these; the text goes on.", ""]
    lines += ["| code | meaning |", "|---|---|"]
    lines += [f"| `{code}` | {meaning} |" for code, meaning in VOICE_CODES.items()]
    lines += ["", "## Close codes", "", "4000–4499: come back. 4500–4999: stop.", "", "| code | meaning |", "|---|---|"]
    lines += [f"| {code} | {meaning} |" for code, meaning in CLOSE_CODES.items()]
    lines += ["", "## Each code"]
    for code in sorted(rows):
        guide = GUIDES[code]
        lines += ["", f"### `{code}`", "", f"{guide.why} A fan reads: “{rows[code].sentence}”", ""]
        lines += [f"- Client: {guide.client}", f"- Operator: {guide.operator}"]
    return "\n".join(lines) + "\n"


def settings_page() -> str:
    """`docs/settings.md`: every setting."""
    lines = [
        "# Settings",
        "",
        "Written from `gateway/settings.py` by `python -m gateway.reference`. Each is an environment variable, or a",
        "key of `encore.toml` in the working directory (lower case, without the prefix); the environment goes first.",
        "",
        "| variable | default | what it does |",
        "|---|---|---|",
    ]
    for name, (default, meaning) in SETTINGS.items():
        lines.append(
            f"| `{PREFIX}{name}` | {f'`{default}`' if default else ''} | {meaning.replace('|', chr(92) + '|')} |"
        )
    return "\n".join(lines) + "\n"


def commands_page() -> str:
    """`docs/commands.md`: every command and option, and what an exit status means."""
    lines = [
        "# Commands",
        "",
        "Written from `gateway/cli/` by `python -m gateway.reference`. `encore COMMAND --help` says the same.",
        "",
        "| status | meaning |",
        "|---|---|",
        "| 0 | done |",
        "| 1 | it could not be done; one sentence on standard error says why, and nothing was half-written |",
        "| 2 | the command or a setting was used wrongly; one sentence says how |",
        "",
        "What can stand in the way of any command: a setting that cannot be used, a data directory that cannot be",
        "written or was written by a newer version; of `serve` and `demo` also a port in use and another server on the",
        "same data directory; of a command about a show also an unknown show or character; of an import a file that",
        "cannot be read, is empty, or in which nobody speaks; of a price or a promotion a file with faults, which are",
        "told one sentence each; of a refund a turn that was not charged so much.",
    ]
    for name, command in _commands(typer.main.get_command(app), "encore"):
        lines += ["", f"## `{name}`", "", " ".join((command.help or "").split()), ""]
        for parameter in command.params:
            if isinstance(parameter, typer.core.TyperOption) and parameter.name != "help" and not parameter.hidden:
                lines.append(f"- `{'`, `'.join(parameter.opts)}`: {parameter.help}")
            elif isinstance(parameter, typer.core.TyperArgument):
                lines.append(f"- {(parameter.metavar or parameter.name or '').strip('[]').upper()}: {parameter.help}")
    return "\n".join(lines) + "\n"


def _commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Every command below this one with its full name; a group is only the way to its commands."""
    below = getattr(command, "commands", {})
    if not below:
        yield name, command
    for part, inner in below.items():
        yield from _commands(inner, f"{name} {part}")


def asyncapi_page() -> str:
    """`docs/asyncapi.yaml`: every frame of the socket."""
    return yaml.safe_dump(asyncapi(VERSION), sort_keys=False, allow_unicode=True, width=120)


def openapi_page() -> str:
    """`docs/openapi.json`: every route that a gateway can have, whether or not its settings sell or reward anything."""
    unused: Any = _Unused()
    fans = cast(FanServices, unused)
    gateway = make_app(fans, ready=unused, reach=unused, version=VERSION)
    fan_of = Depends(signed_in(fans))
    ads = ad_router(unused, unused, unused, unused)
    shop, metrics = shop_router(unused, fan_of, dealing(fans)), metrics_router(unused, "")
    for router in (event_router(unused, fan_of), metrics, shop, till_router(unused), ads):
        gateway.include_router(router)
    return json.dumps(gateway.openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


class _Unused:
    """Stands for every service: a document needs none of them."""

    def __getattr__(self, _name: str) -> Any:
        return self

    def __call__(self) -> Any:
        return ()


PAGES = {
    "asyncapi.yaml": asyncapi_page,
    "commands.md": commands_page,
    "errors.md": errors_page,
    "openapi.json": openapi_page,
    "settings.md": settings_page,
}


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
