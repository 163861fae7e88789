"""`python -m tests.fakes.stripe_server --port 0 --webhook URL --secret whsec_…`: the stand-in as a process of its own.

The first line it prints is its address. It ends with SIGINT or SIGTERM, and keeps nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from tests.fakes.stripe_server.running import KEY, SECRET, StripeServer


async def serve(arguments: argparse.Namespace) -> None:
    """Run until a signal comes."""
    server = StripeServer(
        webhook_url=arguments.webhook, secret=arguments.secret, key=arguments.key, seed=arguments.seed
    )
    await server.start(arguments.port)
    sys.stdout.write(server.url + "\n")
    sys.stdout.flush()
    ended = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    await ended.wait()
    await server.aclose()


def main() -> int:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(prog="stripe_server", description="A stand-in for Stripe on the loopback.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--webhook", help="where events are posted; without it they are only listed")
    parser.add_argument("--secret", default=SECRET, help="signs the webhooks")
    parser.add_argument("--key", default=KEY, help="the API key that is accepted")
    parser.add_argument("--seed", type=int, default=1, help="of the ids")
    asyncio.run(serve(parser.parse_args()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
