"""Record conversations anew: `python -m tests.conversations [NAME …]`. Read what differs before it is committed."""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from pathlib import Path

from gateway.bootstrap import open_store
from tests.conversations.playing import played
from tests.conversations.script import FOLDER, conversations
from tests.gateway.builders import import_small_show, settings_of


async def record(names: list[str]) -> None:
    """Play those, or all; recordings of scripts that are gone go too."""
    scripts = conversations()
    for stray in {path.stem for path in (FOLDER / "golden").glob("*.json")} - {script.name for script in scripts}:
        (FOLDER / "golden" / f"{stray}.json").unlink()
    with tempfile.TemporaryDirectory() as folder:
        furnished = Path(folder) / "furnished"
        async with open_store(settings_of(furnished)) as store:
            await import_small_show(store, Path(folder) / "show")
        for script in scripts:
            if names and script.name not in names:
                continue
            data_dir = Path(shutil.copytree(furnished, Path(folder) / script.name))
            recorded = await played(script, data_dir)
            text = json.dumps(recorded, ensure_ascii=False, indent=1)
            script.golden.write_text(f"{text}\n", encoding="utf-8")
            sys.stdout.write(f"{script.name}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="scripts; all, if not given")
    asyncio.run(record(parser.parse_args().names))
