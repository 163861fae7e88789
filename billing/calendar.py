"""Where each version of the rate card stands at a moment: in force, to come, replaced, or waiting for a second person.

Pure. It says what `pricing.choose` would do with a version, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from billing import pricing
from billing.errors import NoPrice
from billing.types import PriceProposal, PriceVersion

Phase = Literal["in force", "scheduled", "past", "proposed", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A version with where it stands, and until when it holds (None: nothing follows it yet)."""

    version: PriceVersion
    phase: Phase
    until_ms: int | None = None


def listed(card: Sequence[PriceVersion], proposals: Iterable[PriceProposal], now_ms: int) -> tuple[Listed, ...]:
    """Every version and every undecided or withdrawn draft; of one scope together, the newest first."""
    rows = [_standing(version, card, now_ms) for version in card]
    for proposal in proposals:
        if proposal.status == "proposed":
            rows.append(Listed(proposal.version, "proposed"))
        elif proposal.status == "withdrawn":
            rows.append(Listed(proposal.version, "withdrawn"))
    scope = {row.version.id: pricing.specificity(row.version.scope) for row in rows}
    rows.sort(key=lambda row: row.version.effective_from_ms, reverse=True)
    rows.sort(key=lambda row: (scope[row.version.id], str(row.version.scope)))
    return tuple(rows)


def replaced(card: Iterable[PriceVersion], draft: PriceVersion) -> PriceVersion | None:
    """What would be charged without a draft, for exactly its scope, at the moment it begins. None: no price."""
    others = [version for version in card if version.id != draft.id]
    try:
        return pricing.choose(others, draft.scope, draft.effective_from_ms)
    except NoPrice:
        return None


def _standing(version: PriceVersion, card: Iterable[PriceVersion], now_ms: int) -> Listed:
    begins = version.effective_from_ms
    later = [v.effective_from_ms for v in card if v.scope == version.scope and v.effective_from_ms > begins]
    until_ms = min(later, default=None)
    if begins > now_ms:
        return Listed(version, "scheduled", until_ms)
    return Listed(version, "in force" if until_ms is None or until_ms > now_ms else "past", until_ms)
