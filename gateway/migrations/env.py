"""Alembic's entry: runs revisions on the connection that `gateway.adapters.migrating` hands over."""

from __future__ import annotations

from alembic import context

import billing.adapters.figure_tables  # its tables are in the metadata of the books, as are the next three's
import billing.adapters.offer_tables
import billing.adapters.promotion_tables
import billing.adapters.shop_tables  # its tables are in the metadata of the books
import billing.adapters.tables
import characters.adapters.tables
import characters.adapters.workshop_tables  # its tables are in the metadata of shows
import gateway.adapters.staff_tables  # its tables are in the gateway's metadata
import gateway.adapters.tables
import memory.adapters.tables

METADATA = [
    billing.adapters.tables.metadata,
    characters.adapters.tables.metadata,
    gateway.adapters.tables.metadata,
    memory.adapters.tables.metadata,
]

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
    render_as_batch=False,
)
with context.begin_transaction():
    context.run_migrations()
