"""Who is served next: fans in turn, each one's requests in their order, and never more at once than places."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from persona.fair_queue import FairQueue


def drained(queue: FairQueue, served: list[int]) -> list[int]:
    """The order in which everybody else is served when one after the other leaves."""
    order = []
    while served:
        following = queue.leave(served.pop(0))
        if following is not None:
            order.append(following)
            served.append(following)
    return order


def test_fans_are_served_in_turn_however_much_one_of_them_asks() -> None:
    queue = FairQueue(1, 100)
    assert queue.enter(0, "greedy") is True
    for ticket in (1, 2, 3, 4):
        assert queue.enter(ticket, "greedy") is False
    queue.enter(5, "mara")
    queue.enter(6, "ines")
    queue.enter(7, "mara")
    assert drained(queue, [0]) == [1, 5, 6, 2, 7, 3, 4]


def test_who_no_longer_waits_is_passed_over() -> None:
    queue = FairQueue(1, 100)
    queue.enter(0, "a")
    queue.enter(1, "b")
    queue.enter(2, "c")
    assert queue.leave(1) is None
    assert (queue.served, queue.waiting) == (1, 1)
    assert queue.leave(0) == 2


def test_a_full_queue_takes_nobody_in() -> None:
    queue = FairQueue(1, 1)
    assert (queue.enter(0, "a"), queue.enter(1, "b"), queue.enter(2, "c")) == (True, False, None)
    assert queue.waiting == 1
    assert FairQueue(1, 0).enter(0, "a") is True


@pytest.mark.parametrize(("places", "waiting"), [(0, 1), (-1, 0), (1, -1)])
def test_a_queue_without_places_is_none(places: int, waiting: int) -> None:
    with pytest.raises(ValueError, match="place"):
        FairQueue(places, waiting)


def test_a_ticket_is_used_once() -> None:
    queue = FairQueue(1, 5)
    queue.enter(0, "a")
    queue.enter(1, "a")
    for ticket in (0, 1):
        with pytest.raises(ValueError, match="once"):
            queue.enter(ticket, "b")


@given(st.integers(1, 4), st.lists(st.sampled_from("abcd"), max_size=40))
def test_nobody_waits_behind_more_than_one_request_of_another_per_round(places: int, fans: list[str]) -> None:
    queue = FairQueue(places, 100)
    served = [number for number, fan in enumerate(fans) if queue.enter(number, fan)]
    order = [fans[ticket] for ticket in drained(queue, served)]
    left = Counter(order)
    for start, fan in enumerate(order):
        before: Counter[str] = Counter()
        for following in order[start + 1 :]:
            if following == fan:
                break
            before[following] += 1
        else:
            continue
        assert all(count == 1 for count in before.values())
    assert sum(left.values()) == max(0, len(fans) - places)


class QueueMachine(RuleBasedStateMachine):
    """Places are never more than filled, never idle while somebody waits, and each fan's requests keep their order."""

    PLACES, WAITING = 2, 5

    def __init__(self) -> None:
        super().__init__()
        self.queue = FairQueue(self.PLACES, self.WAITING)
        self.tickets = 0
        self.served: list[int] = []
        self.waiting: dict[int, str] = {}

    @rule(fan=st.sampled_from("abc"))
    def enter(self, fan: str) -> None:
        self.tickets += 1
        entered = self.queue.enter(self.tickets, fan)
        if len(self.served) < self.PLACES:
            assert entered is True
            self.served.append(self.tickets)
        elif len(self.waiting) < self.WAITING:
            assert entered is False
            self.waiting[self.tickets] = fan
        else:
            assert entered is None

    @precondition(lambda self: self.served)
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        ticket = data.draw(st.sampled_from(self.served))
        self.served.remove(ticket)
        following = self.queue.leave(ticket)
        assert (following is not None) == bool(self.waiting)
        if following is not None:
            fan = self.waiting.pop(following)
            assert all(other > following for other, whose in self.waiting.items() if whose == fan)
            self.served.append(following)

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        ticket = data.draw(st.sampled_from(sorted(self.waiting)))
        assert self.queue.leave(ticket) is None
        del self.waiting[ticket]

    @invariant()
    def the_numbers_agree(self) -> None:
        assert (self.queue.served, self.queue.waiting) == (len(self.served), len(self.waiting))


TestQueueMachine = QueueMachine.TestCase
