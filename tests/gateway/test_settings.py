"""Settings: where they come from, what is refused by name, and that no secret is ever repeated."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.costs import TokensUsed
from gateway.errors import InvalidSetting
from gateway.model_settings import Fallback
from gateway.setting_table import SETTINGS
from gateway.settings import read_settings
from tests.gateway.builders import SECRET

APP = {"demo": {"secret": SECRET, "origins": ["https://app.example"]}}


def apps(value: object) -> dict[str, str]:
    return {"ENCORE_APPS": value if isinstance(value, str) else json.dumps(value)}


def test_every_setting_has_a_default_that_works_and_says_what_it_is() -> None:
    settings = read_settings({})
    assert settings.database_url == f"sqlite+aiosqlite:///{settings.data_dir / 'encore.db'}"
    assert settings.embedded_database
    assert settings.apps == {}
    assert all(about for _, about in SETTINGS.values())


def test_the_environment_goes_before_the_file_and_the_file_before_the_default(tmp_path: Path) -> None:
    file = tmp_path / "encore.toml"
    file.write_text(
        f'drain_s = 7\nheartbeat_s = 9\n[apps.demo]\nsecret = "{SECRET}"\norigins = ["https://app.example"]\n',
        encoding="utf-8",
    )
    settings = read_settings({"ENCORE_DRAIN_S": "3"}, file)
    assert (settings.drain_s, settings.heartbeat_s, settings.sockets_per_fan) == (3, 9, 8)
    assert settings.apps["demo"].origins == ("https://app.example",)
    assert read_settings({}, tmp_path / "missing.toml").drain_s == 25


def test_another_database_is_not_the_embedded_one(tmp_path: Path) -> None:
    settings = read_settings({"ENCORE_DATABASE_URL": "postgresql+asyncpg://u:p@localhost/x"})
    assert not settings.embedded_database


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EMBEDDER", "word2vec"),
        ("EMBEDDER", ""),
        ("VOICE", "robot"),
        ("VOICE_PRICE", '{"currency": "usd"}'),
        ("ELEVENLABS_KEY", "two words"),
        ("ELEVENLABS_FORMAT", "ulaw_8000"),
        ("ELEVENLABS_BASE_URL", "somewhere"),
        ("ELEVENLABS_MODEL", "a b"),
        ("NOTES_MODEL", "yes"),
        ("SUMMARIES_MODEL", ""),
        ("NATIVE_CLIENTS", "yes"),
        ("DRAIN_S", "soon"),
        ("DRAIN_S", "-1"),
        ("DRAIN_S", "nan"),
        ("DRAIN_S", "inf"),
        ("DRAIN_S", "601"),
        ("HEARTBEAT_S", "0"),
        ("SOCKETS_PER_FAN", "0"),
        ("PROMPT_TOKENS", "10"),
        ("MODEL_PLACES", "0"),
        ("MODEL_FALLBACKS", "openai:x"),
        ("MODEL_FALLBACKS", '"local"'),
        ("MODEL_FALLBACKS", '[""]'),
        ("MODEL_FALLBACKS", "[7]"),
        ("MODEL_FALLBACKS", '[{"base_url": "http://127.0.0.1:1"}]'),
        ("MODEL_FALLBACKS", '[{"model": "openai:x", "url": "http://127.0.0.1:1"}]'),
        ("MODEL_FALLBACKS", '[{"model": "openai:x", "key": 7}]'),
        ("MODEL_FALLBACKS", '["local", "local", "local", "local", "local"]'),
        ("MODEL_PRICE", "cheap"),
        ("MODEL_PRICE", '{"currency": "USD", "prompt": 1, "reply": 1}'),
        ("MODEL_PRICE", '{"currency": "usd", "prompt": true, "reply": 1}'),
        ("MODEL_PRICE", '{"currency": "usd", "prompt": 1, "reply": 1, "models": {"local": 0}}'),
        ("MODEL_PRICE", '{"currency": "usd", "prompt": 1, "reply": 1, "models": {"local": {"prompt": 0}}}'),
        ("REPLY_TOKENS", "1e9"),
        ("FIRST_TOKEN_S", ""),
        ("BETWEEN_TOKENS_S", "ten"),
        ("REDIS_URL", "http://127.0.0.1:6379"),
        ("REDIS_URL", "127.0.0.1:6379"),
        ("APPS", "{"),
        ("APPS", "[]"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_setting(name: str, value: str) -> None:
    with pytest.raises(InvalidSetting) as refused:
        read_settings({f"ENCORE_{name}": value})
    assert refused.value.name == f"ENCORE_{name}"
    assert str(refused.value).startswith(f"ENCORE_{name} cannot be used: ")


@pytest.mark.parametrize(
    "value",
    [
        {"demo": {}},
        {"demo": SECRET},
        {"demo": {"secret": "too-short-a-secret"}},
        {"demo": {"secret": SECRET, "jwks": "https://app.example"}},
        {"demo": {"secret": [SECRET]}},
        {"demo": {"secret": SECRET, "origins": "https://app.example"}},
        {"demo": {"secret": SECRET, "origins": [1]}},
        {"": {"secret": SECRET}},
        {"demo/app": {"secret": SECRET}},
        {"demo app": {"secret": SECRET}},
        {"d" * 64: {"secret": SECRET}},
    ],
)
def test_a_wrong_app_is_refused_without_repeating_a_secret(value: object) -> None:
    with pytest.raises(InvalidSetting) as refused:
        read_settings(apps(value))
    assert SECRET not in str(refused.value)
    assert "too-short-a-secret" not in str(refused.value)


def test_two_apps_can_never_share_a_fan_because_no_app_has_a_slash() -> None:
    with pytest.raises(InvalidSetting):
        read_settings(apps({"a": {"secret": SECRET}, "a/b": {"secret": SECRET}}))


def test_settings_can_be_shown_without_their_secrets() -> None:
    settings = read_settings(
        apps(APP)
        | {
            "ENCORE_DATABASE_URL": "postgresql+asyncpg://encore:hunter2@db/encore",
            "ENCORE_REDIS_URL": "redis://:hunter2@live/0",
        }
    )
    assert settings.apps["demo"].secret == SECRET
    assert SECRET not in repr(settings)
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize("content", [b"drain_s = ", b"\xff\xfe", b"drain_ms = 1", b"secret = 'x'"])
def test_a_file_that_is_wrong_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "encore.toml"
    file.write_bytes(content)
    with pytest.raises(InvalidSetting) as refused:
        read_settings({}, file)
    assert refused.value.name.startswith("encore.toml")


def test_models_stand_by_in_their_order_each_with_its_own_address_and_a_key_that_is_not_shown() -> None:
    listed = '["local", {"model": "openai:x", "base_url": "http://127.0.0.1:1/v1", "key": "hush"}]'
    settings = read_settings({"ENCORE_MODEL": "openai:first", "ENCORE_MODEL_FALLBACKS": listed})
    assert settings.model_fallbacks == (Fallback("local"), Fallback("openai:x", "http://127.0.0.1:1/v1", "hush"))
    assert (settings.hosted_model, settings.plays_locally) == (True, True)
    assert "hush" not in repr(settings)


def test_each_model_has_its_price() -> None:
    price = '{"currency": "usd", "prompt": 15, "reply": 60, "models": {"local": {"prompt": 0, "reply": 0}}}'
    prices = read_settings({"ENCORE_MODEL_PRICE": price}).model_price
    used = TokensUsed(10, 2)
    assert prices.of("openai:x", used).micros == 270
    assert prices.of("openai:x", replace(used, model="openai:y")).model == "y"
    assert prices.of("openai:x", replace(used, model="local")).micros == 0
