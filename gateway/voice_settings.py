"""The settings of the voice: which engine reads, and what an engine needs that is not in this process."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, get_args

from gateway.costs import VoicePrice
from gateway.errors import InvalidSetting
from gateway.model_settings import PRICE_MAX
from gateway.setting_table import PREFIX

Engine = Literal["off", "elevenlabs", "kokoro", "piper", "tone"]
FORMAT = re.compile(r"mp3_\d{4,6}_\d{2,3}|pcm_\d{4,6}")


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """Which engine reads replies aloud, if any."""

    engine: Engine
    price: VoicePrice
    key: str = field(repr=False)
    """ElevenLabs' key, as everything below but the folder."""
    base_url: str
    model: str
    output_format: str
    piper_voices: Path
    first_sound_s: float
    between_sounds_s: float


class Source(Protocol):
    """Where settings are looked up, by their names. Raises InvalidSetting for one of another kind."""

    def text(self, name: str) -> str:
        """As it is written."""
        ...

    def path(self, name: str) -> Path:
        """A path, with the home directory in place of `~`."""
        ...

    def number(self, name: str, lowest: float, highest: float) -> float:
        """A number in these bounds."""
        ...


def read_voice(source: Source) -> VoiceSettings:
    """The settings. Raises InvalidSetting."""
    text_of = source.text
    engine = next((one for one in get_args(Engine) if one == text_of("VOICE")), None)
    if engine is None:
        raise InvalidSetting(PREFIX + "VOICE", f"it must be one of {', '.join(get_args(Engine))}")
    key = text_of("ELEVENLABS_KEY")
    if not re.fullmatch(r"[!-~]*", key) or (engine == "elevenlabs" and not key):
        raise InvalidSetting(
            PREFIX + "ELEVENLABS_KEY", "the voice “elevenlabs” needs a key, of characters that keys have"
        )
    if not re.fullmatch(r"https?://[^\s?#@]+", text_of("ELEVENLABS_BASE_URL")):
        raise InvalidSetting(PREFIX + "ELEVENLABS_BASE_URL", "it must be an address such as https://api.elevenlabs.io")
    if not re.fullmatch(r"[A-Za-z0-9._-]+", text_of("ELEVENLABS_MODEL")):
        raise InvalidSetting(PREFIX + "ELEVENLABS_MODEL", "it must be the name of a model")
    if not FORMAT.fullmatch(text_of("ELEVENLABS_FORMAT")):
        raise InvalidSetting(PREFIX + "ELEVENLABS_FORMAT", "it must be such as mp3_44100_64 or pcm_24000")
    return VoiceSettings(
        engine,
        _price(text_of("VOICE_PRICE")),
        key,
        text_of("ELEVENLABS_BASE_URL"),
        text_of("ELEVENLABS_MODEL"),
        text_of("ELEVENLABS_FORMAT"),
        source.path("PIPER_VOICES"),
        source.number("FIRST_SOUND_S", 0.05, 60),
        source.number("BETWEEN_SOUNDS_S", 0.05, 60),
    )


def _price(text: str) -> VoicePrice:
    name = PREFIX + "VOICE_PRICE"
    if not text:
        return VoicePrice()
    try:
        value = json.loads(text)
    except ValueError as error:
        raise InvalidSetting(name, "it is not JSON") from error
    if not isinstance(value, dict) or set(value) != {"currency", "chars"}:
        raise InvalidSetting(name, "it must be a JSON object with “currency” and “chars”")
    if not isinstance(value["currency"], str) or not re.fullmatch("[a-z]{3}", value["currency"]):
        raise InvalidSetting(name, "“currency” must be a code of three lower-case letters")
    if type(value["chars"]) is not int or not 0 <= value["chars"] <= PRICE_MAX:
        raise InvalidSetting(name, f"“chars” must be a whole number from 0 to {PRICE_MAX}")
    return VoicePrice(value["currency"], value["chars"])
