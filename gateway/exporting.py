"""Everything that is kept of a fan, as one JSON document, read and written piece by piece.

It holds no more than a page of turns or movements in memory. What was never the fan's — canon, prompts, other people —
is not in it, and neither are vectors, which are made from what is.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.auth import Claims
from gateway.events import PartView
from gateway.messages import list_messages
from gateway.notes_routes import NoteView, note_view
from gateway.ports import Units
from gateway.records import Conversation, RapportKept, TurnReport
from gateway.shop_routes import order_view
from gateway.views import (
    BudgetView,
    MessageListed,
    OrderView,
    ReceiptDetails,
    RelationshipView,
    StatementLineView,
    View,
)
from gateway.wallet_routes import budgets_view, receipt_details, statement_line
from memory.ports import Transcripts
from memory.summaries import Summary

FORMAT = "encore.export.v1"
STATEMENT_LINES = 200


class TurnExported(View):
    """One message and its reply, with all that is known of why it cost what it did."""

    turn: str
    fan: str
    character: str
    parts: tuple[PartView, ...] | None
    """Who said what of it, in a scene."""
    status: str
    receipt: ReceiptDetails | None


class ReportExported(View):
    """What the fan reported about a reply. `at_ms`: milliseconds since the epoch, UTC."""

    turn: str
    reason: str
    note: str
    refunded: int
    at_ms: int


class SummaryExported(View):
    """What a character keeps of the older part of a conversation. Times in milliseconds since the epoch, UTC."""

    conversation: str
    episode: int
    """How far the fan had watched when this was said."""
    text: str
    turns: int
    since_ms: int
    until_ms: int
    written_by: str


class ConversationExported(View):
    """A conversation, its newest turn first."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True)

    id: str
    show: str
    character: str
    partner: str | None = Field(alias="with")
    """Who else is there, in a scene."""
    mode: str
    locale: str
    horizon_cap: int | None
    created_at_ms: int
    turns: tuple[TurnExported, ...]


class Exported(View):
    """The whole document. It describes what is streamed; nothing ever builds it at once."""

    format: Literal["encore.export.v1"]
    app: str
    fan: str
    exported_at_ms: int
    available: int
    held: int
    by_class: dict[str, int]
    budgets: tuple[BudgetView, ...]
    orders: tuple[OrderView, ...]
    notes: tuple[NoteView, ...]
    summaries: tuple[SummaryExported, ...]
    reports: tuple[ReportExported, ...]
    relationships: tuple[RelationshipView, ...]
    conversations: tuple[ConversationExported, ...]
    statement: tuple[StatementLineView, ...]


@dataclass(frozen=True, slots=True)
class Archive:
    """Where an export reads."""

    units: Units
    transcripts: Transcripts


async def exported(archive: Archive, fan: Claims, *, now_ms: int) -> AsyncIterator[str]:
    """The document of `Exported`, in pieces."""
    async with archive.units.read() as unit:
        wallet = await unit.books.wallet(fan.fan)
        budgets = budgets_view(await unit.books.budgets(fan.fan, now_ms=now_ms))
        orders = [order_view(order) for order in await unit.shop.of_fan(fan.fan)]
        notes = [note_view(note) for note in await unit.notes.of_fan(fan.fan)]
        summaries = [_summary(summary) for summary in await unit.summaries.of_fan(fan.fan)]
        reports = [_report(report) for report in await unit.turn_reports.of_fan(fan.fan)]
        relationships = [relationship_view(kept) for kept in await unit.rapports.of_fan(fan.fan)]
        talks = await unit.conversations.of_fan(fan.fan)
    head = {
        "format": FORMAT,
        "app": fan.app,
        "fan": fan.fan_id,
        "exported_at_ms": now_ms,
        "available": wallet.available,
        "held": wallet.held,
        "by_class": {str(lot_class): credits for lot_class, credits in wallet.by_class.items() if credits},
    }
    lists: Mapping[str, Sequence[BaseModel]] = {
        "budgets": budgets.budgets,
        "orders": orders,
        "notes": notes,
        "summaries": summaries,
        "reports": reports,
        "relationships": relationships,
    }
    yield _opening(head)
    for name, items in lists.items():
        yield f',"{name}":['
        for number, item in enumerate(items):
            yield _item(item, number)
        yield "]"
    yield ',"conversations":['
    for number, talk in enumerate(talks):
        yield ("," if number else "") + _opening(_talk(talk)) + ',"turns":['
        async for piece in _turns(archive, talk.id, fan.fan):
            yield piece
        yield "]}"
    yield '],"statement":['
    async for piece in _statement(archive.units, fan.fan):
        yield piece
    yield "]}"


async def _turns(archive: Archive, conversation: str, fan: str) -> AsyncIterator[str]:
    before: str | None = None
    number = 0
    while True:
        page = await list_messages(archive.units, archive.transcripts, conversation, fan=fan, before=before)
        if not page.messages:
            return
        pairs = [(page.messages[n], page.messages[n + 1]) for n in range(0, len(page.messages), 2)]
        async with archive.units.read() as unit:
            for said, reply in reversed(pairs):
                receipt = await unit.books.receipt(reply.receipt.id, fan=fan) if reply.receipt else None
                yield _item(_turn(said, reply, None if receipt is None else receipt_details(receipt)), number)
                number += 1
        before = pairs[0][0].turn


async def _statement(units: Units, fan: str) -> AsyncIterator[str]:
    before: int | None = None
    number = 0
    while True:
        async with units.read() as unit:
            page = await unit.reports.statement(fan, before=before, limit=STATEMENT_LINES)
        for line in page:
            yield _item(statement_line(line), number)
            number += 1
        if len(page) < STATEMENT_LINES:
            return
        before = page[-1].seq


def relationship_view(kept: RapportKept) -> RelationshipView:
    """As a fan sees it."""
    rapport = kept.rapport
    return RelationshipView(
        show=kept.show,
        character=kept.character,
        familiarity=rapport.familiarity,
        warmth=rapport.warmth,
        trust=rapport.trust,
        moved_at_ms=kept.moved_at_ms,
    )


def _report(kept: TurnReport) -> ReportExported:
    return ReportExported(turn=kept.turn, reason=kept.reason, note=kept.note, refunded=kept.refunded, at_ms=kept.at_ms)


def _opening(fields: Mapping[str, Any]) -> str:
    """An object that is not closed yet."""
    return json.dumps(fields, ensure_ascii=False).removesuffix("}")


def _item(item: BaseModel, number: int) -> str:
    return ("," if number else "") + item.model_dump_json()


def _turn(said: MessageListed, reply: MessageListed, receipt: ReceiptDetails | None) -> TurnExported:
    return TurnExported(
        turn=said.turn,
        fan=said.text,
        character=reply.text,
        parts=reply.parts,
        status=reply.status,
        receipt=receipt,
    )


def _talk(talk: Conversation) -> dict[str, Any]:
    names = ("id", "show", "character", "mode", "locale", "horizon_cap", "created_at_ms")
    return {name: getattr(talk, name) for name in names} | {"with": talk.partner or None}


def _summary(summary: Summary) -> SummaryExported:
    return SummaryExported(
        conversation=summary.conversation,
        episode=summary.horizon,
        text=summary.text,
        turns=summary.turns,
        since_ms=summary.since_ms,
        until_ms=summary.through[0],
        written_by=summary.written_by,
    )
