"""The protocol of one socket without a socket: what may come when, and that nothing is sent twice or left out."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gateway.errors import InvalidEvent
from gateway.events import ReplySnapshot
from gateway.protocol import ClientEvent, ConversationOpen, Hello, MessageSend, Ping, TurnCancel, Typing
from gateway.records import Logged
from gateway.session import FOLLOWED_MAX, Cancel, CatchUp, Close, Effect, Greet, Open, Send, Session, Submit

HELLO = Hello(type="hello", protocol="encore.v1")
OPEN = ConversationOpen(type="conversation.open", show="the-roof", character="tamsin")
SEND = MessageSend(
    type="message.send", client_msg_id="6f1c8f0e-7c1b-4b7e-9a55-0d6a2f1d9b11", conversation="c-1", text="Hi."
)
CANCEL = TurnCancel(type="turn.cancel", turn="t-1")
TYPING = Typing(type="typing", conversation="c-1")
PING = Ping(type="ping", t=7)


def greeted() -> Session:
    session = Session()
    session.receive(HELLO, pong_id="p")
    return session


def event(seq: int, conversation: str = "c-1", epoch: str = "e-1") -> Logged:
    return Logged(conversation, epoch, seq, "t-1", "reply.delta", f"{conversation}/{seq}")


def snapshot(through_seq: int, conversation: str = "c-1", epoch: str = "e-1") -> ReplySnapshot:
    return ReplySnapshot(
        id="s-1",
        conversation=conversation,
        turn="t-1",
        text="So far.",
        epoch=epoch,
        through_seq=through_seq,
        state="speaking",
    )


def sent(effects: Sequence[Effect]) -> list[str]:
    return [effect.wire for effect in effects if isinstance(effect, Send)]


def test_hello_is_answered_and_only_then_is_a_session_greeted() -> None:
    session = Session()
    assert not session.greeted
    assert session.receive(HELLO, pong_id="p") == Greet(HELLO)
    assert session.greeted


@pytest.mark.parametrize("first", [OPEN, SEND, CANCEL, TYPING, PING], ids=lambda event: str(event.type))
def test_anything_before_hello_closes_the_socket(first: ClientEvent) -> None:
    session = Session()
    assert session.receive(first, pong_id="p") == Close(4505)
    assert not session.greeted


@pytest.mark.parametrize("protocol", ["encore.v2", "encore.v10", "ENCORE.V1", "", "encore"])
def test_a_version_that_is_not_spoken_here_closes_the_socket(protocol: str) -> None:
    session = Session()
    assert session.receive(HELLO.model_copy(update={"protocol": protocol}), pong_id="p") == Close(4506)
    assert not session.greeted


def test_a_second_hello_is_no_valid_event_and_the_session_goes_on() -> None:
    session = greeted()
    with pytest.raises(InvalidEvent) as refused:
        session.receive(HELLO.model_copy(update={"id": "h2"}), pong_id="p")
    assert (refused.value.field, refused.value.ref) == ("type", "h2")
    assert session.receive(OPEN, pong_id="p") == Open(OPEN)


def test_each_event_after_hello_has_its_effect() -> None:
    session = greeted()
    assert session.receive(OPEN, pong_id="p") == Open(OPEN)
    assert session.receive(SEND, pong_id="p") == Submit(SEND)
    assert session.receive(CANCEL, pong_id="p") == Cancel(CANCEL)
    assert session.receive(TYPING, pong_id="p") is None
    pong = session.receive(PING, pong_id="p-1")
    assert isinstance(pong, Send)
    assert json.loads(pong.wire) == {"type": "pong", "id": "p-1", "t": 7}


def test_what_is_not_followed_is_not_sent() -> None:
    session = greeted()
    assert session.offer([event(1)]) == []
    assert session.place("c-1") is None
    assert session.behind() == []


def test_what_is_known_is_not_sent_again_and_a_gap_is_caught_up_with() -> None:
    session = greeted()
    session.attach("c-1", "e-1", 2)
    assert sent(session.offer([event(1), event(2), event(3), event(3)])) == ["c-1/3"]
    assert session.offer([event(5), event(6)]) == [CatchUp("c-1", 3)]
    assert sent(session.offer([event(3), event(4), event(5), event(6)])) == ["c-1/4", "c-1/5", "c-1/6"]
    assert session.behind() == [CatchUp("c-1", 6)]


def test_events_of_another_epoch_are_not_mixed_in() -> None:
    session = greeted()
    session.attach("c-1", "e-1", 2)
    assert session.offer([event(3, epoch="e-2")]) == []
    session.attach("c-1", "e-2", 0)
    assert session.place("c-1") == 0


def test_attaching_again_keeps_the_place() -> None:
    session = greeted()
    session.attach("c-1", "e-1", 5)
    session.attach("c-1", "e-1", 0)
    assert session.place("c-1") == 5


def test_a_snapshot_stands_for_what_has_not_been_sent_and_is_not_shown_for_what_has() -> None:
    session = greeted()
    session.attach("c-1", "e-1", 5)
    for untold in (snapshot(5), snapshot(4), snapshot(9, epoch="e-2"), snapshot(9, "c-2")):
        assert session.show(untold) == []
    assert session.place("c-1") == 5
    assert session.show(snapshot(9)) == [Send(snapshot(9).wire())]
    assert session.place("c-1") == 9
    assert sent(session.offer([event(9), event(10)])) == ["c-1/10"]


def test_a_session_follows_a_bounded_number_of_conversations_and_lets_the_oldest_go() -> None:
    session = greeted()
    for number in range(FOLLOWED_MAX + 1):
        session.attach(f"c-{number}", "e-1", 0)
    assert session.place("c-0") is None
    assert (session.place("c-1"), session.place(f"c-{FOLLOWED_MAX}")) == (0, 0)


CONVERSATIONS = ("c-1", "c-2")
PAGE = 3
which = st.sampled_from(CONVERSATIONS)


class Following(RuleBasedStateMachine):
    """Two logs grow; their events come live, again, not at all or too late, and a gap is caught up from the log.

    A model of a client: it must get each number once, in order, from the place where it attached.
    """

    @initialize(starts=st.tuples(st.integers(0, 5), st.integers(0, 5)))
    def attach(self, starts: tuple[int, int]) -> None:
        self.session = greeted()
        self.heads = dict(zip(CONVERSATIONS, starts, strict=True))
        self.starts = dict(self.heads)
        self.got: dict[str, list[int]] = {name: [] for name in CONVERSATIONS}
        self.gaps: list[CatchUp] = []
        for name, seq in self.heads.items():
            self.session.attach(name, "e-1", seq)

    @rule(name=which, many=st.integers(1, 4), heard=st.booleans())
    def grow(self, name: str, many: int, heard: bool) -> None:
        """New events, which are heard of or lost on the way."""
        first = self.heads[name] + 1
        self.heads[name] += many
        if heard:
            self.hear([event(seq, name) for seq in range(first, first + many)])

    @rule(name=which, data=st.data())
    def hear_again(self, name: str, data: st.DataObject) -> None:
        """Some slice of the log, old or new."""
        first = data.draw(st.integers(1, self.heads[name] + 1))
        last = data.draw(st.integers(first, self.heads[name] + 1))
        self.hear([event(seq, name) for seq in range(first, last)])

    @precondition(lambda self: self.gaps)
    @rule()
    def catch_up(self) -> None:
        """Read the log after a gap, page by page, as the connection does."""
        self.read_on(self.gaps.pop(0))

    @rule(name=which)
    def show(self, name: str) -> None:
        """A snapshot as of now, in place of whatever has not been sent."""
        for _ in self.session.show(snapshot(self.heads[name], name)):
            self.got[name].extend(range(self.starts[name] + len(self.got[name]) + 1, self.heads[name] + 1))

    @rule()
    def catch_up_with_everything(self) -> None:
        """As after events that were missed."""
        for gap in self.session.behind():
            self.read_on(gap)
        assert {name: self.session.place(name) for name in CONVERSATIONS} == self.heads

    def read_on(self, gap: CatchUp) -> None:
        after, head = gap.after, self.heads[gap.conversation]
        while after < head:
            page = [event(seq, gap.conversation) for seq in range(after + 1, min(after + PAGE, head) + 1)]
            self.hear(page)
            after = page[-1].seq

    def hear(self, events: list[Logged]) -> None:
        for effect in self.session.offer(events):
            if isinstance(effect, CatchUp):
                self.gaps.append(effect)
            else:
                assert isinstance(effect, Send)
                name, _, seq = effect.wire.partition("/")
                self.got[name].append(int(seq))

    @invariant()
    def each_event_came_once_and_in_order(self) -> None:
        for name in self.heads if hasattr(self, "heads") else ():
            start = self.starts[name]
            assert self.got[name] == list(range(start + 1, start + len(self.got[name]) + 1))
            assert self.session.place(name) == start + len(self.got[name])

    def teardown(self) -> None:
        if hasattr(self, "heads"):
            self.catch_up_with_everything()
            self.each_event_came_once_and_in_order()


TestFollowing = Following.TestCase
TestFollowing.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
