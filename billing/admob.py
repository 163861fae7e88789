"""AdMob's server-side verification callback: from the query as received to what was signed and what it says.

Pure: it reads a query and checks its form, never its signature. What a callback says is read from the signed bytes
alone, so that no other writing of the same bytes can say something else.

What is signed is the percent-decoded query up to `&signature=`. The guide (developers.google.com/admob/android/ssv)
speaks of the query as it is, but its own verifier, Tink's RewardedAdsVerifier, decodes it first, and callbacks that
hold an escape are genuine only that way. A plus sign stands for itself, in both.

Decoding first has a price. Anybody with an AdMob account gets callbacks signed by the same keys, with a `custom_data`
of their choice, and could escape an `&` anew so that a reader of the raw query finds another ad unit in it. Names
are therefore looked for after decoding, and one that comes twice is refused: `ad_unit` stands before all that an app
chooses.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from billing.errors import RewardRefused

QUERY_CHARS_MAX = 8 * 1024
_QUERY = re.compile(r"(?P<content>[!-~]+)&signature=(?P<signature>[A-Za-z0-9_-]{1,200})&key_id=(?P<key_id>[0-9]{1,19})")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_NUMBER = re.compile(r"[0-9]{1,16}")
_TRANSACTION = re.compile(r"[0-9A-Za-z_-]{1,128}")
_LAST = frozenset({"signature", "key_id"})


@dataclass(frozen=True, slots=True)
class Callback:
    """One finished ad, as AdMob tells it. Nothing in it may be believed before the signature is checked."""

    signed: bytes
    """The percent-decoded content that `signature` covers."""
    signature: bytes
    """ECDSA over P-256 and SHA-256, in DER."""
    key_id: int
    ad_network: str
    ad_unit: str
    """The unit's own number, such as 2747237135, without the publisher's."""
    custom_data: str
    """What the app gave to the ad: our nonce, or "" when it gave nothing."""
    reward_amount: int | None
    """What the ad unit is set to in AdMob. Information: what we give is in our settings."""
    reward_item: str
    timestamp_ms: int
    """When the fan was rewarded."""
    transaction_id: str
    user_id: str


def parse_callback(query: str | bytes) -> Callback:
    """Read the query of a callback, exactly as it was received: without `?`, never decoded or put in order.

    `signature` (base64url without padding) and `key_id` come last, in that order. Unknown names are passed over, since
    AdMob may add some. Raises RewardRefused: malformed.
    """
    try:
        text = query if isinstance(query, str) else query.decode("ascii")
    except UnicodeDecodeError:
        raise RewardRefused("malformed") from None
    matched = _QUERY.fullmatch(text) if len(text) <= QUERY_CHARS_MAX else None
    if matched is None:
        raise RewardRefused("malformed")
    signed = _decoded(matched["content"].encode("ascii"))
    said = _parameters(signed)
    amount = said.get("reward_amount")
    return Callback(
        signed=signed,
        signature=_signature(matched["signature"]),
        key_id=int(matched["key_id"]),
        ad_network=said.get("ad_network", ""),
        ad_unit=said.get("ad_unit", ""),
        custom_data=said.get("custom_data", ""),
        reward_amount=None if amount is None else int(_required(amount, _NUMBER)),
        reward_item=said.get("reward_item", ""),
        timestamp_ms=int(_required(said.get("timestamp", ""), _NUMBER)),
        transaction_id=_required(said.get("transaction_id", ""), _TRANSACTION),
        user_id=said.get("user_id", ""),
    )


def _decoded(content: bytes) -> bytes:
    if content.count(b"%") != len(_ESCAPE.findall(content)):
        raise RewardRefused("malformed")
    return _ESCAPE.sub(lambda escape: bytes.fromhex(escape[1].decode("ascii")), content)


def _parameters(signed: bytes) -> dict[str, str]:
    try:
        pieces = signed.decode("utf-8").split("&")
    except UnicodeDecodeError:
        raise RewardRefused("malformed") from None
    said: dict[str, str] = {}
    for piece in pieces:
        name, equals, value = piece.partition("=")
        if not equals or name in said or name in _LAST:
            raise RewardRefused("malformed")
        said[name] = value
    return said


def _signature(text: str) -> bytes:
    padded = text + "=" * (-len(text) % 4)
    if len(text) % 4 == 1:
        raise RewardRefused("malformed")
    signature = base64.urlsafe_b64decode(padded)
    # The last character may hold bits that decoding drops: of the texts that decode alike, only the proper one passes.
    if base64.urlsafe_b64encode(signature).decode("ascii") != padded:
        raise RewardRefused("malformed")
    return signature


def _required(value: str, form: re.Pattern[str]) -> str:
    if form.fullmatch(value) is None:
        raise RewardRefused("malformed")
    return value
