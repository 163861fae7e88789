"""Counts what the persona benchmark heard, and writes it down as docs/persona.md: every reply, whatever it says.

Pure but for reading the labels. A label is of one text: a reply that has changed since it was read counts as unread.
"""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bench.persona_judge import knowable
from characters.release import Release
from characters.sheet import Sheet

Arm = Literal["before", "after"]
ANSWERS = ("answers", "partly", "deflects", "misses", "unread")
"""What somebody who read a reply found it to do."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One labelled question; only the printed ones are asked of the model alone."""

    id: str
    character: str
    horizon: int
    question: str
    answer: str
    printed: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """What was said, of which kind it was, and how long a fan waited for all of it."""

    id: str
    arm: Arm
    text: str
    kind: str
    ms: float
    sampled: bool = True
    """Whether the model was asked for samples."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A reply with both verdicts: what of it nothing supports ("" for nothing), and what a reader found."""

    asked: Asked
    reply: Reply
    unsupported: str
    reading: str


@dataclass(frozen=True, slots=True)
class Summary:
    """Every reply judged, and the figures in a few lines."""

    judged: tuple[Judged, ...]
    figures: str

    def of(self, arm: Arm, *, printed: bool = True) -> list[Judged]:
        """The replies of one arm, to the printed questions or to the others."""
        return [one for one in self.judged if one.reply.arm == arm and one.asked.printed == printed]


def read_labels(file: Path) -> dict[tuple[str, str, str], str]:
    """(id, arm, text) -> what its reader found."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return {(row["id"], row["arm"], row["text"]): row["reading"] for row in rows}


def summary(
    questions: Sequence[Asked],
    replies: Mapping[tuple[str, Arm], Reply],
    sheets: Mapping[str, Sheet],
    release: Release,
    labels: Mapping[tuple[str, str, str], str],
) -> Summary:
    """Judge every reply."""
    judged: list[Judged] = []
    for asked in questions:
        known = knowable(sheets[asked.character], asked.horizon, release.script, release.facts, release.terms)
        for arm in ("before", "after"):
            reply = replies.get((asked.id, arm))
            if reply is not None:
                reading = labels.get((asked.id, arm, reply.text), "unread")
                judged.append(Judged(asked, reply, known.unsupported(reply.text), reading))
    counted = Summary(tuple(judged), "")
    return Summary(counted.judged, _figures(counted))


def supported(rows: Sequence[Judged]) -> str:
    """`57 of 60 (95.0 %)`."""
    good = sum(not row.unsupported for row in rows)
    return f"{good} of {len(rows)} ({100 * good / max(1, len(rows)):.1f} %)"


def _figures(rows: Summary) -> str:
    before, after, others = rows.of("before"), rows.of("after"), rows.of("after", printed=False)
    sampled = [row for row in after if row.reply.sampled]
    ratio = _median_ms(after) / max(1.0, _median_ms(before))
    kinds = Counter(row.reply.kind.replace("_", " ") for row in after).most_common()
    deflected = sum(row.reply.kind == "deflection" for row in others)
    rest = [f"Of the {len(others)} not printed, {supported(others)} are supported; {deflected} are deflections."]
    table = [
        ("supported within the horizon", supported(before), f"**{supported(after)}**"),
        *((f"a reader found: {name}", _read(before, name), _read(after, name)) for name in _found([*before, *after])),
        ("answers, and is supported", _both(before), f"**{_both(after)}**"),
        ("different replies", _different(before), _different(after)),
        ("time to the whole reply, median", f"{_median_ms(before):.0f} ms", f"{_median_ms(after):.0f} ms"),
        ("of those for which the model was asked", f"{_median_ms(before):.0f} ms", f"{_median_ms(sampled):.0f} ms"),
    ]
    return "\n".join(
        [
            f"| {len(after)} questions | the model alone | Encore with the same model |",
            "|---|---|---|",
            *(f"| {name} | {one} | {two} |" for name, one, two in table),
            "",
            f"Time, after to before: {ratio:.2f}. Said were: {', '.join(f'{kind} {count}' for kind, count in kinds)}.",
            f"The model was asked for samples in {len(sampled)} of {len(after)}.",
            *(rest if others else []),
        ]
    )


def _found(rows: Sequence[Judged]) -> list[str]:
    return [name for name in ANSWERS if any(row.reading == name for row in rows)]


def _read(rows: Sequence[Judged], name: str) -> int:
    return sum(row.reading == name for row in rows)


def _both(rows: Sequence[Judged]) -> int:
    return sum(row.reading == "answers" and not row.unsupported for row in rows)


def _different(rows: Sequence[Judged]) -> int:
    return len({row.reply.text for row in rows})


def _median_ms(rows: Sequence[Judged]) -> float:
    return statistics.median([row.reply.ms for row in rows]) if rows else 0.0


def page(rows: Summary, introduction: str) -> str:
    """The whole page."""
    lines = [introduction.replace("{figures}", rows.figures).rstrip(), ""]
    after = {row.asked.id: row for row in rows.of("after")}
    for row in rows.of("before"):
        other = after[row.asked.id]
        lines += [
            f"**{row.asked.character.title()}, episode {row.asked.horizon}: {_cell(row.asked.question)}**  ",
            f"*(the label: {_cell(row.asked.answer)})*  ",
            f"before: {_cell(row.reply.text) or '(nothing)'} — {_verdict(row)}  ",
            f"after: {_cell(other.reply.text)} — {_verdict(other)}",
            "",
        ]
    return "\n".join(lines).rstrip() + "\n"


def _verdict(row: Judged) -> str:
    return f"*{'not supported' if row.unsupported else 'supported'}, {row.reading}; {row.reply.kind.replace('_', ' ')}*"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("*", "\\*").replace("<", "&lt;").replace("[", "\\[")
