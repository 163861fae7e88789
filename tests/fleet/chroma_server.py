"""A Chroma server for the tests, on a port of its own, that a test may kill and start again, with its data or without.

It listens on the loopback only and keeps everything in the folder that it is given.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fleet.balancer import free_port, until_listening


class ChromaServer:
    """One place for a server, and the process that fills it at present."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address, as ENCORE_CHROMA_URL has it."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it and return when it can be asked; nothing happens to one that runs."""
        if self._process is not None:
            return
        program = str(Path(sys.executable).parent / "chroma")
        where = ("--host", "127.0.0.1", "--port", str(self._port), "--path", str(self._folder))
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen((program, "run", *where), stdin=quiet, stdout=quiet, stderr=quiet)
        until_listening(self._process, self._port)

    def kill(self) -> None:
        """End it as a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def forget(self) -> None:
        """Lose everything that it kept; it must not run."""
        shutil.rmtree(self._folder)


@contextmanager
def chroma_server(folder: Path) -> Iterator[ChromaServer]:
    """A running server; whatever the block did to it, no process of it is left afterwards."""
    server = ChromaServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()
