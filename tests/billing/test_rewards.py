"""Who gets credits for a finished ad: nonces, the rule and its order, and the whole way of a callback."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.admob import parse_callback
from billing.errors import RewardRefused
from billing.ledger import GRANT_CREDITS_MAX
from billing.rewards import (
    CALLBACK_AGE_MAX_MS,
    CALLBACK_AHEAD_MAX_MS,
    NONCE_CHARS_MAX,
    NONCE_ID_CHARS_MAX,
    SECRET_BYTES_MIN,
    Known,
    Nonce,
    Reward,
    RewardRules,
    decide,
    fan_mark,
    make_nonce,
    open_nonce,
    verified,
)
from billing.signature_double import SharedKeys
from tests.billing.admob_stand_in import KEY_ID, TOLD, UNIT, content, query
from tests.billing.builders import FAN, NOW_MS, STRANGER

SECRET, OLD_SECRET, FOREIGN_SECRET = b"s" * 32, b"o" * 32, b"f" * 32
EXPIRES_MS = NOW_MS + 600_000
RULES = RewardRules({UNIT: 3}, daily_cap=5)
KNOWN = Known(FAN, rewarded_today=0)
CALLBACK = parse_callback(query(content(), b"x"))
NONCES = st.builds(
    make_nonce,
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=130),
    id=st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True),
    expires_at_ms=st.integers(NOW_MS + 1, 10**16 - 1),
    secret=st.just(SECRET),
)


def nonce_for(fan: str = FAN, *, id: str = "n1", secret: bytes = SECRET) -> str:
    return make_nonce(fan, id=id, expires_at_ms=EXPIRES_MS, secret=secret)


NONCE = open_nonce(nonce_for(), secrets=[SECRET], now_ms=NOW_MS)


def nonce_refusal(text: str, *, now_ms: int = NOW_MS) -> str:
    with pytest.raises(RewardRefused) as refused:
        open_nonce(text, secrets=[SECRET, OLD_SECRET], now_ms=now_ms)
    return refused.value.reason


class TestNonce:
    def test_what_was_made_is_opened(self) -> None:
        assert Nonce("n1", fan_mark(FAN, "n1", SECRET), EXPIRES_MS) == NONCE

    @given(NONCES)
    def test_it_is_short_goes_into_an_address_as_it_is_and_opens(self, text: str) -> None:
        assert re.fullmatch(r"[A-Za-z0-9._-]+", text)
        assert len(text) <= NONCE_CHARS_MAX
        assert open_nonce(text, secrets=[SECRET], now_ms=NOW_MS).id in text

    @given(NONCES, st.data())
    def test_a_nonce_changed_in_one_place_is_none_of_ours(self, text: str, data: st.DataObject) -> None:
        at = data.draw(st.integers(0, len(text) - 1))
        other = data.draw(st.characters().filter(lambda character: character != text[at]))
        assert nonce_refusal(text[:at] + other + text[at + 1 :]) == "bad_nonce"

    @pytest.mark.parametrize("text", ["", "n1", "1.n1.5.mark.mac", nonce_for() + "A", nonce_for() + "\n", "é"])
    def test_a_text_of_another_form_is_none_of_ours(self, text: str) -> None:
        assert nonce_refusal(text) == "bad_nonce"

    def test_old_nonces_open_while_secrets_change_and_foreign_ones_never(self) -> None:
        assert open_nonce(nonce_for(secret=OLD_SECRET), secrets=[SECRET, OLD_SECRET], now_ms=NOW_MS).id == "n1"
        assert nonce_refusal(nonce_for(secret=FOREIGN_SECRET)) == "bad_nonce"
        with pytest.raises(RewardRefused, match="nonce of ours"):
            open_nonce(nonce_for(), secrets=[], now_ms=NOW_MS)

    def test_it_opens_until_the_moment_it_expires(self) -> None:
        assert open_nonce(nonce_for(), secrets=[SECRET], now_ms=EXPIRES_MS - 1) == NONCE
        assert nonce_refusal(nonce_for(), now_ms=EXPIRES_MS) == "expired_nonce"

    def test_a_forged_nonce_does_not_say_whether_it_would_have_expired(self) -> None:
        assert nonce_refusal(nonce_for(secret=FOREIGN_SECRET), now_ms=EXPIRES_MS) == "bad_nonce"

    def test_nobody_without_the_secret_can_tell_whose_it_is(self) -> None:
        assert FAN not in nonce_for()
        assert FAN.split(":")[-1] not in nonce_for()
        marks = {fan_mark(FAN, "n1", SECRET), fan_mark(FAN, "n2", SECRET), fan_mark(FAN, "n1", OLD_SECRET)}
        assert len(marks) == 3

    def test_the_id_and_the_fan_do_not_run_into_each_other(self) -> None:
        assert fan_mark("b", "a-", SECRET) != fan_mark("-b", "a", SECRET)

    @pytest.mark.parametrize("id", ["", "a.b", "é", "a" * (NONCE_ID_CHARS_MAX + 1)])
    def test_an_id_that_could_not_be_read_back_is_a_mistake(self, id: str) -> None:
        with pytest.raises(AssertionError):
            nonce_for(id=id)

    @pytest.mark.parametrize("expires_at_ms", [-1, 10**16])
    def test_an_expiry_that_could_not_be_read_back_is_a_mistake(self, expires_at_ms: int) -> None:
        with pytest.raises(AssertionError):
            make_nonce(FAN, id="n1", expires_at_ms=expires_at_ms, secret=SECRET)

    def test_a_short_secret_is_a_mistake(self) -> None:
        with pytest.raises(AssertionError):
            nonce_for(secret=b"s" * (SECRET_BYTES_MIN - 1))


def refusal(
    *,
    known: Known = KNOWN,
    rules: RewardRules = RULES,
    nonce: Nonce = NONCE,
    secrets: tuple[bytes, ...] = (SECRET,),
    now_ms: int = NOW_MS,
) -> str:
    with pytest.raises(RewardRefused) as refused:
        decide(CALLBACK, nonce, known=known, rules=rules, secrets=secrets, now_ms=now_ms)
    return refused.value.reason


class TestDecide:
    def test_a_finished_ad_gives_what_our_settings_say_and_not_what_the_callback_says(self) -> None:
        assert CALLBACK.reward_amount == 10
        given_ = decide(CALLBACK, NONCE, known=KNOWN, rules=RULES, secrets=[SECRET], now_ms=NOW_MS)
        assert given_ == Reward(FAN, 3, f"admob:{TOLD['transaction_id']}")

    def test_a_mark_of_the_old_secret_is_the_fans_too(self) -> None:
        old = open_nonce(nonce_for(secret=OLD_SECRET), secrets=[OLD_SECRET], now_ms=NOW_MS)
        decide(CALLBACK, old, known=KNOWN, rules=RULES, secrets=[SECRET, OLD_SECRET], now_ms=NOW_MS)
        assert refusal(nonce=old) == "wrong_fan"

    def test_each_reason_is_told_before_those_that_follow_it(self) -> None:
        late = CALLBACK.timestamp_ms + CALLBACK_AGE_MAX_MS + 1
        known = Known(STRANGER, rewarded_today=5, transaction_booked=True, nonce_used=True)
        nowhere = replace(RULES, units={})
        assert refusal(known=known, rules=nowhere, now_ms=late) == "repeated"
        known = replace(known, transaction_booked=False)
        assert refusal(known=known, rules=nowhere, now_ms=late) == "used_nonce"
        known = replace(known, nonce_used=False)
        assert refusal(known=known, rules=nowhere, now_ms=late) == "wrong_unit"
        assert refusal(known=known, now_ms=late) == "wrong_fan"
        known = replace(known, fan=FAN)
        assert refusal(known=known, now_ms=late) == "stale"
        assert refusal(known=known) == "over_cap"

    @pytest.mark.parametrize(
        ("now_ms", "reason"),
        [
            (NOW_MS + CALLBACK_AGE_MAX_MS, None),
            (NOW_MS + CALLBACK_AGE_MAX_MS + 1, "stale"),
            (NOW_MS - CALLBACK_AHEAD_MAX_MS, None),
            (NOW_MS - CALLBACK_AHEAD_MAX_MS - 1, "future"),
        ],
    )
    def test_an_ad_counts_for_an_hour_and_hardly_before_it_was_watched(self, now_ms: int, reason: str | None) -> None:
        if reason is None:
            assert decide(CALLBACK, NONCE, known=KNOWN, rules=RULES, secrets=[SECRET], now_ms=now_ms).credits == 3
        else:
            assert refusal(now_ms=now_ms) == reason

    @given(st.integers(0, 10), st.integers(0, 10))
    def test_a_fan_has_as_many_rewards_a_day_as_the_cap_allows(self, had: int, cap: int) -> None:
        rules, known = replace(RULES, daily_cap=cap), replace(KNOWN, rewarded_today=had)
        if had < cap:
            assert decide(CALLBACK, NONCE, known=known, rules=rules, secrets=[SECRET], now_ms=NOW_MS).fan == FAN
        else:
            assert refusal(known=known, rules=rules) == "over_cap"

    @pytest.mark.parametrize("credits", [0, -1, GRANT_CREDITS_MAX + 1])
    def test_a_unit_that_gives_what_no_grant_takes_is_a_mistake(self, credits: int) -> None:
        with pytest.raises(AssertionError):
            RewardRules({UNIT: credits}, daily_cap=1)

    def test_a_cap_below_zero_is_a_mistake(self) -> None:
        with pytest.raises(AssertionError):
            RewardRules({}, daily_cap=-1)


async def test_a_callback_goes_all_the_way_from_the_query_to_the_reward() -> None:
    keys = SharedKeys({KEY_ID: b"k" * 32})
    signed = content(custom_data=nonce_for())
    callback = await verified(query(signed, keys.sign(KEY_ID, signed.encode())), keys)
    nonce = open_nonce(callback.custom_data, secrets=[SECRET], now_ms=NOW_MS)
    assert decide(callback, nonce, known=KNOWN, rules=RULES, secrets=[SECRET], now_ms=NOW_MS).credits == 3


async def test_a_callback_that_admob_did_not_sign_is_forged() -> None:
    keys = SharedKeys({KEY_ID: b"k" * 32})
    with pytest.raises(RewardRefused) as refused:
        await verified(query(content(), b"x"), keys)
    assert refused.value.reason == "forged"
