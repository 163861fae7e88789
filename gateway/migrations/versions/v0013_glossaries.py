"""Glossaries of shows, a part of their releases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the column; a release from before has none."""
    op.add_column("releases", sa.Column("glossary", sa.JSON(), nullable=True))
