"""A data directory with the small show in it, made once and copied for every test, and a gateway served from it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from characters.importing import SAMPLE_SLUG, import_sample
from gateway.assembly import Gateway
from gateway.bootstrap import Store, now_ms, open_store
from gateway.settings import Settings
from tests.gateway.aviary import planted_show
from tests.gateway.builders import House, assembled_house, import_small_show, make_stage, served, settings_of
from tests.gateway.client import Fan
from tests.gateway.commands import encore as encore
from tests.gateway.duet import PRICE as DUET_PRICE
from tests.gateway.duet import SHOW as DUET
from tests.gateway.duet import DuetModel, import_duet, line
from tests.gateway.lead import LedModel


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the schema, a price and the published small show."""
    folder = tmp_path_factory.mktemp("gateway")

    async def furnish() -> None:
        async with open_store(settings_of(folder / "data")) as store:
            await import_small_show(store, folder / "show")

    asyncio.run(furnish())
    return folder / "data"


@pytest.fixture(scope="session")
def aviary_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the sample show, full of canaries."""
    shows, folder = planted_show(tmp_path_factory.mktemp("shows")), tmp_path_factory.mktemp("aviary")

    async def fill() -> None:
        async with open_store(settings_of(folder)) as store:
            await import_sample(store.catalogue, now_ms=now_ms(), shows_folder=shows)
            await make_stage(store).memory.index(await store.catalogue.published(SAMPLE_SLUG))

    asyncio.run(fill())
    return folder


@pytest.fixture
def data_dir(furnished: Path, tmp_path: Path) -> Path:
    """The same, for one test."""
    return Path(shutil.copytree(furnished, tmp_path / "data"))


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return settings_of(data_dir)


@pytest.fixture
def model() -> LedModel:
    return LedModel()


@pytest_asyncio.fixture
async def store(settings: Settings) -> AsyncIterator[Store]:
    async with open_store(settings) as opened:
        yield opened


@pytest_asyncio.fixture
async def empty_store(database_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    """A store without a show, in SQLite and in PostgreSQL."""
    async with open_store(settings_of(tmp_path / "data", DATABASE_URL=database_url)) as opened:
        yield opened


@pytest_asyncio.fixture
async def offstage(settings: Settings, model: LedModel) -> AsyncIterator[tuple[Store, Gateway]]:
    """A gateway that is put together and not served."""
    async with assembled_house(settings, model) as assembled:
        yield assembled


@pytest_asyncio.fixture
async def house(settings: Settings, model: LedModel) -> AsyncIterator[House]:
    async with served(settings, model) as house:
        yield house


@pytest.fixture(scope="session")
def duet_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the show of two who must not know the same."""
    folder = tmp_path_factory.mktemp("duet")

    async def fill() -> None:
        async with open_store(settings_of(folder / "data")) as store:
            await import_duet(store, folder / "show")

    asyncio.run(fill())
    return folder / "data"


@pytest.fixture
def duo() -> DuetModel:
    return DuetModel(line)


@pytest_asyncio.fixture
async def stage(duet_dir: Path, tmp_path: Path, duo: DuetModel) -> AsyncIterator[House]:
    """The duet, served."""
    folder = Path(shutil.copytree(duet_dir, tmp_path / "duet"))
    async with served(settings_of(folder, PROMPT_TOKENS="3000"), duo) as house:
        yield house


@pytest_asyncio.fixture
async def fan(stage: House) -> Fan:
    """A fan of the duet, with credits for twenty messages."""
    return await stage.rich_fan(credits=20 * DUET_PRICE, show=DUET)
