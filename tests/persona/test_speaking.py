"""A reply read aloud while it is written: order, marks, deadlines, what is kept, and what stops with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from itertools import pairwise
from pathlib import Path

import pytest

from persona.adapters.sound_files import SoundFiles
from persona.errors import VoiceFailed
from persona.speaking import FRAME_BYTES_MAX, READ_AHEAD, Marked, Patience, Sounding, Speech, SpeechEnded, SpeechPiece
from persona.voice_double import CHAR_MS, ToneVoice
from persona.voices import Role, Sound
from persona.word_marks import Timing

STEADY = Role("steady")
SOON = Patience(0.05, 0.05)


class CountingVoice(ToneVoice):
    """Remembers what it was asked to read, and how many readings were open at once."""

    def __init__(self) -> None:
        self.read_texts: list[str] = []
        self.open = 0
        self.most_open = 0

    async def read(self, role: Role, text: str) -> AsyncGenerator[Sound, None]:
        self.read_texts.append(text)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            async for sound in super().read(role, text):
                yield sound
        finally:
            self.open -= 1


async def spoken(speech: Speech, *segments: str) -> list[SpeechPiece]:
    for segment in segments:
        speech.feed(segment)
    speech.end()
    return [piece async for piece in speech.pieces()]


async def test_a_reply_is_heard_in_order_with_every_word_marked() -> None:
    pieces = await spoken(Speech(ToneVoice(), STEADY), "You kept it.", " *smiles*", " Why? Tell me.")
    marks = [mark for piece in pieces if isinstance(piece, Marked) for mark in piece.words]
    text = "You kept it. *smiles* Why? Tell me."
    assert [text[mark.start : mark.end] for mark in marks] == ["You", "kept", "it.", "Why?", "Tell", "me."]
    assert all(before.end_ms <= after.start_ms for before, after in pairwise(marks))
    sounds = [piece for piece in pieces if isinstance(piece, Sounding)]
    assert [sound.pts_ms for sound in sounds if sound.opens] == [0, 12 * CHAR_MS, 16 * CHAR_MS]
    assert pieces[-1] == SpeechEnded((12 + 4 + 8) * CHAR_MS, 24)
    assert marks[3].start_ms == 12 * CHAR_MS


async def test_the_first_sentence_is_heard_before_the_reply_ends() -> None:
    speech = Speech(ToneVoice(), STEADY)
    assert speech.feed("You kept") == 0
    assert speech.feed(" it.") == 1
    pieces = speech.pieces()
    first = await anext(pieces)
    assert isinstance(first, Sounding)
    assert first.opens
    await pieces.aclose()


async def test_no_frame_is_larger_than_a_socket_likes() -> None:
    pieces = await spoken(Speech(ToneVoice(), STEADY), "word " * 40)
    assert max(len(piece.audio) for piece in pieces if isinstance(piece, Sounding)) <= FRAME_BYTES_MAX


async def test_only_the_next_sentence_is_read_ahead() -> None:
    voice = CountingVoice()
    await spoken(Speech(voice, STEADY), *(f"Sentence number {n}." for n in range(6)))
    assert voice.most_open <= READ_AHEAD
    assert voice.read_texts == [f"Sentence number {n}." for n in range(6)]


@pytest.mark.parametrize(
    ("voice", "reason"), [("stalls", "timeout"), ("falters", "timeout"), ("fails", "upstream"), ("mute", "empty")]
)
async def test_a_voice_that_stalls_or_fails_ends_the_speech_with_its_reason(voice: str, reason: str) -> None:
    speech = Speech(ToneVoice(), Role(voice), patience=SOON)
    speech.feed("You invented a cap.")
    with pytest.raises(VoiceFailed) as failed:
        async for _ in speech.pieces():
            pass
    assert failed.value.reason == reason


async def test_a_library_that_breaks_is_a_voice_that_failed() -> None:
    class Broken(ToneVoice):
        async def read(self, role: Role, text: str) -> AsyncGenerator[Sound, None]:
            raise RuntimeError(text)
            yield Sound(b"")

    with pytest.raises(VoiceFailed) as failed:
        await spoken(Speech(Broken(), STEADY), "A secret.")
    assert failed.value.reason == "broken"
    assert isinstance(failed.value.__cause__, RuntimeError)


async def test_stopping_to_listen_abandons_every_reading() -> None:
    voice = CountingVoice()
    speech = Speech(voice, Role("falters"))
    speech.feed("You invented a cap. Nobody will know of it.")
    pieces = speech.pieces()
    await anext(pieces)
    await pieces.aclose()
    assert voice.open == 0
    assert [task for task in asyncio.all_tasks() if task.get_name() in ("speech", "reading")] == []


async def test_what_is_said_before_the_reply_is_heard_and_marks_nothing() -> None:
    pieces = await spoken(Speech(ToneVoice(), STEADY, preface="This is an AI."), "Go.")
    marks = [mark for piece in pieces if isinstance(piece, Marked) for mark in piece.words]
    assert [(mark.start, mark.end, mark.start_ms) for mark in marks] == [(0, 3, 14 * CHAR_MS)]
    assert pieces[-1] == SpeechEnded(17 * CHAR_MS, 3)


async def test_a_reply_without_a_word_is_silence() -> None:
    assert await spoken(Speech(ToneVoice(), STEADY), "*nods*") == [SpeechEnded(0, 0)]


def files_in(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.iterdir()]


class TestWhatIsKept:
    async def test_authored_lines_are_read_once_and_a_fans_never_kept(self, tmp_path: Path) -> None:
        voice, store = CountingVoice(), SoundFiles(tmp_path)
        heard = []
        for _ in range(2):
            speech = Speech(voice, STEADY, store=store, is_authored=lambda text: text == "Mind the step.")
            heard.append(await spoken(speech, "Mind the step.", " You told me of Lima."))
        assert heard[0] == heard[1]
        assert sorted(voice.read_texts) == ["Mind the step.", "You told me of Lima.", "You told me of Lima."]
        (kept,) = files_in(tmp_path)
        assert b"Lima" not in kept

    async def test_another_voice_or_language_is_another_reading(self, tmp_path: Path) -> None:
        voice, store = CountingVoice(), SoundFiles(tmp_path)
        for role in (STEADY, Role("steady", "es"), Role("steady", speed=1.2)):
            await spoken(Speech(voice, role, store=store, is_authored=lambda text: True), "Go.")
        assert len(voice.read_texts) == 3

    async def test_a_reading_that_failed_is_not_kept(self, tmp_path: Path) -> None:
        speech = Speech(ToneVoice(), Role("fails"), store=SoundFiles(tmp_path), is_authored=lambda text: True)
        with pytest.raises(VoiceFailed):
            await spoken(speech, "You invented a cap.")
        assert files_in(tmp_path) == []

    async def test_files_come_back_as_they_were_and_damaged_ones_do_not(self, tmp_path: Path) -> None:
        store = SoundFiles(tmp_path / "sounds")
        reading = (Sound(b"abc", (Timing(0, 1, 0, 10),)), Sound(b"defg"))
        assert await store.get("k") is None
        await store.put("k", reading)
        assert await store.get("k") == reading
        (path,) = (tmp_path / "sounds").iterdir()
        assert b'"synthetic": true' in path.read_bytes()
        for damaged in (b"", path.read_bytes()[:-1], b"\x00\x00\x00\x02{}", b"garbage"):
            path.write_bytes(damaged)
            assert await store.get("k") is None

    async def test_the_least_recently_used_make_room(self, tmp_path: Path) -> None:
        store = SoundFiles(tmp_path, bytes_max=3_500)
        for name in "abc":
            await store.put(name, (Sound(bytes(1_000)),))
            await store.get("a")
        await store.put("d", (Sound(bytes(1_000)),))
        assert [name for name in "abcd" if await store.get(name) is not None] == ["a", "c", "d"]

    async def test_a_disk_that_takes_nothing_is_no_failure(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        store = SoundFiles(tmp_path / "file")
        await store.put("k", (Sound(b"abc"),))
        assert await store.get("k") is None
