"""`python -m tests.fakes.stripe_server`: the stand-in as a process of its own, from the project's root.

The first line it prints is its address. It ends with SIGINT or SIGTERM, and keeps nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import inspect
import signal
import sys
from collections.abc import Iterator

from tests.fakes.stripe_server.control import Control
from tests.fakes.stripe_server.running import KEY, SECRET, StripeServer

ABOUT = """\
A stand-in for Stripe: its API for the official SDK, a pay page for a person, and signed webhooks.
It listens on 127.0.0.1 only, moves no money, and forgets everything when it ends (Ctrl-C).
The first line it prints is its address, for the SDK's base_addresses={"api": ...}."""
EXAMPLE = """\
example:
  python -m tests.fakes.stripe_server --port 4242 --webhook http://127.0.0.1:8000/stripe
  curl 127.0.0.1:4242/_control --json '{"action": "advance", "seconds": 86400}'
  curl 127.0.0.1:4242/_log       what the API was asked, and what became of each webhook

actions (POST /_control, no key; the arguments are the other fields):
"""


def actions() -> Iterator[str]:
    """One line for each action: its name, its arguments, and the first line of what it does."""
    for name, method in sorted(vars(Control).items()):
        if not name.startswith("_") and name not in ("run", "answer"):
            arguments = [one for one in inspect.signature(method).parameters if one != "self"]
            does = (inspect.getdoc(method) or "").splitlines()[0]
            yield f"  {name}({', '.join(arguments)})\n      {does}"


async def serve(arguments: argparse.Namespace) -> int:
    """Run until a signal comes; 1 when the port is not free."""
    server = StripeServer(
        webhook_url=arguments.webhook, secret=arguments.secret, key=arguments.key, seed=arguments.seed
    )
    try:
        await server.start(arguments.port)
    except OSError as refused:
        sys.stderr.write(f"Port {arguments.port} cannot be listened on: {refused.strerror}\n")
        await server.aclose()
        return 1
    sys.stdout.write(server.url + "\n")
    sys.stdout.flush()
    ended = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    await ended.wait()
    await server.aclose()
    return 0


def main() -> int:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fakes.stripe_server",
        description=ABOUT,
        epilog=EXAMPLE + "\n".join(actions()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0, help="where to listen; 0, the default, takes a free port")
    parser.add_argument("--webhook", metavar="URL", help="where events are posted; without it they are only listed")
    parser.add_argument("--secret", default=SECRET, help="signs the webhooks (default: %(default)s)")
    parser.add_argument("--key", default=KEY, help="the API key that is accepted (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="two runs with one seed make the same ids (default: 1)")
    return asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    raise SystemExit(main())
