"""How much one socket may send: frames and bytes against their rules, and when refusing them is not enough.

Pure: the time is an argument.
"""

from __future__ import annotations

from gateway.rates import FLOOD_REFUSALS, FRAME_BYTES, FRAMES, Bucket


class Intake:
    """What one socket has left."""

    def __init__(self) -> None:
        self._frames: Bucket | None = None
        self._bytes: Bucket | None = None
        self._refused = 0

    def take(self, size: int, now_ms: float) -> int:
        """0 when a frame of this many bytes may come in, else after how many milliseconds another may."""
        if self._frames is None or self._bytes is None:
            self._frames, self._bytes = Bucket.full(FRAMES, now_ms), Bucket.full(FRAME_BYTES, now_ms)
        wait_ms = self._frames.take(FRAMES, now_ms) or self._bytes.take(FRAME_BYTES, now_ms, size)
        self._refused = self._refused + 1 if wait_ms else 0
        return wait_ms

    @property
    def is_flood(self) -> bool:
        """Whether so many frames in a row were refused that the socket should be closed."""
        return self._refused > FLOOD_REFUSALS
