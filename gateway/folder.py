"""The data directory: one server owns it at a time, and every other command may work beside that server."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.errors import DataFolderInUse, DataFolderUnusable

LOCK_NAME = "server.lock"


def make_folder(path: Path) -> Path:
    """The directory, made when it is missing, for its owner's eyes only. Raises DataFolderUnusable."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise DataFolderUnusable(str(path)) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise DataFolderUnusable(str(path))
    return path


@contextmanager
def owned(path: Path) -> Iterator[None]:
    """Own the directory while the block runs; the kernel gives it back when the process dies.

    Raises DataFolderInUse, DataFolderUnusable.
    """
    make_folder(path)
    descriptor = os.open(path / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise DataFolderInUse from error
        yield
    finally:
        os.close(descriptor)
