"""How notes change: confirmed, contradicted, over, read late, forgotten; and what may be told at which horizon."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.canon import Term
from memory.extracting import extract
from memory.notes import (
    NOTES_MAX,
    Changes,
    Note,
    Owner,
    Saying,
    horizons_of,
    merged,
    note_id,
    tellable,
    without_note,
    without_turn,
)

OWNER = Owner("demo/mara", "the-roof", "tamsin")
Book = dict[str, Note]


def put(book: Book, changes: Changes) -> Book:
    after = {**book, **{note.id: note for note in changes.kept}}
    return {key: note for key, note in after.items() if key not in changes.removed}


def tell(book: Book, turn: str, at_ms: int, *sayings: Saying) -> Book:
    return put(book, merged(tuple(book.values()), sayings, owner=OWNER, turn=turn, horizons={}, at_ms=at_ms))


def home(value: str, text: str = "", **more: object) -> Saying:
    saying = Saying("fact", "fan.home", value, text or f"I live in {value}.")
    return replace(saying, **more)  # type: ignore[arg-type]


def current(book: Book, slot: str = "fan.home") -> list[str]:
    return [note.value for note in book.values() if note.slot == slot and note.current]


def test_another_value_supersedes_and_the_old_is_history() -> None:
    book = tell(tell({}, "t1", 10, home("lima")), "t2", 20, home("cusco"))
    old, new = book[note_id(OWNER, "t1", 0)], book[note_id(OWNER, "t2", 0)]
    assert (old.current, old.valid_to_ms, old.superseded_by) == (False, 20, new.id)
    assert (new.current, new.valid_from_ms, new.superseded_by) == (True, 20, None)


def test_the_same_value_again_confirms() -> None:
    book = tell(tell({}, "t1", 10, home("lima")), "t2", 20, home("lima"))
    (note,) = book.values()
    assert note.from_turns == ("t1", "t2")
    assert note.confidence > 0.9


def test_a_turn_read_twice_changes_nothing() -> None:
    book = tell({}, "t1", 10, home("lima"))
    assert tell(book, "t1", 10, home("lima")) == book
    later = tell(book, "t2", 20, home("cusco"))
    assert tell(later, "t1", 10, home("lima")) == later


def test_a_turn_read_late_does_not_supersede_what_was_said_after_it() -> None:
    book = tell(tell({}, "t2", 20, home("cusco")), "t1", 10, home("lima"))
    assert current(book) == ["cusco"]
    late = book[note_id(OWNER, "t1", 0)]
    assert (late.valid_to_ms, late.superseded_by) == (20, note_id(OWNER, "t2", 0))


def test_what_is_over_closes_the_slot_and_says_so() -> None:
    book = tell({}, "t1", 10, home("lima"))
    over = home("", "I no longer live in Lima.", retracts="lima")
    assert current(tell(book, "t2", 20, over)) == [""]
    assert current(tell(book, "t2", 20, home("", retracts="cusco"))) == ["lima"]
    assert tell({}, "t2", 20, over) == {}


def test_what_used_to_be_never_becomes_current() -> None:
    book = tell({}, "t1", 10, home("lima", "I used to live in Lima.", past=True))
    assert current(book) == []
    assert current(tell(book, "t2", 20, home("cusco"))) == ["cusco"]


def test_what_mentions_the_old_value_becomes_stale_and_recovers_when_it_comes_back() -> None:
    plan = Saying("event", "fan.plan:run", "run", "I will run the Lima marathon.")
    book = tell(tell({}, "t1", 10, home("lima"), plan), "t2", 20, home("cusco"))
    marathon = note_id(OWNER, "t1", 1)
    assert book[marathon].stale
    assert not put(book, without_turn(tuple(book.values()), "t2"))[marathon].stale


def test_forgetting_a_turn_forgets_what_came_from_it_and_brings_back_what_it_had_superseded() -> None:
    first = tell({}, "t1", 10, home("lima"))
    book = tell(first, "t2", 20, home("cusco"), Saying("fact", "fan.work", "nurse", "I am a nurse."))
    assert put(book, without_turn(tuple(book.values()), "t2")) == first


def test_forgetting_one_of_two_turns_reads_the_other_again() -> None:
    book = tell(tell({}, "t1", 10, home("lima")), "t2", 20, home("lima"))
    changes = without_turn(tuple(book.values()), "t1")
    assert (put(book, changes), changes.reread) == ({}, ("t2",))


def test_deleting_a_note_does_not_bring_back_what_it_had_superseded() -> None:
    book = tell(tell({}, "t1", 10, home("lima")), "t2", 20, home("cusco"))
    left = put(book, without_note(tuple(book.values()), note_id(OWNER, "t2", 0)))
    assert (current(left), [note.superseded_by for note in left.values()]) == ([], [None])
    assert without_note(tuple(book.values()), "n-unknown") == Changes()


def test_no_more_than_the_limit_stay_and_boundaries_always_do() -> None:
    boundary = Saying("boundary", "fan.boundary:father", "father", "Don't talk about my father.")
    book = tell({}, "t0", 0, boundary)
    for number in range(1, NOTES_MAX + 20):
        book = tell(book, f"t{number}", number, Saying("event", f"fan.happened:{number}", str(number), f"It {number}."))
    assert len(book) == NOTES_MAX
    assert [note.kind for note in book.values()].count("boundary") == 1
    assert "fan.happened:1" not in {note.slot for note in book.values()}


values = st.sampled_from(["lima", "cusco", "quito", ""])
told = st.lists(st.tuples(st.integers(0, 6), values), max_size=12)


@given(told)
def test_a_slot_never_has_two_current_values(said: list[tuple[int, str]]) -> None:
    book: Book = {}
    for turn, value in said:
        book = tell(book, f"t{turn}", turn, home(value))
        assert len(current(book)) <= 1
        assert all(note.current or note.superseded_by in book for note in book.values())


@given(told, st.integers(0, 6))
def test_nothing_of_a_forgotten_turn_is_left(said: list[tuple[int, str]], forgotten: int) -> None:
    book: Book = {}
    for turn, value in said:
        book = tell(book, f"t{turn}", turn, home(value, f"words of t{turn}"))
    left = put(book, without_turn(tuple(book.values()), f"t{forgotten}"))
    assert all(
        f"t{forgotten}" not in note.from_turns and note.text != f"words of t{forgotten}" for note in left.values()
    )
    assert all(note.superseded_by is None or note.superseded_by in left for note in left.values())
    assert len(current(left)) <= 1


@pytest.mark.parametrize(
    ("message", "horizon"),
    [
        ("I live in Lima.", 0),
        ("My dog is called Rex.", 0),
        ("My dog is called Zephyr.", 7),
        ("I live in Lima like Gideon Hallam.", 7),
        ("I love the man with the match.", 7),
        ("I adopted a lantern.", 7),
    ],
)
def test_what_may_be_about_the_show_keeps_the_horizon_it_was_said_at(message: str, horizon: int) -> None:
    terms = (Term("Zephyr House", 3), Term("Gideon Hallam", 2))
    sayings = extract(message)
    assert sayings
    assert set(horizons_of(sayings, 7, terms).values()) == {horizon}


def test_a_note_is_told_from_its_horizon_on() -> None:
    (note,) = tell({}, "t1", 10, home("lima")).values()
    about_show = replace(note, horizon=5)
    assert [bool(tellable([about_show], horizon)) for horizon in (0, 4, 5, 6)] == [False, False, True, True]


def test_a_note_read_late_takes_its_place_between_two_others() -> None:
    book = tell(tell({}, "t1", 10, home("lima")), "t3", 30, home("cusco"))
    book = tell(book, "t2", 20, home("quito"))
    lima, quito, cusco = (book[note_id(OWNER, turn, 0)] for turn in ("t1", "t2", "t3"))
    assert (lima.valid_to_ms, lima.superseded_by) == (20, quito.id)
    assert (quito.valid_to_ms, quito.superseded_by) == (30, cusco.id)
    assert cusco.current
    assert tell(tell(tell({}, "t1", 10, home("lima")), "t2", 20, home("quito")), "t3", 30, home("cusco")) == book
