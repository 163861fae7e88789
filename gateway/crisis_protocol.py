"""What a fan in danger is told, by language and territory: fixed words that people wrote, and where help is.

Pure but for reading its own file once. It never sees what the fan wrote; a kind of danger is all it is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from gateway.errors import NoCrisisProtocol
from persona.crisis import CrisisKind
from persona.locales import language_of

CRISIS_FILE = Path(__file__).with_name("policies") / "crisis.yaml"
Need = Literal["danger", "abuse"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Resource(_Strict):
    """Where help is: a service, how to reach it, what it is for, and the page that says so."""

    name: str
    contact: str
    needs: tuple[Need, ...] = Field(alias="for")
    source: str
    checked: str | None
    """The day its contact was confirmed; None when whoever runs the service still has to."""


class Wording(_Strict):
    """The words of one language."""

    notice: str
    danger: str
    abuse: str
    reach: str
    after: str


class CrisisProtocol(_Strict):
    """The whole protocol, as it is published."""

    version: str
    languages: Mapping[str, Wording]
    default_territories: Mapping[str, str]
    everywhere: tuple[Resource, ...]
    territories: Mapping[str, tuple[Resource, ...]]

    def language_of(self, locale: str) -> str:
        """The language of the protocol that serves a locale (BCP 47). Raises NoCrisisProtocol."""
        language = language_of(locale)
        if language not in self.languages:
            raise NoCrisisProtocol(locale)
        return language

    def answer(self, kind: CrisisKind, locale: str, region: str) -> CrisisAnswer:
        """What to tell a fan. Raises NoCrisisProtocol.

        `region`: an ISO 3166 code, with or without a subdivision, or "".
        """
        language = self.language_of(locale)
        words = self.languages[language]
        need: Need = "abuse" if kind == "abuse" else "danger"
        territory = _territory(region, locale, self.default_territories[language])
        near = self.territories.get(territory) or self.territories[self.default_territories[language]]
        resources = tuple(one for one in (*near, *self.everywhere) if need in one.needs)
        body = words.abuse if need == "abuse" else words.danger
        reach = "; ".join(f"{one.name}: {one.contact}" for one in resources)
        return CrisisAnswer(words.notice, f"{body}\n\n{words.reach}: {reach}\n\n{words.after}", resources)


@dataclass(frozen=True, slots=True)
class CrisisAnswer:
    """A notice that the play has stopped, the answer in full, and the services it names."""

    notice: str
    text: str
    resources: tuple[Resource, ...]


def _territory(region: str, locale: str, default: str) -> str:
    """The territory by the host app's word, else by the locale's, else the language's own."""
    if region:
        return region.split("-")[0].upper()
    told = [part.upper() for part in locale.replace("_", "-").split("-")[1:] if len(part) == 2]
    return told[0] if told else default


@cache
def crisis_protocol() -> CrisisProtocol:
    """The protocol that is in force. Raises what reading or checking it raises: without one nothing may be served."""
    return CrisisProtocol.model_validate(yaml.safe_load(CRISIS_FILE.read_text(encoding="utf-8")))
