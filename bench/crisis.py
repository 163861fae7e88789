"""How many fans in danger are found, and how much drama talk is taken for it: `python -m bench.crisis [--half b]`.

Over the labelled lines of tests/data/safety, by language and kind. `--misses` prints what was told wrong.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from persona.crisis import crisis_in

DATA = Path("tests/data/safety")


def rows(name: str, half: str) -> Iterator[dict[str, str]]:
    """The labelled lines of a half, or of both."""
    for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if half in ("both", row["half"]):
            yield row


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=("a", "b", "both"), default="b")
    parser.add_argument("--misses", action="store_true", help="print the lines that were told wrong")
    arguments = parser.parse_args()
    wrong = []
    for name, meant in (("crisis", True), ("drama", False)):
        groups: dict[tuple[str, str], list[bool]] = defaultdict(list)
        for row in rows(name, arguments.half):
            found = crisis_in(row["text"]) is not None
            for group in (("all", "all"), (row["locale"], "all"), (row["locale"], row["kind"])):
                groups[group].append(found)
            if found != meant:
                wrong.append(f"{name} {row['id']} {row['text']}")
        print(f"\n{'found' if meant else 'false alarms':14}{'kind':12}{'n':>5}{'share':>8}")
        for (language, kind), found_all in sorted(groups.items()):
            print(f"{language:14}{kind:12}{len(found_all):5}{sum(found_all) / len(found_all):8.3f}")
    if arguments.misses:
        print("\n".join(wrong))


if __name__ == "__main__":
    main()
