"""Codes as RFC 6238 makes them, and how far a clock may be off."""

from __future__ import annotations

import pytest

from gateway.staff.totp import STEP_S, address, code_at, secret_text, step_of

SECRET = secret_text(b"12345678901234567890")
"""The secret of RFC 6238, appendix B."""


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert code_at(SECRET, seconds // STEP_S) == code[-6:]


def test_a_code_counts_one_step_before_and_after_and_no_further() -> None:
    step = 50_000
    now_ms = step * STEP_S * 1_000
    for off, right in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        assert (step_of(SECRET, code_at(SECRET, step + off), now_ms) is not None) is right


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "１２３４５６", "000000 000000"])
def test_what_is_no_code_is_not_taken(code: str) -> None:
    assert step_of(SECRET, code, 1_000_000) is None


def test_a_secret_that_is_none_takes_no_code() -> None:
    assert step_of("not base32!", "000000", 1_000_000) is None


def test_an_app_is_told_whose_secret_it_is() -> None:
    told = address(SECRET, "ana@example.com")
    assert told.startswith("otpauth://totp/Encore:ana%40example.com?secret=" + SECRET)
