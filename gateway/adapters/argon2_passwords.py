"""Passwords by Argon2id, in a thread of their own.

The cost is that of the OWASP Password Storage Cheat Sheet (19 MiB, two passes, one lane); each hash says its own, so
that a later one may cost more. Source: RFC 9106, in the PHC string format.
"""

from __future__ import annotations

import asyncio
import secrets

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

MEMORY_KIB, PASSES, LANES = 19_456, 2, 1
SALT_BYTES, HASH_BYTES = 16, 32
AT_ONCE = 2
"""Hashes made side by side: more would take memory from whoever chats."""


class Argon2Passwords:
    """See gateway.staff.ports.Passwords."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(AT_ONCE)
        self._nobodys = ""
        """What a password is held against where there is none, so that both take as long; made at the first need."""

    async def hash(self, password: str) -> str:
        """See Passwords."""
        async with self._places:
            return await asyncio.to_thread(_hash, password)

    async def verify(self, password: str, password_hash: str) -> bool:
        """See Passwords."""
        async with self._places:
            if not self._nobodys:
                self._nobodys = await asyncio.to_thread(_hash, secrets.token_urlsafe(16))
            right = await asyncio.to_thread(_verify, password, password_hash or self._nobodys)
        return right and bool(password_hash)


def _hash(password: str) -> str:
    maker = Argon2id(
        salt=secrets.token_bytes(SALT_BYTES),
        length=HASH_BYTES,
        iterations=PASSES,
        lanes=LANES,
        memory_cost=MEMORY_KIB,
    )
    return maker.derive_phc_encoded(password.encode("utf-8", "replace"))


def _verify(password: str, password_hash: str) -> bool:
    try:
        Argon2id.verify_phc_encoded(password.encode("utf-8", "replace"), password_hash)
    except (InvalidKey, ValueError):  # not the password, or no hash at all
        return False
    return True
