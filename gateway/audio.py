"""What is heard beside the log: binary frames of audio, and the events that stand between them.

None of it is in the log or has a `seq`: nobody wants to hear it late. Every start says that the audio is synthetic, and
so does every frame.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.events import ServerFrame

HEAD = struct.Struct(">BBHIII")
"""`u8 version | u8 kind | u16 flags | u32 stream | u32 seq | u32 pts_ms`, big endian; the payload follows."""
VERSION = 1
KIND_AUDIO = 1
OPENS_SEGMENT = 0x0001
"""The first frame of a sentence: a decoder may begin here."""
SYNTHETIC = 0x0002
"""No human said this. Every frame has it."""


class AudioStart(ServerFrame):
    """Audio of a turn's reply comes next, on `stream`; told anew to whoever joins at a later sentence."""

    type: Literal["audio.start"] = "audio.start"
    conversation: str
    turn: str
    stream: int
    codec: str
    sample_rate: int
    synthetic: Literal[True] = True


class WordView(BaseModel):
    """Code points `from` to `to` (exclusive) of the reply are heard from `start_ms` to `end_ms` of its audio."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True)

    start_ms: int
    end_ms: int
    from_: int = Field(alias="from")
    to: int


class AudioMarks(ServerFrame):
    """When words of the reply are heard."""

    type: Literal["audio.marks"] = "audio.marks"
    conversation: str
    turn: str
    words: tuple[WordView, ...]


class AudioDone(ServerFrame):
    """All of a reply's audio has been sent."""

    type: Literal["audio.done"] = "audio.done"
    conversation: str
    turn: str
    duration_ms: int


class AudioDropped(ServerFrame):
    """So many frames were not sent here, because this reader is too slow for them."""

    type: Literal["audio.dropped"] = "audio.dropped"
    frames: int


class VoiceDegraded(ServerFrame):
    """A reply is not read aloud, or no further. Its text goes on, and its voice is not charged."""

    type: Literal["voice.degraded"] = "voice.degraded"
    conversation: str
    turn: str
    code: Literal["voice_unavailable", "voice_not_licensed", "voice_failed", "voice_timeout"]


@dataclass(frozen=True, slots=True)
class AudioFrame:
    """One binary frame."""

    stream: int
    seq: int
    pts_ms: int
    payload: bytes
    flags: int = SYNTHETIC

    def wire(self) -> bytes:
        """The frame's bytes."""
        return HEAD.pack(VERSION, KIND_AUDIO, self.flags, self.stream, self.seq, self.pts_ms) + self.payload


def read_frame(frame: bytes) -> AudioFrame:
    """A frame as a client reads it. Raises ValueError for what is none, or of another version."""
    if len(frame) < HEAD.size:
        raise ValueError("shorter than a frame's head")
    version, kind, flags, stream, seq, pts_ms = HEAD.unpack_from(frame)
    if (version, kind) != (VERSION, KIND_AUDIO):
        raise ValueError(f"version {version}, kind {kind}")
    return AudioFrame(stream, seq, pts_ms, frame[HEAD.size :], flags)


def stream_of(turn: str) -> int:
    """The number of a turn's stream: the same in every process, and hardly ever another turn's."""
    return zlib.crc32(turn.encode())
