"""Writes what is remembered of the fan as items of a prompt: quoted, bounded, dated, never an order.

Pure. A note is the fan's own words and nothing is added to them; no line of theirs can become a line of the prompt.
"""

from __future__ import annotations

from dataclasses import dataclass

from memory.dates import iso_day
from memory.notes import Note
from memory.types import Exchange
from persona.quoting import one_line, quoted_lines
from persona.types import Brief
from persona.wording import NEVER_TOLD, NOTES_INTRODUCTION

NOTE_CHARS_MAX = 280
SAID_CHARS_MAX = 400
_SAYING = {
    "en": ("You told me: “{}”", "You have never told me that."),
    "es": ("Me dijiste: «{}»", "Eso nunca me lo has contado."),
    "pt": ("Você me disse: “{}”", "Isso você nunca me contou."),
    "zh": ("你跟我说过：“{}”", "这个你从来没跟我说过。"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One block; `barred` when it lies beyond the horizon, whoever let it through."""

    source: str
    text: str
    barred: bool = False


def remembered_items(brief: Brief) -> tuple[Item, ...]:
    """What may stand in a prompt, most needed first. Turns that the history shows already are not said twice.

    A turn that only a summary tells may come to mind word for word.
    """
    told = [summary for summary in brief.summaries if summary.horizon <= brief.horizon and summary.text.strip()]
    shown = {one.turn for one in brief.history if not any(summary.covers(one) for summary in told)}
    remembered = brief.remembered
    items = [Item("never told", NEVER_TOLD)] if remembered.untold else []
    notes = [_note(one.note, brief.horizon) for one in remembered.notes]
    turns = [_turn(one.exchange, brief.horizon) for one in remembered.turns if one.exchange.turn not in shown]
    if notes or turns:
        items.append(Item("fixed", NOTES_INTRODUCTION))
    return (*items, *notes, *turns)


def told_by_fan(brief: Brief) -> str | None:
    """What a model that follows no instructions can truly say about what the fan asks of themself, or None.

    The fan's own words given back, or that they never told; in the language of the conversation, else in English.
    """
    told_me, never_told = _SAYING.get(brief.locale[:2], _SAYING["en"])
    if brief.remembered.untold:
        return never_told
    for one in brief.remembered.notes:
        if one.answers and one.note.current and one.note.horizon <= brief.horizon:
            return told_me.format(one_line(one.note.text, chars_max=NOTE_CHARS_MAX))
    return None


def _note(note: Note, horizon: int) -> Item:
    day = iso_day(note.said_at_ms)
    label = f"{note.kind}, said {day}"
    if not note.current:
        label = f"past {label}, over since {iso_day(note.valid_to_ms or note.said_at_ms)}"
    elif note.stale:
        label += ", perhaps no longer so"
    text = f"Note ({label}):\n> {one_line(note.text, chars_max=NOTE_CHARS_MAX)}"
    return Item(f"note {note.id}", text, note.horizon > horizon)


def _turn(exchange: Exchange, horizon: int) -> Item:
    fan = quoted_lines(exchange.fan_text, chars_max=SAID_CHARS_MAX)
    own = quoted_lines(exchange.reply_text, chars_max=SAID_CHARS_MAX)
    text = f"Said on {iso_day(exchange.at_ms)}, by the fan:\n{fan}\nand your answer:\n{own}"
    return Item(f"turn {exchange.turn}", text, exchange.horizon > horizon)
