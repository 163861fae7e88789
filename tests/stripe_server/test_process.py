"""The stand-in as a process of its own, led over HTTP as the demo and the chaos runs do."""

from __future__ import annotations

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
