"""What a voice adds, and how true its marks are: `python -m bench.voice [--turns N]`.

One gateway on a socket with ElevenLabs' stand-in, whose own delay is known: from the delta that ends a reply's first
sentence to its first audio, both as the client gets them, less that delay. Then the voices in this process over the
sample show's questions: how long they take for a second of speech, and how far a word's mark is from its phonemes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import statistics
import tempfile
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gateway.bootstrap import now_ms, open_store
from persona.adapters.kokoro_voice import KokoroVoice
from persona.adapters.piper_voice import JOE, SAMPLE_RATE, PiperVoice, word_timings
from persona.sentences import speakable
from persona.voices import Role, Voice
from persona.word_marks import words_in
from tests.fakes.elevenlabs import KEY, ElevenLabsServer, elevenlabs_server
from tests.gateway.builders import House, import_small_show, served, settings_of
from tests.gateway.client import Talk
from tests.gateway.lead import LedModel
from tests.gateway.story import SHOW

LINES = Path("tests/data/lantern-contract/eval-dev.jsonl")
REPLY = "The roof leaks. I mend it at night, and nobody has ever asked me to. Mind the step."
DELAY_S = 0.02
SPOKEN_LINES = 40
MARKS_MS = 60


async def first_audio(talk: Talk, conversation: str) -> float:
    """One turn: seconds from the first sentence's end to its first audio, as they came here."""
    await talk.send("message.send", client_msg_id=str(uuid.uuid4()), conversation=conversation, text="Why?", voice=True)
    sentence_at, audio_at, before = 0.0, 0.0, len(talk.audio)
    while True:
        event = await talk.next()
        if event["type"] == "reply.delta" and not sentence_at:
            sentence_at = time.perf_counter()
        if len(talk.audio) > before and not audio_at:
            audio_at = time.perf_counter()
        if event["type"] == "reply.done":
            return audio_at - sentence_at


async def hosted(turns: int) -> None:
    """The gateway with the stand-in."""
    with tempfile.TemporaryDirectory() as folder:
        async with elevenlabs_server() as provider:
            settings = settings_of(
                Path(folder) / "data", VOICE="elevenlabs", ELEVENLABS_KEY=KEY, ELEVENLABS_BASE_URL=provider.url
            )
            async with open_store(settings) as store:
                await import_small_show(store, Path(folder) / "show")
                await store.catalogue.record_right(SHOW, "tamsin", "voice", source="bench", now_ms=now_ms())
            provider.delay_s = DELAY_S
            async with served(settings, LedModel(REPLY)) as house:
                await _measure(house, provider, turns)


async def _measure(house: House, provider: ElevenLabsServer, turns: int) -> None:
    fan = await house.rich_fan(credits=10 * turns + 100)
    added = []
    async with fan.talk() as talk:
        conversation = str((await talk.open(SHOW, "tamsin"))["conversation"])
        await first_audio(talk, conversation)  # the first one begins with the disclosure, and connects
        for _ in range(turns):
            added.append((await first_audio(talk, conversation) - DELAY_S) * 1000)
    p50, p95 = np.percentile(added, 50), np.percentile(added, 95)
    print(f"first audio after the first sentence, beyond the provider's {DELAY_S * 1000:.0f} ms: ", end="")
    print(f"p50 {p50:.1f} ms, p95 {p95:.1f} ms over {turns} turns, {provider.handshakes} sockets")


async def real_time(voice: Voice, role: Role, lines: Sequence[str]) -> None:
    """How long a voice takes for a second of speech, and to its first sound."""
    await voice.warm(role)
    factors, firsts = [], []
    for line in lines:
        began, first, size = time.perf_counter(), 0.0, 0
        async with contextlib.aclosing(voice.read(role, line)) as sounds:
            async for sound in sounds:
                first = first or time.perf_counter() - began
                size += len(sound.audio)
        factors.append((time.perf_counter() - began) * 1000 / voice.sounds_in.ms_of(size))
        firsts.append(first * 1000)
    print(
        f"{voice.name} ({role.voice}): {statistics.median(factors):.2f} s for a second of speech, "
        f"at most {max(factors):.2f}; first sound after {statistics.median(firsts):.0f} ms, {len(lines)} lines"
    )


def marks(voice: PiperVoice, lines: Sequence[str]) -> None:
    """How far a word's begin is from the phoneme with which it begins, in the same reading.

    That phoneme is found by reading all that stands before the word: as many sounds as that has are over.
    """
    engine = voice._engine(JOE)
    errors: list[float] = []
    for line in lines:
        said = speakable(line)
        assert said is not None
        text, heard = said.text, list[tuple[str, int]]()
        for chunk in engine.synthesize(text, include_alignments=True):
            heard += [(one.phoneme, int(one.num_samples)) for one in chunk.phoneme_alignments or ()]
        spelled = [_sounds(voice, text[start:end]) for start, end in words_in(text)]
        whole = _sounds(voice, text)
        begins = np.cumsum([0, *(samples for _, samples in heard)]) * 1000 / SAMPLE_RATE
        times = [at for (phoneme, _), at in zip(heard, begins, strict=False) if phoneme.isalpha()]
        for timing in word_timings(text, heard, spelled):
            before = _sounds(voice, text[: timing.start])
            if whole[: len(before)] == before and len(times) == len(whole):
                errors.append(abs(timing.start_ms - times[len(before)]))
    print(
        f"piper's marks against its own phonemes: p50 {np.percentile(errors, 50):.0f} ms, "
        f"p95 {np.percentile(errors, 95):.0f} ms over {len(errors)} words; "
        f"{100 * np.mean(np.array(errors) <= MARKS_MS):.1f} % within {MARKS_MS} ms"
    )


def _sounds(voice: PiperVoice, text: str) -> list[str]:
    return [one for sentence in voice._engine(JOE).phonemize(text) for one in sentence if one.isalpha()]


def english_lines() -> list[str]:
    """Lines of the show's questions, as long as people speak."""
    rows = [json.loads(line) for line in LINES.read_text(encoding="utf-8").splitlines()]
    return [row["question"] for row in rows if str(row.get("locale", "en")).startswith("en")][:SPOKEN_LINES]


async def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=100)
    await hosted(parser.parse_args().turns)
    lines, piper, kokoro = english_lines(), PiperVoice(), KokoroVoice()
    await real_time(piper, Role(JOE), lines)
    await real_time(kokoro, Role("jf_alpha"), lines[:12])
    marks(piper, lines)
    await piper.aclose()
    await kokoro.aclose()


if __name__ == "__main__":
    asyncio.run(main())
