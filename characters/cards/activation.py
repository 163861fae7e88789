"""Which entries of a lorebook a talk brings to mind, at a horizon and within a budget.

Pure. The gate comes first: an entry that does not hold at the horizon is neither scanned nor scanned for, so nothing
depends on it but a count. The rules are those of Character Card V3 (SPEC_V3.md, "Lorebook Fields" and "Decorators");
where it leaves a choice, docs/cards.md says which was made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from characters.cards.matching import folded, spoken_of
from characters.cards.patterns import Steps, compile_pattern
from characters.lore import Lore, LoreEntry

ROUNDS_MAX = 4
"""How often in a row entries may bring further ones to mind."""
SCAN_CHARS_MAX = 16_000
STEPS_MAX = 1_000_000
"""Steps of all pattern searches of one activation."""

CountTokens = Callable[[str], int]
ALWAYS = "always in mind"
SPOKEN_OF = "one of its keys is spoken of"
CALLED_UP = "another entry speaks of it"
OVER_BUDGET = "does not fit the book's budget"
_PLACES = {"before": 0, "after": 1, "near": 2}


@dataclass(frozen=True, slots=True)
class Chat:
    """What is looked through: messages of both sides, newest first, and how often the character has replied."""

    messages: tuple[str, ...]
    replies: int = 0


@dataclass(frozen=True, slots=True)
class Fired:
    """An entry that came to mind: its place in the book (from 1), why, and whether it fits the book's budget."""

    entry: LoreEntry
    number: int
    reason: str
    tokens: int
    included: bool


@dataclass(frozen=True, slots=True)
class Activation:
    """What came to mind, in the order of the prompt; how many entries the gate withheld.

    `unsearched` is how many entries with patterns were given up because the work allowed was done.
    """

    fired: tuple[Fired, ...] = ()
    withheld: int = 0
    unsearched: int = 0


def activate(lore: Lore, chat: Chat, *, horizon: int, count: CountTokens, budget_tokens: int) -> Activation:
    """What comes to mind. `budget_tokens` bounds it besides the book's own budget.

    An entry that does not fit is skipped and a lesser, smaller one may still go in.
    """
    book = [(number, entry) for number, entry in enumerate(lore.entries, 1) if entry.holds_at(horizon)]
    able = [(number, entry) for number, entry in book if _may_fire(entry, chat)]
    scan = _Scan(lore, chat)
    reasons = _first_round(able, scan)
    _further_rounds(able, scan, reasons, lore)
    found = [(number, entry) for number, entry in able if number in reasons]
    taken, tokens = _packed(found, count, min(lore.token_budget, budget_tokens))
    fired = (
        Fired(entry, number, reasons[number] if number in taken else OVER_BUDGET, tokens[number], number in taken)
        for number, entry in found
    )
    placed = sorted(fired, key=lambda one: (_PLACES[one.entry.position], one.entry.order, one.number))
    return Activation(tuple(placed), len(lore.entries) - len(book), len(scan.unsearched))


def _may_fire(entry: LoreEntry, chat: Chat) -> bool:
    return chat.replies >= entry.after_replies and chat.replies % entry.every_replies == 0


def _first_round(able: Sequence[tuple[int, LoreEntry]], scan: _Scan) -> dict[int, str]:
    """Reasons by number for what is always in mind or spoken of in the talk itself."""
    reasons = {}
    for number, entry in able:
        if entry.constant:
            reasons[number] = ALWAYS
        elif scan.finds(number, entry):
            reasons[number] = SPOKEN_OF
    return reasons


def _further_rounds(able: Sequence[tuple[int, LoreEntry]], scan: _Scan, reasons: dict[int, str], lore: Lore) -> None:
    fresh = [entry for number, entry in able if number in reasons]
    for _ in range(ROUNDS_MAX if lore.recursive else 0):
        if not fresh:
            return
        scan.read_on(entry.text for entry in fresh)
        called = [(number, entry) for number, entry in able if number not in reasons and scan.finds(number, entry)]
        reasons |= {number: CALLED_UP for number, _ in called}
        fresh = [entry for _, entry in called]


def _packed(
    found: Sequence[tuple[int, LoreEntry]], count: CountTokens, room: int
) -> tuple[frozenset[int], dict[int, int]]:
    """The numbers of those that fit, most wanted first, and what each costs."""
    tokens = {number: count(entry.text) for number, entry in found}
    taken = set()
    for number, _ in sorted(found, key=_wanted):
        if tokens[number] <= room:
            taken.add(number)
            room -= tokens[number]
    return frozenset(taken), tokens


def _wanted(numbered: tuple[int, LoreEntry]) -> tuple[bool, int, int]:
    number, entry = numbered
    priority = entry.order if entry.priority is None else entry.priority
    return entry.only_with_room, -priority, number


class _Scan:
    """The texts that are looked through, folded once for each depth and case."""

    def __init__(self, lore: Lore, chat: Chat) -> None:
        self._depth, self._messages = lore.scan_depth, chat.messages
        self._further = ""
        self._texts: dict[tuple[int, bool], str] = {}
        self._steps = Steps(STEPS_MAX)
        self.unsearched: set[int] = set()

    def read_on(self, texts: Iterable[str]) -> None:
        """Look through these as well from now on, whatever the depth."""
        self._further = "\n".join([self._further, *texts])[:SCAN_CHARS_MAX]
        self._texts.clear()

    def finds(self, number: int, entry: LoreEntry) -> bool:
        """Whether the talk meets every condition of an entry's keys."""
        depth = self._depth if entry.scan_depth is None else entry.scan_depth
        if entry.use_regex:
            return self._finds_pattern(number, entry, depth)
        key = (depth, entry.case_sensitive)
        if key not in self._texts:
            self._texts[key] = folded(self._raw(depth), case_sensitive=entry.case_sensitive)
        text = self._texts[key]

        def spoken(keys: Sequence[str]) -> bool:
            return any(spoken_of(folded(one, case_sensitive=entry.case_sensitive), text) for one in keys)

        return (
            spoken(entry.keys)
            and (not entry.secondary_keys or spoken(entry.secondary_keys))
            and (not entry.additional_keys or spoken(entry.additional_keys))
            and not spoken(entry.exclude_keys)
        )

    def _finds_pattern(self, number: int, entry: LoreEntry, depth: int) -> bool:
        """With patterns the spec drops secondary and excluded keys, and additional ones are patterns too."""
        text = self._raw(depth)

        def found(keys: Sequence[str]) -> bool:
            patterns = (compile_pattern(key, case_sensitive=entry.case_sensitive) for key in keys)
            return any(pattern.found_in(text, self._steps) for pattern in patterns)

        fires = found(entry.keys) and (not entry.additional_keys or found(entry.additional_keys))
        if self._steps.left < 0:
            self.unsearched.add(number)
            return False
        return fires

    def _raw(self, depth: int) -> str:
        recent = "\n".join(self._messages[:depth])[:SCAN_CHARS_MAX]
        return f"{recent}\n{self._further}" if self._further else recent
