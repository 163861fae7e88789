"""A signer of rewarded ads that needs no network and no cryptography package, for tests and for trying things out.

It signs with HMAC, so whoever can check can also sign: it must never stand where real ads are rewarded.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from billing.errors import KeysUnavailable, RewardRefused


class SharedKeys:
    """`billing.rewards.SignatureCheck` over secrets by key id; None is a source that does not answer."""

    def __init__(self, secrets: Mapping[int, bytes] | None) -> None:
        self.secrets = secrets

    def sign(self, key_id: int, signed: bytes) -> bytes:
        """The signature that `genuine` accepts for these bytes and this key."""
        assert self.secrets is not None, "nothing can be signed without keys"
        return hmac.digest(self.secrets[key_id], signed, hashlib.sha256)

    async def genuine(self, key_id: int, signed: bytes, signature: bytes) -> bool:
        """See `SignatureCheck`."""
        if self.secrets is None:
            raise KeysUnavailable("their source does not answer")
        if key_id not in self.secrets:
            raise RewardRefused("unknown_key")
        return hmac.compare_digest(self.sign(key_id, signed), signature)
