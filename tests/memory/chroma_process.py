"""A real Chroma server on loopback in a process of its own, which tests may kill and start again on the same port."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.pausing import stand_still

START_S = 60.0


class ChromaProcess:
    """`chroma run`, or nothing, on one port and one folder."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def start(self) -> None:
        """Start it and wait until it can be asked."""
        command = [str(Path(sys.executable).parent / "chroma"), "run", "--host", "127.0.0.1", "--port", str(self.port)]
        process = subprocess.Popen([*command, "--path", str(self._folder)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        self._process = process
        # It would stop answering in the middle of a line of its log if nobody read the pipe.
        self._reader = threading.Thread(target=deque, args=(process.stdout, 0))
        self._reader.start()
        until = time.monotonic() + START_S  # it says that it listens a little before it does
        while not self._answers():
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/api/v2/heartbeat").is_success
        except httpx.TransportError:
            return False

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """While the block runs it takes connections and answers none."""
        assert self._process is not None
        stand_still(self._process)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it as a crash would; harmless when it does not run."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        if self._reader is not None:
            self._reader.join()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process, self._reader = None, None


@contextmanager
def running_chroma(folder: Path) -> Iterator[ChromaProcess]:
    """A server that runs when the block begins, and does not when it has ended."""
    chroma = ChromaProcess(folder)
    try:
        chroma.start()
        yield chroma
    finally:
        chroma.kill()
