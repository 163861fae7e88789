"""The voice seam: whatever reads a sentence aloud, hosted or local, looks like this.

A port must never name a vendor. What a voice is asked to read has been reviewed, and is only ever a character's.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from persona.word_marks import Timing

PCM = "pcm_s16le"
"""Samples of 16 bits, little-endian, one channel."""


@dataclass(frozen=True, slots=True)
class SoundFormat:
    """How audio is written: a codec (`pcm_s16le`, `mp3`), its samples and bytes in a second."""

    codec: str
    sample_rate: int
    bytes_per_s: int

    def ms_of(self, size: int) -> int:
        """How long so many bytes are heard, in ms."""
        return size * 1000 // self.bytes_per_s


def pcm(sample_rate: int) -> SoundFormat:
    """Plain samples at a rate."""
    return SoundFormat(PCM, sample_rate, sample_rate * 2)


@dataclass(frozen=True, slots=True)
class Role:
    """Who is to be heard: an engine's own name of a voice, and the language of what it reads."""

    voice: str
    locale: str = "en"
    speed: float = 1.0


@dataclass(frozen=True, slots=True)
class Sound:
    """A piece of one utterance's audio, and the timings that came with it, both counted from the utterance's begin."""

    audio: bytes
    timings: tuple[Timing, ...] = ()


class Voice(Protocol):
    """Reads utterances aloud.

    Closing the iterator early abandons the reading at its source. Raises VoiceFailed and nothing else of its own.
    """

    @property
    def name(self) -> str:
        """What is at work, as operators may read it: `elevenlabs`, `piper` …"""
        ...

    @property
    def sounds_in(self) -> SoundFormat:
        """How all its audio is written."""
        ...

    def speaks(self, role: Role) -> bool:
        """Whether it knows this voice, and the voice the role's language."""
        ...

    async def warm(self, role: Role | None = None) -> None:
        """Load or connect what reading (as this role) would otherwise wait for. Never raises for what reading tells."""
        ...

    def read(self, role: Role, text: str) -> AsyncGenerator[Sound, None]:
        """Read one utterance. Nothing but its sounds is ever yielded; at least one, if there is anything to hear."""
        ...

    async def aclose(self) -> None:
        """Release what is held. Harmless when called twice."""
        ...


class SoundStore(Protocol):
    """Keeps readings of what authors wrote, never of what was written for one fan."""

    async def get(self, key: str) -> tuple[Sound, ...] | None:
        """The reading kept under a key, or None: also when what is kept cannot be read."""
        ...

    async def put(self, key: str, sounds: tuple[Sound, ...]) -> None:
        """Keep a reading, in place of the ones longest unused when there is no room. Failing to is no failure."""
        ...
