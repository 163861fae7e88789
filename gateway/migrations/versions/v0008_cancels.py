"""Cancels that are asked for where the turn is not performed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the time of the first request; turns that run now were not asked about."""
    op.add_column("turns", sa.Column("cancel_asked_at_ms", sa.BigInteger(), nullable=True))
