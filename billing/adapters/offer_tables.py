"""The schema of proposed packs and promotions. What is offered is in the tables of packs and of promotions."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, String, Table

from billing.adapters.tables import metadata
from billing.ledger import KEY_LENGTH_MAX
from billing.offering import OFFER_KINDS
from billing.types import PROPOSAL_STATUSES

_Key = String(KEY_LENGTH_MAX)

offer_proposals = Table(
    "offer_proposals",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("name", _Key, primary_key=True),
    Column("draft", JSON, nullable=False),
    Column("author", _Key, nullable=False),
    Column("proposed_at_ms", BigInteger, nullable=False),
    Column("status", String(16), nullable=False),
    Column("decided_by", _Key, nullable=False),
    Column("decided_at_ms", BigInteger),
    CheckConstraint(f"kind IN ({', '.join(repr(kind) for kind in OFFER_KINDS)})", name="kind"),
    CheckConstraint(f"status IN ({', '.join(repr(status) for status in PROPOSAL_STATUSES)})", name="status"),
    CheckConstraint("status <> 'approved' OR author <> decided_by", name="approver"),
)
