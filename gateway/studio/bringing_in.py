"""Bringing a show in from the files that a team has dropped: what an import would change, and doing it.

The files are laid out as a show folder for as long as they are read, and then gone. It calls what `encore show import`
calls, with one difference: nobody vouches for a right by dropping a file.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from characters.comparing import ReleaseChanges, changes
from characters.importing import import_show, read_release
from characters.release import Release
from characters.script_files import FILE_BYTES_MAX
from characters.show_folder import CANON_FILE, SHEETS_FOLDER, TERMS_FILE, WORDINGS_FILE
from characters.workshop import ShowFile
from gateway.staff.errors import FormInvalid
from gateway.staff.forms import SentFile
from gateway.studio.jobs import Job
from gateway.studio.services import Studio

LABELLED = ".jsonl"
BESIDE = (CANON_FILE, WORDINGS_FILE, TERMS_FILE)
SHEET_ENDINGS = (".yaml", ".yml")
FILES_MAX = 2_000


async def keep_files(studio: Studio, show: str, files: Sequence[SentFile], by: str) -> tuple[str, ...]:
    """Keep what was dropped in, each in place of one of its name. Raises UnknownShow, FormInvalid."""
    if not files:
        raise FormInvalid("There is no file in this form.")
    for file in files:
        check_name(file.name)
        if len(file.content) > FILE_BYTES_MAX:
            raise FormInvalid(f"{file.name} is larger than {FILE_BYTES_MAX // 1_000_000} MB.", status=413)
    if len(await studio.workshop.files(show)) + len(files) > FILES_MAX:
        raise FormInvalid(f"A show has at most {FILES_MAX} files.")
    for file in files:
        await studio.workshop.put_file(show, ShowFile(file.name, by, studio.clock(), file.content))
    return tuple(file.name for file in files)


def check_name(name: str) -> None:
    """Raises FormInvalid for what cannot be a file's name here."""
    if not name or name.startswith(".") or "/" in name or not name.isprintable() or len(name) > 150:
        raise FormInvalid("A file needs a plain name that does not begin with a dot.")


async def would_change(studio: Studio, show: str) -> tuple[Release, ReleaseChanges]:
    """What an import would make of the files, beside the newest release. Raises CharactersError."""
    listing = await studio.listing(show)
    before = await studio.newest(show)
    async with laid_out(await studio.workshop.contents(show)) as folder:
        read = await read_release(studio.catalogue, folder, show, title=listing.title, locale=listing.locale)
    return read.release, await asyncio.to_thread(changes, before, read.release)


async def bring_in(studio: Studio, show: str, job: Job) -> None:
    """Import the files as a new release, and read it through so that nobody waits for it later."""
    listing = await studio.listing(show)
    async with laid_out(await studio.workshop.contents(show)) as folder:
        imported = await import_show(
            studio.catalogue,
            folder,
            show,
            title=listing.title,
            locale=listing.locale,
            now_ms=studio.clock(),
            vouched=False,
        )
    await studio.memory.index(imported.release_id, job.show)
    await studio.shield.learn()
    what = f"is release {imported.release_id.version}" if imported.is_new else "is the same as before"
    job.said = f"What was read {what}: {imported.report.episodes} episodes, {imported.report.scenes} scenes."
    job.link = f"/studio/{show}"


@asynccontextmanager
async def laid_out(files: Sequence[ShowFile]) -> AsyncIterator[Path]:
    """The files as a show folder, while the block runs."""
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="encore-studio-"))
    try:
        await asyncio.to_thread(_lay_out, folder, files)
        yield folder
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _lay_out(folder: Path, files: Sequence[ShowFile]) -> None:
    (folder / "episodes").mkdir()
    for file in files:
        name = file.name.casefold()
        if name.endswith(LABELLED):
            continue
        if name in BESIDE:
            place = folder / name
        elif name.endswith(SHEET_ENDINGS):
            place = folder / SHEETS_FOLDER / file.name
        else:
            place = folder / "episodes" / file.name
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(file.content)
