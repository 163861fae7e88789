"""The language that a locale is served in: one rule with the sheets and glossaries whose texts are filed by it."""

from __future__ import annotations

from characters.locales import language_of

__all__ = ["language_of"]
