"""Several `encore serve` on one database: started, killed, and started again, each with a data directory of its own.

What they say on standard error is kept in files of the run's folder. Whatever happens, none of them outlives the fleet.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.gateway.processes import ENCORE, ROOT

READY = "Encore is ready on "
START_S = 240.0
"""Several processes start at once, on a machine that the rest of the run keeps busy."""


class Server:
    """One place of the fleet, and the process that fills it at present."""

    def __init__(self, folder: Path, environment: Mapping[str, str], *, port: int = 0) -> None:
        """`port`: where it listens each time; 0: wherever it is free."""
        self._port = port
        self._environment = {
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "200",
            "LANG": "C.UTF-8",
            **environment,
            "ENCORE_DATA_DIR": str(folder / "data"),
        }
        self.log = folder / "stderr.log"
        self.base = ""
        """Its address; empty while it is down."""
        self.turn = asyncio.Lock()
        """Held by whoever ends it and starts it again."""
        self.status: int | None = None
        """How it ended when it was last ended: negative for a signal."""
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it serves. Raises AssertionError when it does not."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *ENCORE,
                "serve",
                "--port",
                str(self._port),
                cwd=ROOT,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdout is not None
        line = (await asyncio.wait_for(self._process.stdout.readline(), START_S)).decode().strip()
        assert line.startswith(READY), f"{line!r}, see {self.log}"
        self.base = line.removeprefix(READY)

    async def end(self, how: signal.Signals) -> None:
        """Send the signal and wait for the end; nothing happens to one that has ended."""
        self.base = ""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.send_signal(how)
        await asyncio.wait_for(self._process.communicate(), START_S)
        self.status = self._process.returncode


class Fleet:
    """The servers, and which of them can be reached."""

    def __init__(self, folder: Path, environment: Mapping[str, str], processes: int) -> None:
        self.servers = [Server(folder / f"server-{number}", environment) for number in range(processes)]

    @property
    def bases(self) -> list[str]:
        """The addresses of those that serve."""
        return [server.base for server in self.servers if server.base]

    async def end(self) -> None:
        """Kill whatever runs."""
        await asyncio.gather(*(server.end(signal.SIGKILL) for server in self.servers))

    def said(self) -> list[str]:
        """Everything that any of them said on standard error, line by line."""
        return [line for server in self.servers for line in server.log.read_text("utf-8").splitlines()]


@asynccontextmanager
async def fleet(folder: Path, environment: Mapping[str, str], processes: int) -> AsyncIterator[Fleet]:
    """The servers, serving, while the block runs."""
    one = Fleet(folder, environment, processes)
    try:
        await asyncio.gather(*(server.start() for server in one.servers))
        yield one
    finally:
        await one.end()
