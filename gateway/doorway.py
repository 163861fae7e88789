"""What uvicorn's own protocols leave unbounded: how long a request may take to come, what a socket may do beneath ASGI.

Nothing that a stranger's bytes can do here may cost more than the bounds below: half-open connections, heads and bodies
that dribble in, floods of pings, messages in endless fragments, peers that no longer answer or no longer read. It never
looks at what a request asks for.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import TimerHandle
from collections.abc import Mapping
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode
from websockets.server import ServerProtocol

from gateway.addresses import counted_as
from gateway.rates import Bucket, Rule
from gateway.realtime import EVICT

HEAD_S = 10.0
"""How long a request's head may take, from the connection or the request's first byte on."""
HEAD_BYTES_MAX = 32 * 1024
BODY_S = 30.0
BODY_BYTES_MAX = 1024 * 1024
FILES_PREFIX = b"/studio/"
"""Where staff send scripts and cards. A stranger's bytes are not read there: the app asks who it is first, and what it
does not take waits in the kernel."""
FILES_S, FILES_BYTES_MAX = 300.0, 66 * 1024 * 1024
HALF_OPEN_MAX = 1_000
HALF_OPEN_PER_ADDRESS_MAX = 100
WHOLE_S = 1.0
"""An honest client's request, which is on its way when it connects, has come whole by then."""
PIECE_BYTES = 4 * 1024
"""What is parsed at a time, so that a bound is noticed before a whole buffer of tiny frames has been gone through."""
FRAGMENT_BYTES = 64
"""A message may come in one fragment for each so many of the bytes it may have, hence in 256."""
CONTROL_FRAMES = Rule("control_frames", at_once=240, a_minute=240)
"""Pings and pongs on one socket; each ping is answered."""
CUT_S = 2.0
"""How long a connection that is being closed may take to take in what is left."""
NO_UTF8, TOO_BIG, NO_PONG, FLOOD = 1007, 1009, 4012, 4013

_REFUSALS = {408: b"Request Timeout", 413: b"Content Too Large", 431: b"Request Header Fields Too Large"}


