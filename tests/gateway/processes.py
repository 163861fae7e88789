"""Real processes of ours: started, read from, and always ended by whoever started them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
START_S = 60.0
"""A process imports a web server and a vector database first, on a machine that may be busy."""


class Process:
    """A running process, its output as text."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Its number, for as long as nobody has waited for its end."""
        return self._process.pid

    async def line(self) -> str:
        """The next line of its standard output; raises AssertionError when it ends without one."""
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), START_S)
        if not line:
            assert self._process.stderr is not None
            raise AssertionError((await self._process.stderr.read()).decode())
        return line.decode().strip()

    def tell(self, line: str) -> None:
        """Write a line to its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())

    async def ended(self) -> int:
        """Wait for its end; returns the status, negative for a signal."""
        return await asyncio.wait_for(self._process.wait(), START_S)

    async def output(self) -> tuple[int, str, str]:
        """Wait for its end; returns the status, standard output and standard error."""
        out, err = await asyncio.wait_for(self._process.communicate(), START_S)
        assert self._process.returncode is not None
        return self._process.returncode, out.decode(), err.decode()

    def terminate(self) -> None:
        """Send SIGTERM."""
        self._process.terminate()

    async def aclose(self) -> None:
        """Kill it if it still runs, and read it to its end, so that nothing of it is left."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.communicate()


@asynccontextmanager
async def running(*arguments: str, environment: Mapping[str, str], folder: Path = ROOT) -> AsyncIterator[Process]:
    """`python ARGUMENTS` while the block runs, with this environment and nothing else of ours."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "COLUMNS": "200", "LANG": "C.UTF-8", **environment},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    one = Process(process)
    try:
        yield one
    finally:
        await one.aclose()


ENCORE = ("-c", "from gateway.cli.entry import main; main()")
"""The `encore` command, of this checkout."""


@contextmanager
def stand_in_till() -> Iterator[str]:
    """The stand-in for Stripe in a process of its own while the block runs; gives its address."""
    arguments = (sys.executable, "-m", "tests.fakes.stripe_server")
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
