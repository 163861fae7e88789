"""A Redis (or Valkey) server for the tests, on a Unix socket in a folder of its own, that a test may kill and stop.

It keeps nothing on the disk, never listens on the network and never touches a server that was there before.
"""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.pausing import stand_still

PROGRAMS = ("redis-server", "valkey-server")
START_S = 30.0


class RedisServer:
    """One place for a server, and the process that fills it at present."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "socket"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address, as ENCORE_REDIS_URL has it."""
        return f"unix://{self._socket}"

    def start(self) -> None:
        """Start it and return when it answers; nothing happens to one that runs."""
        if self._process is not None:
            return
        program = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
        assert program is not None, "the tests need redis-server or valkey-server: `make services` installs it"
        self._socket.unlink(missing_ok=True)
        options = ("--port", "0", "--unixsocket", str(self._socket), "--save", "", "--appendonly", "no")
        self._process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + START_S
        while not self._answers():
            assert self._process.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server does not answer"

    def kill(self) -> None:
        """End it as a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Have it answer nobody, with every connection left open."""
        assert self._process is not None
        stand_still(self._process)

    def resume(self) -> None:
        """Go on after a pause."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as asking:
                asking.settimeout(START_S)
                asking.connect(str(self._socket))
                asking.sendall(b"PING\r\n")
                return asking.recv(16).startswith(b"+PONG")
        except (FileNotFoundError, ConnectionRefusedError):
            return False


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """A running server; whatever the block did to it, nothing of it is left afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="encore-redis-"))  # a socket's path may have 107 bytes
    server = RedisServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder)
