"""A real Chromium, the one of the system, driven over its debugging protocol."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from tests.browser.demo import SCRIPTED, running_demo

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A headless browser. Without one the tests fail: `make browser` installs it."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    assert found, "there is no Chromium here; run: make browser"
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield started
        await started.close()


@pytest.fixture(scope="session")
def demo_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The demo's address. Its data directory holds the sample show, read through by the bundled embedder."""
    folder: Path = tmp_path_factory.mktemp("demo")
    with running_demo(folder / "data", folder / "demo.log") as address:
        yield address


@pytest.fixture(scope="session")
def scripted_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same, answered at once by the scripted model."""
    folder: Path = tmp_path_factory.mktemp("scripted")
    with running_demo(folder / "data", folder / "demo.log", SCRIPTED) as address:
        yield address
