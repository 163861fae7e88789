"""The stand-in as a process of its own, led over HTTP as the demo and the chaos runs do."""

from __future__ import annotations

import ast
import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio

from tests.stripe_server.receiver import Receiver
from tests.stripe_server.till import SDK_WARNS, pack, sdk

pytestmark = SDK_WARNS
ROOT = Path(__file__).parents[2]
SECRET = "whsec_process"
END_S = 30.0


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Where the process sends its webhooks."""
    one = Receiver()
    await one.http.start()
    yield one
    await one.http.aclose()


async def _order(browser: httpx.AsyncClient, url: str, **order: Any) -> Any:
    return (await browser.post(f"{url}/_control", json=order)).json()


async def test_it_prints_its_address_sells_and_ends_with_a_signal(receiver: Receiver) -> None:
    options = ("--port", "0", "--webhook", f"{receiver.http.url}/hook", "--secret", SECRET)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.fakes.stripe_server",
        *options,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        url = (await asyncio.wait_for(process.stdout.readline(), END_S)).decode().strip()
        async with httpx.AsyncClient(trust_env=False) as browser, sdk(url) as client:
            session = await client.v1.checkout.sessions.create_async(pack())
            assert session.url is not None
            assert (await browser.post(session.url, data={"button": "pay"})).status_code == 303
            settled = await _order(browser, url, action="settle")
            assert {one["status"] for one in settled["deliveries"]} == {200}
            assert "error" in await _order(browser, url, action="fly")
            assert "error" in await _order(browser, url, colour="red")
            assert (await browser.post(f"{url}/_control", content=b"{")).status_code == 400
            assert (await browser.get(f"{url}/nowhere")).status_code == 404
            log = (await browser.get(f"{url}/_log")).json()
        assert [one["path"] for one in log["requests"]] == ["/v1/checkout/sessions"]
        [completed] = receiver.objects("checkout.session.completed", SECRET)
        assert (completed["id"], completed["payment_status"]) == (session.id, "paid")
        process.terminate()
        _, err = await asyncio.wait_for(process.communicate(), END_S)
        assert (process.returncode, err) == (0, b"")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _run(*options: str) -> tuple[int | None, str, str]:
    command = [sys.executable, "-m", "tests.fakes.stripe_server", *options]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=pipe, stderr=pipe)
    out, err = await asyncio.wait_for(process.communicate(), END_S)
    return process.returncode, out.decode(), err.decode()


async def test_its_help_names_every_action_and_every_option() -> None:
    code, said, _ = await _run("--help")
    assert code == 0
    for action in ("advance(seconds)", "dispute_open(charge, amount, reason, inquiry)", "switches(wanted)"):
        assert action in said
    assert {"--port", "--webhook", "--secret", "--key", "--seed"} <= set(said.split())


async def test_a_port_that_is_taken_is_a_sentence_and_not_a_traceback(receiver: Receiver) -> None:
    port = receiver.http.url.rpartition(":")[2]
    code, _, complaint = await _run("--port", port)
    assert (code, len(complaint.splitlines())) == (1, 1)
    assert complaint.startswith(f"Port {port} cannot be listened on: ")


def test_it_needs_nothing_that_the_project_does_not_run_with() -> None:
    imported = set()
    for path in (ROOT / "tests/fakes/stripe_server").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(str(node.module).partition(".")[0])
    assert imported - set(sys.stdlib_module_names) == {"httpx", "stripe", "tests", "typing_extensions"}
