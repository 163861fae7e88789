"""Entries of lorebooks as cards write them: fields, decorators with fallbacks, bounds, and the way back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from characters.cards.card import book_of_world_info
from characters.cards.card_text import Cleaner
from characters.cards.decorators import Decorator, chosen, split_decorators, with_decorators
from characters.cards.lorebook import ReadBook, read_book, write_book
from characters.cards.refusal import NotACard
from characters.lore import Lore, LoreEntry
from tests.characters.cards.builders import a_book, an_entry


def read(*entries: Any, **about: Any) -> ReadBook:
    return read_book(a_book(*entries, **about), Cleaner("Tam"))


def the_entry(content: str = "Old.", **fields: Any) -> LoreEntry:
    book = read(an_entry(content, **fields))
    assert len(book.lore.entries) == 1, book.findings
    return book.lore.entries[0]


@pytest.mark.parametrize(
    ("fields", "ours"),
    [
        ({"secondary_keys": ["oil"], "selective": True}, {"secondary_keys": ("oil",)}),
        ({"secondary_keys": ["oil"], "selective": False}, {"secondary_keys": ()}),
        ({"constant": True}, {"constant": True}),
        ({"constant": True, "use_regex": True}, {"constant": False}),
        ({"case_sensitive": True}, {"case_sensitive": True}),
        ({"case_sensitive": None}, {"case_sensitive": False}),
        ({"insertion_order": 7.9}, {"order": 7}),
        ({"insertion_order": 10**30}, {"order": 1_000_000}),
        ({"priority": -3}, {"priority": -3}),
        ({"position": "before_char"}, {"position": "before"}),
        ({"comment": "Note", "name": "Other"}, {"comment": "Note"}),
        ({"extensions": {"encore": {"from_episode": 4}}}, {"from_episode": 4}),
        ({"extensions": {"encore": {"until_episode": 4}}}, {"from_episode": 1, "until_episode": 4}),
        ({"keys": "lantern"}, {"keys": ("lantern",)}),
        ({"keys": ["{{char}}", "", 3, "x" * 501]}, {"keys": ("Tam",)}),
    ],
)
def test_a_field_is_read(fields: Any, ours: Any) -> None:
    entry = the_entry(**fields)
    assert {name: getattr(entry, name) for name in ours} == ours


@pytest.mark.parametrize(
    ("content", "ours"),
    [
        ("@@scan_depth 2\n\nOld.", {"scan_depth": 2, "text": "Old."}),
        ("@@activate_only_after 3\nOld.", {"after_replies": 3}),
        ("@@activate_only_every 3\nOld.", {"every_replies": 3}),
        ("@@activate_only_every 0\nOld.", {"every_replies": 1}),
        ("@@additional_keys a, b\nOld.", {"additional_keys": ("a", "b")}),
        ("@@exclude_keys a,b\nOld.", {"exclude_keys": ("a", "b")}),
        ("@@activate\nOld.", {"constant": True}),
        ("@@activate\n@@dont_activate\nOld.", {"constant": True}),
        ("@@depth 2\nOld.", {"position": "near"}),
        ("@@depth 20\nOld.", {"position": "before"}),
        ("@@depth 2\n@@position before_desc\nOld.", {"position": "before"}),
        ("@@position somewhere\nOld.", {"position": "after"}),
        ("@@ignore_on_max_context\nOld.", {"only_with_room": True}),
        ("@@scan_depth many\nOld.", {"scan_depth": None}),
        ("@@scan_depth 2\n@@scan_depth 3\nOld.", {"scan_depth": 2}),
        ("@@unknown 1\n@@@scan_depth 4\nOld.", {"scan_depth": 4, "text": "Old."}),
        ("@@unknown 1\n@@@other\n@@@scan_depth 4\nOld.", {"scan_depth": 4}),
        ("@@scan_depth 1\n@@@scan_depth 4\nOld.", {"scan_depth": 1}),
        ("@@@scan_depth 4\nOld.", {"scan_depth": None, "text": "Old."}),
        ("Old.\n@@scan_depth 4", {"scan_depth": None, "text": "Old.\n@@scan_depth 4"}),
    ],
)
def test_a_decorator_is_followed(content: str, ours: Any) -> None:
    entry = the_entry(content)
    assert {name: getattr(entry, name) for name in ours} == ours


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (an_entry(enabled=False), "switched off"),
        (an_entry("@@dont_activate\nOld."), "switched off"),
        (an_entry(""), "nothing in it"),
        (an_entry("@@depth 3"), "nothing in it"),
        (an_entry("<script>x</script>"), "nothing in it"),
        (an_entry(keys=[]), "needs keys"),
        (an_entry(keys=["(a+"], use_regex=True), "no usable pattern"),
        (an_entry(keys=[r"(a)\1"], use_regex=True), "back-references"),
        ("no entry", "no entry"),
        (an_entry(weird=1), "weird is not used"),
        (an_entry("@@role system\nOld."), "@@role"),
        (an_entry("@@is_greeting 1\nOld."), "@@is_greeting"),
        (an_entry(extensions={"risu": 1}), "other programs"),
        (an_entry(keys=["a", ""]), "left out"),
    ],
)
def test_what_is_not_used_is_reported(raw: Any, why: str) -> None:
    assert any(why in finding.what for finding in read(raw).findings)


@pytest.mark.parametrize(
    "bound",
    [
        {"from_episod": 3},
        {"from_episode": "3"},
        {"from_episode": True},
        {"from_episode": -1},
        {"from_episode": 3, "until_episode": 3},
        {"until_episode": 1},
        [],
        "3",
    ],
)
def test_a_bound_that_cannot_be_read_never_reads_as_none(bound: Any) -> None:
    with pytest.raises(NotACard, match=r"encore") as refused:
        read(an_entry(extensions={"encore": bound}))
    assert refused.value.where == "character_book.entries.0.extensions.encore"


@pytest.mark.parametrize("entries", [{}, "x", [an_entry()] * 2_001, None])
def test_entries_are_a_list_of_a_bounded_length(entries: Any) -> None:
    with pytest.raises(NotACard):
        read_book({"entries": entries}, Cleaner("Tam"))


def test_a_book_has_a_bounded_number_of_keys() -> None:
    many = an_entry(keys=[f"k{n}" for n in range(100)])
    assert len(read(*[many] * 200).lore.entries) == 200
    with pytest.raises(NotACard, match="20000 keys"):
        read(*[many] * 201)
    entry = LoreEntry(text="x", keys=tuple(f"k{n}" for n in range(100)))
    with pytest.raises(ValidationError, match="20000 keys"):
        Lore(entries=(entry,) * 201)


_KEYS = st.lists(st.text("abc é灯", min_size=1, max_size=5).filter(str.strip).map(str.strip), min_size=1, max_size=3)


@given(
    st.builds(
        LoreEntry,
        text=st.text("abc é灯\n", min_size=1, max_size=30).filter(str.strip).map(lambda t: "x" + " ".join(t.split())),
        keys=_KEYS.map(tuple),
        secondary_keys=_KEYS.map(tuple) | st.just(()),
        additional_keys=_KEYS.map(tuple) | st.just(()),
        exclude_keys=_KEYS.map(tuple) | st.just(()),
        constant=st.booleans(),
        case_sensitive=st.booleans(),
        scan_depth=st.none() | st.integers(0, 50),
        priority=st.none() | st.integers(-50, 50),
        order=st.integers(-50, 50),
        position=st.sampled_from(["before", "after", "near"]),
        after_replies=st.integers(0, 9),
        every_replies=st.integers(1, 9),
        only_with_room=st.booleans(),
        from_episode=st.integers(0, 9),
        until_episode=st.none() | st.integers(10, 20),
    )
)
def test_an_entry_of_ours_survives_the_way_through_a_v3_book(entry: LoreEntry) -> None:
    lore = Lore(entries=(entry,), name="Book", recursive=True, scan_depth=2, token_budget=99)
    assert read_book(write_book(None, None, lore), Cleaner("Tam")).lore == lore


def test_what_only_a_decorator_or_a_comment_can_say_survives_too() -> None:
    entries = (
        LoreEntry(text="Old.", keys=("lan",), use_regex=True, constant=True, comment="Mine"),
        LoreEntry(text="New.", keys=(r"\n[\b\-x]",), use_regex=True),
    )
    lore = Lore(entries=entries)
    assert read_book(write_book(None, None, lore), Cleaner("Tam")).lore == lore


def test_a_book_that_nobody_changed_is_written_as_it_was() -> None:
    raw = a_book(an_entry(x=1), an_entry(enabled=False), y={"z": 1}, scan_depth=3, name="B")
    found = read_book(raw, Cleaner("Tam"))
    assert write_book(raw, found, found.lore) == raw


def test_world_info_is_read() -> None:
    document = {
        "name": "World",
        "entries": {
            "0": {"key": ["lantern"], "keysecondary": ["oil"], "selective": True, "content": "Old.", "order": 5},
            "1": {"key": ["ring"], "content": "Gone.", "disable": True},
        },
    }
    found = read_book(book_of_world_info(document), Cleaner("Tam"))
    assert found.lore.name == "World"
    assert [(e.keys, e.secondary_keys, e.order) for e in found.lore.entries] == [(("lantern",), ("oil",), 5)]


_NAMES = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)
_VALUES = st.from_regex(r"[a-z0-9,]{0,8}", fullmatch=True)


@given(st.lists(st.builds(Decorator, _NAMES, _VALUES)))
def test_decorators_are_read_as_they_are_written(decorators: list[Decorator]) -> None:
    named = [d for d in decorators if d.name[0] != "_"]
    chains, text = split_decorators(with_decorators(tuple(named), "The text."))
    assert ([chain[0] for chain in chains], text) == (named, "The text.")
    acting, unknown = chosen(chains, {d.name for d in named})
    assert (set(acting), unknown) == ({d.name for d in named}, ())


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"text": "x"}, "needs keys"),
        ({"text": "x", "keys": ["(a"], "use_regex": True}, "no usable pattern"),
        ({"text": "x" * 4_001, "keys": ["a"]}, "4000"),
        ({"text": "x", "keys": ["a"], "from_epsiode": 4}, "Extra inputs"),
        ({"text": "x", "keys": ["a"], "from_episode": 4, "until_episode": 4}, "later than"),
    ],
)
def test_lore_that_is_written_wrong_is_refused(fields: Any, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        LoreEntry.model_validate(fields)
