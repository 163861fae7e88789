"""What became of a card's parts that a sheet cannot hold as they are: nothing is left out, or changed, in silence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FindingKind = Literal["kept", "changed", "added"]
"""`kept`: not used, but still in the raw card; `changed`: used, not as written; `added`: not in the card at all."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `where` is a field; `what` says what happened to it, without quoting it."""

    kind: FindingKind
    where: str
    what: str
