"""Backups of an embedded database: one file with the database as it was at one moment, and what is needed to trust it.

A backup holds no setting, for those have secrets, and no Chroma index, which is made again from the vectors in the
database. Nothing here ever overwrites a file: neither a backup, nor a database that is there.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from sqlalchemy import make_url

from gateway.errors import BackupUnusable, DatabaseInTheWay, DatabaseUnusable

FORMAT = 1
MANIFEST, DATABASE = "manifest.json", "encore.db"
MANIFEST_BYTES_MAX = 100_000
CHUNK_BYTES = 1 << 20
BESIDE = ("", "-wal", "-shm", "-journal")
"""What a SQLite database leaves in its folder; any of them would be taken for a part of the restored one."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `revision` is the schema's, `sha256` and `bytes` are the database file's."""

    format: int
    version: str
    revision: str
    embedder: str
    """By which embedder most of the vectors were made; another one makes its own when it first meets a release."""
    taken_at_ms: int
    bytes: int
    sha256: str


def sqlite_file(url: str) -> Path:
    """The file that a SQLite address names. Raises DatabaseUnusable for a database in memory."""
    name = make_url(url).database
    if not name or name == ":memory:" or name.startswith("file:"):
        raise DatabaseUnusable
    return Path(name).absolute()


def back_up(database: Path, target: Path, *, version: str, embedder: str, now_ms: int) -> Manifest:
    """Write a backup, beside whatever reads and writes the database meanwhile; it is on the disk when this returns.

    It copies in one step of SQLite's online backup (https://www.sqlite.org/backup.html), which in WAL mode sees the
    database as it is at one moment and keeps no writer waiting. Raises DatabaseUnusable, BackupUnusable.
    """
    if target.exists():
        raise BackupUnusable(str(target), "it is there already")
    with _workplace(target) as folder:
        copy = folder / DATABASE
        revision = _copied(database, copy)
        digest, size = _digest(copy)
        manifest = Manifest(FORMAT, version, revision, embedder, now_ms, size, digest)
        packed = folder / "packed"
        with zipfile.ZipFile(packed, "x", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))
            archive.write(copy, DATABASE)
        _put(packed, target)
    return manifest


def read_manifest(source: Path) -> Manifest:
    """What a backup says of itself. Raises BackupUnusable."""
    with _opened(source) as archive:
        return _manifest(source, archive)


def restore(source: Path, database: Path) -> Manifest:
    """Put a backup's database where there is none. It is complete and on the disk, or it is not there.

    Raises BackupUnusable, DatabaseInTheWay.
    """
    if any(Path(f"{database}{suffix}").exists() for suffix in BESIDE):
        raise DatabaseInTheWay(str(database))
    with _opened(source) as archive, _workplace(database) as folder:
        manifest, copy = _manifest(source, archive), folder / DATABASE
        with archive.open(DATABASE) as packed, copy.open("xb") as plain:
            _pour(packed, plain, manifest.bytes)
        if _digest(copy) != (manifest.sha256, manifest.bytes):
            raise BackupUnusable(str(source), "its database is not the one that was put into it")
        _put(copy, database)
    return manifest


def _copied(database: Path, copy: Path) -> str:
    """Copy a database; returns the revision of its schema."""
    try:
        with (
            closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target, pages=-1)
            target.execute("PRAGMA journal_mode = DELETE")
            if target.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise DatabaseUnusable
            (revision,) = target.execute("SELECT version_num FROM alembic_version").fetchone()
            return str(revision)
    except (sqlite3.Error, TypeError) as error:  # TypeError: a database without a revision is none of ours
        raise DatabaseUnusable from error


@contextmanager
def _workplace(beside: Path) -> Iterator[Path]:
    """A folder of our own where the file is to be, so that it can be moved there in one step."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{beside.name}-", dir=beside.parent))
    except OSError as error:
        raise BackupUnusable(str(beside), "its folder cannot be written") from error
    try:
        yield folder
    except OSError as error:
        raise BackupUnusable(str(beside), (error.strerror or "the disk refuses it").lower()) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _opened(source: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(source) as archive:
            yield archive
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise BackupUnusable(str(source), "it is damaged, or no backup") from error
    except OSError as error:
        raise BackupUnusable(str(source), "it cannot be read") from error


def _manifest(source: Path, archive: zipfile.ZipFile) -> Manifest:
    try:
        with archive.open(MANIFEST) as said:
            fields = json.loads(said.read(MANIFEST_BYTES_MAX))
        if fields["format"] != FORMAT:
            raise BackupUnusable(str(source), "a newer version of Encore made it")
        return Manifest(**fields)
    except (ValueError, TypeError, KeyError) as error:
        raise BackupUnusable(str(source), "it is damaged, or no backup") from error


def _pour(packed: IO[bytes], plain: IO[bytes], size: int) -> None:
    """Unpack so many bytes and no more than a chunk beyond them: a file that goes on is not what was put in."""
    poured = 0
    while poured <= size and (chunk := packed.read(CHUNK_BYTES)):
        plain.write(chunk)
        poured += len(chunk)


def _digest(path: Path) -> tuple[str, int]:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest(), path.stat().st_size


def _put(ready: Path, target: Path) -> None:
    """Move a finished file to its place, for its owner's eyes only and for good."""
    ready.chmod(0o600)
    _flush(ready)
    os.rename(ready, target)
    _flush(target.parent)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
