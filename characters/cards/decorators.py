"""Decorators of lorebook entries: the `@@name value` lines at the head of a text, with their `@@@` fallbacks.

SPEC_V3.md, "Decorators". Reads and writes them; what one means is for whoever knows it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

CHAIN_MAX = 16
_LINE = re.compile(r"(@{2,3})([a-z][a-z0-9_]{0,63})(?:[ \t]+(.*))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Decorator:
    """`@@name value`; the value is "" when there is none."""

    name: str
    value: str = ""

    @property
    def values(self) -> tuple[str, ...]:
        """The value as a list separated by commas."""
        return tuple(part.strip() for part in self.value.split(",") if part.strip())

    @property
    def number(self) -> int | None:
        """The value as a whole number; None when it is none."""
        return int(self.value) if re.fullmatch(r"-?[0-9]{1,9}", self.value) else None


Chain = tuple[Decorator, ...]
"""A decorator and its fallbacks, the wanted one first."""


def split_decorators(content: str) -> tuple[tuple[Chain, ...], str]:
    """The decorators at the head of an entry's text, and the text without them. A fallback without a first is none."""
    lines = content.replace("\r\n", "\n").split("\n")
    chains: list[list[Decorator]] = []
    at = 0
    for at, line in enumerate([*lines, "."]):  # noqa: B007  # the dot ends the head when decorators are all there is
        found = _LINE.fullmatch(line.strip())
        if found is None and line.strip():
            break
        if found is None:
            continue
        decorator = Decorator(found.group(2).lower(), (found.group(3) or "").strip())
        if found.group(1) == "@@":
            chains.append([decorator])
        elif chains and len(chains[-1]) < CHAIN_MAX:
            chains[-1].append(decorator)
    return tuple(map(tuple, chains)), "\n".join(lines[at:]).strip("\n")


def chosen(chains: tuple[Chain, ...], known: Collection[str]) -> tuple[dict[str, Decorator], tuple[str, ...]]:
    """The decorators to act on, by name (the first of a name counts), and the names of those that are not known."""
    acting: dict[str, Decorator] = {}
    unknown: list[str] = []
    for chain in chains:
        first = next((decorator for decorator in chain if decorator.name in known), None)
        if first is None:
            unknown.append(chain[0].name)
        else:
            acting.setdefault(first.name, first)
    return acting, tuple(unknown)


def with_decorators(decorators: tuple[Decorator, ...], text: str) -> str:
    """An entry's text with these at its head."""
    head = "".join(f"@@{one.name} {one.value}".rstrip() + "\n" for one in decorators)
    return f"{head}\n{text}" if head else text
