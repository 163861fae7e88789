"""What the gateway's tests are made of: settings, a data directory with a show in it, and a gateway that serves it.

The parts are the real ones — a SQLite file, the real routes, a real uvicorn on a free port — except for the model and
the embedder. No test logic lives here.
"""

from __future__ import annotations

import asyncio
import signal
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from blockbuster import blockbuster_ctx

from characters.importing import import_show
from gateway.assembly import Gateway, assembled
from gateway.auth import Claims, sign
from gateway.bootstrap import Stage, Store, now_ms, open_store
from gateway.bootstrap import make_stage as assembled_stage
from gateway.ports import Units
from gateway.serving import listen, serve
from gateway.settings import App, Settings, read_settings
from gateway.speakers import Speakers
from memory.doubles import HashEmbedder
from memory.exact_index import ExactIndex
from memory.ports import PassageIndex
from persona.ports import ChatModel
from tests.gateway.client import Fan
from tests.gateway.lead import WAIT_S
from tests.gateway.story import SHOW, write_show

APP, OTHER_APP = "demo", "second-app"
SECRET = "a-secret-of-the-demo-app-for-tests-only"
OTHER_SECRET = "another-secret-of-a-second-app-in-tests"
ORIGIN = "https://app.example"
INLINE = ("_patiently", "fetchall", "fetchone", "fetchmany", "rollback")
OURS = ["billing", "characters", "gateway", "memory", "persona"]
PRICE = 2
"""Credits of one message by the opening price."""
APPS_JSON = (
    f'{{"{APP}": {{"secret": "{SECRET}", "origins": ["{ORIGIN}", "http://127.0.0.1:*"]}},'
    f' "{OTHER_APP}": {{"secret": "{OTHER_SECRET}", "origins": ["https://second.example"]}}}}'
)
APPS = {
    APP: App(SECRET, (ORIGIN, "http://127.0.0.1:*")),
    OTHER_APP: App(OTHER_SECRET, ("https://second.example",)),
}


def environment(data_dir: Path, **changes: str) -> dict[str, str]:
    """The `ENCORE_*` variables of a test installation; `changes` are named without the prefix."""
    chosen = {
        "DATA_DIR": str(data_dir),
        "EMBEDDER": "hash",
        "MODEL": "scripted",
        "APPS": APPS_JSON,
        "DRAIN_S": "0",
        "FIRST_TOKEN_S": "30",
        "BETWEEN_TOKENS_S": "30",
        "HEARTBEAT_S": "30",
        "LIMITS": "off",
    }
    return {f"ENCORE_{name}": value for name, value in (chosen | changes).items()}


def settings_of(data_dir: Path, **changes: str) -> Settings:
    """The settings of a test installation."""
    return read_settings(environment(data_dir, **changes))


async def import_small_show(store: Store, folder: Path) -> None:
    """Import and publish the small show and its two characters."""
    imported = await import_show(store.catalogue, write_show(folder), SHOW, now_ms=now_ms())
    await store.catalogue.publish_release(imported.release_id, now_ms=now_ms())
    for slug in imported.sheets:
        await store.catalogue.publish_character(SHOW, slug, author="ana", approver="ben", now_ms=now_ms())
    await make_stage(store).memory.index(imported.release_id)


def make_stage(store: Store, index: PassageIndex | None = None) -> Stage:
    """Recall without a vector database and without a model."""
    return assembled_stage(store, HashEmbedder(), index or ExactIndex())


def mute(store: Store) -> Speakers:
    """Nobody is read aloud."""
    return Speakers(None, catalogue=store.catalogue, casting=store.casting)


def claims_of(fan: str = "mara", watched: int = 2, *, app: str = APP, show: str = SHOW) -> Claims:
    """What the host app vouches for; nobody said how far when `watched` is negative."""
    return Claims(app=app, fan_id=fan, shows={show: watched} if watched >= 0 else {}, name="Mara")


def token_of(claims: Claims) -> str:
    """The host app's token for these claims."""
    secret = SECRET if claims.app == APP else OTHER_SECRET
    return sign(claims, secret, now_s=int(time.time()), lifetime_s=600)


