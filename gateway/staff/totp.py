"""The second factor: time-based one-time passwords.

Pure: the time is an argument. Source: RFC 6238 over RFC 4226 with HMAC-SHA-1, 30 seconds and six digits, which is what
authenticator apps assume.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from urllib.parse import quote, urlencode

STEP_S = 30
DIGITS = 6
SECRET_BYTES = 20
DRIFT_STEPS = 1
"""How many steps a clock may be off, either way (RFC 6238, 5.2)."""


def secret_text(entropy: bytes) -> str:
    """A secret as people type it: Base32 without padding."""
    return base64.b32encode(entropy).decode().rstrip("=")


def code_at(secret: str, step: int) -> str:
    """The code of one time step."""
    padded = secret + "=" * (-len(secret) % 8)
    digest = hmac.new(base64.b32decode(padded), struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def step_of(secret: str, code: str, now_ms: int) -> int | None:
    """The time step that a code belongs to, near now; None for a wrong one."""
    written = "".join(code.split())
    now = now_ms // 1_000 // STEP_S
    for step in range(max(0, now - DRIFT_STEPS), now + DRIFT_STEPS + 1):
        try:
            right = code_at(secret, step)
        except binascii.Error:
            return None
        if hmac.compare_digest(right.encode(), written.encode("utf-8", "replace")):
            return step
    return None


def address(secret: str, name: str) -> str:
    """What an authenticator app takes in. Source: the Key URI Format of Google Authenticator."""
    query = urlencode({"secret": secret, "issuer": "Encore", "digits": DIGITS, "period": STEP_S})
    return f"otpauth://totp/Encore:{quote(name)}?{query}"
