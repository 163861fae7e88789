"""The demo's till: the project's own stand-in for Stripe, so that a newcomer can "buy" credits without money.

It is part of a checkout of the project and not of an installed package; without it nothing is for sale in the demo.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.settings import StripeAccount

CHECKOUT = Path(__file__).resolve().parents[1]
STAND_IN = "tests.fakes.stripe_server"
KEY, SECRET = "sk_test_encore", "whsec_encore"
STOP_S = 5


@asynccontextmanager
async def demo_till(webhook: str) -> AsyncIterator[StripeAccount | None]:
    """A running stand-in that tells `webhook` what happens; None when this is no checkout, or it does not start."""
    if not CHECKOUT.joinpath(*STAND_IN.split(".")).is_dir():
        yield None
        return
    arguments = ("-m", STAND_IN, "--key", KEY, "--secret", SECRET, "--webhook", webhook)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert process.stdout is not None
    try:
        address = (await process.stdout.readline()).decode().strip()
        yield StripeAccount(KEY, (SECRET,), address) if address else None
    finally:
        with contextlib.suppress(ProcessLookupError):  # it ended by itself: with the terminal's Ctrl+C it does
            process.terminate()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_S)
