"""`encore demo` as a newcomer starts it: a process of its own, on embedded defaults, with the real local model.

Tests that are not about replies may ask for the scripted one instead.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

START_S = 420
STOP_S = 60
SCRIPTED = {"ENCORE_MODEL": "scripted", "ENCORE_EMBEDDER": "hash", "ENCORE_DRAIN_S": "1"}
LED = {
    "ENCORE_MODEL": "openai:led",
    "ENCORE_MODEL_KEY": "k",
    "ENCORE_EMBEDDER": "hash",
    "ENCORE_VOICE": "tone",
    "ENCORE_LIMITS": "off",
    "ENCORE_DRAIN_S": "1",
}
"""Replies come from a server of the tests; ENCORE_MODEL_BASE_URL says where."""
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/demo")


@contextmanager
def running_demo(data_dir: Path, log: Path, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address of the demo page while the block runs; afterwards the server has drained and ended with 0."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ENCORE_")}
    environment |= {"ENCORE_DATA_DIR": str(data_dir), "PYTHONUNBUFFERED": "1", **(settings or {})}
    command = [sys.executable, "-c", "from gateway.cli.entry import main; main()", "demo", "--port", "0"]
    with log.open("w") as output:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=output, text=True)
    try:
        assert process.stdout is not None
        with process.stdout as printed:
            yield _address(printed)
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_S) == 0, log.read_text("utf-8")[-2_000:]
    finally:
        process.kill()
        process.wait()


def _address(printed: Iterator[str]) -> str:
    """The link in what the command prints; the import before it takes the time that embedding takes."""
    said = ""
    for line in printed:
        said += line
        found = ADDRESS.search(line)
        if found:
            return found.group()
    raise AssertionError(f"the demo ended before it was ready: {said[-2_000:]}")
