"""Replies read aloud over real sockets, by a voice on a socket of its own: what is heard, paid, and what fails."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.audio import OPENS_SEGMENT, SYNTHETIC, AudioFrame, read_frame, stream_of
from gateway.bootstrap import now_ms
from tests.fakes.elevenlabs import KEY, ElevenLabsServer, elevenlabs_server
from tests.fakes.elevenlabs.sound import CHAR_MS
from tests.gateway.builders import PRICE, House, books_add_up, served, settings_of
from tests.gateway.client import Event, Talk, text_of, types_of
from tests.gateway.lead import TEXT, WAIT_S, LedModel
from tests.gateway.story import SHOW

VOICE = 3
"""Credits of one reply's voice by the opening price."""
READ_ALOUD = TEXT.split(". ")


@pytest.fixture
async def provider() -> AsyncIterator[ElevenLabsServer]:
    async with elevenlabs_server() as state:
        yield state


@asynccontextmanager
async def house_with_voice(
    data_dir: Path, provider: ElevenLabsServer, model: LedModel, **changes: str
) -> AsyncIterator[House]:
    chosen = {"VOICE": "elevenlabs", "ELEVENLABS_KEY": KEY, "ELEVENLABS_BASE_URL": provider.url, **changes}
    async with served(settings_of(data_dir, **chosen), model) as house:
        await house.store.catalogue.record_right(SHOW, "tamsin", "voice", source="contract 7", now_ms=now_ms())
        yield house


@pytest.fixture
def model() -> LedModel:
    return LedModel()


@pytest.fixture
async def speaking(data_dir: Path, provider: ElevenLabsServer, model: LedModel) -> AsyncIterator[House]:
    async with house_with_voice(
        data_dir,
        provider,
        model,
        FIRST_SOUND_S="0.3",
        BETWEEN_SOUNDS_S="0.3",
        VOICE_PRICE='{"currency": "usd", "chars": 100}',
    ) as house:
        yield house


async def opened(talk: Talk, character: str = "tamsin", **more: object) -> str:
    return str((await talk.open(SHOW, character, **more))["conversation"])


async def begun(talk: Talk, conversation: str, text: str = "Why?") -> Event:
    message = await talk.post(conversation, text, voice=True)
    return await talk.until("message.accepted", client_msg_id=message)


async def heard(talk: Talk, conversation: str, text: str = "Why?") -> Event:
    """A whole turn that was asked to be read aloud; its `reply.done`."""
    accepted = await begun(talk, conversation, text)
    return await talk.until("reply.done", turn=accepted["turn"])


async def gone(house: House) -> None:
    """Until no socket is served any more."""
    async with asyncio.timeout(WAIT_S):
        while len(house.gateway.sockets):  # noqa: ASYNC110 — the gateway tells nobody of it
            await asyncio.sleep(0.01)


def words_of(talk: Talk, turn: str) -> list[Event]:
    marks = [event for event in talk.events if event["type"] == "audio.marks" and event["turn"] == turn]
    return [word for event in marks for word in event["words"]]


