"""What takes the place of a fact that ends: the later state of a thing that changes, the truth behind a false belief.

Pure. It pairs facts and says nothing of who may hear of them; only a horizon decides that. A pair never points back:
what replaces a fact always begins later than that fact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from characters.canon import Fact

BELIEF = "false_belief"


@dataclass(frozen=True, slots=True)
class FactWarning:
    """One thing an author should look at; `fact` is its id."""

    fact: str
    what: str


def successors(facts: Iterable[Fact]) -> dict[str, Fact]:
    """Fact id -> the fact that replaces it, of those that end and have one.

    An author's `replaced_by` decides. Without it: the fact of the same subject that begins in the episode where the
    first one ends. Of a false belief that is the truth, so any fact that is no belief; of everything else it is the
    new state of the same kind, which nobody can have known before its episode.
    """
    listed = tuple(facts)
    by_id = {fact.id: fact for fact in listed}
    begun: dict[tuple[str, int], list[Fact]] = {}
    for fact in listed:
        begun.setdefault((_subject(fact), fact.from_episode), []).append(fact)
    found: dict[str, Fact] = {}
    for fact in listed:
        if fact.until_episode is None:
            continue
        if fact.replaced_by is not None:
            named = by_id.get(fact.replaced_by)
            if named is not None and named.from_episode > fact.from_episode:
                found[fact.id] = named
            continue
        fitting = [
            other
            for other in begun.get((_subject(fact), fact.until_episode), ())
            if other is not fact and other.from_episode > fact.from_episode and _replaces(other, fact)
        ]
        if fitting:
            found[fact.id] = fitting[0]
    return found


def _subject(fact: Fact) -> str:
    return " ".join(fact.subject.casefold().split())


def _replaces(other: Fact, fact: Fact) -> bool:
    if fact.kind == BELIEF:
        return other.kind != BELIEF
    return other.kind == fact.kind and all(since >= other.from_episode for since in other.known_by.values())


def lint_facts(facts: Sequence[Fact]) -> tuple[FactWarning, ...]:
    """What contradicts or is left open: ends without a successor, links that lead nowhere, beliefs that never end.

    In the order of the facts. A belief whose holder never learns the truth is told too: it may be meant, and a
    character who still believes it will say so to a fan who knows better.
    """
    replaced = successors(facts)
    by_id = {fact.id: fact for fact in facts}
    return tuple(FactWarning(fact.id, what) for fact in facts for what in _doubts(fact, replaced, by_id))


def _doubts(fact: Fact, replaced: Mapping[str, Fact], by_id: Mapping[str, Fact]) -> Iterator[str]:
    if fact.replaced_by is not None and fact.id not in replaced:
        known = fact.replaced_by in by_id
        yield (
            f"it is replaced by {fact.replaced_by}, "
            + ("which does not begin later" if known else "which is no fact of this show")
            if fact.until_episode is not None
            else f"it is replaced by {fact.replaced_by} and has no end"
        )
    elif fact.until_episode is not None and fact.id not in replaced:
        yield f"it ends in episode {fact.until_episode} and nothing of the same subject takes its place there"
    if fact.kind != BELIEF:
        return
    if not fact.known_by:
        yield "it is a false belief that nobody holds"
    truth = replaced.get(fact.id)
    if truth is not None:
        unaware = [name for name in fact.known_by if name not in truth.known_by]
        if unaware:
            yield f"{truth.id} never reaches {', '.join(unaware)}, so the belief goes on there"