class Porch:
    """The connections whose first request has not come whole. One too many, and the one that waited longest is cut.

    None is cut before it has had WHOLE_S: a proxy, or fans who come back all at once, open many in one moment.
    """

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Transport, tuple[str, float]] = {}
        """In the order of their coming, each with what its address is counted as, and when it came."""
        self._of: dict[str, dict[asyncio.Transport, None]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def came(self, transport: asyncio.Transport, address: str, now_s: float) -> None:
        """A connection was accepted; `now_s` is the event loop's time."""
        counted = counted_as(address)
        self._waiting[transport] = (counted, now_s)
        if counted:
            self._of.setdefault(counted, {})[transport] = None
            self._cut(self._of[counted], HALF_OPEN_PER_ADDRESS_MAX, now_s)
        self._cut(self._waiting, HALF_OPEN_MAX, now_s)

    def left(self, transport: asyncio.Transport) -> None:
        """Its request has come, or it is gone."""
        counted, _ = self._waiting.pop(transport, ("", 0.0))
        if counted:
            self._of[counted].pop(transport)
            if not self._of[counted]:
                del self._of[counted]

    def _cut(self, these: Mapping[asyncio.Transport, object], most: int, now_s: float) -> None:
        while len(these) > most:
            longest = next(iter(these))
            if now_s - self._waiting[longest][1] < WHOLE_S:
                return
            self.left(longest)
            longest.abort()


class DoorConfig(uvicorn.Config):
    """uvicorn's configuration, with the protocols of this module and the porch that they share."""

    def __init__(self, app: Any, **more: Any) -> None:
        super().__init__(app, http=BoundedHttp, ws=BoundedWebSocket, **more)
        self.porch = Porch()


class BoundedHttp(HttpToolsProtocol):
    """HTTP with a bound on the time and the size of heads and bodies: 408, 413 and 431, then the connection ends."""

    _timer: TimerHandle | None = None
    _in_head, _head_bytes, _body_bytes, _body_most, _refused = True, 0, 0, BODY_BYTES_MAX, False

    @property
    def _porch(self) -> Porch:
        assert isinstance(self.config, DoorConfig)
        return self.config.porch

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See asyncio.Protocol."""
        super().connection_made(transport)
        self._porch.came(transport, self.client[0] if self.client else "", self.loop.time())
        self._within(HEAD_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._done_waiting()
        self._porch.left(self.transport)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if self._refused:
            return
        self._head_bytes += len(data) if self._in_head else 0
        super().data_received(data)
        if self._in_head and self._head_bytes > HEAD_BYTES_MAX:
            self._refuse(431)

    def on_message_begin(self) -> None:
        """See httptools."""
        super().on_message_begin()
        self._in_head, self._body_bytes = True, 0
        if self._timer is None:
            self._within(HEAD_S)

    def on_headers_complete(self) -> None:
        """See httptools."""
        self._in_head, self._head_bytes = False, 0
        self._porch.left(self.transport)
        self._done_waiting()
        brings_files = self.url.startswith(FILES_PREFIX)
        self._body_most = FILES_BYTES_MAX if brings_files else BODY_BYTES_MAX
        self._within(FILES_S if brings_files else BODY_S)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """See httptools."""
        self._body_bytes += len(body)
        if self._body_bytes > self._body_most:
            self._refuse(413)
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """See httptools."""
        self._done_waiting()
        super().on_message_complete()

    def _within(self, seconds: float) -> None:
        self._timer = self.loop.call_later(seconds, self._refuse, 408)

    def _done_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, status: int) -> None:
        """Answer, unless an answer has begun, and end the connection; the app is told that the client is gone."""
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        self._done_waiting()
        answered = not self._in_head and self.cycle.response_started
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if not answered:
            line = b"HTTP/1.1 %d %b\r\n" % (status, _REFUSALS[status])
            self.transport.write(line + b"content-length: 0\r\nconnection: close\r\n\r\n")
        self.flow.resume_reading()
        _linger(self.transport)


class _Frames(ServerProtocol):
    """WebSocket frames by which a client may also close in the midst of a message (RFC 6455, 5.4 and 5.5)."""

    def recv_frame(self, frame: Frame) -> None:
        """Take a frame in; a message that a close cuts off is forgotten, not an error."""
        if frame.opcode is Opcode.CLOSE:
            self.current_size = None
        super().recv_frame(frame)


class BoundedWebSocket(WebSocketsSansIOProtocol):
    """WebSocket with bounds beneath ASGI, the close codes of docs/protocol.md, and a way to cut the connection."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.conn = _Frames(max_size=self.config.ws_max_size, logger=logging.getLogger("uvicorn.error"))
        self.close_timeout = CUT_S
        self._fragments_max = self.config.ws_max_size // FRAGMENT_BYTES
        self._controls = Bucket.full(CONTROL_FRAMES, self._now_ms())
        self._lingering = False

    async def run_asgi(self) -> None:
        """Hand the application the means to evict, as an ASGI extension."""
        self.scope.setdefault("extensions", {})[EVICT] = {"close": self.evict}
        await super().run_asgi()

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        for start in range(0, len(data), PIECE_BYTES):
            if self._lingering or self.transport.is_closing():
                return
            super().data_received(data[start : start + PIECE_BYTES])

    def handle_cont(self, event: Frame) -> None:
        """See the base."""
        if self.close_sent:
            return
        if len(self.frames) >= self._fragments_max:
            self.evict(TOO_BIG)
        else:
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """See the base, which would write a traceback to the log about each text that is not UTF-8."""
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.evict(NO_UTF8)
                return
        super().send_receive_event_to_app()

    def handle_ping(self) -> None:
        """See the base."""
        if self._may_go_on():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        """See the base."""
        if self._may_go_on():
            super().handle_pong(event)

    def keepalive_timeout(self) -> None:
        """See the base, which closes with 1011."""
        self.pong_timer = self.pending_ping_payload = None
        self.evict(NO_PONG)

    def handle_parser_exception(self) -> None:
        """See the base, which closes at once, so that a client that is still sending loses the close code."""
        closing = self.conn.close_sent
        assert closing is not None
        self.queue.put_nowait({"type": "websocket.disconnect", "code": closing.code, "reason": closing.reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.stop_keepalive()
        self.close_sent = self._lingering = True
        self.transport.resume_reading()
        self.close_timer = _linger(self.transport)  # while there is one, the end of the app ends nothing

    async def send(self, message: Any) -> None:
        """See ASGI. Who does not take in its close is cut off."""
        await super().send(message)
        if message["type"] == "websocket.close":
            self.loop.call_later(CUT_S + 1, self.transport.abort)

    def _may_go_on(self) -> bool:
        """Count a control frame; the socket ends at one too many."""
        if self.close_sent:
            return False
        if self._controls.take(CONTROL_FRAMES, self._now_ms()):
            self.evict(FLOOD)
            return False
        return True

    def _now_ms(self) -> float:
        return self.loop.time() * 1_000

    def evict(self, code: int) -> None:
        """Say the close code behind what is still to be taken, and cut the line when it is not taken soon."""
        if self.close_sent or self.transport.is_closing():
            return
        self.conn.fail(code)
        self.handle_parser_exception()


def _linger(transport: asyncio.Transport) -> TimerHandle:
    """Say no more, and go when the peer does, or after CUT_S: to close on unread bytes would take back the last words.

    Source: RFC 9112, section 9.6.
    """
    transport.write_eof()
    return asyncio.get_running_loop().call_later(CUT_S, transport.abort)
