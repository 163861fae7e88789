"""What a chaos run did, in numbers that a person can read, and what it found wrong."""

from __future__ import annotations

from collections import Counter

from tests.chaos.run import Outcome

FOUND_MAX = 40


def summary(outcome: Outcome) -> str:
    """The whole of it, line by line."""
    evidence, tally = outcome.evidence, outcome.tally
    states = Counter(turn.state for turn in evidence.turns)
    codes = Counter(
        event["code"]
        for events in evidence.logs.values()
        for event in events
        if event["type"] == "reply.done" and "code" in event
    )
    captures = [entry for entry in evidence.entries if entry.kind == "capture"]
    lines = [
        f"seed {outcome.seed}: {outcome.size}, {outcome.took_s:.0f} s",
        _row("turns accepted", len(evidence.turns)),
        *(_row(f"  {state}", n) for state, n in sorted(states.items())),
        *(_row(f"    with the code {code}", n) for code, n in sorted(codes.items())),
        _row("messages refused for want of credits", sum(len(saw.refused) for saw in evidence.saw.values())),
        _row("duplicate sends, re-attached to their turn", _sent_again(outcome)),
        _row("charges", len(captures)),
        _row("credits charged", -sum(entry.to_fan for entry in captures)),
        _row("credits granted", sum(evidence.granted.values())),
        _row("credits left", sum(posted for posted, _ in evidence.wallets.values())),
        *(_row(what, n) for what, n in sorted(tally.items())),
        _row("errors in the servers' logs", len(outcome.errors)),
        *(f"  ! {what}" for what in outcome.found[:FOUND_MAX]),
        f"{len(outcome.found)} findings" if outcome.found else "The books add up, and every word is where it belongs.",
    ]
    return "\n".join(lines)


def _sent_again(outcome: Outcome) -> int:
    return sum(posts - 1 for saw in outcome.evidence.saw.values() for posts in saw.posts.values() if posts > 1)


def _row(what: str, n: int) -> str:
    return f"{what:<44}{n:>7}"
