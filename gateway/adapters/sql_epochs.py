"""New epochs after a restore: a log that went back in time must not be taken for the one that fans have read.

A client trusts its place in a log as long as the epoch is the same. Once the restored log has grown past that place,
the events in between would be other ones, and the client would never ask for them.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, String, func, literal, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.adapters import tables

SALT_CHARS = 12


async def renew_epochs(connection: AsyncConnection, salt: str) -> int:
    """Begin every epoch with this salt, also in the events that are logged; returns how many conversations there are.

    `salt`: SALT_CHARS hexadecimal digits that were never used here.
    """
    assert len(salt) == SALT_CHARS, salt
    log, conversations = tables.log_events, tables.conversations

    def renewed(epoch: ColumnElement[str]) -> ColumnElement[str]:
        return literal(salt) + func.substr(epoch, SALT_CHARS + 1, type_=String)

    wire = func.replace(log.c.wire, log.c.epoch, renewed(log.c.epoch))
    await connection.execute(update(log).values(wire=wire, epoch=renewed(log.c.epoch)))
    done = await connection.execute(update(conversations).values(epoch=renewed(conversations.c.epoch)))
    return done.rowcount
