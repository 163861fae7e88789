"""That this is an AI: told to every fan before anything else, again after hours of use, and to whoever asks sincerely.

Pure but for reading its own file once. The words are people's; no sheet and no model has a say in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from gateway.auth import Age
from gateway.duties import duty_table
from gateway.events import Disclosure

DISCLOSURE_FILE = Path(__file__).with_name("policies") / "disclosure.yaml"
HOUR_MS = 3_600_000
MINORS: frozenset[Age] = frozenset({"teen", "child"})


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Strict):
    """The words of one language."""

    told: str
    asked: str


class DisclosurePolicy(_Strict):
    """What is told, in which words, and how often."""

    version: str
    languages: Mapping[str, Words]

    def told(self, language: str) -> Disclosure:
        """What a fan is told without asking; in English where a language has no words of its own."""
        return Disclosure(text=self._words(language).told.strip(), policy=f"default-{self.version}")

    def asked(self, language: str, name: str) -> str:
        """What a fan is told who asks sincerely; `name` is the character's."""
        return self._words(language).asked.format(name=name)

    def is_due(self, age: Age, region: str, *, told_at_ms: int, now_ms: int) -> bool:
        """Whether a fan who was told then is told again now. Devices and connections have no part in it."""
        owed = duty_table().owed(region, datetime.fromtimestamp(now_ms / 1000, UTC).date())
        hours = owed.minors_told_every_h if age in MINORS else owed.told_every_h
        return hours is not None and now_ms - told_at_ms >= hours * HOUR_MS

    def _words(self, language: str) -> Words:
        return self.languages.get(language, self.languages["en"])


@cache
def disclosure_policy() -> DisclosurePolicy:
    """The policy in force. Raises what reading or checking it raises: without one nothing may be served."""
    duty_table()  # read now: the first message must not wait for a file
    return DisclosurePolicy.model_validate(yaml.safe_load(DISCLOSURE_FILE.read_text(encoding="utf-8")))
