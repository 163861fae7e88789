"""Patterns find what Python's own engine finds, in work that is counted, and refuse what would need more."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.cards.patterns import INSTRUCTIONS_MAX, Steps, UnusablePattern, compile_pattern

PLENTY = 10_000_000


def found(pattern: str, text: str, *, case_sensitive: bool = False) -> bool:
    return compile_pattern(pattern, case_sensitive=case_sensitive).found_in(text, Steps(PLENTY))


_ATOMS = st.sampled_from(["a", "b", "B", "é", ".", "[ab]", "[^a]", r"\w", r"\s", r"\b", "^", "$", r"\.", "[a-c-]"])
PATTERNS = st.recursive(
    _ATOMS,
    lambda inner: (
        st.lists(inner, max_size=3).map("".join)
        | st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})")
        | st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "*?"])).map(lambda p: f"({p[0]}){p[1]}")
    ),
    max_leaves=6,
)


@given(PATTERNS, st.text("abBé. -", max_size=12))
def test_a_pattern_finds_what_pythons_engine_finds(pattern: str, text: str) -> None:
    # Our `$` is JavaScript's: only the very end.
    assert found(pattern, text, case_sensitive=True) == (re.search(pattern, text) is not None)


@pytest.mark.parametrize(
    ("pattern", "text", "is_found"),
    [
        ("lanterns?", "two LANTERNS", True),
        ("/lanterns?/", "two LANTERNS", False),
        ("/lanterns?/i", "two LANTERNS", True),
        ("^b", "a\nb", False),
        ("/^b/m", "a\nb", True),
        ("a.b", "a\nb", False),
        ("/a.b/s", "a\nb", True),
        (r"\bring\b", "spring", False),
        (r"第\d+集", "在第12集", True),
        (r"caf\u00e9", "Café", True),
        ("(?<who>a)b", "ab", True),
        (r"[\d-]x", "-x", True),
        (r"a\nb", "a\nb", True),
        (r"[\b]", "\b", True),
        ("a{2,}", "aa", True),
        ("a{2,3}$", "a", False),
        ("()", "", True),
    ],
)
def test_patterns_are_javascripts(pattern: str, text: str, is_found: bool) -> None:
    assert found(pattern, text) is is_found


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(?=a)b", "look-around"),
        ("(?<!a)b", "look-around"),
        (r"(a)\1", "back-references"),
        (r"\k<a>", "back-references"),
        ("a++", "possessive"),
        ("(?<a", "look-around"),
        ("(a", "not closed"),
        ("a)", "not opened"),
        ("*", "nothing to repeat"),
        ("a**", "follows another"),
        ("[b-a]", "no order"),
        ("[a", "too early"),
        ("a\\", "too early"),
        ("a{3,2}", "backwards"),
        ("a{101}", "beyond"),
        ("a{,3}", "cannot be read"),
        (r"\xg1", "not complete"),
        (r"\q", "not supported"),
        ("/a/y", "flag"),
        ("a" * 501, "longer than"),
        ("(" * 21 + ")" * 21, "nested"),
        ("((a{50}){50}){50}", "written out"),
        ("(((((){100}){100}){100}){100}){100}", "written out"),
    ],
)
def test_what_cannot_be_searched_safely_is_refused_by_name(pattern: str, why: str) -> None:
    with pytest.raises(UnusablePattern, match=why):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a*)*b", "(a|a)*b", "(a|aa)+$", "a*a*a*a*a*b", "(.*a){20}", "(\\w+\\s?)*!"]
)
def test_the_patterns_that_hang_other_engines_cost_a_bounded_number_of_steps(pattern: str) -> None:
    text, steps = "a" * 5_000 + "?", Steps(PLENTY)
    compiled = compile_pattern(pattern)
    compiled.found_in(text, steps)
    assert PLENTY - steps.left <= (len(text) + 1) * (len(compiled.program) + 1)


def test_when_the_steps_run_out_nothing_is_found() -> None:
    steps = Steps(10)
    assert not compile_pattern("b").found_in("a" * 100 + "b", steps)
    assert steps.left < 0


def test_no_program_is_longer_than_the_bound() -> None:
    assert len(compile_pattern("a{100}b{100}c{100}d{100}").program) <= INSTRUCTIONS_MAX
