"""Why a promotion, a rewarded ad or a webhook is refused: the reasons, and what each says in a sentence.

Only words: `billing.errors` raises them, the rules of each decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

RewardRefusal = Literal[
    "malformed",
    "unknown_key",
    "forged",
    "bad_nonce",
    "expired_nonce",
    "repeated",
    "used_nonce",
    "wrong_unit",
    "wrong_fan",
    "stale",
    "future",
    "over_cap",
]
REWARD_REFUSALS: Mapping[RewardRefusal, str] = {
    "malformed": "the callback is not of the form AdMob sends",
    "unknown_key": "AdMob has no such key",
    "forged": "AdMob did not sign it",
    "bad_nonce": "it does not carry a nonce of ours",
    "expired_nonce": "its nonce has expired",
    "repeated": "this ad was rewarded before",
    "used_nonce": "its nonce was used for another ad",
    "wrong_unit": "the ad is none of ours",
    "wrong_fan": "its nonce was made for another fan",
    "stale": "the ad was watched too long ago",
    "future": "the ad was watched in the future",
    "over_cap": "the fan has had the rewards of the day",
}
PromotionRefusal = Literal["not_begun", "ended", "not_verified", "spent", "too_fast", "nothing"]
PROMOTION_REFUSALS: Mapping[PromotionRefusal, str] = {
    "not_begun": "This offer has not begun yet.",
    "ended": "This offer has ended.",
    "not_verified": "This offer is for accounts that have been verified.",
    "spent": "All of this offer has been given away.",
    "too_fast": "Too many have asked for this offer just now.",
    "nothing": "This offer has nothing to give here.",
}
WebhookFault = Literal["unconfigured", "oversize", "unsigned", "malformed", "forged", "stale", "future", "wrong_mode"]
