"""The hash chain over the journal: each seal covers a batch of entries and the seal before it.

Pure: it computes and compares hashes. It never decides when to seal; that happens in the background, off the path of
a turn.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from billing.ledger import Recorded
from billing.types import Violation

GENESIS = "0" * 64
"""What the first seal follows."""
SEAL_ENTRIES_MAX = 10_000
SEAL_LOOKBACK = 100_000
"""How far behind the newest sealed place an entry may still turn up: places are given before transactions commit."""


@dataclass(frozen=True, slots=True)
class Seal:
    """One link: `hash` covers `previous_hash` and the entries at `seqs`, ascending. Hashes are lower-case hex."""

    number: int
    previous_hash: str
    hash: str
    seqs: tuple[int, ...]
    sealed_at_ms: int


def seal_hash(previous_hash: str, batch: Sequence[Recorded]) -> str:
    """SHA-256 (FIPS 180-4) over the previous hash, a line feed and the batch as canonical JSON.

    Canonical: ASCII, keys sorted, no spaces, entries by ascending place (after RFC 8785, for integers and strings).
    What is None is left out, so that a field that entries learn later does not break the seals of older ones.
    """
    assert len(previous_hash) == len(GENESIS), "a hash is 64 hex digits"
    ordered = [
        asdict(recorded, dict_factory=_without_nothing) for recorded in sorted(batch, key=lambda recorded: recorded.seq)
    ]
    text = json.dumps(ordered, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(f"{previous_hash}\n{text}".encode("ascii")).hexdigest()


def next_seal(last: Seal | None, batch: Sequence[Recorded], now_ms: int) -> Seal:
    """The seal of a batch that is not empty."""
    assert 0 < len(batch) <= SEAL_ENTRIES_MAX, "a seal covers something, and not everything at once"
    previous = last.hash if last else GENESIS
    seqs = tuple(sorted(recorded.seq for recorded in batch))
    return Seal(last.number + 1 if last else 1, previous, seal_hash(previous, batch), seqs, now_ms)


def broken_seals(seals: Sequence[Seal], journal: Mapping[int, Recorded]) -> tuple[Violation, ...]:
    """Where the chain does not match the journal: an entry altered, lost or slipped in, or a link cut."""
    found: list[Violation] = []
    previous = GENESIS
    for number, seal in enumerate(sorted(seals, key=lambda seal: seal.number), start=1):
        where = f"seal {seal.number}"
        if (seal.number, seal.previous_hash) != (number, previous):
            found.append(Violation("seal", where, "does not follow the seal before it"))
        batch = [journal[seq] for seq in seal.seqs if seq in journal]
        if len(batch) < len(seal.seqs):
            found.append(Violation("seal", where, f"{len(seal.seqs) - len(batch)} sealed entries are gone"))
        elif seal_hash(seal.previous_hash, batch) != seal.hash:
            found.append(Violation("seal", where, "the entries differ from what was sealed"))
        previous = seal.hash
    sealed = {seq for seal in seals for seq in seal.seqs}
    oldest = max(sealed, default=0) - SEAL_LOOKBACK
    late = [seq for seq in journal if seq <= oldest and seq not in sealed]
    found.extend(Violation("seal", f"entry {seq}", "was slipped in behind the seals") for seq in late)
    return tuple(found)


def _without_nothing(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {key: value for key, value in pairs if value is not None}
