"""Reading AdMob's callbacks: what was signed, what it says, and what is refused for its form."""

from __future__ import annotations

import asyncio

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hypothesis import given
from hypothesis import strategies as st

from billing.admob import QUERY_CHARS_MAX, Callback, parse_callback
from billing.errors import RewardRefused
from billing.rewards import verified
from billing.signature_double import SharedKeys
from tests.billing.admob_stand_in import KEY_ID, TOLD, UNIT, content, escaped, query
from tests.billing.builders import NOW_MS

GOOGLES_KEY = b"""-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE+nzvoGqvDeB9+SzE6igTl7TyK4JB
bglwir9oTcQta8NuG26ZpZFxt+F2NDk7asTE6/2Yc8i1ATcGIqtuS5hv0Q==
-----END PUBLIC KEY-----"""
"""The public key AdMob published as 3335741209."""
PLAIN = (
    "ad_network=5450213213286189855&ad_unit=1234567890&timestamp=1588756506292&transaction_id=123456789"
    "&signature=MEQCIA54vhOTh9NjebJJZM6Pvgcz1UMd6Jn3G6WQ8czPoEPdAiBwXX1aOG4Cz219vH_VPXicw5K9w8XqOmWHYmQgKtJmsA"
    "&key_id=3335741209"
)
WITH_ESCAPES = (
    "ad_network=5450213213286189855&ad_unit=1234567890&custom_data=%7B%22SuperPowers%22%3A%205%7D&reward_amount=1"
    "&reward_item=Battle%20Pass&timestamp=1624634818272&transaction_id=123456789"
    "&user_id=wNX0mXZaz5hEPWBE6StRdv4cmPk2"
    "&signature=MEQCIDhLm6-M98N4YEhPE2owusFjXS1Z7RLagfGiiEqyGyDBAiARo3sevcsrTZEPV8ZG1xBwIiPpuSt4Ege5ZBwH9hyjbQ"
    "&key_id=3335741209"
)
"""Two callbacks that AdMob's own test tool sent."""

DOUBLE = SharedKeys({KEY_ID: b"k" * 32})


def signed_query(raw: str) -> str:
    """What AdMob would send for this content, as the double signs."""
    return query(raw, DOUBLE.sign(KEY_ID, parse_callback(query(raw, b"x")).signed))


def refusal(text: str | bytes) -> str:
    with pytest.raises(RewardRefused) as refused:
        parse_callback(text)
    return refused.value.reason


def verify(text: str) -> Callback:
    return asyncio.run(verified(text, DOUBLE))


@pytest.mark.parametrize("sent", [PLAIN, WITH_ESCAPES], ids=["plain", "with escapes"])
def test_what_google_signed_is_what_we_say_was_signed(sent: str) -> None:
    key = load_pem_public_key(GOOGLES_KEY)
    assert isinstance(key, EllipticCurvePublicKey)
    callback = parse_callback(sent)
    key.verify(callback.signature, callback.signed, ECDSA(SHA256()))


def test_a_callback_is_read_whole() -> None:
    callback = parse_callback(WITH_ESCAPES.encode())
    assert callback == Callback(
        signed=b'ad_network=5450213213286189855&ad_unit=1234567890&custom_data={"SuperPowers": 5}&reward_amount=1'
        b"&reward_item=Battle Pass&timestamp=1624634818272&transaction_id=123456789"
        b"&user_id=wNX0mXZaz5hEPWBE6StRdv4cmPk2",
        signature=callback.signature,
        key_id=3335741209,
        ad_network="5450213213286189855",
        ad_unit="1234567890",
        custom_data='{"SuperPowers": 5}',
        reward_amount=1,
        reward_item="Battle Pass",
        timestamp_ms=1624634818272,
        transaction_id="123456789",
        user_id="wNX0mXZaz5hEPWBE6StRdv4cmPk2",
    )


def test_what_an_app_need_not_give_may_be_left_out() -> None:
    callback = parse_callback(PLAIN)
    assert (callback.custom_data, callback.user_id, callback.reward_item, callback.reward_amount) == ("", "", "", None)


def test_a_plus_sign_is_no_space_and_a_later_equals_sign_belongs_to_the_value() -> None:
    assert parse_callback(query(content(custom_data="a+b=c%2B"), b"x")).custom_data == "a+b=c+"


def test_a_name_we_do_not_know_is_passed_over() -> None:
    assert parse_callback(query(content(zone="7"), b"x")).transaction_id == TOLD["transaction_id"]