class TestAReplyReadAloud:
    async def test_is_heard_word_by_word_and_paid_once_for_text_and_voice(self, speaking: House) -> None:
        fan = await speaking.rich_fan()
        async with fan.talk() as talk:
            first = await talk.open(SHOW, "tamsin")
            assert (first["speaks"], first["price"]) == (True, {"text": PRICE, "voice": VOICE})
            accepted = await begun(talk, first["conversation"])
            assert accepted["hold"] == {"text": PRICE, "voice": VOICE}
            turn = accepted["turn"]
            done = await talk.until("reply.done", turn=turn)
        assert done["receipt"]["charged"] == {"text": PRICE, "voice": VOICE}
        assert text_of(talk.of_turn(turn)) == TEXT
        words = words_of(talk, turn)
        assert [TEXT[word["from"] : word["to"]] for word in words] == TEXT.split()
        assert await books_add_up(speaking.store.units)

    async def test_frames_are_numbered_marked_as_synthetic_and_on_time(self, speaking: House) -> None:
        fan = await speaking.rich_fan()
        async with fan.talk() as talk:
            done = await heard(talk, await opened(talk))
        (start,) = [event for event in talk.events if event["type"] == "audio.start"]
        assert (start["codec"], start["sample_rate"], start["synthetic"]) == ("mp3", 44_100, True)
        assert {frame.stream for frame in talk.audio} == {start["stream"]} == {stream_of(done["turn"])}
        assert [frame.seq for frame in talk.audio] == list(range(len(talk.audio)))
        assert all(frame.flags & SYNTHETIC for frame in talk.audio)
        (end,) = [event for event in talk.events if event["type"] == "audio.done"]
        assert talk.audio[-1].pts_ms < end["duration_ms"]
        assert [frame.pts_ms for frame in talk.audio] == sorted(frame.pts_ms for frame in talk.audio)
        last = words_of(talk, done["turn"])[-1]
        assert end["duration_ms"] - 3 * CHAR_MS <= last["end_ms"] <= end["duration_ms"] + 2 * CHAR_MS

    async def test_the_first_reply_and_one_hours_later_say_aloud_that_this_is_an_ai(
        self, speaking: House, provider: ElevenLabsServer
    ) -> None:
        fan = await speaking.rich_fan()
        async with fan.talk() as talk:
            conversation = await opened(talk)
            await heard(talk, conversation)
            first = [message["text"] for message in provider.messages if message.get("flush")]
            await heard(talk, conversation)
        second = [message["text"] for message in provider.messages if message.get("flush")][len(first) :]
        assert "AI" in first[0]
        assert all("AI" not in text for text in (*first[1:], *second))
        segments = [frame for frame in talk.audio if frame.flags & OPENS_SEGMENT]
        assert len(segments) == len(first) + len(second)

    async def test_the_first_sentence_is_heard_while_the_model_still_writes(
        self, speaking: House, model: LedModel
    ) -> None:
        model.text = None
        fan = await speaking.rich_fan()
        async with fan.talk() as talk:
            await begun(talk, await opened(talk))
            part = await model.asked()
            part.say("The roof leaks. I")
            await talk.until("audio.marks")
            assert talk.audio
            part.say(" mend it.")
            part.end()
            done = await talk.until("reply.done")
        assert done["status"] == "completed"

    async def test_what_a_voice_costs_us_is_kept_beside_the_model(self, speaking: House) -> None:
        fan = await speaking.rich_fan()
        async with fan.talk() as talk:
            done = await heard(talk, await opened(talk))
        async with speaking.store.units.read() as unit:
            costs = {cost.kind: cost for cost in await unit.books.costs_of(done["turn"])}
        voice, asked = costs["voice"], sum(len(str(text)) for text in READ_ALOUD)
        assert (voice.provider, voice.currency, voice.micros) == ("elevenlabs", "usd", voice.units_in * 100)
        assert voice.units_in > asked
        assert voice.units_out > asked * CHAR_MS

    async def test_authored_sentences_are_read_once_for_everybody(
        self, speaking: House, model: LedModel, provider: ElevenLabsServer
    ) -> None:
        model.text = "Mind the step. Take my arm."
        for name in ("mara", "teo"):
            fan = await speaking.rich_fan(name)
            async with fan.talk() as talk:
                await heard(talk, await opened(talk))
        asked = [message["text"].strip() for message in provider.messages if message.get("flush")]
        assert asked.count("Mind the step.") == 1
        assert asked.count("Take my arm.") == 2


class TestWhoIsNotHeard:
    async def test_without_a_right_the_text_comes_alone_and_alone_is_paid(
        self, speaking: House, provider: ElevenLabsServer
    ) -> None:
        fan = await speaking.rich_fan()
        async with fan.talk() as talk:
            conversation = await opened(talk)
            await heard(talk, conversation)
            await speaking.store.catalogue.revoke_right(SHOW, "tamsin", "voice", now_ms=now_ms())
            read = len(provider.messages)
            done = await heard(talk, conversation)
            degraded = [event for event in talk.events if event["type"] == "voice.degraded"]
        assert [(event["turn"], event["code"]) for event in degraded] == [(done["turn"], "voice_not_licensed")]
        assert done["receipt"]["charged"] == {"text": PRICE, "voice": 0}
        assert len(provider.messages) == read

    async def test_a_character_without_a_voice_says_so(self, speaking: House) -> None:
        fan = await speaking.rich_fan()
        async with fan.talk() as talk:
            first = await talk.open(SHOW, "gideon")
            done = await heard(talk, first["conversation"])
            (degraded,) = [event for event in talk.events if event["type"] == "voice.degraded"]
        assert (first.get("speaks"), first["price"]["voice"]) == (None, 0)
        assert degraded["code"] == "voice_unavailable"
        assert done["receipt"]["charged"] == {"text": PRICE, "voice": 0}

    async def test_a_fan_in_danger_is_not_read_to(self, speaking: House, provider: ElevenLabsServer) -> None:
        fan = await speaking.rich_fan()
        async with fan.talk() as talk:
            done = await heard(talk, await opened(talk), "I want to kill myself tonight")
        assert done["receipt"]["charged"] == {"text": 0, "voice": 0}
        assert provider.messages == []
        assert talk.audio == []

    async def test_over_plain_http_nothing_is_read_or_held_for_a_voice(
        self, speaking: House, provider: ElevenLabsServer
    ) -> None:
        fan = await speaking.rich_fan()
        first = (await fan.call("POST", "/v1/conversations", json={"show": SHOW, "character": "tamsin"})).json()
        body = {"client_msg_id": str(uuid.uuid4()), "text": "Why?", "voice": True}
        answer = await fan.call("POST", f"/v1/conversations/{first['conversation']}/messages", json=body)
        assert '"hold":{"text":2,"voice":0}' in answer.text
        assert '"status":"completed"' in answer.text
        assert provider.messages == []


