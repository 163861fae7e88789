"""`python -m tests.fleet [--fans N]`: a rolling restart of two processes behind nginx under that many live streams.

It ends with a traceback and status 1 when a word or a credit is out of place.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.fleet.house import fleet_house
from tests.fleet.rolling import rolling_restart

WORD_S = 0.25
"""A reply has some fifty words: on a small machine all fans have asked before the first has been answered."""


async def play(fans: int, folder: Path) -> str:
    """One run; returns what happened in one sentence."""
    async with fleet_house(folder, word_s=WORD_S) as house:
        began_s = time.monotonic()
        outcome = await rolling_restart(house, fans)
    live = " and ".join(map(str, outcome.live))
    return (
        f"{outcome.replies} replies in {time.monotonic() - began_s:.0f} s, each with the right hash and charged once; "
        f"{live} ran when a process was told to leave, {outcome.moved_on} sockets were moved on by the balancer, "
        f"and the processes ended with {outcome.statuses}."
    )


def main() -> int:
    """Run it; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fleet", description=__doc__)
    parser.add_argument("--fans", type=int, default=200, help="how many talk at once")
    fans = parser.parse_args().fans
    with tempfile.TemporaryDirectory(prefix="encore-fleet-") as folder:
        sys.stdout.write(asyncio.run(play(fans, Path(folder))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
