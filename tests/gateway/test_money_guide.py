"""`docs/money.md` is run: every command in it, in its order, answers what the page says."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from tests.gateway.commands import Encore
from tests.gateway.march import play_march

PAGE = Path(__file__).resolve().parents[2] / "docs" / "money.md"
BLOCK = re.compile(r"^```(console|yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for found, text in BLOCK.findall(PAGE.read_text("utf-8")) if found == language]


def dialogues() -> Iterator[tuple[str, str]]:
    """Each command with the answer under it."""
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, answer = part.partition("\n")
            yield command, answer


def printed(out: str) -> str:
    """An answer as a page has it: without the blanks that fill up a table."""
    return "".join(f"{line.rstrip()}\n" for line in out.splitlines())


def test_every_command_of_the_guide_answers_what_it_says(encore: Encore, data_dir: Path, tmp_path: Path) -> None:
    play_march(data_dir)
    for text in blocks("yaml"):
        (tmp_path / text.split()[1]).write_text(text, "utf-8")
    commands = list(dialogues())
    assert len(commands) > 9
    for command, answer in commands:
        name, *arguments = shlex.split(command)
        done = encore(*arguments)
        assert (name, done.status, done.err) == ("encore", 0, "")
        assert printed(done.out) == answer, command


def test_the_figures_of_the_guide_follow_from_its_story(encore: Encore, data_dir: Path) -> None:
    play_march(data_dir)
    (money,) = encore("ledger", "revenue", "--from", "2026-03-01", "--to", "2026-03-31", "--json").json["total"][
        "money"
    ]
    cents = {name: Fraction(value, 10**6) for name, value in money.items() if name != "currency"}
    revenue = Fraction(499, 100) * (22 - 10 - 5)
    share = revenue * Fraction(15, 100)
    assert (cents["revenue"], cents["model_cost"], cents["voice_cost"]) == (revenue, Fraction("0.2"), Fraction("3.6"))
    assert (cents["rights_share"], cents["margin"]) == (share, revenue - share - Fraction("3.8"))
    page = " ".join(PAGE.read_text("utf-8").split())
    assert f"{float(revenue):.2f} cents" in page
    assert f"{int(share * 100) / 100} cents" in page
    assert f"{int(cents['margin'] * 100) / 100} cents" in page
