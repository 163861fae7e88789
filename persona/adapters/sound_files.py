"""Readings kept as files: one a reading, the least recently used go when there are too many bytes.

Only what authors wrote is kept, so no fan's word is ever in one. Each file says of itself that it is synthetic. A file
that cannot be read is as good as none.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import struct
import uuid
from pathlib import Path

from persona.voices import Sound
from persona.word_marks import Timing

BYTES_MAX = 200 * 1024 * 1024
_HEAD = struct.Struct(">I")
_SUFFIX = ".sound"


class SoundFiles:
    """A SoundStore in a folder. Several processes may share one: a file is put in its place in one move."""

    def __init__(self, folder: Path, *, bytes_max: int = BYTES_MAX) -> None:
        self._folder, self._bytes_max = folder, bytes_max

    async def get(self, key: str) -> tuple[Sound, ...] | None:
        """See SoundStore."""
        return await asyncio.to_thread(self._get, key)

    async def put(self, key: str, sounds: tuple[Sound, ...]) -> None:
        """See SoundStore."""
        await asyncio.to_thread(self._put, key, sounds)

    def _get(self, key: str) -> tuple[Sound, ...] | None:
        path = self._folder / f"{key}{_SUFFIX}"
        try:
            sounds = _parsed(path.read_bytes())
            os.utime(path)
        except (OSError, ValueError, KeyError, TypeError, struct.error):
            return None
        return sounds

    def _put(self, key: str, sounds: tuple[Sound, ...]) -> None:
        written = self._folder / f"{uuid.uuid4().hex}.part"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            written.write_bytes(_written(sounds))
            written.replace(self._folder / f"{key}{_SUFFIX}")
            self._make_room()
        except OSError:  # a full disk costs a reading anew, nothing else
            with contextlib.suppress(OSError):
                written.unlink(missing_ok=True)

    def _make_room(self) -> None:
        found = []
        for path in self._folder.glob(f"*{_SUFFIX}"):
            with contextlib.suppress(OSError):  # another process took it away
                found.append((path.stat().st_mtime_ns, path.stat().st_size, path))
        size = sum(bytes_ for _, bytes_, _ in found)
        for _, bytes_, path in sorted(found, key=lambda entry: entry[:2]):
            if size <= self._bytes_max:
                return
            path.unlink(missing_ok=True)
            size -= bytes_


def _written(sounds: tuple[Sound, ...]) -> bytes:
    head = {
        "synthetic": True,
        "sounds": [
            {"bytes": len(sound.audio), "timings": [[t.start, t.end, t.start_ms, t.end_ms] for t in sound.timings]}
            for sound in sounds
        ],
    }
    text = json.dumps(head).encode()
    return b"".join([_HEAD.pack(len(text)), text, *(sound.audio for sound in sounds)])


def _parsed(data: bytes) -> tuple[Sound, ...]:
    """Raises ValueError, KeyError, TypeError, struct.error for what was not written whole."""
    (length,) = _HEAD.unpack_from(data)
    place = _HEAD.size + length
    sounds = []
    for one in json.loads(data[_HEAD.size : place])["sounds"]:
        audio = data[place : place + one["bytes"]]
        place += one["bytes"]
        sounds.append(Sound(audio, tuple(Timing(*timing) for timing in one["timings"])))
    if place != len(data) or not sounds:
        raise ValueError("a reading is cut short")
    return tuple(sounds)
