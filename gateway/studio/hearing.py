"""One sentence of a sheet read aloud by the voice that it names, for an author who is choosing one.

Only what an author wrote is read: a greeting of the draft. Whether there is a right to the voice is asked before.
"""

from __future__ import annotations

import asyncio
import io
import wave
from dataclasses import dataclass

from characters.sheet import Sheet
from gateway.staff.errors import FormInvalid
from persona.voices import PCM, Role, SoundFormat, Voice

CHARS_MAX = 200
WAIT_S = 20.0
BYTES_MAX = 8 << 20
SAMPLE_BYTES, CHANNELS = 2, 1


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording as a browser plays it."""

    content: bytes
    media_type: str


async def hear(voice: Voice | None, sheet: Sheet, locale: str) -> Heard:
    """The first greeting of a sheet. Raises FormInvalid when nobody can read it, VoiceFailed."""
    named = None if voice is None or sheet.heard_as is None else sheet.heard_as.voice_of(voice.name)
    if voice is None or sheet.heard_as is None or named is None:
        raise FormInvalid("The sheet names no voice for the engine in use here.")
    role = Role(named, locale, sheet.heard_as.speed)
    if not voice.speaks(role):
        raise FormInvalid(f"{voice.name} does not know the voice “{named}”, or it does not read {locale}.")
    try:
        async with asyncio.timeout(WAIT_S):
            audio = await _read(voice, role, sheet.greetings[0].text[:CHARS_MAX])
    except TimeoutError as error:
        raise FormInvalid("The voice keeps silent.", status=504) from error
    return _playable(audio, voice.sounds_in)


async def _read(voice: Voice, role: Role, text: str) -> bytes:
    audio = bytearray()
    async for sound in voice.read(role, text):
        audio += sound.audio
        if len(audio) > BYTES_MAX:
            break
    return bytes(audio)


def _playable(audio: bytes, sounds_in: SoundFormat) -> Heard:
    """Plain samples become a WAV file; anything else is played as it is."""
    if sounds_in.codec != PCM:
        return Heard(audio, "audio/mpeg")
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(CHANNELS)
        written.setsampwidth(SAMPLE_BYTES)
        written.setframerate(sounds_in.sample_rate)
        written.writeframes(audio)
    return Heard(file.getvalue(), "audio/wav")
