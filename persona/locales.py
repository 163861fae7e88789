"""The language that a locale is served in. Pure; it knows tags, not texts."""

from __future__ import annotations

_TRADITIONAL = frozenset({"tw", "hk", "mo"})


def language_of(locale: str) -> str:
    """The language of a locale (BCP 47), Chinese by its script: `en-GB` -> `en`, `zh-TW` -> `zh-Hant`."""
    parts = locale.replace("_", "-").split("-")
    language = parts[0].lower()
    if language != "zh":
        return language
    told = {part.lower() for part in parts[1:]}
    traditional = "hant" in told or ("hans" not in told and bool(told & _TRADITIONAL))
    return "zh-Hant" if traditional else "zh-Hans"
