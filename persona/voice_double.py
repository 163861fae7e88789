"""A voice without an engine: a tone as long as the text, with exact timings, and every way in which a voice can fail.

The offline double of the voice seam, for tests and load. Nobody would take it for speech.
"""

from __future__ import annotations

import asyncio
import math
from array import array
from collections.abc import AsyncGenerator

from persona.errors import VoiceFailed
from persona.voices import Role, Sound, SoundFormat, pcm
from persona.word_marks import Timing

CHAR_MS = 60
"""How long each character is heard, in ms."""
SAMPLE_RATE = 16_000
_TONE_HZ = 220.0
_PIECE_CHARS = 10


class ToneVoice:
    """Reads anything as a tone. A voice's name says how it behaves: `steady`, or one of the others here.

    `mute` yields nothing; `stalls` never begins; `falters` stops for ever after its first sound; `fails` fails after
    it.
    """

    NAMES = frozenset({"steady", "mute", "stalls", "falters", "fails"})

    @property
    def name(self) -> str:
        """See Voice."""
        return "tone"

    @property
    def sounds_in(self) -> SoundFormat:
        """See Voice."""
        return pcm(SAMPLE_RATE)

    def speaks(self, role: Role) -> bool:
        """See Voice. Any language."""
        return role.voice in self.NAMES

    async def warm(self, role: Role | None = None) -> None:
        """See Voice. There is nothing to load."""

    async def read(self, role: Role, text: str) -> AsyncGenerator[Sound, None]:
        """See Voice."""
        if role.voice == "mute":
            return
        for begin in range(0, len(text), _PIECE_CHARS):
            if role.voice == "stalls" or (begin and role.voice == "falters"):
                await asyncio.Event().wait()
            if begin and role.voice == "fails":
                raise VoiceFailed("upstream")
            chars = range(begin, min(begin + _PIECE_CHARS, len(text)))
            timings = tuple(Timing(place, place + 1, place * CHAR_MS, (place + 1) * CHAR_MS) for place in chars)
            yield Sound(_tone(len(chars) * CHAR_MS), timings)
            await asyncio.sleep(0)

    async def aclose(self) -> None:
        """See Voice. Nothing is held."""


def _tone(ms: int) -> bytes:
    step = 2 * math.pi * _TONE_HZ / SAMPLE_RATE
    return array("h", (int(8_000 * math.sin(step * place)) for place in range(SAMPLE_RATE * ms // 1000))).tobytes()
