"""A server that kills itself in the middle of a turn: `python -m tests.gateway.crashing_server DATA_DIR MOMENT EVENT`.

It is the real gateway on a real file; MOMENT (`before`, `after`) and EVENT say at which commit the process dies, by
SIGKILL, as in a power cut. The first line it prints is its address.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import cast

from persona.doubles import ScriptedModel, ScriptedReply
from tests.gateway.breaking import DyingProcess, Moment, WatchedUnits
from tests.gateway.builders import served, settings_of

FIRST, SECOND = "The roof leaks.", "I mend it at night."
SILENT_AFTER = {"turn.status": 0, "reply.delta": 4}
"""Words after which the model falls silent: before any, or when `The roof leaks.` can leave."""


async def main(data_dir: Path, dies: DyingProcess) -> None:
    """Serve until the process dies. The reply falls silent where no more of it is wanted."""
    reply = ScriptedReply(f"{FIRST} {SECOND}", stall_after=SILENT_AFTER.get(dies.at))
    settings = settings_of(data_dir)
    async with served(settings, ScriptedModel([reply]), wrap=lambda units: WatchedUnits(units, dies)) as house:
        sys.stdout.write(f"{house.base}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), DyingProcess(cast(Moment, sys.argv[2]), sys.argv[3])))
