"""Asks the advisory service about every locked package: `python -m tests.audit`.

The exit status is 1 when a locked package has a known vulnerability. Where the service cannot be asked, that is said
in so many words, because an audit that did not happen must not look like one that passed.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOCK_FILES = ("requirements.lock", "requirements-dev.lock")
AUDIT_S = 600
UNREACHABLE = re.compile(r"\b(ConnectionError|ConnectTimeout|ReadTimeout|SSLError|ProxyError|ServiceError)\b")
PINNED = re.compile(r"^[A-Za-z0-9].*==", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Audit:
    """What the service said of one lock file."""

    answered: int
    unanswered: int
    vulnerable: tuple[str, ...]
    """`package version: advisory` for each known vulnerability."""

    def sentence(self, name: str) -> str:
        """The outcome in one line."""
        if not self.answered:
            return f"{name}: NOT AUDITED, the advisory service answered for none of {self.unanswered} packages."
        missing = f", {self.unanswered} unanswered" if self.unanswered else ""
        return f"{name}: {self.answered} packages audited{missing}, {len(self.vulnerable)} known vulnerabilities."


def read_report(text: str) -> Audit:
    """The audit in pip-audit's JSON report."""
    entries: list[dict[str, Any]] = json.loads(text)["dependencies"]
    answered = [entry for entry in entries if "skip_reason" not in entry]
    found = [f"{entry['name']} {entry['version']}: {vuln['id']}" for entry in answered for vuln in entry["vulns"]]
    return Audit(len(answered), len(entries) - len(answered), tuple(found))


def audit(lock_file: str) -> Audit:
    """Ask about the packages of one lock file; none of them is installed or run."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", lock_file]
    options = ["--disable-pip", "--require-hashes", "--format", "json", "--progress-spinner", "off"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=AUDIT_S, check=False)
    if done.stdout.strip():
        return read_report(done.stdout)
    if UNREACHABLE.search(done.stderr):
        return Audit(answered=0, unanswered=len(PINNED.findall(Path(lock_file).read_text("utf-8"))), vulnerable=())
    raise SystemExit(f"pip-audit failed: {done.stderr.strip()[-500:]}")


def main() -> int:
    """Audit every lock file."""
    status = 0
    for name in LOCK_FILES:
        found = audit(str(Path(__file__).resolve().parent.parent / name))
        sys.stdout.write(found.sentence(name) + "\n")
        for line in found.vulnerable:
            sys.stdout.write(f"  {line}\n")
            status = 1
    return status


if __name__ == "__main__":
    raise SystemExit(main())
