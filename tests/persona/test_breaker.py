"""The circuit of a model: when it opens, when it is tried again, and that the past never decides."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from persona.breaker import Breaker, BreakerRules, Pass

RULES = BreakerRules(window=6, failures=3, open_ms=1_000, open_max_ms=4_000)


def asked(breaker: Breaker, now_ms: int) -> Pass:
    leave = breaker.ask(now_ms)
    assert leave is not None
    return leave


def opened(now_ms: int = 0) -> Breaker:
    breaker = Breaker(RULES)
    for _ in range(RULES.failures):
        breaker.failed(asked(breaker, now_ms), now_ms)
    return breaker


def test_a_few_failures_among_many_replies_leave_it_closed() -> None:
    breaker = Breaker(RULES)
    for outcome in "+++-+-+--+-+":
        leave = asked(breaker, 0)
        if outcome == "+":
            breaker.succeeded(leave)
        else:
            breaker.failed(leave, 0)
            if breaker.circuit(0) == "open":
                break
    assert outcome == "-"
    few = Breaker(RULES)
    for outcome in "++-" * 20:
        leave = asked(few, 0)
        (few.succeeded(leave) if outcome == "+" else few.failed(leave, 0))
    assert few.circuit(0) == "closed"


def test_it_opens_at_the_failure_that_makes_half() -> None:
    breaker = Breaker(RULES)
    for _ in range(3):
        breaker.succeeded(asked(breaker, 0))
    for number in range(3):
        assert breaker.circuit(0) == "closed", number
        breaker.failed(asked(breaker, 0), 0)
    assert breaker.circuit(0) == "open"


def test_it_is_tried_once_when_its_time_is_over() -> None:
    breaker = opened()
    assert breaker.ask(999) is None
    assert (breaker.circuit(999), breaker.circuit(1_000)) == ("open", "half_open")
    trial = asked(breaker, 1_000)
    assert breaker.ask(1_000) is None
    breaker.succeeded(trial)
    assert breaker.circuit(1_000) == "closed"


def test_a_trial_that_nobody_waited_for_may_be_made_again() -> None:
    breaker = opened()
    breaker.abandoned(asked(breaker, 1_000))
    assert asked(breaker, 1_000).trial


def test_each_failed_trial_doubles_the_time_up_to_the_most() -> None:
    breaker, now_ms, waits = opened(), 0, []
    for _ in range(4):
        wait = next(ms for ms in range(0, 10_000, 500) if breaker.may_ask(now_ms + ms))
        waits.append(wait)
        now_ms += wait
        breaker.failed(asked(breaker, now_ms), now_ms)
    assert waits == [1_000, 2_000, 4_000, 4_000]
    now_ms += 4_000
    breaker.succeeded(asked(breaker, now_ms))
    for _ in range(3):
        breaker.failed(asked(breaker, now_ms), now_ms)
    assert breaker.may_ask(now_ms + 1_000)


def test_what_was_asked_before_it_opened_decides_nothing() -> None:
    breaker = Breaker(RULES)
    late = [asked(breaker, 0) for _ in range(3)]
    for _ in range(3):
        breaker.failed(asked(breaker, 0), 0)
    breaker.succeeded(late[0])
    assert breaker.circuit(0) == "open"
    trial = asked(breaker, 1_000)
    breaker.failed(late[1], 1_000)
    breaker.abandoned(late[2])
    assert breaker.ask(1_000) is None
    breaker.succeeded(trial)
    assert breaker.circuit(1_000) == "closed"


def test_late_successes_of_before_it_opened_are_no_credit_afterwards() -> None:
    breaker = Breaker(BreakerRules(window=20, failures=3, open_ms=1_000))
    late = [asked(breaker, 0) for _ in range(8)]
    for _ in range(3):
        breaker.failed(asked(breaker, 0), 0)
    breaker.succeeded(asked(breaker, 1_000))
    for leave in late:
        breaker.succeeded(leave)
    for _ in range(3):
        breaker.failed(asked(breaker, 1_000), 1_000)
    assert breaker.circuit(1_000) == "open"


class BreakerMachine(RuleBasedStateMachine):
    """Against a model of it that keeps the whole past, written another way."""

    passes = Bundle("passes")

    def __init__(self) -> None:
        super().__init__()
        self.breaker, self.now_ms = Breaker(RULES), 0
        self.history: list[bool] = []
        self.opened_at_ms, self.failed_trials, self.is_open = 0, 0, False
        self.current: set[Pass] = set()
        self.under_trial: Pass | None = None

    def _openable_at(self) -> int:
        wait_ms: int = min(RULES.open_ms * 2**self.failed_trials, RULES.open_max_ms)
        return self.opened_at_ms + wait_ms

    def _turned(self, *, is_open: bool) -> None:
        self.is_open, self.opened_at_ms, self.under_trial = is_open, self.now_ms, None
        self.history.clear()
        self.current.clear()

    @rule(ms=st.integers(0, 2_500))
    def time_passes(self, ms: int) -> None:
        self.now_ms += ms

    @rule(target=passes)
    def ask(self) -> Pass | None:
        allowed = not self.is_open or (self.now_ms >= self._openable_at() and self.under_trial is None)
        leave = self.breaker.ask(self.now_ms)
        assert (leave is not None) == allowed
        if leave is not None:
            assert leave.trial == self.is_open
            self.current.add(leave)
            self.under_trial = leave if self.is_open else None
        return leave

    @rule(leave=consumes(passes))
    def succeed(self, leave: Pass | None) -> None:
        if leave is None:
            return
        self.breaker.succeeded(leave)
        if leave in self.current:
            if self.is_open:
                self.failed_trials = 0
                self._turned(is_open=False)
            self.history.append(True)

    @rule(leave=consumes(passes))
    def fail(self, leave: Pass | None) -> None:
        if leave is None:
            return
        self.breaker.failed(leave, self.now_ms)
        if leave not in self.current:
            return
        if self.is_open:
            self.failed_trials += 1
            self._turned(is_open=True)
            return
        self.history.append(False)
        last = self.history[-RULES.window :]
        if last.count(False) >= RULES.failures and last.count(False) >= last.count(True):
            self._turned(is_open=True)

    @rule(leave=consumes(passes))
    def abandon(self, leave: Pass | None) -> None:
        if leave is None:
            return
        self.breaker.abandoned(leave)
        if leave in self.current and self.is_open:
            self.under_trial = None

    @invariant()
    def the_circuit_is_as_the_model_says(self) -> None:
        expected = "closed" if not self.is_open else "half_open" if self.now_ms >= self._openable_at() else "open"
        assert self.breaker.circuit(self.now_ms) == expected


TestBreakerMachine = BreakerMachine.TestCase
