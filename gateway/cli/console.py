"""What commands print, and what they open to work with."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from gateway.settings import Settings, read_settings

T = TypeVar("T")
FAILURE, MISUSED = 1, 2
PIPE_COLUMNS = 200
"""How wide tables are where no terminal says how wide it is."""
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]

out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else PIPE_COLUMNS)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


def settings() -> Settings:
    """The settings of this call: environment, then `encore.toml` in the current directory."""
    return read_settings(os.environ, Path("encore.toml"))


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work to its end."""
    return asyncio.run(work)


def fail(sentence: str, status: int = FAILURE) -> int:
    """Print one sentence to standard error; returns the exit status for it."""
    errors.print(sentence, markup=False)
    return status


def print_json(value: Any) -> None:
    """One JSON document on one line. Half a surrogate pair, which no output can hold, stays escaped as JSON has it."""
    document = json.dumps(value, ensure_ascii=False)
    sys.stdout.write(document.encode("utf-8", "backslashreplace").decode("utf-8") + "\n")


def print_table(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Rows under their columns; what a script says is never read as markup."""
    table = Table(box=None)
    for name in columns:
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(*(Text("-" if value is None else str(value)) for value in row))
    out.print(table)


@contextmanager
def progress_bar(title: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error; the block calls what it is given with (done, total)."""
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True, disable=quiet) as progress:
        task = progress.add_task(title, total=None)

        def show(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield show
