"""The messages of a conversation as a list: what a client loads when its log cannot be resumed."""

from __future__ import annotations

from typing import Any

from gateway.events import ReceiptView
from gateway.ports import Units
from gateway.records import Logged, TurnMessages
from gateway.spoken import part_views, spoken_in
from gateway.views import MessageList, MessageListed
from memory.ports import Transcripts
from memory.types import Exchange

PAGE_TURNS = 50
"""A turn is two messages."""


async def list_messages(
    units: Units, transcripts: Transcripts, conversation: str, *, fan: str, before: str | None = None
) -> MessageList:
    """A page of messages. Raises UnknownConversation, and UnknownTurn for a `before` that is not this fan's."""
    async with units.read() as unit:
        known = await unit.conversations.get(conversation, fan=fan)
        if before is not None:
            await unit.turns.get(before, fan=fan)
        page = await unit.turns.page(conversation, before=before, limit=PAGE_TURNS)
        refunded = await unit.books.refunded([turn.turn for turn in page])
        under_way = {turn.turn: await unit.log.of_turn(turn.turn) for turn in page if turn.state == "running"}
    said = {exchange.turn: exchange for exchange in await transcripts.of_turns([turn.turn for turn in page])}
    messages: list[MessageListed] = []
    for turn in page:
        events = under_way.get(turn.turn, ())
        messages.extend(_pair(turn, said[turn.turn], events, refunded=refunded.get(turn.turn)))
    return MessageList(mode=known.mode, epoch=known.epoch, seq=known.head_seq, messages=tuple(messages))


def _pair(
    turn: TurnMessages, exchange: Exchange, events: tuple[Logged, ...], *, refunded: int | None
) -> tuple[MessageListed, MessageListed]:
    """The fan's and the character's side of one turn; a reply under way is read from its events.

    The log keeps a receipt as it was at the turn's end; here it shows what was given back since.
    """
    spoken = spoken_in(events) if events else None
    reply, parts = (exchange.reply_text, exchange.parts) if spoken is None else (spoken.text, spoken.parts)
    receipt = None if turn.receipt is None else ReceiptView.model_validate_json(turn.receipt)
    if receipt is not None and refunded is not None:
        receipt = receipt.model_copy(update={"refunded": refunded})
    told: dict[str, Any] = {"turn": turn.turn, "status": turn.state, "replaces": turn.replaces}
    if exchange.status in ("crisis", "disclosure"):
        told["aside"] = exchange.status
    return (
        MessageListed(role="fan", text=exchange.fan_text, **told),
        MessageListed(
            role="character",
            text=reply,
            parts=part_views(parts),
            receipt=receipt,
            heard_chars=turn.heard_chars,
            **told,
        ),
    )
