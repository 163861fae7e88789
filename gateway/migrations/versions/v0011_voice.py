"""What a fan had heard of a reply, and when a voice last said that this is an AI."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the columns: nothing was read aloud until now."""
    op.add_column("turns", sa.Column("heard_chars", sa.Integer(), nullable=True))
    op.add_column(
        "conversations", sa.Column("disclosed_aloud_at_ms", sa.BigInteger(), server_default="0", nullable=False)
    )
