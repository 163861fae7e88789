"""What waits to be sent on one socket: bounded, audio the first to go, events never lost without a word."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.outbox import AUDIO_FRAMES_MAX, OUTBOX_BYTES_MAX, Audio, Heard, Outbox
from gateway.records import Logged

KIB = 1024


def events(size: int, letter: str = "x") -> list[Logged]:
    """One event of so many characters."""
    return [Logged("c", "e", 1, "t", "reply.delta", letter * size)]


def filled_with_audio(outbox: Outbox) -> list[Audio]:
    """Audio until the outbox is full."""
    frames = [outbox.speak(b"a" * 8 * KIB) for _ in range(OUTBOX_BYTES_MAX // (8 * KIB))]
    return [frame for frame in frames if frame is not None]


def test_events_that_do_not_fit_are_missed_and_said_to_be_once() -> None:
    outbox = Outbox()
    assert outbox.hear(events(OUTBOX_BYTES_MAX)) is not None
    assert not outbox.missed()
    assert outbox.hear(events(1)) is None
    assert outbox.missed()
    assert not outbox.missed()


def test_an_event_of_any_size_has_room_where_nothing_waits() -> None:
    outbox = Outbox()
    assert outbox.hear(events(OUTBOX_BYTES_MAX + 1)) is not None
    assert outbox.hear(events(1)) is None


def test_what_counts_is_bytes_not_characters() -> None:
    outbox = Outbox()
    heard = outbox.hear(events(1_000, "é"))
    assert heard is not None
    assert heard.size == outbox.waiting_bytes == 2_000


def test_what_is_taken_makes_room_again() -> None:
    outbox = Outbox()
    first = outbox.hear(events(OUTBOX_BYTES_MAX))
    assert first is not None
    outbox.taken(first)
    assert outbox.hear(events(OUTBOX_BYTES_MAX)) is not None


def test_events_take_the_room_of_the_oldest_audio() -> None:
    outbox = Outbox()
    audio = filled_with_audio(outbox)
    assert outbox.hear(events(10 * KIB)) is not None
    assert [bool(frame.frame) for frame in audio[:3]] == [False, False, True]
    assert outbox.audio_dropped == 2
    assert not outbox.missed()


def test_audio_takes_the_room_of_older_audio_and_never_of_events() -> None:
    outbox = Outbox()
    assert outbox.hear(events(OUTBOX_BYTES_MAX - 10 * KIB)) is not None
    older = outbox.speak(b"a" * 8 * KIB)
    newer = outbox.speak(b"b" * 8 * KIB)
    assert older is not None
    assert newer is not None
    assert (older.frame, newer.frame) == (b"", b"b" * 8 * KIB)
    assert outbox.speak(b"c" * 11 * KIB) is None
    assert newer.frame
    assert not outbox.missed()


def test_small_audio_frames_leave_the_queue_to_events() -> None:
    outbox = Outbox()
    audio = [outbox.speak(b"a") for _ in range(AUDIO_FRAMES_MAX + 1)]
    assert [frame is not None and bool(frame.frame) for frame in audio] == [False] + [True] * AUDIO_FRAMES_MAX


def test_events_without_a_place_in_the_queue_are_missed_and_audio_is_dropped() -> None:
    outbox = Outbox()
    heard, audio = outbox.hear(events(5)), outbox.speak(b"abc")
    assert heard is not None
    assert audio is not None
    outbox.lost(audio)
    assert not outbox.missed()
    outbox.lost(heard)
    assert outbox.missed()
    assert outbox.waiting_bytes == 0
    assert outbox.audio_dropped == 1


STEP = st.tuples(st.sampled_from(["hear", "speak", "taken"]), st.integers(1, OUTBOX_BYTES_MAX))


@given(st.lists(STEP, max_size=60))
def test_what_waits_is_what_was_let_in_and_within_the_bound(steps: list[tuple[str, int]]) -> None:
    outbox, waiting = Outbox(), list[Heard | Audio]()
    for step, size in steps:
        if step == "taken":
            if waiting:
                outbox.taken(waiting.pop(0))
        elif (piece := outbox.hear(events(size)) if step == "hear" else outbox.speak(b"a" * size)) is not None:
            waiting.append(piece)
        sizes = [piece.size if isinstance(piece, Heard) else len(piece.frame) for piece in waiting]
        assert outbox.waiting_bytes == sum(sizes) <= OUTBOX_BYTES_MAX
