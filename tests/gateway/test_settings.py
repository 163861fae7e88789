"""Settings: where they come from, what is refused by name, and that no secret is ever repeated."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.errors import InvalidSetting
from gateway.settings import SETTINGS, read_settings
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
        ("VOICE", "piper"),
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
