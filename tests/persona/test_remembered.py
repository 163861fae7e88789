"""What is remembered of the fan, as it stands in a prompt: quoted, bounded, budgeted, behind the horizon."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from memory.note_recall import RecalledNote, RecalledTurn, Remembered
from memory.notes import Note, Owner
from memory.types import Exchange
from persona.prompt import BEYOND, NOTES_SHARE, compose
from persona.tokens import approximate_tokens
from persona.types import Block, Prompt
from persona.wording import NEVER_TOLD, NOTES_INTRODUCTION
from tests.persona.builders import brief, exchange

DAY_MS = 86_400_000
OWNER = Owner("demo/mara", "lantern", "tamsin")
BUDGET = 6_000


def note(text: str = "I live in Lima.", **changes: object) -> RecalledNote:
    plain = Note("n-1", OWNER, "fact", "fan.home", "lima", text, 20_000 * DAY_MS, ("t9",), 0.9, 0, 20_000 * DAY_MS)
    return RecalledNote(replace(plain, **changes), 1.0)  # type: ignore[arg-type]


def prompt(remembered: Remembered, *, history: tuple[Exchange, ...] = (), budget: int = BUDGET) -> Prompt:
    made = replace(brief(history=history), remembered=remembered)
    return compose(made, budget_tokens=budget, reply_tokens_max=100, count=approximate_tokens)


def blocks(composed: Prompt) -> list[Block]:
    return [block for block in composed.manifest.blocks if block.name == "notes"]


def sent(composed: Prompt) -> str:
    return "\n".join(message.content for message in composed.messages)


def test_a_note_is_quoted_with_its_kind_and_day_after_an_introduction() -> None:
    composed = prompt(Remembered(notes=(note(),)))
    assert [block.source for block in blocks(composed)] == ["fixed", "note n-1"]
    assert "Note (fact, said 2024-10-04):\n> I live in Lima." in sent(composed)
    assert NOTES_INTRODUCTION in sent(composed)


def test_what_is_over_or_in_doubt_says_so() -> None:
    over = sent(prompt(Remembered(notes=(note(valid_to_ms=20_001 * DAY_MS),))))
    assert "Note (past fact, said 2024-10-04, over since 2024-10-05):" in over
    assert "perhaps no longer so" in sent(prompt(Remembered(notes=(note(stale=True),))))


def test_nothing_remembered_adds_nothing() -> None:
    assert blocks(prompt(Remembered())) == []


def test_what_was_never_told_is_to_be_said_and_not_guessed() -> None:
    assert [block.text for block in blocks(prompt(Remembered(untold=True)))] == [NEVER_TOLD]


def test_an_earlier_turn_is_quoted_unless_the_history_shows_it() -> None:
    said = exchange(3, fan="I play the violin.", reply="Loudly, I hope.")
    composed = prompt(Remembered(turns=(RecalledTurn(said, 0.5),)))
    assert "by the fan:\n> I play the violin.\nand your answer:\n> Loudly, I hope." in sent(composed)
    assert blocks(prompt(Remembered(turns=(RecalledTurn(said, 0.5),)), history=(said,))) == []


def test_what_lies_beyond_the_horizon_has_no_text_even_in_the_manifest() -> None:
    ahead = exchange(3, fan="The deed burnt.", horizon=6)
    composed = prompt(Remembered(notes=(note("Zephyr House", horizon=6),), turns=(RecalledTurn(ahead, 1.0),)))
    barred = [block for block in blocks(composed) if block.source != "fixed"]
    assert [(block.included, block.reason, block.text) for block in barred] == [(False, BEYOND, "")] * 2
    assert "Zephyr" not in sent(composed)
    assert "deed burnt" not in sent(composed)


def test_notes_take_no_more_than_their_share() -> None:
    many = Remembered(notes=tuple(note(f"I love dish {n}. " + "word " * 50, id=f"n-{n}") for n in range(100)))
    composed = prompt(many, budget=2_000)
    assert 0 < sum(block.tokens for block in blocks(composed) if block.included) <= 2_000 // NOTES_SHARE
    assert any(not block.included for block in blocks(composed))
    assert composed.manifest.used_tokens <= 2_000


@given(st.text(max_size=600), st.text(max_size=600))
def test_no_line_of_a_fans_can_become_a_line_of_the_prompt(text: str, reply: str) -> None:
    composed = prompt(Remembered(notes=(note(text),), turns=(RecalledTurn(exchange(3, fan=text, reply=reply), 1.0),)))
    ours = ("Note (", "Said on ", "and your answer:", *NOTES_INTRODUCTION.splitlines())
    for block in blocks(composed):
        for line in block.text.split("\n"):
            assert line.startswith((">", *ours))
        assert not set(block.text) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\u200f\0")
