"""Writes a brief as the script of a play that stops where the character should speak, for a base model to continue.

A base model follows no instructions; it goes on in the manner of what stands before. So the head shows who speaks and
sample exchanges, the same bytes from turn to turn, and recall, history and the question follow. Pure, and
everything quoted is cleaned to single lines: a line of a fan can never become a line of the character.
"""

from __future__ import annotations

from collections.abc import Sequence

from memory.aloud import words_of
from memory.types import Exchange
from persona.lore import lore_in_mind
from persona.quoting import one_line
from persona.tokens import CountTokens
from persona.types import Stage

FAN = "FAN"
STOPS = ("\n", f"{FAN}:")
"""Where the character's turn is over: at the line's end, or where the model begins to speak for the fan."""
EXAMPLES_MAX = 6
FACTS_MAX = 3
LORE_MAX = 2
HISTORY_MAX = 3
LINES_MAX = 4
LIKELY_MAX = 2
HEAD_CHARS_MAX = 500
ITEM_CHARS_MAX = 240
QUESTION_CHARS_MAX = 400


def script_prompt(stage: Stage, *, budget_tokens: int, count: CountTokens, likely: Sequence[str] = ()) -> str:
    """The script up to and including the character's name and colon.

    The question and the head are always in; what is likely to answer it, then history, lines of the show and facts
    fill what the budget leaves, each in its order of preference. What is likely stands last, where it is read best.
    """
    asked = f"{FAN}: {_item(stage.brief.fan_text, QUESTION_CHARS_MAX)}\n"
    head, question = script_head(stage), f"{asked}{_heard(stage)}{stage.speaker}:"
    left = budget_tokens - count(head) - count(question)
    kept: dict[str, list[str]] = {}
    said = [f"({_item(text)})" for text in likely[:LIKELY_MAX]]
    facts = [fact for fact in _facts(stage) if fact not in said]
    wanted = (("likely", said), ("history", _history(stage)[::-1]), ("lines", _lines(stage)), ("facts", facts))
    for name, items in wanted:
        kept[name] = []
        for item in items:
            cost = count(item + "\n")
            if cost <= left:
                kept[name].append(item)
                left -= cost
    scene = [f"From the show:\n{item}" if n == 0 else item for n, item in enumerate(kept["lines"][::-1])]
    return "\n".join([head, *kept["facts"], *scene, *kept["history"][::-1], *kept["likely"][::-1], question])


def script_head(stage: Stage) -> str:
    """What stays the same while a fan talks with one character at one horizon: worth keeping in a model's cache."""
    brief = stage.brief
    sheet = brief.sheet.at(brief.horizon)
    name = one_line(sheet.name, chars_max=ITEM_CHARS_MAX)
    about = one_line(f"{sheet.tagline} {sheet.voice.description}", chars_max=HEAD_CHARS_MAX)
    lines = [
        f"{one_line(brief.show_title, chars_max=ITEM_CHARS_MAX)}. {name} ({stage.speaker}) talks with a fan.",
        about,
    ]
    for example in sheet.examples[:EXAMPLES_MAX]:
        lines.append(f"{FAN}: {_item(example.fan)}\n{stage.speaker}: {_item(example.reply)}")
    return "\n".join(lines)


def _facts(stage: Stage) -> list[str]:
    """Lore, then facts still true, in their order of relevance; what is past would be continued as if it were not."""
    brief = stage.brief
    known = [f.fact for f in brief.recall.facts if not f.past and f.fact.from_episode <= brief.horizon]
    lore = [one.entry.text for one in lore_in_mind(brief)[:LORE_MAX]]
    return [f"({_item(text)})" for text in (*lore, *(fact.text for fact in known[:FACTS_MAX]))]


def _lines(stage: Stage) -> list[str]:
    """The character's own lines, the most relevant first, each after the line it answers."""
    own = [scored.line for scored in stage.brief.recall.own_lines if scored.line.episode <= stage.brief.horizon]
    items = []
    for line in own[:LINES_MAX]:
        cue = f"- {_item(line.cue_text)}\n" if line.cue_text else ""
        items.append(f"{cue}{stage.speaker}: {_item(line.text)}")
    return items


def _history(stage: Stage) -> list[str]:
    told = [turn for turn in stage.brief.history if turn.reply_text.strip() and turn.horizon <= stage.brief.horizon]
    return ["\n".join((f"{FAN}: {_item(turn.fan_text)}", *_replies(turn, stage))) for turn in told[-HISTORY_MAX:]]


def _replies(turn: Exchange, stage: Stage) -> list[str]:
    """Who answered a turn, in order, each on a line of their own."""
    if not turn.parts:
        return [f"{stage.speaker}: {_item(turn.reply_text)}"]
    own, other = stage.brief.sheet.slug, _other(stage)
    return [f"{stage.speaker if who == own else other}: {_item(words)}" for who, words in words_of(turn)]


def _heard(stage: Stage) -> str:
    """What somebody else has just answered to the question."""
    scene = stage.brief.scene
    return f"{_other(stage)}: {_item(scene.heard)}\n" if scene is not None and scene.heard else ""


def _other(stage: Stage) -> str:
    return one_line(stage.brief.scene.other, chars_max=ITEM_CHARS_MAX) if stage.brief.scene is not None else "OTHER"


def _item(text: str, chars_max: int = ITEM_CHARS_MAX) -> str:
    return one_line(text, chars_max=chars_max)