class TestAVoiceThatFails:
    @pytest.mark.parametrize(
        ("fault", "code"),
        [
            ("stall", "voice_timeout"),
            ("stall_after_first", "voice_timeout"),
            ("cut", "voice_failed"),
            ("restart", "voice_failed"),
            ("garbage", "voice_failed"),
            ("error", "voice_failed"),
        ],
    )
    async def test_costs_nothing_and_the_text_goes_on(
        self, speaking: House, provider: ElevenLabsServer, fault: str, code: str
    ) -> None:
        provider.fault = fault  # type: ignore[assignment]
        fan = await speaking.rich_fan()
        async with fan.talk() as talk:
            done = await heard(talk, await opened(talk))
            (degraded,) = [event for event in talk.events if event["type"] == "voice.degraded"]
        assert degraded["code"] == code
        assert (done["status"], done["receipt"]["charged"]) == ("completed", {"text": PRICE, "voice": 0})
        assert text_of(talk.of_turn(done["turn"])) == TEXT
        assert "audio.done" not in types_of(talk.events)
        assert await books_add_up(speaking.store.units)

    async def test_a_provider_that_is_away_is_a_voice_that_failed(
        self, data_dir: Path, provider: ElevenLabsServer, model: LedModel
    ) -> None:
        async with house_with_voice(data_dir, provider, model, ELEVENLABS_BASE_URL="http://127.0.0.1:9") as house:
            fan = await house.rich_fan()
            async with fan.talk() as talk:
                done = await heard(talk, await opened(talk))
        assert done["receipt"]["charged"] == {"text": PRICE, "voice": 0}


class TestStopping:
    async def test_a_cancel_stops_the_voice_and_the_transcript_knows_what_was_heard(
        self, speaking: House, model: LedModel, provider: ElevenLabsServer
    ) -> None:
        model.text = None
        fan = await speaking.rich_fan()
        async with fan.talk() as talk:
            conversation = await opened(talk)
            turn = (await begun(talk, conversation))["turn"]
            part = await model.asked()
            part.say("The roof leaks. I")
            while len(words_of(talk, turn)) < 3:
                await talk.until("audio.marks")
            second = words_of(talk, turn)[1]
            await talk.send("turn.cancel", turn=turn, heard_ms=second["start_ms"])
            done = await talk.until("reply.done", turn=turn)
        assert (done["status"], done["receipt"]["charged"]) == ("cancelled", {"text": PRICE, "voice": VOICE})
        listed = (await fan.get(f"/v1/conversations/{conversation}/messages"))["messages"]
        assert listed[-1]["heard_chars"] == len("The roof")

    async def test_a_cancel_after_the_last_word_ends_a_voice_that_is_still_read(
        self, speaking: House, provider: ElevenLabsServer
    ) -> None:
        provider.delay_s = 0.2
        fan = await speaking.rich_fan()
        async with fan.talk() as talk:
            turn = (await begun(talk, await opened(talk)))["turn"]
            await talk.until("audio.start")
            await talk.send("turn.cancel", turn=turn)
            done = await talk.until("reply.done", turn=turn)
        assert done["status"] == "cancelled"
        assert text_of(talk.of_turn(turn)) == TEXT
        assert "audio.done" not in types_of(talk.events)

    async def test_nobody_pays_for_a_voice_that_no_socket_took(self, speaking: House, model: LedModel) -> None:
        model.text = None
        fan = await speaking.rich_fan()
        async with fan.talk() as talk:
            conversation = await opened(talk)
            turn = (await begun(talk, conversation))["turn"]
            part = await model.asked()
            await talk.drop()
        await gone(speaking)
        part.say(TEXT)
        part.end()
        await speaking.gateway.turns.drained(within_s=WAIT_S)
        listed = (await fan.get(f"/v1/conversations/{conversation}/messages"))["messages"]
        assert (listed[-1]["turn"], listed[-1]["text"]) == (turn, TEXT)
        assert listed[-1]["receipt"]["charged"] == {"text": PRICE, "voice": 0}

    async def test_who_comes_back_hears_the_next_sentence(self, speaking: House, model: LedModel) -> None:
        model.text = None
        fan = await speaking.rich_fan()
        async with fan.talk() as talk:
            conversation = await opened(talk)
            turn = (await begun(talk, conversation))["turn"]
            part = await model.asked()
            part.say("The roof leaks. I")
            await talk.until("audio.marks")
            await talk.drop()
            mark = talk.mark(conversation)
        async with fan.talk(resume=[mark]) as again:
            part.say(" mend it. Go")
            part.end()
            done = await again.until("reply.done", turn=turn)
        assert [event["type"] for event in again.events if event["type"] == "audio.start"] == ["audio.start"]
        assert again.audio[0].flags & OPENS_SEGMENT
        assert done["receipt"]["charged"]["voice"] == VOICE


def test_a_frame_comes_back_as_it_was_and_what_is_none_is_refused() -> None:
    frame = AudioFrame(stream_of("t-1"), 7, 1_234, b"abc", SYNTHETIC | OPENS_SEGMENT)
    assert frame.wire()[:2] == b"\x01\x01"
    assert len(frame.wire()) == 16 + 3
    assert read_frame(frame.wire()) == frame
    for wrong in (b"", b"\x02" + frame.wire()[1:], b"\x01\x02" + frame.wire()[2:], frame.wire()[:15]):
        with pytest.raises(ValueError, match=r"head|version"):
            read_frame(wrong)
