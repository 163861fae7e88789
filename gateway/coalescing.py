"""Deltas that a slow reader has not been sent yet, made into fewer and longer ones.

Pure. A coalesced delta takes the last one's id and `seq` and adds `from_seq`: it leaves no gap (docs/protocol.md).
Only readers that are behind get any: whoever keeps up is sent every event as it stands in the log.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

WIRE_CHARS_MAX = 8 * 1024
"""A longer delta would be one large frame for a reader that takes small ones slowly."""


def coalesced(wires: Iterable[str]) -> list[str]:
    """The same log events in the same order, with neighbouring deltas of a turn as one."""
    found: list[dict[str, Any]] = []
    sizes: list[int] = []
    for wire in wires:
        event: dict[str, Any] = json.loads(wire)
        if found and _joins(found[-1], event) and sizes[-1] + len(wire) <= WIRE_CHARS_MAX:
            found[-1] = _joined(found[-1], event)
            sizes[-1] += len(event["text"])
        else:
            found.append(event)
            sizes.append(len(wire))
    return [json.dumps(event, ensure_ascii=False, separators=(",", ":")) for event in found]


def _joins(before: dict[str, Any], after: dict[str, Any]) -> bool:
    deltas = before["type"] == after["type"] == "reply.delta"
    same = before["turn"] == after["turn"] and before.get("speaker") == after.get("speaker")
    return deltas and same and bool(after["seq"] == before["seq"] + 1)


def _joined(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    text = before["text"] + after["text"]
    return {**after, "offset": before["offset"], "text": text, "from_seq": before.get("from_seq", before["seq"])}
