"""Accounts that staff can freeze."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the column: nobody is frozen yet."""
    op.add_column("wallets", sa.Column("frozen", sa.Boolean(), server_default=sa.false(), nullable=False))
