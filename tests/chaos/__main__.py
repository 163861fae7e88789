"""`python -m tests.chaos [--seed N] [--small]`: one chaos run on a PostgreSQL server of its own, and its summary.

It ends with status 1 when anything was found wrong; then, and with `--keep`, its logs and its list of findings stay.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from tests.chaos.plan import FULL, SMALL, Size
from tests.chaos.run import Outcome, chaos
from tests.chaos.summary import summary
from tests.postgres import serving


async def play(seed: int, size: Size, folder: Path) -> Outcome:
    """One run, on a server that is there only for it."""
    with serving() as postgres:
        await postgres.make_template()
        async with postgres.fresh() as url:
            return await chaos(seed, size, url, folder, patient=True)


def main() -> int:
    """Run it; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000), help="what everything is drawn from")
    parser.add_argument("--small", action="store_true", help="a tenth of it")
    parser.add_argument("--keep", action="store_true", help="keep the logs of a run without findings too")
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix=f"encore-chaos-{chosen.seed}-"))
    sys.stdout.write(f"seed {chosen.seed}, logs in {folder}\n")
    sys.stdout.flush()
    outcome = asyncio.run(play(chosen.seed, SMALL if chosen.small else FULL, folder))
    sys.stdout.write(f"{summary(outcome)}\n")
    if outcome.found or chosen.keep:
        (folder / "findings.txt").write_text("\n".join((*outcome.found, *outcome.errors)), "utf-8")
    else:
        shutil.rmtree(folder)
    return 1 if outcome.found else 0


if __name__ == "__main__":
    sys.exit(main())
