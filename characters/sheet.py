"""A character sheet: who a character is, how they speak, what they want and hide, each part bounded by episode.

Content teams write sheets as YAML; this module is their one grammar. A sheet never holds anything undated that
a fan could be spoiled by: what is not dated is read by a fan of episode 1.
"""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import Field

from characters.locales import LanguageTag, language_of
from characters.lore import Lore
from characters.parts import (
    LONG_TEXT_CHARS_MAX,
    PARTS_MAX,
    SHORT_TEXT_CHARS_MAX,
    Dated,
    LongText,
    Part,
    ShortText,
    Slug,
)

__all__ = [
    "LONG_TEXT_CHARS_MAX",
    "PARTS_MAX",
    "SHORT_TEXT_CHARS_MAX",
    "Dated",
    "DatedText",
    "Exchange",
    "HeardAs",
    "Localized",
    "Lore",
    "Secret",
    "Sheet",
    "Voice",
]


class DatedText(Dated):
    """One bounded sentence or two: a want, a fact, a greeting, a deflection."""

    text: LongText


class Alias(Dated):
    """A further name with the episodes in which it may be used: before, it finds nobody and is shown nowhere."""

    text: ShortText


class Secret(Dated):
    """What the viewer knows and this character keeps from somebody in the story.

    `from_episode` is the episode in which the *viewer* learns it: before that the secret is nowhere, not even
    as something to keep. `until_episode` is when it is out. `kept_from` names those who must not hear it.
    """

    text: LongText
    kept_from: tuple[ShortText, ...] = ()


class Exchange(Dated):
    """A sample of how the character answers a fan."""

    fan: LongText
    reply: LongText


class Voice(Part):
    """How a character speaks; timeless, so written without any event of the story."""

    description: LongText
    says: tuple[DatedText, ...] = ()
    never: tuple[ShortText, ...] = ()


class HeardAs(Part):
    """With which voice of which engine the character is read aloud; without one for the engine in use, never."""

    elevenlabs: ShortText | None = None
    kokoro: ShortText | None = None
    piper: ShortText | None = None
    tone: ShortText | None = None
    """The engine that tests and load use."""
    speed: Annotated[float, Field(ge=0.7, le=1.2)] = 1.0

    def voice_of(self, engine: str) -> str | None:
        """The voice of an engine, by its name there."""
        voices = {"elevenlabs": self.elevenlabs, "kokoro": self.kokoro, "piper": self.piper, "tone": self.tone}
        return voices.get(engine)


class Localized(Part):
    """What a sheet says to fans in another language; a part that is left out is said in the sheet's own."""

    name: ShortText | None = None
    """What fans read above the chat; it finds the character too."""
    tagline: ShortText | None = None
    voice: LongText | None = None
    """How the character speaks this language."""
    says: Annotated[tuple[DatedText, ...], Field(max_length=PARTS_MAX)] = ()
    greetings: Annotated[tuple[DatedText, ...], Field(max_length=PARTS_MAX)] = ()
    examples: Annotated[tuple[Exchange, ...], Field(max_length=PARTS_MAX)] = ()
    deflections: Annotated[tuple[DatedText, ...], Field(max_length=PARTS_MAX)] = ()
    goodbyes: Annotated[tuple[DatedText, ...], Field(max_length=PARTS_MAX)] = ()

    def at(self, horizon: int) -> Localized:
        """The same for a fan of that horizon."""
        return self.model_copy(
            update={
                "says": _held(self.says, horizon),
                "greetings": _held(self.greetings, horizon),
                "examples": _held(self.examples, horizon),
                "deflections": _held(self.deflections, horizon),
                "goodbyes": _held(self.goodbyes, horizon),
            }
        )


