"""Stopping a process so that it really stands still: SIGSTOP is only sent, and its threads stop when they get to it."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

STOPPED_S = 10.0


def stand_still(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    """Send SIGSTOP and return when every thread of the process is stopped (proc(5), state T)."""
    process.send_signal(signal.SIGSTOP)
    deadline = time.monotonic() + STOPPED_S
    while not _stopped(process.pid):
        assert time.monotonic() < deadline, "the process does not stop"
        time.sleep(0.001)


def _stopped(pid: int) -> bool:
    states = (path.read_text().rpartition(")")[2].split()[0] for path in Path(f"/proc/{pid}/task").glob("*/stat"))
    return all(state == "T" for state in states)
