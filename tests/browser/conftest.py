"""A real Chromium, the one of the system, driven over its debugging protocol."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from tests.browser.demo import LED, SCRIPTED, running_demo
from tests.browser.led_model import LedModel, led_model
from tests.browser.wire import Wire, wire_to

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=user-gesture-required",
]


def chromium() -> str:
    """Where the browser is. Without one the tests fail: `make browser` installs it."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    assert found, "there is no Chromium here; run: make browser"
    return found


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A headless browser."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
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


@pytest.fixture(scope="session")
def led_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, LedModel]]:
    """The demo's address, and the model that plays in it, which a test leads; replies can be heard as tones."""
    folder: Path = tmp_path_factory.mktemp("led")
    with (
        led_model() as model,
        running_demo(folder / "data", folder / "demo.log", LED | {"ENCORE_MODEL_BASE_URL": model.url}) as address,
    ):
        yield address, model


@pytest.fixture
def model(led_demo: tuple[str, LedModel]) -> LedModel:
    """The model, as it is when nobody has led it yet."""
    _, model = led_demo
    model.text, model.pause_s, model.mode = "Mind the step. It is crooked.", 0.0, "reply"
    model.says = {}
    return model


@pytest.fixture
def led_page(led_demo: tuple[str, LedModel], model: LedModel) -> str:
    """The address of the demo that the model plays in."""
    return led_demo[0]


@pytest.fixture
async def led_wire(led_page: str) -> AsyncIterator[tuple[Wire, str]]:
    """A wire to that demo which a test can cut, and the address through it."""
    async with wire_to(led_page) as both:
        yield both
