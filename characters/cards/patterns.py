"""Regular expressions of lorebook keys, searched in time linear in the text: no pattern can keep a process busy.

A pattern becomes a program that is run on all its threads at once (K. Thompson, "Regular Expression Search
Algorithm", CACM 1968; R. Cox, "Regular Expression Matching: the Virtual Machine Approach", 2009). There is no
backtracking to go wrong, so what needs it (back-references, look-around) is refused, never approximated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Literal

from characters.cards.pattern_syntax import CharSet, Flags, Node, UnusablePattern, is_word, parse_pattern

__all__ = ["Pattern", "Steps", "UnusablePattern", "compile_pattern"]

INSTRUCTIONS_MAX = 500
PATTERNS_KEPT = 1_024

_Before = Literal["start", "line", "word", "other"]
"""What kind of character stands before a place."""


@dataclass(frozen=True, slots=True)
class _Instruction:
    """`char` reads one character, `split` goes to both targets, `assert` looks at its place, `match` is the end."""

    kind: Literal["char", "split", "assert", "match"]
    chars: CharSet | None = None
    targets: tuple[int, ...] = ()
    assertion: str = ""


@dataclass(slots=True)
class Steps:
    """Work that may still be done: one for each instruction looked at. Shared by the searches of one activation."""

    left: int

    def spend(self, steps: int) -> bool:
        """Whether there was enough left."""
        self.left -= steps
        return self.left >= 0


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern."""

    program: tuple[_Instruction, ...] = field(repr=False)
    flags: Flags

    def found_in(self, text: str, steps: Steps) -> bool:
        """Whether it matches anywhere in `text`; False as well when `steps` run out.

        At most `len(text) + 1` times `len(program)` steps; a place that looks like an earlier one costs one.
        """
        seen: dict[tuple[frozenset[int], _Before, str], tuple[bool, frozenset[int]]] = {}
        threads: frozenset[int] = frozenset()
        before: _Before = "start"
        for char in chain(text, ("",)):
            key = (threads, before, char)
            known = seen.get(key)
            if known is None:
                reached = self._reached(threads, before, char)
                if not steps.spend(len(reached) + 1):
                    return False
                known = seen[key] = self._read(reached, char)
            elif not steps.spend(1):
                return False
            matched, threads = known
            if matched:
                return True
            before = "line" if char == "\n" else "word" if is_word(char) else "other"
        return False

    def _reached(self, threads: frozenset[int], before: _Before, char: str) -> set[int]:
        """Every instruction that can be reached here without reading, from a running thread or a fresh one."""
        reached: set[int] = set()
        waiting = [0, *threads]
        while waiting:
            at = waiting.pop()
            if at in reached:
                continue
            reached.add(at)
            instruction = self.program[at]
            if instruction.kind == "split":
                waiting.extend(instruction.targets)
            elif instruction.kind == "assert" and self._holds(instruction.assertion, before, char):
                waiting.append(at + 1)
        return reached

    def _read(self, reached: set[int], char: str) -> tuple[bool, frozenset[int]]:
        further: list[int] = []
        for at in reached:
            instruction = self.program[at]
            if instruction.kind == "match":
                return True, frozenset()
            if instruction.chars is not None and char and instruction.chars.has(char, self.flags):
                further.append(at + 1)
        return False, frozenset(further)

    def _holds(self, assertion: str, before: _Before, char: str) -> bool:
        if assertion == "^":
            return before == "start" or (self.flags.multiline and before == "line")
        if assertion == "$":
            return char == "" or (self.flags.multiline and char == "\n")
        at_edge = (before == "word") != is_word(char)
        return at_edge if assertion == "b" else not at_edge


@lru_cache(maxsize=PATTERNS_KEPT)
def compile_pattern(written: str, *, case_sensitive: bool = False) -> Pattern:
    """A pattern as a key spells it: bare, or `/pattern/flags`, whose flags decide themselves about the case.

    Raises UnusablePattern.
    """
    node, flags = parse_pattern(written, case_sensitive=case_sensitive)
    program: list[_Instruction] = []
    _emit(node, program)
    _add(program, _Instruction("match"))
    return Pattern(tuple(program), flags)


def _add(program: list[_Instruction], instruction: _Instruction) -> int:
    if len(program) >= INSTRUCTIONS_MAX:
        raise UnusablePattern(f"it is longer than {INSTRUCTIONS_MAX} steps when its repetitions are written out")
    program.append(instruction)
    return len(program) - 1


def _emit(node: Node, program: list[_Instruction]) -> None:
    match node.kind:
        case "chars":
            _add(program, _Instruction("char", chars=node.chars))
        case "assert":
            _add(program, _Instruction("assert", assertion=node.assertion))
        case "sequence":
            for part in node.parts:
                _emit(part, program)
            if not node.parts:  # it costs a step, or nothing repeated a hundred times a hundred times would be free
                _add(program, _Instruction("split", targets=(len(program) + 1,)))
        case "choice":
            _emit_choice(node, program)
        case "repeat":
            _emit_repeat(node, program)


def _emit_choice(node: Node, program: list[_Instruction]) -> None:
    ends = []
    for part in node.parts[:-1]:
        fork = _add(program, _Instruction("split"))
        _emit(part, program)
        ends.append(_add(program, _Instruction("split")))
        program[fork] = _Instruction("split", targets=(fork + 1, len(program)))
    _emit(node.parts[-1], program)
    for end in ends:
        program[end] = _Instruction("split", targets=(len(program),))


def _emit_repeat(node: Node, program: list[_Instruction]) -> None:
    body = node.parts[0]
    for _ in range(node.least):
        _emit(body, program)
    if node.most is None:
        fork = _add(program, _Instruction("split"))
        _emit(body, program)
        _add(program, _Instruction("split", targets=(fork,)))
        program[fork] = _Instruction("split", targets=(fork + 1, len(program)))
        return
    forks = []
    for _ in range(node.most - node.least):
        forks.append(_add(program, _Instruction("split")))
        _emit(body, program)
    for fork in forks:
        program[fork] = _Instruction("split", targets=(fork + 1, len(program)))
