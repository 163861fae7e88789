"""Languages by their tags: the one that a locale is served in, and those that texts are written in beside a show's own.

Pure; it knows tags and what the languages are called, and no texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

_TRADITIONAL = frozenset({"tw", "hk", "mo"})

SERVED: Mapping[str, str] = {
    "en": "English",
    "es": "Spanish",
    "pt": "Portuguese",
    "zh-Hans": "Chinese in simplified characters",
    "zh-Hant": "Chinese in traditional characters",
    "ja": "Japanese",
    "ko": "Korean",
    "th": "Thai",
    "id": "Indonesian",
    "vi": "Vietnamese",
}
"""The languages that fans are served in, by tag, as they are called in English."""


def language_of(locale: str) -> str:
    """The language of a locale (BCP 47), Chinese by its script: `en-GB` -> `en`, `zh-TW` -> `zh-Hant`."""
    parts = locale.replace("_", "-").split("-")
    language = parts[0].lower()
    if language != "zh":
        return language
    told = {part.lower() for part in parts[1:]}
    traditional = "hant" in told or ("hans" not in told and bool(told & _TRADITIONAL))
    return "zh-Hant" if traditional else "zh-Hans"


def _as_served(tag: str) -> str:
    """The tag itself, when it is how the language is looked for: a text under `es-MX` would never be found."""
    if tag != language_of(tag):
        raise ValueError(f"it must be a language, such as {language_of(tag)}, and no region")
    return tag


LanguageTag = Annotated[
    str, StringConstraints(pattern=r"^[a-z]{2,3}(-Han[st])?$", max_length=8), AfterValidator(_as_served)
]
"""A language as `language_of` gives it: what authors file texts under."""
