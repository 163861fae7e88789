"""The voice that the settings name, and who may be heard with it. Nothing is loaded before somebody is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.bootstrap.store import Store
from gateway.speakers import Speakers
from gateway.voice_settings import VoiceSettings
from persona.speaking import Patience
from persona.voices import SoundStore, Voice

SOUNDS = "sounds"
"""The folder in the data directory where readings of authored lines are kept."""


@asynccontextmanager
async def open_speakers(store: Store) -> AsyncIterator[Speakers]:
    """Whoever may be heard. Raises UnknownVoice for an engine that is not installed."""
    voice = open_voice(store.settings.voice)
    if voice is None:
        yield Speakers(None, catalogue=store.catalogue, casting=store.casting)
        return
    try:
        chosen = store.settings.voice
        yield Speakers(
            voice,
            catalogue=store.catalogue,
            casting=store.casting,
            store=_sounds(store),
            patience=Patience(chosen.first_sound_s, chosen.between_sounds_s),
        )
    finally:
        await voice.aclose()


def open_voice(settings: VoiceSettings) -> Voice | None:
    """The engine; None when it is off. Raises UnknownVoice."""
    match settings.engine:
        case "off":
            return None
        case "tone":
            from persona.voice_double import ToneVoice

            return ToneVoice()
        case "kokoro":
            from persona.adapters.kokoro_voice import KokoroVoice

            return KokoroVoice()
        case "piper":
            from persona.adapters.piper_voice import PiperVoice

            return PiperVoice(settings.piper_voices)
        case "elevenlabs":
            from persona.adapters.elevenlabs_voice import ElevenLabsVoice

            return ElevenLabsVoice(
                key=settings.key,
                base_url=settings.base_url,
                model=settings.model,
                output_format=settings.output_format,
            )


def _sounds(store: Store) -> SoundStore:
    from persona.adapters.sound_files import SoundFiles

    return SoundFiles(store.settings.data_dir / SOUNDS)
