"""Frames in, events or refusals out: what a client may send, and that nothing else ever comes of a frame."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from gateway import audio, events, protocol
from gateway.errors import InvalidEvent, NotAnEvent
from gateway.events import (
    AnyLogEvent,
    Credits,
    Disclosure,
    DisclosureEvent,
    HelpView,
    LimitsView,
    MessageAccepted,
    ReceiptView,
    ReplyDelta,
    ReplyDone,
    SafetyNotice,
    ServerFrame,
    SourceView,
    TurnStatusEvent,
    WalletLow,
    WalletView,
    parse_log_event,
)
from gateway.protocol import NESTING_MAX, ConversationOpen, Hello, MessageSend, Ping, TurnCancel, Typing, parse

UUID = "6f1c8f0e-7c1b-4b7e-9a55-0d6a2f1d9b11"
ULID = "01JD8Z3V9QK6W4X2T7R5M0N1PA"
HELLO: dict[str, Any] = {"type": "hello", "protocol": "encore.v1"}
OPEN: dict[str, Any] = {"type": "conversation.open", "show": "the-roof", "character": "tamsin"}
SEND: dict[str, Any] = {"type": "message.send", "client_msg_id": UUID, "conversation": "c-1", "text": "Hi."}
CANCEL: dict[str, Any] = {"type": "turn.cancel", "turn": "t-1"}
TYPING: dict[str, Any] = {"type": "typing", "conversation": "c-1"}
PING: dict[str, Any] = {"type": "ping", "t": 1}
MARK: dict[str, Any] = {"conversation": "c-1", "epoch": "e-1", "seq": 0}
INVISIBLE = ["", " \n\t", "\u200b", "\u200b\u200d\ufeff", "\u2060 \u00ad", "\u3164", "\u2800\u2800", "\u0301", "\u202e"]


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        (HELLO, Hello),
        (HELLO | {"id": "e1", "client": "widget/1.0", "resume": [MARK]}, Hello),
        (HELLO | {"protocol": "encore.v9"}, Hello),
        (HELLO | {"resume": [MARK] * protocol.RESUME_MARKS_MAX}, Hello),
        (OPEN, ConversationOpen),
        (OPEN | {"mode": "what_if", "locale": "es", "horizon": 0}, ConversationOpen),
        (OPEN | {"mode": "scene", "with": "gideon"}, ConversationOpen),
        *(
            (OPEN | {"locale": tag}, ConversationOpen)
            for tag in ("zh-Hant-TW", "x-pirate", "sl-rozaj-biske-1994", "EN")
        ),
        *((SEND | {"text": text}, MessageSend) for text in ("?", "\u200d👋🏽", "क्", "\ue000", "\u200bé")),
        (SEND, MessageSend),
        (SEND | {"client_msg_id": ULID, "voice": True, "text": "x" * protocol.TEXT_CHARS_MAX}, MessageSend),
        (SEND | {"client_msg_id": UUID.replace("-", "")}, MessageSend),
        (SEND | {"text": "灯笼 🏮 \n second line"}, MessageSend),
        (CANCEL | {"heard_ms": 1200}, TurnCancel),
        (TYPING, Typing),
        (PING, Ping),
        (PING | {"t": -1.5}, Ping),
        (PING | {"t": 2**53 - 1}, Ping),
        (PING | {"t": 2**70}, Ping),
    ],
)
def test_every_event_of_a_client_is_read_as_itself(sent: dict[str, Any], kind: type[BaseModel]) -> None:
    event = parse(json.dumps(sent))
    assert type(event) is kind
    told = event.model_dump(mode="json", exclude_unset=True)
    assert {name: told[name] for name in sent} == sent


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "type"),
        ({"type": "reply.delta"}, "type"),
        ({"type": None}, "type"),
        ({"type": ["hello"]}, "type"),
        ({"type": {"hello": 1}}, "type"),
        ({"type": "\ud800"}, "type"),
        ({"type": "hello"}, "protocol"),
        (HELLO | {"protocol": 1}, "protocol"),
        (HELLO | {"protocol": "x" * 65}, "protocol"),
        (HELLO | {"client": None}, "client"),
        (HELLO | {"resume": {}}, "resume"),
        (HELLO | {"resume": [MARK] * (protocol.RESUME_MARKS_MAX + 1)}, "resume"),
        (HELLO | {"resume": [MARK | {"seq": -1}]}, "resume"),
        (HELLO | {"resume": [MARK | {"seq": 2**53}]}, "resume"),
        (HELLO | {"resume": [MARK | {"extra": 1}]}, "resume"),
        (HELLO | {"more": 1}, "more"),
        (HELLO | {"id": 7}, "id"),
        (HELLO | {"id": ""}, "id"),
        (HELLO | {"id": "x" * 65}, "id"),
        (OPEN | {"show": ""}, "show"),
        (OPEN | {"show": "a\0b"}, "show"),
        (OPEN | {"show": "a\nb"}, "show"),
        (OPEN | {"character": "\udfff"}, "character"),
        (OPEN | {"character": "x" * 201}, "character"),
        (OPEN | {"mode": "canon2"}, "mode"),
        (OPEN | {"horizon": "12"}, "horizon"),
        (OPEN | {"horizon": 1.0}, "horizon"),
        (OPEN | {"horizon": True}, "horizon"),
        (OPEN | {"horizon": -1}, "horizon"),
        (OPEN | {"horizon": 10**30}, "horizon"),
        (OPEN | {"locale": "x" * 36}, "locale"),
        *((OPEN | {"locale": tag}, "locale") for tag in ("", "e", "en_GB", "en-", "-en", "en--GB", "en-GB\n", "en GB")),
        *((OPEN | {"locale": tag}, "locale") for tag in ("x", "12", "en-" + "a" * 9, "<b>", "español")),
        *((SEND | {"text": text}, "text") for text in INVISIBLE),
        (SEND | {"client_msg_id": "hello"}, "client_msg_id"),
        (SEND | {"client_msg_id": UUID + "0"}, "client_msg_id"),
        (SEND | {"client_msg_id": UUID + "\n"}, "client_msg_id"),
        (SEND | {"text": ""}, "text"),
        (SEND | {"text": " \n\t"}, "text"),
        (SEND | {"text": "a\0b"}, "text"),
        (SEND | {"text": "half \ud83c"}, "text"),
        (SEND | {"text": "x" * (protocol.TEXT_CHARS_MAX + 1)}, "text"),
        (SEND | {"text": ["Hi."]}, "text"),
        (SEND | {"voice": "yes"}, "voice"),
        (SEND | {"voice": 1}, "voice"),
        (SEND | {"horizon": 40}, "horizon"),
        (CANCEL | {"turn": 5}, "turn"),
        (CANCEL | {"heard_ms": -1}, "heard_ms"),
        (TYPING | {"conversation": None}, "conversation"),
        ({"type": "ping"}, "t"),
        (PING | {"t": "now"}, "t"),
        (PING | {"t": True}, "t"),
    ],
)
def test_a_wrong_event_is_refused_by_the_name_of_its_first_wrong_field(sent: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        parse(json.dumps(sent))
    assert refused.value.field == field


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1" * 350, "1" * 5_000, "-" + "9" * 5_000])
def test_a_number_that_no_field_can_hold_is_a_wrong_field_and_no_reason_to_close(number: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        parse(f'{{"type": "ping", "id": "p1", "t": {number}}}')
    assert (refused.value.field, refused.value.ref) == ("t", "p1")


def test_a_refusal_names_the_event_that_it_is_about_when_that_can_be_named() -> None:
    references = []
    for identity in ("e1", "x" * 65, 7, "a\nb", "\ud800", None):
        with pytest.raises(InvalidEvent) as refused:
            parse(json.dumps({"type": "nothing", "id": identity}))
        references.append(refused.value.ref)
    assert references == ["e1", None, None, None, None, None]


@pytest.mark.parametrize("name", ["not a name", "\ud800", "", "a.b"])
def test_a_field_that_has_no_decent_name_is_not_repeated(name: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        parse(json.dumps(PING | {name: 1}))
    assert refused.value.field == "type"


@pytest.mark.parametrize(
    "frame",
    [
        "",
        " ",
        "hello",
        "{",
        '{"type": "ping", "t": 1',
        '{"type": "ping", "t": 1} {}',
        '{"type": "ping", "t": NaN}',
        '{"type": "ping", "t": Infinity}',
        '{"type": "ping", "t": -Infinity}',
        "{'type': 'ping', 't': 1}",
        '{"type": "ping", "t": 01}',
        '"a string"',
        "[]",
        "[" + json.dumps(PING) + "]",
        "null",
        "1" * 5_000,
        '{"a": "raw \n newline"}',
        "\ufeff{}",
    ],
)
def test_what_is_not_one_json_object_is_no_event(frame: str) -> None:
    with pytest.raises(NotAnEvent):
        parse(frame)


def nested(depth: int) -> str:
    """A hello whose deepest bracket is `depth` deep."""
    return '{"type": "hello", "protocol": "encore.v1", "more": ' + "[" * (depth - 1) + "]" * (depth - 1) + "}"


def test_nesting_is_allowed_to_its_limit_and_not_one_deeper() -> None:
    with pytest.raises(InvalidEvent):
        parse(nested(NESTING_MAX))
    with pytest.raises(NotAnEvent):
        parse(nested(NESTING_MAX + 1))


@pytest.mark.parametrize("frame", ["[" * 16_000, '{"a":' * 3_000, "[{" * 8_000, '{"a": "' + '\\"[' * 5_000])
def test_a_bomb_of_brackets_is_refused_before_it_is_decoded(frame: str) -> None:
    with pytest.raises(NotAnEvent):
        parse(frame)


@pytest.mark.parametrize("text", ["[" * 100, "{" * 100, '\\"' + "[" * 100, "\\\\" + '\\"{' * 50, "]" * 100])
def test_brackets_inside_a_string_are_no_nesting(text: str) -> None:
    sent = json.dumps(SEND).replace("Hi.", text)
    assert isinstance(parse(sent), MessageSend)


@given(st.text(max_size=300))
def test_any_text_is_an_event_or_one_of_two_refusals(frame: str) -> None:
    never_breaks(frame)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
FIELDS = (
    *["id", "type", "protocol", "client", "resume", "show", "character", "locale", "mode", "with"],
    *["horizon", "client_msg_id", "conversation", "text", "voice", "turn", "t"],
)
field_names = st.sampled_from(FIELDS)
types = st.sampled_from(["hello", "conversation.open", "message.send", "turn.cancel", "typing", "ping", "welcome"])


@given(st.dictionaries(field_names | st.text(max_size=8), json_values, max_size=6), types | json_values)
def test_any_object_is_an_event_or_one_of_two_refusals(fields: dict[str, Any], type_: Any) -> None:
    never_breaks(json.dumps(fields | {"type": type_}))


@given(st.sampled_from([HELLO, OPEN, SEND, CANCEL, TYPING, PING]), st.data())
def test_an_event_that_was_cut_or_mangled_is_an_event_or_one_of_two_refusals(
    event: dict[str, Any], data: st.DataObject
) -> None:
    frame = json.dumps(event)
    at = data.draw(st.integers(0, len(frame)))
    never_breaks(frame[:at])
    never_breaks(frame[:at] + data.draw(st.text(max_size=5)) + frame[at:])


def never_breaks(frame: str) -> None:
    field = "type"
    try:
        event = parse(frame)
    except InvalidEvent as refused:
        field = refused.field
    except NotAnEvent:
        return
    else:
        assert parse(event.model_dump_json(exclude_unset=True)) == event
    assert field.isidentifier()


# What a server sends

PLACE: dict[str, Any] = {"id": "1", "conversation": "c-1", "epoch": "e-1", "seq": 3, "turn": "t-1"}
WALLET = WalletView(available=3, held=2)
LOG_EVENTS: list[AnyLogEvent] = [
    MessageAccepted(**PLACE, client_msg_id=UUID, hold=Credits(text=2, voice=0)),
    TurnStatusEvent(**PLACE, state="thinking"),
    DisclosureEvent(**PLACE, text="You are talking with an AI."),
    WalletLow(**PLACE, available=1, next_price=2),
    events.ConversationUpdated(**PLACE, relationship=events.RapportView(familiarity=5, warmth=52, trust=30)),
    SafetyNotice(**PLACE, kind="crisis", text="The story has stopped.", resources=(HelpView(name="n", contact="1"),)),
    ReplyDelta(**PLACE, offset=4, text="灯笼 \u2028 \x7f"),
    ReplyDelta(**PLACE, offset=4, text="x", from_seq=2),
    ReplyDelta(**PLACE, offset=4, text="x", speaker="tamsin"),
    ReplyDone(
        **PLACE,
        status="failed",
        text_sha256="0" * 64,
        receipt=ReceiptView(id="r", charged=Credits(text=0, voice=0), price_version="p", refunded=2),
        wallet=WALLET,
        sources=(SourceView(episode=1, scene=2, quote="Mind the step."),),
        code="interrupted",
    ),
]
FRAMES: list[ServerFrame] = [
    events.Welcome(
        id="1",
        session="s",
        heartbeat_s=20,
        limits=LimitsView(sockets_max=8, messages_a_minute=60, frames_a_minute=1200),
        server_time="2026-11-24T00:00:00.000+00:00",
        wallet=WALLET,
        disclosure=Disclosure(text="You are talking with an AI.", policy="p"),
        model="led",
        resumed=(
            events.ResumedView(conversation="c-1", recovered=True, from_=1, to=0),
            events.ResumedView(conversation="c-2", recovered=False),
        ),
    ),
    events.ConversationOpened(
        id="1",
        conversation="c-1",
        epoch="e-1",
        seq=0,
        character=events.CharacterView(name="Tamsin", version=1, avatar=None),
        horizon=0,
        greeting="Mind the step.",
        price=events.PriceView(text=2, voice=0, currency_hint=None),
    ),
    events.ConversationOpened(
        id="1",
        conversation="c-2",
        epoch="e-1",
        seq=0,
        character=events.CharacterView(slug="tamsin", name="Tamsin", version=1, avatar=None),
        partner=events.CharacterView(slug="gideon", name="Gideon", version=1, avatar=None),
        horizon=0,
        greeting="Mind the step.",
        mode="scene",
        price=events.PriceView(text=3, voice=0, currency_hint=None),
    ),
    events.ReplySnapshot(
        id="1", conversation="c-1", turn="t-1", text="", epoch="e-1", through_seq=3, state="recalling"
    ),
    events.ReplySnapshot(
        id="1",
        conversation="c-1",
        turn="t-1",
        text="Mind it.",
        parts=(events.PartView(speaker="tamsin", from_=0, to=8),),
        epoch="e-1",
        through_seq=3,
        state="speaking",
    ),
    events.TurnReported(id="1", turn="t-1", refunded=2),
    audio.AudioStart(id="1", conversation="c-1", turn="t-1", stream=7, codec="mp3", sample_rate=44_100),
    audio.AudioMarks(
        id="1", conversation="c-1", turn="t-1", words=(audio.WordView(start_ms=0, end_ms=90, from_=0, to=4),)
    ),
    audio.AudioDone(id="1", conversation="c-1", turn="t-1", duration_ms=900),
    audio.AudioDropped(id="1", frames=3),
    audio.VoiceDegraded(id="1", conversation="c-1", turn="t-1", code="voice_failed"),
    events.Pong(id="1", t=1.5),
    events.Goodbye(id="1", reconnect_in_ms=1_000),
    events.ErrorEvent(
        id="1", code="internal", class_="internal", retryable=True, message="m", trace_id="x", ref="e1", packs=()
    ),
    *LOG_EVENTS,
]


def every_frame(base: type[ServerFrame]) -> set[type[ServerFrame]]:
    below = set(base.__subclasses__())
    return below.union(*(every_frame(kind) for kind in below))


def test_every_frame_of_the_server_is_json_with_an_id_and_its_type_and_no_nulls() -> None:
    for frame in FRAMES:
        told = json.loads(frame.wire())
        assert (told["id"], told["type"]) == ("1", frame.type)
        assert None not in told.values()
    assert {type(frame) for frame in FRAMES} == every_frame(ServerFrame) - {events.LogEvent}


def test_wire_names_are_those_of_the_document_and_not_of_the_program() -> None:
    welcome = json.loads(FRAMES[0].wire())
    (error,) = (json.loads(frame.wire()) for frame in FRAMES if isinstance(frame, events.ErrorEvent))
    assert welcome["resumed"] == [
        {"conversation": "c-1", "recovered": True, "from": 1, "to": 0},
        {"conversation": "c-2", "recovered": False},
    ]
    scene = next(one for one in map(json.loads, (frame.wire() for frame in FRAMES)) if one.get("mode") == "scene")
    shown = next(one for one in map(json.loads, (frame.wire() for frame in FRAMES)) if one.get("parts"))
    assert (scene["with"]["slug"], "partner" in scene) == ("gideon", False)
    assert shown["parts"] == [{"speaker": "tamsin", "from": 0, "to": 8}]
    assert (error["class"], error["packs"]) == ("internal", [])
    assert "class_" not in error


@pytest.mark.parametrize("event", LOG_EVENTS, ids=lambda event: str(event.type))
def test_a_log_event_is_read_back_as_it_was_written(event: AnyLogEvent) -> None:
    assert parse_log_event(event.wire()) == event
    assert parse_log_event(event.wire()).wire() == event.wire()