async def grant(units: Units, claims: Claims, credits: int) -> None:
    """Credits for a fan."""
    async with units.begin() as unit:
        await unit.books.grant(
            claims.fan,
            credits,
            lot_class="promotional",
            reason="to try Encore with",
            actor="tests",
            idem_key=f"tests:{uuid.uuid4().hex}",
            now_ms=now_ms(),
        )


async def books_add_up(units: Units) -> bool:
    """Whether every invariant of the ledger holds."""
    async with units.begin() as unit:
        return await unit.books.verify(now_ms=now_ms()) == ()


@dataclass(frozen=True, slots=True)
class House:
    """A gateway that is being served, and what is behind it."""

    base: str
    store: Store
    gateway: Gateway
    stop: Callable[[], None]
    """Send SIGTERM."""

    def fan(
        self,
        fan: str = "mara",
        watched: int = 2,
        *,
        app: str = APP,
        show: str = SHOW,
        origin: str | None = None,
    ) -> Fan:
        """A fan's client."""
        return Fan(self.base, token_of(claims_of(fan, watched, app=app, show=show)), origin)

    async def rich_fan(self, fan: str = "mara", watched: int = 2, *, credits: int = 20, show: str = SHOW) -> Fan:
        """A fan's client, and credits."""
        await grant(self.store.units, claims_of(fan, watched), credits)
        return self.fan(fan, watched, show=show)


UnitsWrapper = Callable[[Units], Units]


@asynccontextmanager
async def assembled_house(
    settings: Settings, model: ChatModel, *, wrap: UnitsWrapper | None = None
) -> AsyncIterator[tuple[Store, Gateway]]:
    """A gateway put together on a data directory, not served. `wrap` puts something around its units."""
    async with open_store(settings) as opened:
        store = opened if wrap is None else replace(opened, units=wrap(opened.units))
        async with assembled(store, make_stage(store), model) as gateway:
            yield store, gateway


@asynccontextmanager
async def served(settings: Settings, model: ChatModel, *, wrap: UnitsWrapper | None = None) -> AsyncIterator[House]:
    """The same, served on a free port in this loop; the block's end stops it as SIGTERM does.

    While it serves, a blocking call of our own code in the event loop raises instead of blocking.
    """
    async with AsyncExitStack() as stack:
        store, gateway = await stack.enter_async_context(assembled_house(settings, model, wrap=wrap))
        listening = listen("127.0.0.1", 0)
        ready = asyncio.Event()
        serving = asyncio.create_task(
            serve(
                gateway.app,
                listening,
                heartbeat_s=settings.heartbeat_s,
                trusted_proxies=settings.trusted_proxies,
                started=ready.set,
                drain=gateway.drain,
            ),
            name="serving",
        )
        await asyncio.wait_for(ready.wait(), WAIT_S)

        stopped = asyncio.Event()

        def stop() -> None:
            stopped.set()
            if not serving.done():
                signal.raise_signal(signal.SIGTERM)

        try:
            blocking = stack.enter_context(blockbuster_ctx(scanned_modules=OURS))
            # The driver looks for a file of passwords when it opens a connection to a server.
            blocking.functions["os.stat"].can_block_in("asyncpg/connect_utils.py", "_read_password_file")
            # Short transactions on SQLite are carried out in place (gateway/adapters/inline_sqlite.py says why).
            for name, function in blocking.functions.items():
                if name.startswith("sqlite3."):
                    function.can_block_in("gateway/adapters/inline_sqlite.py", INLINE)
            yield House(f"http://127.0.0.1:{listening.getsockname()[1]}", store, gateway, stop)
        finally:
            if not stopped.is_set():  # a second signal would cut the drain short
                stop()
            await asyncio.wait_for(serving, WAIT_S)


def without(values: Mapping[str, object], *names: str) -> dict[str, object]:
    """The mapping without these keys."""
    return {name: value for name, value in values.items() if name not in names}
