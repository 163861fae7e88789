"""Composes the prompt of one turn: which pieces go in, in what order, within a token budget, and why.

What changes least comes first, so that a provider can cache the longest beginning: the head (disclosure, rules, sheet,
secrets, standing facts, examples), which depends only on the sheet, the glossary, the fan's locale, the horizon and the
budget; then what was said, in
short and word for word; recall last. It does no I/O, and nothing beyond the horizon may ever get into a message or into
the manifest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from characters.cards.activation import Fired
from characters.locales import language_of
from characters.sheet import Sheet
from memory.aloud import others_words, own_words
from memory.dates import iso_day
from memory.summaries import SUMMARY_CHARS_MAX, Summary
from memory.types import ASIDE, Exchange
from persona.errors import PromptTooLarge
from persona.glossary_block import glossary_block
from persona.known import fact_text
from persona.quoting import clean, one_line, quoted_lines
from persona.relationship import told
from persona.remembered import remembered_items
from persona.tokens import CountTokens
from persona.types import Block, Brief, Manifest, Message, Prompt, Stage
from persona.wording import (
    HEARD_AFTER,
    HEARD_FIRST,
    HEARD_NOW,
    NAME_CHARS_MAX,
    NOTHING_RECALLED,
    RECALL_INTRODUCTION,
    SUMMARY_HEADING,
    WORDING_VERSION,
    disclosure,
    in_language,
    rules,
)

MESSAGE_TOKENS = 4
"""What a provider adds for the frame of a message, as in OpenAI's cookbook on counting tokens for chat."""
FAN_TEXT_CHARS_MAX = 4_000
ITEM_CHARS_MAX = 1_200
PASSAGE_CHARS_MAX = 4_000
WANTS_IN_SHEET = 3
GLOSSARY_SHARE = 8
"""The glossary may take one part in so many of the whole."""
NOTES_SHARE = 8
"""What is remembered of the fan may take one part in so many of the whole, and so may summaries."""
STANDING_SHARE = 3
"""Secrets, standing facts and examples may take one part in so many of what the mandatory head leaves."""

CANON_SHARE = 2
"""Facts and scenes come first among what is recalled, and may take one part in so many of what the head leaves."""

Place = Literal["head", "told", "recall", "history", "fan"]
ALWAYS = "always in"
FITS = "fits the budget"
TOO_LONG = "does not fit the budget"
BEYOND = "beyond the horizon"
DIGEST_DIGITS = 12
IN_SUMMARY = "told in a summary"


@dataclass(frozen=True, slots=True)
class _Draft:
    """A block before it is decided; `barred` is a reason to leave it out whatever the room."""

    place: Place
    name: str
    source: str
    text: str
    frame_tokens: int = 0
    mandatory: bool = False
    barred: str = ""
    said: tuple[Message, ...] = ()
    """Of history: the messages that it is in."""
    summary: Summary | None = None
    why: str = FITS
    yielding: bool = False
    """The first to go when there is no room for everything."""


