"""What waits to be sent on one socket: so many bytes, audio the first to go, and events never lost.

Pure. What does not fit of a conversation's events is forgotten here, because the log has it; what does not fit of audio
is gone, because nobody wants to hear it late. Nothing here may hold a reader's events twice, or more than its bound.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.records import Logged

OUTBOX_BYTES_MAX = 256 * 1024
"""Of live events and audio that wait to be sent on a socket."""
AUDIO_FRAMES_MAX = 64
"""Audio frames that wait; the rest of a socket's queue is for events."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Live events of one conversation, in order, and their bytes."""

    events: tuple[Logged, ...]
    size: int


@dataclass(slots=True, eq=False)
class Audio:
    """One binary frame of class audio; empty once it has been dropped."""

    frame: bytes


@dataclass(frozen=True, slots=True)
class Beside:
    """An event beside the audio, in its place among the frames: it is small, and not dropped for audio."""

    wire: str
    size: int


class Outbox:
    """The room that one socket has for what waits to be sent."""

    def __init__(self) -> None:
        self._bytes = 0
        self._audio: deque[Audio] = deque()
        self._missed = False
        self._told = 0
        self.audio_dropped = 0
        """Audio frames that were not sent."""

    @property
    def waiting_bytes(self) -> int:
        """What waits to be sent."""
        return self._bytes

    def hear(self, events: Sequence[Logged]) -> Heard | None:
        """Room for events of one conversation, if need be instead of audio; None: they are to be read from the log.

        Whatever finds nothing waiting has room.
        """
        size = sum(_bytes_of(event.wire) for event in events)
        while self._audio and self._bytes + size > OUTBOX_BYTES_MAX:
            self._drop(self._audio[0])
        if self._bytes and self._bytes + size > OUTBOX_BYTES_MAX:
            self._missed = True
            return None
        self._bytes += size
        return Heard(tuple(events), size)

    def speak(self, frame: bytes) -> Audio | None:
        """Room for an audio frame, if need be instead of older ones but never of events; None: it is dropped."""
        size = len(frame)
        events = self._bytes - sum(len(audio.frame) for audio in self._audio)
        if events + size > OUTBOX_BYTES_MAX:
            self.audio_dropped += 1
            return None
        while self._audio and (self._bytes + size > OUTBOX_BYTES_MAX or len(self._audio) >= AUDIO_FRAMES_MAX):
            self._drop(self._audio[0])
        audio = Audio(frame)
        self._audio.append(audio)
        self._bytes += size
        return audio

    def beside(self, wire: str) -> Beside | None:
        """Room for an event beside the audio, if need be instead of frames; None: there is none, and it is dropped."""
        size = _bytes_of(wire)
        while self._audio and self._bytes + size > OUTBOX_BYTES_MAX:
            self._drop(self._audio[0])
        if self._bytes and self._bytes + size > OUTBOX_BYTES_MAX:
            return None
        self._bytes += size
        return Beside(wire, size)

    @property
    def is_behind(self) -> bool:
        """Whether so much waits that more audio had better come later."""
        return self._bytes > OUTBOX_BYTES_MAX // 2 or len(self._audio) > AUDIO_FRAMES_MAX // 2

    def dropped(self) -> int:
        """Audio frames that were dropped since this was last asked."""
        since, self._told = self.audio_dropped - self._told, self.audio_dropped
        return since

    def taken(self, piece: Heard | Audio | Beside) -> None:
        """A piece is being sent, or was dropped before: it waits no more."""
        if isinstance(piece, Heard | Beside):
            self._bytes -= piece.size
        elif piece in self._audio:
            self._audio.remove(piece)
            self._bytes -= len(piece.frame)

    def lost(self, piece: Heard | Audio | Beside) -> None:
        """There was no place in the queue for a piece that had room."""
        if isinstance(piece, Heard):
            self._bytes -= piece.size
            self._missed = True
        elif isinstance(piece, Beside):
            self._bytes -= piece.size
        else:
            self._drop(piece)

    def missed(self) -> bool:
        """Whether events are to be read from the log; asked once, it is forgotten."""
        missed, self._missed = self._missed, False
        return missed

    def _drop(self, audio: Audio) -> None:
        self._audio.remove(audio)
        self._bytes -= len(audio.frame)
        audio.frame = b""
        self.audio_dropped += 1


def _bytes_of(wire: str) -> int:
    return len(wire) if wire.isascii() else len(wire.encode())