class Sheet(Part):
    """One character of one show, as authored. Every tuple is in the author's order, most important first."""

    slug: Slug
    name: ShortText
    cue: ShortText
    """The name before this character's lines in the script; with `aliases`, how the CLI and the protocol find them."""
    aliases: tuple[ShortText | Alias, ...] = ()
    """A plain text is an alias at any time."""
    tagline: ShortText
    minor: bool = False
    sentences_max: Annotated[int, Field(ge=1, le=8)] = 3
    """The usual length of a reply."""
    essence: LongText
    """Who they are, in the second person, true from the first episode they appear in."""
    voice: Voice
    heard_as: HeardAs | None = None
    wants: Annotated[tuple[DatedText, ...], Field(min_length=1, max_length=PARTS_MAX)]
    secrets: Annotated[tuple[Secret, ...], Field(max_length=PARTS_MAX)] = ()
    facts: Annotated[tuple[DatedText, ...], Field(max_length=PARTS_MAX)] = ()
    boundaries: Annotated[tuple[LongText, ...], Field(max_length=PARTS_MAX)] = ()
    greetings: Annotated[tuple[DatedText, ...], Field(min_length=1, max_length=PARTS_MAX)]
    examples: Annotated[tuple[Exchange, ...], Field(max_length=PARTS_MAX)] = ()
    deflections: Annotated[tuple[DatedText, ...], Field(min_length=1, max_length=PARTS_MAX)]
    """In-character ways of not answering; used whole when a reply must be refused."""
    goodbyes: Annotated[tuple[DatedText, ...], Field(max_length=PARTS_MAX)] = ()
    """In-character ways of letting a fan go; used whole, in the language of the show."""
    lore: Lore | None = None
    """What comes to mind only when it is spoken of."""
    locales: dict[LanguageTag, Localized] = Field(default_factory=dict)
    """What fans of other languages read and hear, by language."""

    @property
    def names(self) -> tuple[str, ...]:
        """The name, the cue, every alias, whatever its episodes, and the name in every language."""
        aliases = (alias if isinstance(alias, str) else alias.text for alias in self.aliases)
        return (self.name, self.cue, *aliases, *(said.name for said in self.locales.values() if said.name))

    def name_in(self, locale: str) -> str:
        """The name as a fan of that locale reads it."""
        said = self.locales.get(language_of(locale))
        return self.name if said is None else said.name or self.name

    def at(self, horizon: int) -> Sheet:
        """This sheet as a fan of that horizon may meet it: every dated part outside its episodes is gone."""
        return self.model_copy(
            update={
                "aliases": tuple(
                    alias if isinstance(alias, str) else alias.text
                    for alias in self.aliases
                    if isinstance(alias, str) or alias.holds_at(horizon)
                ),
                "voice": self.voice.model_copy(update={"says": _held(self.voice.says, horizon)}),
                "wants": _held(self.wants, horizon),
                "secrets": _held(self.secrets, horizon),
                "facts": _held(self.facts, horizon),
                "greetings": _held(self.greetings, horizon),
                "examples": _held(self.examples, horizon),
                "deflections": _held(self.deflections, horizon),
                "goodbyes": _held(self.goodbyes, horizon),
                "lore": None if self.lore is None else self.lore.at(horizon),
                "locales": {language: said.at(horizon) for language, said in self.locales.items()},
            }
        )

    def to_fan(self, horizon: int, locale: str) -> Sheet:
        """This sheet as a fan of that horizon and locale meets it: what is said in their language stands for the rest.

        A list that has nothing for that episode in the fan's language is the sheet's own, whole.
        """
        met = self.at(horizon)
        said = met.locales.get(language_of(locale))
        if said is None:
            return met.model_copy(update={"locales": {}})
        voice = {"description": said.voice or met.voice.description, "says": said.says or met.voice.says}
        return met.model_copy(
            update={
                "tagline": said.tagline or met.tagline,
                "voice": met.voice.model_copy(update=voice),
                "greetings": said.greetings or met.greetings,
                "examples": said.examples or met.examples,
                "deflections": said.deflections or met.deflections,
                "goodbyes": said.goodbyes or met.goodbyes,
                "aliases": (*met.aliases, said.name) if said.name else met.aliases,
                "locales": {},
            }
        )


PartT = TypeVar("PartT", bound=Dated)


def _held(parts: tuple[PartT, ...], horizon: int) -> tuple[PartT, ...]:
    return tuple(part for part in parts if part.holds_at(horizon))
