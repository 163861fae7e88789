"""The laws that hold after any chaos: words, log, books and what the fans hold say the same.

Pure. It recomputes what must be from the plan and the log, independently of the books' own `verify`, and says in one
sentence each what is not so.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.chaos.evidence import Evidence, HoldRow, TurnRow
from tests.chaos.moody_model import REPLY_TAG
from tests.gateway.client import Event, sha256_of

FREE = frozenset({"grant", "capture"})
"""Entries whose sum is known without the journal; the others are the till's, see till_findings."""


def findings(evidence: Evidence) -> list[str]:
    """Everything that is not as it must be; empty when all is well."""
    by_turn: defaultdict[str, list[Event]] = defaultdict(list)
    for events in evidence.logs.values():
        for event in events:
            by_turn[event["turn"]].append(event)
    return [
        *_logs(evidence),
        *_turns(evidence, by_turn),
        *_charges(evidence, by_turn),
        *_wallets(evidence, by_turn),
        *_messages(evidence),
        *_fans(evidence),
    ]


def text_of(events: list[Event]) -> str:
    """What the deltas add up to."""
    return "".join(event["text"] for event in events if event["type"] == "reply.delta")


def delivered(turn: TurnRow, events: list[Event]) -> bool:
    """Whether it is to be paid for: a whole reply, or one that was cancelled after its first words."""
    return turn.state == "completed" or (turn.state == "cancelled" and text_of(events) != "")


def _logs(evidence: Evidence) -> Iterator[str]:
    for conversation, events in evidence.logs.items():
        if [event["seq"] for event in events] != list(range(1, len(events) + 1)):
            yield f"the log of {conversation} is not contiguous from 1"
        if len({event["epoch"] for event in events}) > 1:
            yield f"the log of {conversation} has two epochs"


def _turns(evidence: Evidence, by_turn: dict[str, list[Event]]) -> Iterator[str]:
    """Every accepted turn has one beginning and one end, and its words are those that its end vouches for."""
    known = {turn.id for turn in evidence.turns}
    yield from (f"{turn} is in a log and is no turn" for turn in by_turn.keys() - known)
    for turn in evidence.turns:
        events = by_turn.get(turn.id, [])
        kinds = Counter(event["type"] for event in events)
        if (kinds["message.accepted"], kinds["reply.done"]) != (1, 1):
            accepted, ended = kinds["message.accepted"], kinds["reply.done"]
            yield f"{turn.id} ({turn.state}) was accepted {accepted} times and ended {ended} times"
            continue
        if (events[0]["type"], events[-1]["type"]) != ("message.accepted", "reply.done"):
            yield f"{turn.id}: something came before its beginning or after its end"
        done, text = events[-1], text_of(events)
        if done.get("status") != turn.state:
            yield f"{turn.id} is {turn.state} and its log says {done.get('status')}"
        if done.get("text_sha256") != sha256_of(text):
            yield f"{turn.id}: the hash is not that of its deltas"
        if turn.state == "completed" and not text:
            yield f"{turn.id} is completed and has no words"
        offset = 0
        for delta in (event for event in events if event["type"] == "reply.delta"):
            if delta["offset"] != offset:
                yield f"{turn.id}: a delta is at {delta['offset']} and not at {offset}"
            offset += len(delta["text"])


def _charges(evidence: Evidence, by_turn: dict[str, list[Event]]) -> Iterator[str]:
    """A delivered reply is captured once, at the price of its moment; no other is; no hold is open."""
    captures = Counter(entry.turn for entry in evidence.entries if entry.kind == "capture")
    taken: Counter[str | None] = Counter()
    for entry in evidence.entries:
        taken[entry.turn] -= entry.to_fan if entry.kind == "capture" else 0
    holds = {hold.turn: hold for hold in evidence.holds if hold.kind == "text"}
    known = {turn.id for turn in evidence.turns}
    yield from (f"the {hold.kind} hold of {hold.turn} is open" for hold in evidence.holds if hold.status == "open")
    yield from (f"{turn} was charged and is no turn" for turn in captures.keys() - known)
    yield from (f"{turn} has a hold and is no turn" for turn in holds.keys() - known)
    for turn in evidence.turns:
        events, hold = by_turn.get(turn.id, []), holds.get(turn.id)
        if hold is None:
            yield f"{turn.id} has no hold"
            continue
        yield from _price(evidence, hold)
        due = evidence.prices[hold.price_version].credits if delivered(turn, events) else 0
        if (captures[turn.id], taken[turn.id], hold.captured_credits) != (int(due > 0), due, due):
            yield (
                f"{turn.id} ({turn.state}) owes {due}; it was captured {captures[turn.id]} times, "
                f"the journal has {taken[turn.id]} and the hold {hold.captured_credits}"
            )
        for done in (event for event in events if event["type"] == "reply.done"):
            receipt = done["receipt"]
            if receipt["charged"]["text"] != due or receipt["price_version"] != hold.price_version:
                yield f"{turn.id} owes {due} by {hold.price_version} and its receipt says {receipt}"


