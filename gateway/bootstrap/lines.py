"""The models of an installation in line: in order of preference, each with its circuit and its queue.

A line is made once, for its circuits and queues are what all turns of a process share.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from gateway.model_settings import is_local
from gateway.settings import Settings
from persona.fallbacks import FallbackModel, Post
from persona.ports import ChatModel
from persona.turnstile import Turnstile
from persona.types import Limits

LOCAL_PLACES = 2
"""A local model generates one reply at a time; the next one may be compared with ready lines meanwhile."""


def line_of(models: Sequence[ChatModel], settings: Settings) -> FallbackModel:
    """These models, which are those that the settings name, in their order."""
    names = (settings.model, *(fallback.model for fallback in settings.model_fallbacks))
    posts = [
        Post(model, Turnstile(LOCAL_PLACES if is_local(name) else settings.model_places))
        for model, name in zip(models, names, strict=False)
    ]
    limits = Limits(first_token_s=settings.first_token_s, between_tokens_s=settings.between_tokens_s)
    return FallbackModel(posts, limits, steady_ms)


def steady_ms() -> int:
    """Milliseconds of a clock that never goes back."""
    return time.monotonic_ns() // 1_000_000