@pytest.mark.parametrize(
    ("changes", "accepted"),
    [
        ({"timestamp": "0"}, True),
        ({"timestamp": "9" * 16}, True),
        ({"timestamp": "9" * 17}, False),
        ({"timestamp": ""}, False),
        ({"timestamp": None}, False),
        ({"timestamp": "-1"}, False),
        ({"timestamp": "%D9%A1"}, False),
        ({"transaction_id": "a" * 128}, True),
        ({"transaction_id": "a" * 129}, False),
        ({"transaction_id": None}, False),
        ({"transaction_id": "a:b"}, False),
        ({"reward_amount": ""}, False),
        ({"reward_amount": "1.5"}, False),
        ({"custom_data": ""}, True),
        ({"custom_data": "%7b"}, True),
        ({"custom_data": "%"}, False),
        ({"custom_data": "%4"}, False),
        ({"custom_data": "%4g"}, False),
        ({"custom_data": "%FF"}, False),
        ({"custom_data": "%C3%A9"}, True),
        ({"custom_data": "a b"}, False),
        ({"custom_data": "é"}, False),
        ({"custom_data": "Cats%20%26%20Dogs"}, False),
        ({"signature": "x"}, False),
        ({"key_id": "1"}, False),
    ],
)
def test_the_form_of_every_part_is_checked(changes: dict[str, str | None], accepted: bool) -> None:
    text = query(content(**changes), b"x")
    if accepted:
        assert parse_callback(text).key_id == KEY_ID
    else:
        assert refusal(text) == "malformed"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "signature=eA&key_id=1",
        "&signature=eA&key_id=1",
        f"{content()}&key_id=1&signature=eA",
        f"{content()}&signature=eA",
        f"{content()}&key_id=1",
        f"{content()}&signature=&key_id=1",
        f"{content()}&signature=eA&key_id=",
        f"{content()}&signature=eA&key_id=-1",
        f"{content()}&signature=eA&key_id={'1' * 20}",
        f"{content()}&signature=eA&key_id=1&user_id=somebody",
        f"{content()}&signature=eA&key_id=1\n",
        f"{content()}&signature=eA==&key_id=1",
        f"{content()}&signature=eAAAA&key_id=1",
        f"{content()}&signature=eB&key_id=1",
        f"{content()}&signature={'A' * 204}&key_id=1",
        f"{content()}&ad_unit={UNIT}&signature=eA&key_id=1",
        f"{content()}&flag&signature=eA&key_id=1",
        f"?{content()}#&signature=eA&key_id=1&",
        "\u0661",
        b"\xff",
    ],
)
def test_a_query_of_another_form_is_refused(text: str | bytes) -> None:
    assert refusal(text) == "malformed"


def test_the_longest_query_is_read_and_a_longer_one_is_not() -> None:
    spare = QUERY_CHARS_MAX - len(query(content(custom_data=""), b"x"))
    assert parse_callback(query(content(custom_data="n" * spare), b"x")).custom_data == "n" * spare
    assert refusal(query(content(custom_data="n" * (spare + 1)), b"x")) == "malformed"


def test_another_publishers_callback_cannot_be_written_anew_as_one_of_ours() -> None:
    """The forger's own app chose a custom data that looks like our parameters, and AdMob signed it."""
    ours = f"x&ad_unit={UNIT}&custom_data=nonce&reward_amount=1&reward_item=i&timestamp={NOW_MS}&transaction_id=t1&z="
    signed = content(ad_unit="1111", custom_data=ours)
    signature = DOUBLE.sign(KEY_ID, signed.encode())
    ad_unit_hidden = signed.replace("&ad_unit=1111", "%26ad_unit=1111", 1).replace("&custom_data=x", "%26custom_data=x")
    rest_hidden = f"{ad_unit_hidden.split('&z=')[0]}&z={ad_unit_hidden.split('&z=')[1].replace('&', '%26')}"
    for written in (signed, escaped(signed), ad_unit_hidden, rest_hidden):
        assert refusal(query(written, signature)) == "malformed"


ANY_QUERY = st.builds(
    lambda custom, user: signed_query(escaped(content(custom_data=custom, user_id=user))),
    st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="&"), max_size=20),
    st.sampled_from(["", "1", "a b"]),
)


@given(ANY_QUERY, st.data())
def test_no_change_of_one_byte_makes_another_callback(sent: str, data: st.DataObject) -> None:
    """Refused, or it says the very same: only the case of an escape's letters is free."""
    genuine = verify(sent)
    at = data.draw(st.integers(0, len(sent) - 1))
    byte = data.draw(st.characters(min_codepoint=0, max_codepoint=255).filter(lambda byte: byte != sent[at]))
    changed = data.draw(st.sampled_from([sent[:at] + byte + sent[at + 1 :], sent[:at] + sent[at + 1 :]]))
    try:
        accepted = verify(changed)
    except RewardRefused:
        return
    assert accepted == genuine
    assert changed.casefold() == sent.casefold()


@given(st.permutations(list(TOLD)))
def test_parameters_in_another_order_are_not_what_was_signed(order: list[str]) -> None:
    signature = DOUBLE.sign(KEY_ID, content().encode())
    text = query("&".join(f"{name}={TOLD[name]}" for name in order), signature)
    if order == list(TOLD):
        assert verify(text).ad_unit == UNIT
    else:
        with pytest.raises(RewardRefused, match="AdMob did not sign it"):
            verify(text)


@given(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="&")))
def test_a_value_is_read_as_it_was_before_it_was_escaped(value: str) -> None:
    callback = parse_callback(query(escaped(content(custom_data=value)), b"x"))
    assert callback.custom_data == value
    assert callback.signed == content(custom_data=value).encode()
