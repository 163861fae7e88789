"""What an author decides about proposals: which facts enter a show's canon, and which are not asked again.

Pure: it works out the canon after a decision and what goes into the audit log. A fact that the authors wrote into
`canon.yaml` themselves is theirs; nothing here changes or removes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from characters.audit import AuditEntry
from characters.canon import Fact
from characters.errors import FactIsAuthored

Decision = Literal["fact.approved", "fact.rejected"]
DECISIONS: tuple[Decision, ...] = get_args(Decision)


@dataclass(frozen=True, slots=True)
class Decided:
    """The facts of the next release, and what is new in the log: (action, fact id)."""

    facts: tuple[Fact, ...]
    log: tuple[tuple[Decision, str], ...]


def decisions_of(log: Iterable[AuditEntry]) -> dict[str, Decision]:
    """Fact id -> the last decision about it."""
    latest: dict[str, Decision] = {}
    for entry in log:
        if entry.action == "fact.approved" or entry.action == "fact.rejected":
            latest[entry.subject] = entry.action
    return latest


def decide(
    facts: Sequence[Fact],
    log: Iterable[AuditEntry],
    *,
    show: str,
    approved: Sequence[Fact],
    rejected: Sequence[str],
) -> Decided:
    """The canon `facts` after these decisions; deciding the same again changes nothing and logs nothing.

    An approved fact takes the place of an approved one with the same id. Raises FactIsAuthored for an id of a fact
    that was never approved here.
    """
    latest = decisions_of(log)
    canon = {fact.id: fact for fact in facts}
    entries: list[tuple[Decision, str]] = []
    for fact in approved:
        if fact.id in canon and latest.get(fact.id) != "fact.approved":
            raise FactIsAuthored(show, fact.id)
        if canon.get(fact.id) != fact:
            canon[fact.id] = fact
            entries.append(("fact.approved", fact.id))
    for fact_id in rejected:
        if fact_id in canon and latest.get(fact_id) != "fact.approved":
            raise FactIsAuthored(show, fact_id)
        if canon.pop(fact_id, None) is not None or latest.get(fact_id) != "fact.rejected":
            entries.append(("fact.rejected", fact_id))
    return Decided(tuple(canon.values()), tuple(entries))


def kept_facts(before: Sequence[Fact], log: Iterable[AuditEntry], authored: Sequence[Fact]) -> tuple[Fact, ...]:
    """The facts of an import: those of the authors' file, then the approved ones that it has not."""
    latest = decisions_of(log)
    own = {fact.id for fact in authored}
    kept = (fact for fact in before if latest.get(fact.id) == "fact.approved" and fact.id not in own)
    return (*authored, *kept)