def compose(brief: Brief, *, budget_tokens: int, reply_tokens_max: int, count: CountTokens) -> Prompt:
    """The messages for a model, and the manifest that accounts for every block, in or out.

    `budget_tokens` bounds the prompt alone; the reply has `reply_tokens_max` besides. A block that does not fit is
    skipped and a later, smaller one may still go in; history is filled from the newest turn back. Raises
    PromptTooLarge when disclosure, rules, language, glossary, sheet, the introduction to recall and the fan's text do
    not fit together.
    """
    sheet = brief.sheet.at(brief.horizon)
    head, recall, fan = _head(brief, sheet, budget_tokens, count), _recall(brief), _fan(brief)
    before = [_summary(summary, brief) for summary in brief.summaries if summary.text.strip()]
    cost = {id(draft): _cost(draft, count) for draft in (*head, *before, *recall, fan)}
    needed = sum(cost[id(draft)] for draft in (*head, *recall, fan) if draft.mandatory)
    if needed > budget_tokens:
        raise PromptTooLarge(needed, budget_tokens)
    packing = _Packing(cost, budget_tokens - needed)
    fixed_head = sum(cost[id(draft)] for draft in head if draft.mandatory)
    # The share is reckoned without the recall and the fan's text: the head must not change with them. Only a message
    # so long that it would not fit otherwise can take room from it.
    packing.take((draft for draft in head if not draft.mandatory), (budget_tokens - fixed_head) // STANDING_SHARE)
    packing.take((draft for draft in recall if draft.name in {"facts", "canon"}), packing.left // CANON_SHARE)
    packing.take((draft for draft in recall if draft.name in {"notes", "relationship"}), budget_tokens // NOTES_SHARE)
    lore = (draft for draft in recall if draft.name == "lore")
    packing.take(sorted(lore, key=lambda draft: draft.yielding))
    # The summary of the highest horizon is the nearest to the history.
    packing.take(before[::-1], budget_tokens // NOTES_SHARE)
    history = _history(brief, tuple(draft.summary for draft in before if draft.summary and packing.has(draft)))
    cost |= {id(draft): _cost(draft, count) for draft in history}
    packing.take(history[::-1])

    drafts = [*head, *before, *history, *recall, fan]
    included = [draft for draft in drafts if draft.mandatory or packing.has(draft)]
    blocks = tuple(_block(draft, cost[id(draft)], draft.mandatory or packing.has(draft), brief) for draft in drafts)
    manifest = Manifest(budget_tokens, sum(block.tokens for block in blocks if block.included), blocks)
    return Prompt(_messages(included), manifest, Stage(brief), reply_tokens_max)


class _Packing:
    """What is in so far, and the room that is left, in tokens."""

    @property
    def left(self) -> int:
        return self._left

    def __init__(self, cost: Mapping[int, int], room: int) -> None:
        self._cost, self._left, self._taken = cost, room, set[int]()

    def take(self, drafts: Iterable[_Draft], share: int | None = None) -> None:
        """Put those in that fit, in the given order of preference; together they take no more than their share."""
        room = self._left if share is None else min(self._left, share)
        for draft in drafts:
            cost = self._cost[id(draft)]
            if not draft.barred and cost <= room:
                self._taken.add(id(draft))
                room -= cost
                self._left -= cost

    def has(self, draft: _Draft) -> bool:
        return id(draft) in self._taken


def _cost(draft: _Draft, count: CountTokens) -> int:
    if draft.barred:
        return 0
    if draft.said:
        return draft.frame_tokens + sum(count(message.content) for message in draft.said)
    return draft.frame_tokens + count(draft.text + "\n\n")


def _block(draft: _Draft, tokens: int, included: bool, brief: Brief) -> Block:
    reason = draft.barred or (draft.why if included else TOO_LONG)
    # What lies beyond the horizon has no text here either: manifests are shown, stored and copied.
    return Block(
        draft.name,
        draft.source,
        tokens,
        included,
        ALWAYS if draft.mandatory else reason,
        "" if draft.barred else draft.text,
        "" if draft.barred else _version(draft, brief),
    )


def _version(draft: _Draft, brief: Brief) -> str:
    if draft.source == "fixed":
        return f"wording {WORDING_VERSION}"
    if draft.source.startswith("sheet "):
        return f"sheet {brief.sheet_version}"
    if draft.name == "glossary" or (draft.place == "recall" and draft.name in {"facts", "canon"}):
        return f"release {brief.recall.release.version}"
    return hashlib.sha256(draft.text.encode()).hexdigest()[:DIGEST_DIGITS]


def _messages(included: list[_Draft]) -> tuple[Message, ...]:
    def joined(place: Place) -> str:
        return "\n\n".join(draft.text for draft in included if draft.place == place)

    messages = [Message("system", joined("head"))]
    if told := joined("told"):
        messages.append(Message("system", told))
    messages += [message for draft in included for message in draft.said]
    messages += [Message("system", joined("recall")), Message("user", joined("fan"))]
    return tuple(messages)


def _head(brief: Brief, sheet: Sheet, budget_tokens: int, count: CountTokens) -> list[_Draft]:
    """The standing part, most binding first."""
    room = budget_tokens // GLOSSARY_SHARE
    named = glossary_block(
        brief.glossary, sheet, horizon=brief.horizon, locale=brief.locale, room_tokens=room, count=count
    )
    source = f"sheet {sheet.slug}"
    other = "" if brief.scene is None else brief.scene.other
    binding = rules(sheet, minor=brief.minor, what_if=brief.what_if, other=other)
    drafts = [
        _Draft("head", "disclosure", "fixed", disclosure(brief.show_title, sheet), MESSAGE_TOKENS, mandatory=True),
        _Draft("head", "rules", "fixed", binding, mandatory=True),
        _Draft("head", "language", "fixed", in_language(language_of(brief.locale)), mandatory=True),
        *([_Draft("head", "glossary", named.source, named.text, mandatory=True)] if named.text else ()),
        _Draft("head", "sheet", source, _sheet_core(sheet), mandatory=True),
    ]
    for number, secret in enumerate(sheet.secrets, 1):
        others = ", ".join(one_line(name, chars_max=NAME_CHARS_MAX) for name in secret.kept_from) or "everybody"
        text = f"Secret, to keep from {others}: {one_line(secret.text, chars_max=ITEM_CHARS_MAX)}"
        drafts.append(_Draft("head", "secrets", f"{source}, secret {number}", text))
    for name, parts in (("wants", sheet.wants[WANTS_IN_SHEET:]), ("facts", sheet.facts)):
        label = "You want" if name == "wants" else "You know"
        first = WANTS_IN_SHEET + 1 if name == "wants" else 1
        for number, part in enumerate(parts, first):
            text = f"{label}: {one_line(part.text, chars_max=ITEM_CHARS_MAX)}"
            drafts.append(_Draft("head", name, f"{source}, {name[:-1]} {number}", text))
    for number, example in enumerate(sheet.examples, 1):
        fan, reply = (one_line(text, chars_max=ITEM_CHARS_MAX) for text in (example.fan, example.reply))
        text = f"A sample of how you answer. Fan: “{fan}” You: “{reply}”"
        drafts.append(_Draft("head", "examples", f"{source}, example {number}", text))
    return drafts


def _sheet_core(sheet: Sheet) -> str:
    def item(text: str) -> str:
        return one_line(text, chars_max=ITEM_CHARS_MAX)

    lines = [
        f"Name: {item(sheet.name)}. {item(sheet.tagline)}",
        f"Who you are: {item(sheet.essence)}",
        f"How you speak: {item(sheet.voice.description)}",
    ]
    lines += [f"You like to say: “{item(says.text)}”" for says in sheet.voice.says]
    lines += [f"You never: {item(never)}" for never in sheet.voice.never]
    lines += [f"You want: {item(want.text)}" for want in sheet.wants[:WANTS_IN_SHEET]]
    lines += [f"Boundary: {item(boundary)}" for boundary in sheet.boundaries]
    return "\n".join(lines)


def _recall(brief: Brief) -> list[_Draft]:
    recall, lore = brief.recall, brief.lore.fired
    in_mind = bool(recall.facts or recall.passages or any(one.included for one in lore))
    introduction = RECALL_INTRODUCTION if in_mind else NOTHING_RECALLED
    name = one_line(brief.fan_name, chars_max=NAME_CHARS_MAX)
    if name:
        introduction += f" The fan goes by the name “{name}”."
    drafts = [_Draft("recall", "recall", "fixed", introduction, MESSAGE_TOKENS, mandatory=True)]
    if brief.scene is not None and brief.scene.heard:
        heard = _aloud(HEARD_NOW, brief.scene.other, brief.scene.heard, chars_max=ITEM_CHARS_MAX)
        drafts.append(_Draft("recall", "heard", "this turn", heard, mandatory=True))
    if brief.rapport is not None:
        drafts.append(_Draft("recall", "relationship", "with this fan", told(brief.rapport)))
    drafts += [_lore(one, brief) for one in lore if one.entry.position != "near"]
    for known in recall.facts:
        revealed = max(fact.from_episode for fact in (known.fact, known.now) if fact is not None)
        source = f"fact {known.fact.id}"
        drafts.append(_Draft("recall", "facts", source, fact_text(known), barred=_beyond(revealed, brief)))
    for scored in recall.passages:
        passage = scored.passage
        place = one_line(passage.place, chars_max=NAME_CHARS_MAX)
        where = f"episode {passage.episode}, scene {passage.scene}"
        text = f"Scene from {where} ({place}):\n{quoted_lines(passage.text, chars_max=PASSAGE_CHARS_MAX)}"
        drafts.append(_Draft("recall", "canon", where, text, barred=_beyond(passage.revealed_at, brief)))
    for item in remembered_items(brief):
        drafts.append(_Draft("recall", "notes", item.source, item.text, barred=BEYOND if item.barred else ""))
    return drafts + [_lore(one, brief) for one in lore if one.entry.position == "near"]


def _summary(summary: Summary, brief: Brief) -> _Draft:
    day = iso_day(summary.through[0])
    text = f"{SUMMARY_HEADING} ({day}):\n{quoted_lines(summary.text, chars_max=SUMMARY_CHARS_MAX)}"
    source = f"{summary.turns} turns of episode {summary.horizon}, by {summary.written_by}"
    barred = _beyond(summary.horizon, brief)
    return _Draft("told", "summary", source, text, MESSAGE_TOKENS, barred=barred, summary=summary)


def _lore(one: Fired, brief: Brief) -> _Draft:
    entry = one.entry
    barred = "" if entry.holds_at(brief.horizon) else BEYOND
    return _Draft(
        "recall",
        "lore",
        f"sheet {brief.sheet.slug}, lore {one.number}",
        f"Lore:\n{quoted_lines(entry.text, chars_max=PASSAGE_CHARS_MAX)}",
        barred=barred or ("" if one.included else one.reason),
        why=one.reason,
        yielding=entry.only_with_room,
    )


def _beyond(episode: int, brief: Brief) -> str:
    """Recall is gated before the search; this is the last lock on the same door."""
    return BEYOND if episode > brief.horizon else ""


def _fan(brief: Brief) -> _Draft:
    text = clean(brief.fan_text, chars_max=FAN_TEXT_CHARS_MAX)
    return _Draft("fan", "fan", "this message", text, MESSAGE_TOKENS, mandatory=True)


def _history(brief: Brief, told: Sequence[Summary]) -> list[_Draft]:
    """Earlier turns, oldest first; those that a summary tells are not said twice."""
    drafts = []
    for exchange in brief.history:
        barred = _beyond(exchange.horizon, brief)
        if any(summary.covers(exchange) for summary in told):
            barred = barred or IN_SUMMARY
        if not exchange.reply_text.strip() or exchange.status == "running":
            barred = barred or "nothing was delivered"
        if exchange.status in ASIDE:
            barred = barred or "no part of the talk"
        said = _said(exchange, brief)
        text = "\n".join(f"{_SIDES[message.role]}{message.content}" for message in said)
        frames = len(said) * MESSAGE_TOKENS
        drafts.append(_Draft("history", "history", f"turn {exchange.turn}", text, frames, barred=barred, said=said))
    return drafts


_SIDES = {"user": "Fan: ", "assistant": "You: ", "system": ""}


def _said(exchange: Exchange, brief: Brief) -> tuple[Message, ...]:
    """An earlier turn as the character heard it; what somebody else said aloud stands beside it, quoted as theirs.

    What came first stands before the fan's words, as in the turn under way: no message of ours parts them from a reply.
    """
    own = clean(own_words(exchange, brief.sheet.slug), chars_max=FAN_TEXT_CHARS_MAX)
    first, after = others_words(exchange, brief.sheet.slug)
    other = brief.scene.other if brief.scene is not None else ""
    said = [Message("system", _aloud(HEARD_FIRST, other, first))] if first.strip() else []
    said.append(Message("user", clean(exchange.fan_text, chars_max=FAN_TEXT_CHARS_MAX)))
    if own or not exchange.parts:
        said.append(Message("assistant", own))
    if after.strip():
        said.append(Message("system", _aloud(HEARD_AFTER, other, after)))
    return tuple(said)


def _aloud(heading: str, other: str, words: str, *, chars_max: int = FAN_TEXT_CHARS_MAX) -> str:
    name = one_line(other, chars_max=NAME_CHARS_MAX)
    return f"{heading.format(other=name)}\n{quoted_lines(words, chars_max=chars_max)}"
