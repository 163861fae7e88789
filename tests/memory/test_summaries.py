"""What is a turn's place, what stands in the window, and what a talk is in short: the pure parts of summaries."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from memory.condensing import CHARACTER, FAN, condense
from memory.summaries import SUMMARY_CHARS_MAX, Summary, Window, by_horizon, ended, mark_of, rolled
from memory.types import Exchange

CRATE = (
    ("Who sent the crate with the lanterns?", "Nobody signed it. The crate came at night."),
    ("I live in Lima with my two cats.", "Far from here, then."),
    ("I think the crate came from Gideon.", "Gideon would never carry a crate himself."),
    ("ok", "Well."),
)


def said(number: int, fan: str = "and then?", reply: str = "Then it rained.", horizon: int = 1) -> Exchange:
    return Exchange(f"t{number:03}", fan, reply, "completed", horizon, number)


TALK = tuple(said(number, fan, reply) for number, (fan, reply) in enumerate(CRATE))
exchanges = st.lists(
    st.builds(said, st.integers(0, 999), st.text(max_size=80), st.text(max_size=80), st.integers(0, 3)), max_size=12
)


def words(exchange: Exchange) -> int:
    return len(exchange.fan_text.split()) + len(exchange.reply_text.split())


class TestTheWindow:
    def test_is_the_newest_turns_that_fit(self) -> None:
        talk = [said(n) for n in range(6)]  # five words each
        assert Window(99, 15).start(talk, words) == mark_of(talk[3])
        assert Window(99, 14).start(talk, words) == mark_of(talk[4])
        assert Window(2, 999).start(talk, words) == mark_of(talk[4])
        assert Window(99, 999).start(talk, words) == mark_of(talk[0])

    def test_always_holds_the_newest_turn(self) -> None:
        talk = [said(1), said(2, fan="word " * 500)]
        assert Window(99, 10).start(talk, words) == mark_of(talk[1])

    def test_of_nothing_begins_nowhere(self) -> None:
        assert Window(9, 9).start((), words) is None


def test_only_answered_turns_are_told() -> None:
    talk = [
        Exchange("a", "x", "yes", "completed", 1, 1),
        Exchange("b", "x", "yes", "cancelled", 1, 2),
        Exchange("c", "x", "", "cancelled", 1, 3),
        Exchange("d", "x", "no", "failed", 1, 4),
        Exchange("e", "x", "no", "refused", 1, 5),
        Exchange("f", "x", "no", "running", 1, 6),
    ]
    assert [one.turn for one in ended(talk)] == ["a", "b"]


def test_turns_are_told_by_horizon_and_a_summary_covers_only_its_own() -> None:
    talk = [said(1, horizon=2), said(2, horizon=1), said(3, horizon=2)]
    low, high = by_horizon(talk)
    assert ([one.turn for one in low], [one.turn for one in high]) == (["t002"], ["t001", "t003"])
    summary = rolled(None, high, "It rained.", conversation="c", by="rules")
    assert summary == Summary("c", 2, "It rained.", 2, 1, (3, "t003"), "rules")
    assert [summary.covers(one) for one in (*talk, said(4, horizon=2), said(3, horizon=3))] == [
        True,
        False,
        True,
        False,
        False,
    ]


def test_a_rolled_summary_counts_on_from_the_old_one() -> None:
    old = rolled(None, [said(1), said(2)], "Rain.", conversation="c", by="rules")
    new = rolled(old, [said(3)], "Rain and snow.", conversation="c", by="openai:x")
    assert new == Summary("c", 1, "Rain and snow.", 3, 1, (3, "t003"), "openai:x")


class TestCondensing:
    def test_says_who_said_what_in_the_order_of_the_talk(self) -> None:
        assert condense("", TALK, chars_max=400).splitlines() == [
            "Fan: Who sent the crate with the lanterns?",
            "You: Nobody signed it.",
            "You: The crate came at night.",
            "Fan: I live in Lima with my two cats.",
            "You: Far from here, then.",
            "Fan: I think the crate came from Gideon.",
            "You: Gideon would never carry a crate himself.",
        ]

    def test_keeps_what_the_fan_says_of_themself_first(self) -> None:
        assert condense("", TALK, chars_max=40) == "Fan: I live in Lima with my two cats."

    def test_rolls_on_from_an_old_summary_without_saying_anything_twice(self) -> None:
        old = condense("", TALK[:2], chars_max=200)
        new = condense(old, TALK[1:], chars_max=200)
        assert "Fan: I live in Lima with my two cats." in new.splitlines()
        assert len(set(new.splitlines())) == len(new.splitlines())

    def test_keeps_what_a_model_wrote_as_a_line_of_its_own(self) -> None:
        assert "They spoke of lanterns." in condense("They spoke of lanterns.", TALK, chars_max=400).splitlines()

    def test_leaves_out_what_may_not_be_told(self) -> None:
        told = condense("", TALK, chars_max=400, admissible=lambda line: "Gideon" not in line)
        assert "Gideon" not in told
        assert "Lima" in told

    def test_nothing_worth_telling_is_nothing(self) -> None:
        assert condense("", [said(1, "ok", "Well.")], chars_max=200) == ""

    def test_reads_chinese(self) -> None:
        assert "我住在上海" in condense("", [said(1, "我住在上海。你好吗？", "很远。")], chars_max=60)

    @given(exchanges, st.text(max_size=120), st.integers(0, SUMMARY_CHARS_MAX))
    def test_is_bounded_and_adds_no_word(self, talk: list[Exchange], old: str, chars_max: int) -> None:
        told = condense(old, talk, chars_max=chars_max)
        assert len(told) <= chars_max
        source = " ".join(" ".join((old, *(f"{one.fan_text} {one.reply_text}" for one in talk))).split())
        for line in told.split("\n") if told else ():
            assert " ".join(line.removeprefix(FAN).removeprefix(CHARACTER).split()) in source or line in old
