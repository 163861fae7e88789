"""`encore serve` as a process of its own: how it takes leave, and that commands work beside it."""

from __future__ import annotations

import asyncio
import errno
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.bootstrap import open_store
from gateway.errors import AddressUnusable
from gateway.serving import listen
from tests.gateway.builders import PRICE, books_add_up, claims_of, environment, grant, settings_of, token_of
from tests.gateway.client import Fan, sha256_of
from tests.gateway.lead import WAIT_S
from tests.gateway.processes import ENCORE, Process, running
from tests.gateway.provider import provider
from tests.gateway.story import SHOW

CREDITS = 10
READY = "Encore is ready on "


@asynccontextmanager
async def serving(data_dir: Path, **changes: str) -> AsyncIterator[tuple[Process, str]]:
    """`encore serve` on a free port, and its address."""
    async with running(*ENCORE, "serve", "--port", "0", environment=environment(data_dir, **changes)) as process:
        line = await process.line()
        assert line.startswith(READY)
        yield process, line.removeprefix(READY)


async def encore(data_dir: Path, *arguments: str, **changes: str) -> tuple[int, str, str]:
    """Another command on the same data directory: its status, output and errors."""
    async with running(*ENCORE, *arguments, environment=environment(data_dir, **changes)) as process:
        return await process.output()


async def test_on_sigterm_a_running_reply_ends_then_goodbye_and_the_status_is_nought(data_dir: Path) -> None:
    async with open_store(settings_of(data_dir)) as store:
        await grant(store.units, claims_of(), CREDITS)
    async with provider() as model:
        settings = {
            "MODEL": "openai:led",
            "MODEL_BASE_URL": model.url,
            "DRAIN_S": "60",
        }
        async with serving(data_dir, **settings) as (process, base), Fan(base, token_of(claims_of())).talk() as talk:
            conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
            turn = await talk.begin(conversation, "Is the roof all right?")
            await model.was_asked()
            model.say("One whole sentence. ")
            await talk.until("reply.delta", turn=turn)
            process.terminate()
            assert (await talk.until("goodbye"))["reconnect_in_ms"] > 0
            model.say("And the end.")
            model.end()
            done = await talk.until("reply.done", turn=turn)
            assert await talk.closed() == 4000
            status, _, errors = await process.output()
    assert (done["status"], done["text_sha256"]) == ("completed", sha256_of("One whole sentence. And the end."))
    assert done["wallet"] == {"available": CREDITS - PRICE, "held": 0}
    assert (status, errors) == (0, "")
    async with open_store(settings_of(data_dir)) as store:
        assert await books_add_up(store.units)


async def test_commands_work_beside_a_server_and_a_second_server_does_not(data_dir: Path) -> None:
    async with serving(data_dir) as (process, base):
        fan = Fan(base, token_of(claims_of()))
        granted = await encore(
            data_dir, "grant", "--fan", "mara", "--app", "demo", "--credits", "7", "--reason", "to try"
        )
        assert granted[0] == 0, granted
        assert (await fan.get("/v1/wallet"))["available"] == 7
        async with fan.talk() as talk:
            conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
            assert (await talk.say(conversation, "Hello."))["status"] == "completed"
        question = ("recall", "--show", SHOW, "--character", "tamsin", "--episode", "1", "--json", "Is the roof wet?")
        status, out, errors = await encore(data_dir, *question)
        assert (status, errors) == (0, "")
        assert json.loads(out)["passages"][0]["episode"] == 1
        assert (await encore(data_dir, "ledger", "verify"))[:2] == (0, "The books add up.\n")
        status, out, errors = await encore(data_dir, "serve", "--port", "0")
        assert (status, out, errors.count("\n")) == (1, "", 1)
        assert "Another Encore server is running" in errors
        port = base.rpartition(":")[2]
        status, out, errors = await encore(data_dir.parent / "another", "serve", "--port", port)
        assert (status, out, errors.count("\n")) == (1, "", 1)
        assert f"Port {port}" in errors
        process.terminate()
        assert await process.ended() == 0


async def test_a_small_frame_does_not_wait_for_the_one_before_it_to_be_acknowledged() -> None:
    without_delay: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def accept(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted: socket.socket = writer.get_extra_info("socket")
        without_delay.set_result(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    with listen("127.0.0.1", 0) as listening:
        async with await asyncio.start_server(accept, sock=listening):
            _, writer = await asyncio.open_connection(*listening.getsockname())
            assert await asyncio.wait_for(without_delay, WAIT_S) == 1
            writer.close()
            await writer.wait_closed()


@pytest.mark.parametrize(
    ("host", "words"), [("192.0.2.1", "no such address"), ("no-such-host.invalid", "no such address")]
)
def test_why_nobody_can_listen_is_told(host: str, words: str) -> None:
    with pytest.raises(AddressUnusable, match=words) as told:
        listen(host, 0)
    assert host in str(told.value)


def test_a_port_that_this_user_may_not_take_is_no_port_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    class Forbidden(socket.socket):
        def bind(self, address: object) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket, "socket", Forbidden)
    with pytest.raises(AddressUnusable, match="may not take"):
        listen("127.0.0.1", 80)


async def test_a_database_that_is_none_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "encore.db").write_bytes(b"these are not the bytes of a database" * 100)
    status, out, errors = await encore(tmp_path, "show", "list")
    assert (status, out, errors) == (
        1,
        "",
        "The database cannot be opened: it is damaged, it is none, or its server does not answer.\n",
    )
