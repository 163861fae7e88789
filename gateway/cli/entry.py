"""The entry of the `encore` command: subcommands, and the one place where an error becomes a sentence and a status.

Status 0 is success, 2 a command used or configured wrongly, 1 everything else; no error ever shows a traceback.
"""

from __future__ import annotations

import sys

import typer

from billing.errors import BillingError
from characters.errors import CharactersError
from gateway.cli import (
    canon,
    copies,
    facts,
    fans,
    ledger,
    models,
    money,
    offers,
    prices,
    questions,
    rights,
    server,
    sheets,
    shield,
    shop,
    shows,
    staff,
    upkeep,
)
from gateway.cli.console import MISUSED, fail
from gateway.errors import GatewayError, InvalidSetting
from gateway.logs import where
from memory.errors import EmbedderUnavailable, MemoryFault
from persona.errors import PersonaError, UnknownModel, UnknownVocabulary

MISCONFIGURED = (InvalidSetting, UnknownModel, UnknownVocabulary, EmbedderUnavailable)
EXPECTED = (BillingError, CharactersError, GatewayError, MemoryFault, PersonaError)

app = typer.Typer(
    name="encore",
    help="Fans go on talking with the characters of a drama: no spoilers, no lost credits, no lost words.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for part in (
    server,
    shows,
    sheets,
    facts,
    canon,
    shield,
    models,
    money,
    ledger,
    prices,
    offers,
    questions,
    rights,
    shop,
    fans,
    staff,
    upkeep,
    copies,
):
    part.register(app)


def main() -> None:
    """Run the command line and exit."""
    try:
        app(prog_name="encore")
    except MISCONFIGURED as error:
        sys.exit(fail(str(error), MISUSED))
    except EXPECTED as error:
        sys.exit(fail(str(error)))
    except BrokenPipeError:
        sys.exit(1)  # whoever read our output has had enough
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # a defect of ours: its place is told, its text may quote a fan
        sys.exit(fail(f"Something went wrong inside Encore ({where(error)}). Please report it."))
