"""A release: one immutable version of a show's canon, what is imported, published and pinned by conversations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from characters.canon import Fact, Term
from characters.glossary import Glossary
from characters.script import Script
from characters.sheet import Sheet


@dataclass(frozen=True, slots=True)
class ReleaseId:
    """`show` is the slug; `version` counts from 1 for each show."""

    show: str
    version: int

    def __str__(self) -> str:
        return f"{self.show}@{self.version}"


@dataclass(frozen=True, slots=True)
class Release:
    """Everything a show's characters can know, at one version."""

    id: ReleaseId
    title: str
    locale: str
    script: Script
    facts: tuple[Fact, ...] = ()
    terms: tuple[Term, ...] = ()
    glossary: Glossary = field(default_factory=Glossary)
    content_hash: str = ""
    """Over the sources; importing the same text again finds this release instead of making another."""


@dataclass(frozen=True, slots=True)
class Cast:
    """A published (or draft) character of a show: its sheet at one version, and when a fan first meets it."""

    show: str
    version: int
    sheet: Sheet
    status: str = "draft"
    """`draft` or `published`."""
    first_episode: int = 1
    names: frozenset[str] = field(default_factory=frozenset)
    """Casefolded slug, name, cue and aliases: what finds this character."""


@dataclass(frozen=True, slots=True)
class ShowListing:
    """A show at a glance; versions are None where there is none."""

    slug: str
    title: str
    locale: str
    newest: int | None
    published: int | None


@dataclass(frozen=True, slots=True)
class KeptCard:
    """The file that a version of a character was imported from, byte for byte; `format` is json, png or charx."""

    kind: Literal["character", "lorebook"]
    format: str
    content: bytes = field(repr=False)
