"""Programs for node: the one that Playwright's wheel brings, and the packages that `make test` puts beside it.

Without the packages a developer's own run leaves such tests out; CI never does.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright._impl._driver import compute_driver_executable

PACKAGES = Path("build/npm").resolve()
"""Where the Makefile installs what `tests/npm/package-lock.json` names, with our own programs beside it."""
INSTALLED = (PACKAGES / "node_modules").is_dir() or os.environ.get("CI") == "true"

needs_packages = pytest.mark.skipif(not INSTALLED, reason="`make test` installs the packages for node")


def node(program: str) -> list[str]:
    """The command that runs a program of tests/npm."""
    return [compute_driver_executable()[0], str(PACKAGES / program)]
