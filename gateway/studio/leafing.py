"""Long lists a page at a time: a browser lays out a thousand scenes slowly, and nobody reads them at once. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Leaf(Generic[Item]):
    """Some of a list, in its order. `number` counts from 1; a list of nothing has one page."""

    items: Sequence[Item]
    number: int
    of: int
    first: int
    """The place of the first one in the whole list, from 1."""


def leaf(items: Sequence[Item], number: int, size: int) -> Leaf[Item]:
    """One page of a list; the nearest that there is, when there is none of this number."""
    assert size > 0
    of = max(1, -(-len(items) // size))
    at = min(max(number, 1), of)
    begin = (at - 1) * size
    return Leaf(items[begin : begin + size], at, of, begin + 1)
