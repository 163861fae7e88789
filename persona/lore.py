"""What a sheet's lorebook brings to mind in one turn: the talk so far is looked through, within a share of the prompt.

Pure. An entry beyond the horizon is never looked for, and is turned away once more where the prompt is composed.
"""

from __future__ import annotations

from collections.abc import Sequence

from characters.cards.activation import Activation, Chat, Fired, activate
from characters.sheet import Sheet
from memory.types import Exchange
from persona.tokens import CountTokens
from persona.types import Brief

LORE_SHARE = 4
"""Lore may take one part in so many of a prompt, whatever the book says."""
MESSAGES_MAX = 40


def called_to_mind(
    sheet: Sheet, history: Sequence[Exchange], fan_text: str, *, horizon: int, prompt_tokens: int, count: CountTokens
) -> Activation:
    """The entries that fire for a message. `sheet` is whole: the horizon cuts it here. `history` is oldest first."""
    if sheet.lore is None:
        return Activation()
    met = [exchange for exchange in history if exchange.horizon <= horizon]
    earlier = [text for exchange in reversed(met) for text in (exchange.reply_text, exchange.fan_text) if text]
    replies = sum(1 for exchange in met if exchange.reply_text.strip())
    chat = Chat((fan_text, *earlier)[:MESSAGES_MAX], replies)
    return activate(sheet.lore, chat, horizon=horizon, count=count, budget_tokens=prompt_tokens // LORE_SHARE)


def lore_in_mind(brief: Brief) -> tuple[Fired, ...]:
    """The entries that a reply to this brief may use, in the order of the prompt."""
    return tuple(one for one in brief.lore.fired if one.included and one.entry.holds_at(brief.horizon))
