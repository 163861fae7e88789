"""The commands of docs/operations.md for a PostgreSQL, run as they stand there: a dump under load, and the way back."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import pytest

from gateway.bootstrap import open_store
from gateway.reference import DOCS
from tests.gateway.builders import (
    PRICE,
    books_add_up,
    claims_of,
    environment,
    grant,
    import_small_show,
    served,
    settings_of,
)
from tests.gateway.lead import LedModel
from tests.gateway.processes import START_S
from tests.gateway.story import SHOW
from tests.postgres import SUPERUSER, Postgres

CREDITS = 1_000


def commands(name: str) -> str:
    """The shell commands that stand in the manual under this comment."""
    page = (DOCS / "operations.md").read_text("utf-8")
    found = re.search(rf"```sh\n# {name}\n(.+?)```", page, re.DOTALL)
    assert found is not None, name
    return found[1]


async def as_written(name: str, folder: Path, postgres: Postgres, **variables: str) -> str:
    """Run what stands in the manual, in a shell that stops at the first failure; returns what it printed."""
    path = f"{folder}:{postgres.binaries}:/usr/bin:/bin"
    shell = await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-euc",
        commands(name),
        cwd=folder,
        env={**variables, "PATH": path, "PGHOST": str(postgres.folder), "PGUSER": SUPERUSER},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await asyncio.wait_for(shell.communicate(), START_S)
    assert shell.returncode == 0, out.decode()
    return out.decode()


@pytest.fixture
def encore_on_the_path(tmp_path: Path) -> Path:
    """A folder with the `encore` command of this checkout, as an operator has it."""
    root = Path(__file__).parents[2]
    program = tmp_path / "encore"
    program.write_text(
        f"#!/bin/sh\nPYTHONPATH={root} exec {sys.executable} -c 'from gateway.cli.entry import main; main()' \"$@\"\n"
    )
    program.chmod(0o755)
    return tmp_path


async def test_the_manual_dumps_a_postgresql_under_load_and_restores_it_elsewhere(
    postgres: Postgres, postgres_url: str, encore_on_the_path: Path, tmp_path: Path
) -> None:
    settings = settings_of(tmp_path / "data", DATABASE_URL=postgres_url)
    async with open_store(settings) as store:
        await import_small_show(store, tmp_path / "show")
        await grant(store.units, claims_of(), CREDITS)
    name = re.findall(r"/(\w+)\?", postgres_url)[0]
    async with served(settings, LedModel()) as house, house.fan().talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        first = await talk.say(conversation, "Hello.")
        dumping = asyncio.create_task(as_written("back up a PostgreSQL", encore_on_the_path, postgres, DATABASE=name))
        while not dumping.done():
            await talk.say(conversation, "Hello.")
        await dumping
        mark = talk.mark(conversation)

    async with postgres.fresh(template="template1") as url:
        restored = re.findall(r"/(\w+)\?", url)[0]
        elsewhere = environment(tmp_path / "elsewhere", DATABASE_URL=url)
        said = await as_written("restore a PostgreSQL", encore_on_the_path, postgres, DATABASE=restored, **elsewhere)
        assert said.splitlines()[-1] == "The books add up."
        settings = settings_of(tmp_path / "elsewhere", DATABASE_URL=url)
        async with served(settings, LedModel()) as house:
            assert await books_add_up(house.store.units)
            await house.gateway.turns.sweep(quiet_s=0.0)  # a reply may have been under way when it was dumped
            async with house.fan().talk(resume=[mark]) as talk:
                assert [answer["recovered"] for answer in talk.welcome["resumed"]] == [False]
                assert (await talk.open(SHOW, "tamsin"))["conversation"] == conversation
                left = talk.welcome["wallet"]["available"]
                assert left <= first["wallet"]["available"]
                done = await talk.say(conversation, "Still there?")
                assert (done["status"], done["wallet"]["available"]) == ("completed", left - PRICE)
