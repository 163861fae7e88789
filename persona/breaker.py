"""A circuit breaker for one model: one that fails again and again is left alone for a while, and then tried once.

A pure state machine after M. Nygard, “Release It!”, stability patterns. It reads no clock, and what was asked before
the circuit opened must never close it or keep it open.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal

Circuit = Literal["closed", "open", "half_open"]


@dataclass(frozen=True, slots=True)
class BreakerRules:
    """When a circuit opens, and for how long. Durations in ms."""

    window: int = 20
    """How many of the last outcomes count."""
    failures: int = 5
    """It opens at so many failures among them, when they are at least half."""
    open_ms: int = 5_000
    """The first time; twice as long after each trial that fails."""
    open_max_ms: int = 60_000


@dataclass(frozen=True, slots=True)
class Pass:
    """The leave to ask once. It is given back with an outcome, exactly once."""

    era: int
    trial: bool


class Breaker:
    """The circuit of one model. `now_ms` is of any clock; one that goes back only makes the circuit wait longer."""

    def __init__(self, rules: BreakerRules | None = None) -> None:
        self._rules = rules or BreakerRules()
        self._outcomes: deque[bool] = deque(maxlen=self._rules.window)
        self._open_until_ms: int | None = None
        self._open_ms = self._rules.open_ms
        self._trying = False
        self._era = 0

    def circuit(self, now_ms: int) -> Circuit:
        """Closed: it is asked. Open: it is not. Half open: one trial is allowed, or is under way."""
        if self._open_until_ms is None:
            return "closed"
        return "open" if now_ms < self._open_until_ms else "half_open"

    def may_ask(self, now_ms: int) -> bool:
        """Whether `ask` would give a pass."""
        circuit = self.circuit(now_ms)
        return circuit == "closed" or (circuit == "half_open" and not self._trying)

    def ask(self, now_ms: int) -> Pass | None:
        """Leave to ask the model, or None."""
        if not self.may_ask(now_ms):
            return None
        self._trying = self._open_until_ms is not None
        return Pass(self._era, self._trying)

    def succeeded(self, leave: Pass) -> None:
        """The model did what it should. A trial that succeeds closes the circuit."""
        if leave.era != self._era:
            return
        if leave.trial:
            self._begin_era(None)
            self._open_ms = self._rules.open_ms
        self._outcomes.append(True)

    def failed(self, leave: Pass, now_ms: int) -> None:
        """The model failed. A trial that fails opens the circuit again, for twice as long as before."""
        if leave.era != self._era:
            return
        if leave.trial:
            self._open_ms = min(2 * self._open_ms, self._rules.open_max_ms)
            self._begin_era(now_ms + self._open_ms)
            return
        self._outcomes.append(False)
        failures = self._outcomes.count(False)
        if failures >= self._rules.failures and 2 * failures >= len(self._outcomes):
            self._begin_era(now_ms + self._open_ms)

    def abandoned(self, leave: Pass) -> None:
        """Nothing was learnt of the model: whoever asked no longer waits. Another trial may be made."""
        if leave.era == self._era and leave.trial:
            self._trying = False

    def _begin_era(self, open_until_ms: int | None) -> None:
        self._era += 1
        self._open_until_ms = open_until_ms
        self._trying = False
        self._outcomes.clear()
