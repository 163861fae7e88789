"""Reads the settings that name models: who stands by for the first, and what each of them costs.

Every refusal names the setting. A key is never in one, nor in a representation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.costs import ModelPrice, TokenPrice
from gateway.errors import InvalidSetting

FALLBACKS_MAX = 4
PRICE_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Fallback:
    """A model that stands by. Its address and key are its own; "" for the provider's."""

    model: str
    base_url: str = ""
    key: str = field(default="", repr=False)


def is_local(model: str) -> bool:
    """Whether a model of this name runs in this process."""
    return model == "local" or model.startswith("gguf:")


def read_fallbacks(name: str, text: str) -> tuple[Fallback, ...]:
    """A JSON list whose items are `"MODEL"` or `{"model", "base_url", "key"}`. Raises InvalidSetting."""
    if not text:
        return ()
    items = _json(name, text)
    if not isinstance(items, list) or len(items) > FALLBACKS_MAX:
        raise InvalidSetting(name, f"it must be a JSON list of at most {FALLBACKS_MAX} models")
    return tuple(_fallback(name, item) for item in items)


def _fallback(name: str, item: object) -> Fallback:
    fields = {"model": item} if isinstance(item, str) else item
    if not isinstance(fields, dict) or not set(fields) <= {"model", "base_url", "key"}:
        raise InvalidSetting(name, "a model is a string, or an object of “model”, “base_url” and “key”")
    if not all(isinstance(value, str) for value in fields.values()) or not fields.get("model"):
        raise InvalidSetting(name, "“model”, “base_url” and “key” are strings, and a model has a name")
    return Fallback(**fields)


def read_model_price(name: str, text: str) -> ModelPrice:
    """`{"currency", "prompt", "reply"}`, and `models` with `{"prompt", "reply"}` by name. Raises InvalidSetting."""
    if not text:
        return ModelPrice()
    value = _json(name, text)
    if not isinstance(value, dict) or set(value) - {"models"} != {"currency", "prompt", "reply"}:
        raise InvalidSetting(name, "it must be a JSON object with “currency”, “prompt” and “reply”")
    if not isinstance(value["currency"], str) or not re.fullmatch("[a-z]{3}", value["currency"]):
        raise InvalidSetting(name, "“currency” must be a code of three lower-case letters")
    others = value.get("models", {})
    if not isinstance(others, dict) or not all(
        isinstance(other, dict) and set(other) == {"prompt", "reply"} for other in others.values()
    ):
        raise InvalidSetting(name, "“models” must be an object of objects with “prompt” and “reply”")
    own = _token_price(name, value)
    return ModelPrice(
        value["currency"],
        own.prompt_minor,
        own.reply_minor,
        {model: _token_price(name, other) for model, other in others.items()},
    )


def _token_price(name: str, value: Mapping[str, Any]) -> TokenPrice:
    for side in ("prompt", "reply"):
        if type(value[side]) is not int or not 0 <= value[side] <= PRICE_MAX:
            raise InvalidSetting(name, f"“prompt” and “reply” must be whole numbers from 0 to {PRICE_MAX}")
    return TokenPrice(value["prompt"], value["reply"])


def _json(name: str, text: str) -> object:
    try:
        value: object = json.loads(text)
    except ValueError as error:
        raise InvalidSetting(name, "it is not JSON") from error
    return value
