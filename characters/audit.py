"""Who put what in front of fans, and when. Entries are written by the catalogue and never changed or removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

AuditAction = Literal[
    "release.published",
    "character.published",
    "character.rolled_back",
    "right.recorded",
    "right.revoked",
    "fact.approved",
    "fact.rejected",
    "glossary.set",
]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act. `subject` is a release version, `slug@version` of a character, `character:use` of a right, or a fact."""

    at_ms: int
    show: str
    action: AuditAction
    subject: str
    author: str = ""
    approver: str = ""
