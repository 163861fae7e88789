"""`encore serve` on a fresh data directory, as a process of its own, and the commands that a test runs beside it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.gateway.builders import environment

ENCORE = (sys.executable, "-c", "from gateway.cli.entry import main; main()")
STOP_S, COMMAND_S = 60, 120
READY = re.compile(r"http://127\.0\.0\.1:\d+")


@dataclass(frozen=True)
class Installation:
    """A server and its data."""

    base: str
    variables: Mapping[str, str]

    def encore(self, *arguments: str) -> Any:
        """Run a command beside the server; what it prints with --json."""
        done = subprocess.run(
            [*ENCORE, *arguments],
            env=dict(self.variables),
            capture_output=True,
            text=True,
            timeout=COMMAND_S,
            check=True,
        )
        return json.loads(done.stdout) if "--json" in arguments else done.stdout


@contextmanager
def installation(folder: Path) -> Iterator[Installation]:
    """Serve while the block runs; afterwards the server has drained and ended with 0."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ENCORE_")}
    variables = {**plain, **environment(folder / "data"), "PYTHONUNBUFFERED": "1"}
    log = folder / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [*ENCORE, "serve", "--port", "0"], env=variables, stdout=subprocess.PIPE, stderr=output, text=True
        )
    try:
        assert process.stdout is not None
        with process.stdout as printed:
            found = next((found for line in printed if (found := READY.search(line))), None)
            assert found, log.read_text("utf-8")[-2_000:]
            yield Installation(found.group(), variables)
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_S) == 0, log.read_text("utf-8")[-2_000:]
    finally:
        process.kill()
        process.wait()