def _price(evidence: Evidence, hold: HoldRow) -> Iterator[str]:
    in_force = [(price.from_ms, name) for name, price in evidence.prices.items() if price.from_ms <= hold.opened_at_ms]
    if hold.price_version != max(in_force)[1]:
        yield f"{hold.turn} is priced by {hold.price_version} and {max(in_force)[1]} was in force"


def _wallets(evidence: Evidence, by_turn: dict[str, list[Event]]) -> Iterator[str]:
    """A wallet is what was granted and bought, less what the log says was charged, and what was given back."""
    spent: Counter[str] = Counter()
    for turn in evidence.turns:
        for event in by_turn.get(turn.id, []):
            if event["type"] == "reply.done":
                spent[turn.fan] += event["receipt"]["charged"]["text"]
    moved: Counter[str] = Counter()
    for entry in evidence.entries:
        if entry.kind not in FREE:
            moved[entry.fan] += entry.to_fan
    for fan, granted in evidence.granted.items():
        posted, held = evidence.wallets.get(fan, (0, 0))
        due = granted + moved[fan] - spent[fan]
        if (posted, held) != (due, 0):
            yield f"{fan} should have {due} credits, has {posted} and {held} of them held"


def _messages(evidence: Evidence) -> Iterator[str]:
    """One message is one turn, a refused one is none, and nobody has a turn that they did not ask for."""
    turns = Counter((turn.fan, turn.client_msg_id) for turn in evidence.turns)
    yield from (f"message {message} of {fan} has {n} turns" for (fan, message), n in turns.items() if n > 1)
    row = {(turn.fan, turn.client_msg_id): turn.id for turn in evidence.turns}
    for fan, saw in evidence.saw.items():
        wanted = {errand.client_msg_id for errand in evidence.errands[fan]}
        yield from (
            f"{fan} never sent {turn.client_msg_id}"
            for turn in evidence.turns
            if turn.fan == fan and turn.client_msg_id not in wanted
        )
        for message in sorted(wanted):
            seen, had = saw.turns.get(message, frozenset()), row.get((fan, message))
            if seen != ({had} if had else set()):
                yield f"{fan} saw message {message} accepted as {sorted(seen)}, the database has {had}"
            if message in saw.refused and had:
                yield f"message {message} of {fan} was refused and has the turn {had}"


def _fans(evidence: Evidence) -> Iterator[str]:
    """Every fan holds the whole log of each of their conversations, word for word, and no one else's words."""
    owner = {turn.conversation: turn.fan for turn in evidence.turns}
    for conversation, fan in owner.items():
        held, log = evidence.saw[fan].logs.get(conversation, {}), evidence.logs.get(conversation, ())
        if [held[seq] for seq in sorted(held)] != list(log):
            yield f"{fan} holds {len(held)} events of {conversation} and its log has {len(log)}, or others"
        name = fan.partition("/")[2]
        strange = {tag for tag in REPLY_TAG.findall(text_of(list(log))) if tag.split()[0] != name}
        if strange:
            yield f"{fan} was told the words of {sorted(strange)}"
    for fan, saw in evidence.saw.items():
        yield from (f"{fan}: {what}" for what in saw.wrong)
        yield from (
            f"{fan} holds {other}, which is not theirs"
            for other, of in owner.items()
            if other in saw.logs and of != fan
        )
