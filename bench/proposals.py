"""Holds the proposals of the rules against the labelled facts of the sample show: `python -m bench.proposals`.

It prints for how many labelled facts there is a proposal of the same subject from the same scene, and, where there is
one, whether the proposal says of the same people that they know. A scene can hold several facts of one subject, so the
first figure flatters; what is proposed and not labelled is listed, to be read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from characters.canon import Fact
from characters.importing import SAMPLE_SLUG, SHOWS_FOLDER
from characters.presence import with_presence
from characters.proposal import Proposal
from characters.proposing import propose
from characters.reading import read_show
from characters.script import Script
from characters.show_folder import CANON_FILE, load_facts

FOLDER = SHOWS_FOLDER / SAMPLE_SLUG
Place = tuple[int, int | None]


def knowers(fact: Fact) -> frozenset[str]:
    """Who knows it when its episode has been seen."""
    return frozenset(name for name, since in fact.known_by.items() if since <= fact.from_episode)


def told(script: Script) -> tuple[Proposal, ...]:
    """The proposals, with presence as an import without sheets has it."""
    return propose(Script(with_presence(script.episodes), script.report))


def by_place(facts: Iterable[Fact]) -> dict[Place, list[Fact]]:
    """The facts of each scene."""
    found: dict[Place, list[Fact]] = defaultdict(list)
    for fact in facts:
        found[fact.from_episode, fact.scene].append(fact)
    return found


def main() -> None:
    """Print the table and the list."""
    labelled = load_facts(FOLDER / CANON_FILE)
    proposals = told(read_show(FOLDER).script)
    proposed, places = by_place(one.fact for one in proposals), by_place(labelled)
    same_scene = sum(bool(proposed[fact.from_episode, fact.scene]) for fact in labelled)
    same_subject = [
        fact for fact in labelled if any(one.subject == fact.subject for one in proposed[fact.from_episode, fact.scene])
    ]
    print(f"{len(proposals)} proposals for {len(labelled)} labelled facts in {len(places)} scenes")
    print(f"labelled facts with a proposal from their scene:        {same_scene:4}")
    print(f"labelled facts with one of the same subject there:      {len(same_subject):4}")
    pairs = [
        (one.fact, fact)
        for one in proposals
        for fact in places[one.fact.from_episode, one.fact.scene]
        if fact.subject == one.fact.subject
    ]
    matched = {ours.id for ours, _ in pairs}
    exact = {ours.id for ours, fact in pairs if knowers(ours) == knowers(fact)}
    right = {ours.id for ours, fact in pairs if knowers(ours) <= knowers(fact)}
    claims = sum(len(knowers(ours)) for ours, _ in pairs)
    agreed = sum(len(knowers(ours) & knowers(fact)) for ours, fact in pairs)
    wanted = sum(len(knowers(fact)) for _, fact in pairs)
    print(f"proposals with a labelled fact beside them:             {len(matched):4}")
    print(f"  of these, nobody knows it who should not:             {len(right):4}")
    print(f"  of these, exactly the labelled people know it:        {len(exact):4}")
    print(f"  people said to know it, and labelled so: {agreed}/{claims} = {agreed / max(claims, 1):.2f}")
    print(f"  people labelled to know it, and said so: {agreed}/{wanted} = {agreed / max(wanted, 1):.2f}")
    print("\nNot labelled, to be read:")
    for one in proposals:
        if one.fact.id not in matched:
            print(f"  {one.confidence:.2f} [{one.fact.subject}] {one.fact.text}\n       {one.source[0]}")


if __name__ == "__main__":
    main()
