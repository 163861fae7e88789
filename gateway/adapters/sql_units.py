"""Units of work in SQL: one connection, one transaction, every store bound to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from billing.account_ports import Accounts
from billing.figure_ports import Figures
from billing.gift_ports import Promotions, Rewards
from billing.offer_ports import Offers
from billing.ports import Books, Reports
from billing.shop_ports import Shop
from gateway.adapters.database import Database
from gateway.adapters.sql_conversations import SqlConversations, SqlTickets
from gateway.adapters.sql_personas import SqlPersonas
from gateway.adapters.sql_rapports import SqlRapports
from gateway.adapters.sql_reports import SqlTurnReports
from gateway.adapters.sql_turn_log import SqlTurnLog
from gateway.adapters.sql_turns import SqlEventLog, SqlTurns
from gateway.ports import Conversations, EventLog, Personas, Rapports, Tickets, TurnLog, TurnReports, Turns, Unit
from memory.ports import Notebook, Summaries, TranscriptWriter


@dataclass(frozen=True, slots=True)
class SqlUnit:
    """See gateway.ports.Unit."""

    conversations: Conversations
    log: EventLog
    turns: Turns
    turn_log: TurnLog
    personas: Personas
    turn_reports: TurnReports
    rapports: Rapports
    tickets: Tickets
    transcripts: TranscriptWriter
    notes: Notebook
    summaries: Summaries
    books: Books
    accounts: Accounts
    figures: Figures
    promotions: Promotions
    rewards: Rewards
    reports: Reports
    shop: Shop
    offers: Offers


@dataclass(frozen=True, slots=True)
class Binders:
    """How the other packages' stores are bound to a connection."""

    books: Callable[[AsyncConnection], Books]
    accounts: Callable[[AsyncConnection], Accounts]
    figures: Callable[[AsyncConnection], Figures]
    promotions: Callable[[AsyncConnection], Promotions]
    rewards: Callable[[AsyncConnection], Rewards]
    reports: Callable[[AsyncConnection], Reports]
    shop: Callable[[AsyncConnection], Shop]
    offers: Callable[[AsyncConnection], Offers]
    transcripts: Callable[[AsyncConnection], TranscriptWriter]
    notes: Callable[[AsyncConnection], Notebook]
    summaries: Callable[[AsyncConnection], Summaries]


class SqlUnits:
    """See gateway.ports.Units."""

    def __init__(self, database: Database, binders: Binders) -> None:
        self._database, self._binders = database, binders

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Unit]:
        """See Units."""
        async with self._database.unit() as connection:
            yield self._bound(connection)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Unit]:
        """See Units."""
        async with self._database.reading() as connection:
            yield self._bound(connection)

    def _bound(self, connection: AsyncConnection) -> Unit:
        return SqlUnit(
            conversations=SqlConversations(connection),
            log=SqlEventLog(connection),
            turns=SqlTurns(connection),
            turn_log=SqlTurnLog(connection),
            personas=SqlPersonas(connection),
            turn_reports=SqlTurnReports(connection),
            rapports=SqlRapports(connection),
            tickets=SqlTickets(connection),
            transcripts=self._binders.transcripts(connection),
            notes=self._binders.notes(connection),
            summaries=self._binders.summaries(connection),
            books=self._binders.books(connection),
            accounts=self._binders.accounts(connection),
            figures=self._binders.figures(connection),
            promotions=self._binders.promotions(connection),
            rewards=self._binders.rewards(connection),
            reports=self._binders.reports(connection),
            shop=self._binders.shop(connection),
            offers=self._binders.offers(connection),
        )
