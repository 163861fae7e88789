"""Token buckets, and what one socket may send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.intake import Intake
from gateway.rates import FLOOD_REFUSALS, FRAME_BYTES, FRAMES, Bucket, Rule

RULE = Rule("test", at_once=3, a_minute=60)


def test_so_many_go_at_once_and_then_one_a_second() -> None:
    bucket = Bucket.full(RULE, 0)
    assert [bucket.take(RULE, 0) for _ in range(4)] == [0, 0, 0, 1_001]
    assert bucket.take(RULE, 999) > 0
    assert bucket.take(RULE, 1_001) == 0
    assert bucket.take(RULE, 1_001) > 0


@given(st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 4)), max_size=60))
def test_never_more_goes_than_at_once_and_what_time_gives(steps: list[tuple[int, int]]) -> None:
    rule = Rule("test", at_once=5, a_minute=60)
    bucket, now, taken = Bucket.full(rule, 0), 0, 0
    for wait, amount in steps:
        now += wait
        if bucket.take(rule, now, amount) == 0:
            taken += amount
        assert taken <= rule.at_once + now * rule.a_ms + 1e-6


@given(st.integers(0, 20), st.integers(1, 8))
def test_who_waits_as_long_as_told_is_let_through(before: int, amount: int) -> None:
    bucket = Bucket.full(RULE, 0)
    for _ in range(before):
        bucket.take(RULE, 0)
    wait = bucket.take(RULE, 0, amount)
    assert wait == 0 or bucket.take(RULE, wait, amount) == 0


def test_a_clock_that_goes_back_gives_nothing() -> None:
    bucket = Bucket.full(RULE, 10_000)
    for _ in range(3):
        bucket.take(RULE, 10_000)
    assert bucket.take(RULE, 0) > 0
    assert bucket.take(RULE, 10_500) > 0
    assert not bucket.is_full(RULE, 12_999)
    assert bucket.is_full(RULE, 13_000)


@pytest.mark.parametrize(("size", "most"), [(1, FRAMES.at_once), (16_384, FRAME_BYTES.at_once // 16_384)])
def test_a_socket_may_send_so_many_frames_and_bytes_at_once(size: int, most: int) -> None:
    intake = Intake()
    assert [intake.take(size, 0) for _ in range(most)] == [0] * most
    assert intake.take(size, 0) > 0
    assert not intake.is_flood


def test_a_flood_is_many_refusals_in_a_row() -> None:
    intake = Intake()
    for _ in range(FRAMES.at_once + FLOOD_REFUSALS):
        intake.take(1, 0)
    assert not intake.is_flood
    intake.take(1, 0)
    assert intake.is_flood


def test_a_frame_that_is_let_through_ends_a_row_of_refusals() -> None:
    intake = Intake()
    for _ in range(FRAMES.at_once + FLOOD_REFUSALS):
        intake.take(1, 0)
    assert intake.take(1, 60_000) == 0
    intake.take(1, 60_000)
    assert not intake.is_flood
