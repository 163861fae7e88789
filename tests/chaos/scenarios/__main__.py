"""`python -m tests.chaos.scenarios [--clients 2000] [--seed N]`: the storm of reconnects at its full size."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from gateway.bootstrap import open_store
from tests.chaos.scenarios import crowds, stage
from tests.chaos.scenarios.stage import staged
from tests.gateway import client
from tests.gateway.builders import import_small_show, settings_of

PATIENCE_S = 600.0


async def storm(folder: Path, clients: int, seed: int) -> float:
    """So many clients lose their lines in mid-reply and come back; how long it took, in seconds."""
    async with open_store(settings_of(folder / "data")) as store:
        await import_small_show(store, folder / "show")
    began = time.monotonic()
    async with staged(folder / "data", seed, FIRST_TOKEN_S="300", BETWEEN_TOKENS_S="300") as prepared:
        await crowds.a_storm_of_reconnects(prepared, clients)
    return time.monotonic() - began


def main() -> None:
    """Run it. What does not hold ends it with the assertion."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.scenarios", description=__doc__)
    parser.add_argument("--clients", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    client.WAIT_S = stage.WAIT_S = PATIENCE_S  # clients and gateway share this process
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        took_s = asyncio.run(storm(Path(folder), chosen.clients, chosen.seed))
    sys.stdout.write(
        f"{chosen.clients} clients lost their lines in mid-reply, came back and had every word; "
        f"the books add up, nothing is left over ({took_s:.0f} s)\n"
    )


if __name__ == "__main__":
    main()
