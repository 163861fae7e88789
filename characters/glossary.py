"""A show's glossary: how its names and terms are rendered in other languages, and who addresses whom how.

One grammar for `glossary.yaml` and for what a release stores. A term is told from its episode on and in no language
before: a name that gives something away does so in every alphabet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator

from characters.canon import Term
from characters.cards.matching import folded, spoken_of
from characters.locales import LanguageTag
from characters.parts import PARTS_MAX, Dated, Part, ShortText

TERMS_MAX = 2_000
NEVER_MAX = 20
FAN = "fan"
"""Whom an address is to when it is to whoever is talking with the character."""


class Rendering(Part):
    """The approved form of a term in one language; `never` lists forms that are put right wherever they are said."""

    text: ShortText
    never: Annotated[tuple[ShortText, ...], Field(max_length=NEVER_MAX)] = ()


class GlossaryTerm(Part):
    """A name or term as the show writes it, and its renderings by language.

    Without `from_episode` it is told from the episode in which the show first does, see `settled`.
    """

    term: ShortText
    from_episode: Annotated[int, Field(ge=1, le=99_999)] | None = None
    renderings: dict[LanguageTag, Rendering]

    @field_validator("renderings", mode="before")
    @classmethod
    def _plain_texts(cls, value: Any) -> Any:
        return _worded(value, "text")

    @property
    def told_from(self) -> int:
        """The first episode whose viewers may hear it."""
        return self.from_episode or 1


class Form(Part):
    """How somebody is addressed in one language: the word for “you”, and the name or title they are called by."""

    uses: ShortText
    calls: ShortText | None = None


class Address(Dated):
    """How a character addresses somebody in these episodes; `relation` says what they are to each other then.

    `who` and `to` are characters by any of their names; `to` may be FAN.
    """

    who: ShortText
    to: ShortText
    relation: ShortText | None = None
    forms: dict[LanguageTag, Form]

    @field_validator("forms", mode="before")
    @classmethod
    def _plain_texts(cls, value: Any) -> Any:
        return _worded(value, "uses")


class Glossary(Part):
    """What a show has approved, terms and forms of address in the author's order, most important first."""

    terms: Annotated[tuple[GlossaryTerm, ...], Field(max_length=TERMS_MAX)] = ()
    address: Annotated[tuple[Address, ...], Field(max_length=PARTS_MAX)] = ()

    @model_validator(mode="after")
    def _each_term_once(self) -> Self:
        seen: set[str] = set()
        for entry in self.terms:
            key = name_key(entry.term)
            if key in seen:
                raise ValueError(f"“{entry.term}” is listed twice")
            seen.add(key)
        return self

    def at(self, horizon: int) -> Glossary:
        """What a fan who has watched `horizon` episodes may be told of it."""
        return Glossary(
            terms=tuple(entry for entry in self.terms if entry.told_from <= horizon),
            address=tuple(entry for entry in self.address if entry.holds_at(horizon)),
        )

    def rendered(self, language: str) -> tuple[tuple[str, Rendering], ...]:
        """(term, its rendering) for every term that has one in a language."""
        return tuple((entry.term, entry.renderings[language]) for entry in self.terms if language in entry.renderings)

    def addresses(self, names: Iterable[str], language: str) -> tuple[tuple[Address, Form], ...]:
        """How the character with these names addresses others in a language."""
        called = {name_key(name) for name in names}
        return tuple(
            (entry, entry.forms[language])
            for entry in self.address
            if name_key(entry.who) in called and language in entry.forms
        )

    def languages(self) -> tuple[str, ...]:
        """Every language that something is rendered in, sorted."""
        tables: list[Iterable[str]] = [entry.renderings for entry in self.terms]
        tables += [entry.forms for entry in self.address]
        return tuple(sorted({language for table in tables for language in table}))

    def names(self, known: Sequence[Term]) -> tuple[Term, ...]:
        """Every form of every term, in all languages, with the first episode whose viewers may hear it.

        One that also stands for something told earlier, by another term or by the show's own (`known`), is told then.
        """
        first = {name_key(term.text): term.first_episode for term in known}
        forms = [(text, entry.told_from) for entry in self.terms for text in _forms(entry)]
        for text, episode in forms:
            first[name_key(text)] = min(episode, first.get(name_key(text), episode))
        return tuple(Term(text, first[name_key(text)]) for text in dict.fromkeys(text for text, _ in forms))


def settled(
    glossary: Glossary, terms: Sequence[Term], said_from: Mapping[str, int], met_from: Mapping[str, int]
) -> Glossary:
    """The glossary with an episode for every term: never earlier than the show says any name that it contains.

    `said_from`: where the scripts first have a term, for one that its author did not date. `met_from`: the first
    episode of each character, by the `name_key` of every name; nobody is addressed before they are met.
    """
    spoken = [(name_key(term.text), term.first_episode) for term in terms]

    def first(text: str, own: int) -> int:
        plain = name_key(text)
        return max([own, *(episode for term, episode in spoken if spoken_of(term, plain))])

    dated = tuple(
        entry.model_copy(update={"from_episode": first(entry.term, entry.from_episode or said_from.get(entry.term, 1))})
        for entry in glossary.terms
    )
    address = tuple(
        entry.model_copy(update={"from_episode": begins})
        for entry in glossary.address
        if (begins := first(entry.to, max(entry.from_episode, met_from.get(name_key(entry.to), 0))))
        < (entry.until_episode or begins + 1)
    )
    return Glossary(terms=dated, address=address)


def told_early(glossary: Glossary, terms: Sequence[Term]) -> tuple[tuple[int, GlossaryTerm, Term], ...]:
    """Terms dated by their author before the show says a name in them: their place, and that name."""
    spoken = [(name_key(term.text), term) for term in terms]
    return tuple(
        (place, entry, term)
        for place, entry in enumerate(glossary.terms)
        if entry.from_episode is not None
        for plain, term in spoken
        if term.first_episode > entry.from_episode and spoken_of(plain, name_key(entry.term))
    )


def _forms(entry: GlossaryTerm) -> Iterable[str]:
    yield entry.term
    for rendering in entry.renderings.values():
        yield rendering.text
        yield from rendering.never


def name_key(name: str) -> str:
    """A name for comparing with another."""
    return folded(name, case_sensitive=False)


def _worded(value: Any, field: str) -> Any:
    """A table whose plain texts stand for parts with only that field."""
    if not isinstance(value, dict):
        return value
    return {key: {field: entry} if isinstance(entry, str) else entry for key, entry in value.items()}
