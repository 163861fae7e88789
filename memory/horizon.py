"""The gate: what a character may know in front of a fan who has watched so many episodes.

Pure. It is opened before any search and handed to every arm of it; nothing may be searched and dropped afterwards.
A horizon below 1 is unknown progress and opens nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from characters.canon import Fact, Term
from characters.succession import BELIEF, successors
from memory.types import KnownFact, Passage, Viewpoint, Withheld

BEYOND_HORIZON = "beyond the horizon"
NOT_PRESENT = "not present"
DOES_NOT_KNOW = "does not know"


@dataclass(frozen=True, slots=True)
class Gate:
    """The ids of the passages that may be searched, and how much stays behind, by reason."""

    allowed: frozenset[str]
    withheld: Withheld = field(default_factory=Withheld)


def open_gate(passages: Iterable[Passage], facts: Iterable[Fact], viewpoint: Viewpoint) -> Gate:
    """A character knows a passage when the fan has watched it and the character is present in its scene.

    Having been told a fact does not make its whole scene theirs: the fact reaches them as a fact. Letting told
    scenes in was measured and finds fewer right scenes (docs/recall.md), besides quoting words nobody said to them.
    """
    allowed: set[str] = set()
    passages_withheld: Counter[str] = Counter()
    for passage in passages:
        if not seen(passage.revealed_at, viewpoint.horizon):
            passages_withheld[BEYOND_HORIZON] += 1
        elif viewpoint.character not in passage.present:
            passages_withheld[NOT_PRESENT] += 1
        else:
            allowed.add(passage.id)
    facts_withheld: Counter[str] = Counter()
    for fact in facts:
        if not seen(fact.from_episode, viewpoint.horizon):
            facts_withheld[BEYOND_HORIZON] += 1
        elif not knows(fact, viewpoint):
            facts_withheld[DOES_NOT_KNOW] += 1
    return Gate(frozenset(allowed), Withheld(dict(passages_withheld), dict(facts_withheld)))


def known_facts(facts: Iterable[Fact], viewpoint: Viewpoint) -> tuple[KnownFact, ...]:
    """The facts a character knows and the fan has seen, in their order, not yet ranked (score 0)."""
    listed = tuple(facts)
    replaced = successors(listed)
    return tuple(known_fact(fact, viewpoint, replaced) for fact in listed if knows(fact, viewpoint))


def known_fact(fact: Fact, viewpoint: Viewpoint, replaced: Mapping[str, Fact], score: float = 0.0) -> KnownFact:
    """How a fact that this character knows stands for them. `replaced`: `successors` of the whole canon."""
    past = is_past(fact, viewpoint, replaced)
    return KnownFact(fact, past, score, _now(fact, viewpoint, replaced) if past else None)


def withheld_terms(terms: Sequence[Term], horizon: int) -> tuple[Term, ...]:
    """The terms that must not be used yet: their first episode lies beyond the horizon."""
    return tuple(term for term in terms if not seen(term.first_episode, horizon))


def seen(episode: int, horizon: int) -> bool:
    """Whether a fan of this horizon has seen what `episode` reveals."""
    return horizon >= 1 and episode <= horizon


def seen_rows(episodes: NDArray[np.int64], horizon: int) -> NDArray[np.bool_]:
    """The same for many episodes at once, one row each."""
    return np.asarray(episodes <= horizon) & (horizon >= 1)


def knows(fact: Fact, viewpoint: Viewpoint) -> bool:
    """Whether the fan has seen the fact and the character has learnt it by then."""
    learnt = fact.known_by.get(viewpoint.character)
    return seen(fact.from_episode, viewpoint.horizon) and learnt is not None and learnt <= viewpoint.horizon


def is_past(fact: Fact, viewpoint: Viewpoint, replaced: Mapping[str, Fact]) -> bool:
    """Whether a fact is over for this character in front of this fan. `replaced`: `successors` of the whole canon.

    The fan has seen it end. A false belief has to be exposed to its holder too: who has not learnt the truth behind it
    goes on believing it. When no fact tells that truth, the episode that ends the belief ends it for everybody.
    """
    if fact.until_episode is None or not seen(fact.until_episode, viewpoint.horizon):
        return False
    truth = replaced.get(fact.id)
    return fact.kind != BELIEF or truth is None or knows(truth, viewpoint)


def _now(fact: Fact, viewpoint: Viewpoint, replaced: Mapping[str, Fact]) -> Fact | None:
    """The last of the facts that replace one another, as far as this character knows them; None when it is over too."""
    latest: Fact | None = None
    following = replaced.get(fact.id)
    while following is not None and knows(following, viewpoint):  # ends: each begins later than the one before
        latest, following = following, replaced.get(following.id)
    return None if latest is None or is_past(latest, viewpoint, replaced) else latest
