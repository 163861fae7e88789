"""What an editor should look at in what a sheet says in other languages: spoilers, names as nobody approved them, gaps.

Pure, like `linting`. A language without anything is one gap; in a language that there is, every part that falls back to
the sheet's own words is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from characters.canon import Term
from characters.cards.matching import folded, spoken_of
from characters.glossary import Glossary
from characters.linting import SheetText, SheetWarning, spoilers_in
from characters.locales import SERVED
from characters.sheet import Localized, Sheet
from characters.written_in import WrittenIn

_TAKEN_OUT = " \u25a1 "


def lint_locales(
    sheet: Sheet, terms: Sequence[Term], glossary: Glossary, *, first_episode: int, languages: Iterable[str] = ()
) -> tuple[SheetWarning, ...]:
    """Spoilers first. `languages`: those that the sheet should have; without any, those of the glossary."""
    wanted = tuple(languages) or glossary.languages()
    names = (*terms, *glossary.names(terms))
    found: list[SheetWarning] = []
    for language, said in sheet.locales.items():
        for text in _texts(f"locales.{language}", said, first_episode):
            found += [warning for warning, _ in spoilers_in(text, names)]
            found += _renderings(text, glossary, language)
            if language in SERVED and WrittenIn(text.text).is_surely_none_of(frozenset({language})):
                found.append(SheetWarning("language", text.where, f"it is not in {SERVED[language]}"))
        found += _gaps(f"locales.{language}", said, first_episode, has_goodbyes=bool(sheet.goodbyes))
    for language in wanted:
        if language not in sheet.locales:
            what = f"nothing is said in {SERVED.get(language, language)}; fans of it read the sheet's own words"
            found.append(SheetWarning("gap", f"locales.{language}", what))
    return tuple(sorted(dict.fromkeys(found), key=lambda warning: warning.kind != "spoiler"))


def local_texts(sheet: Sheet, first_episode: int) -> Iterator[SheetText]:
    """Every text of a sheet in another language than its own, as `sheet_texts` has those in its own."""
    for language, said in sheet.locales.items():
        yield from _texts(f"locales.{language}", said, first_episode)


def _renderings(text: SheetText, glossary: Glossary, language: str) -> Iterator[SheetWarning]:
    rendered = glossary.rendered(language)
    plain = folded(text.text, case_sensitive=False)
    for approved in sorted({folded(one.text, case_sensitive=False) for _, one in rendered}, key=len, reverse=True):
        plain = plain.replace(approved, _TAKEN_OUT)
    for term, rendering in rendered:
        for form in (term, *rendering.never):
            if form != rendering.text and spoken_of(folded(form, case_sensitive=False), plain):
                what = f"it says “{form}”, and the glossary “{rendering.text}”"
                yield SheetWarning("rendering", text.where, what)


def _gaps(where: str, said: Localized, first_episode: int, *, has_goodbyes: bool) -> Iterator[SheetWarning]:
    met = said.at(first_episode)
    parts: list[tuple[str, object, object]] = [
        ("tagline", said.tagline, said.tagline),
        ("voice", said.voice, said.voice),
        ("greetings", said.greetings, met.greetings),
        ("examples", said.examples, said.examples),
        ("deflections", said.deflections, met.deflections),
    ]
    if has_goodbyes:
        parts.append(("goodbyes", said.goodbyes, met.goodbyes))
    for name, written, at_first in parts:
        if not written:
            yield SheetWarning("gap", f"{where}.{name}", "it is missing, and the sheet's own is used")
        elif not at_first:
            what = f"none of them holds in episode {first_episode}, where fans meet the character"
            yield SheetWarning("gap", f"{where}.{name}", what)


def _texts(where: str, said: Localized, first_episode: int) -> Iterator[SheetText]:
    for name, text in (("name", said.name), ("tagline", said.tagline), ("voice", said.voice)):
        if text is not None:
            yield SheetText(f"{where}.{name}", text, first_episode)
    lists = (
        ("says", said.says),
        ("greetings", said.greetings),
        ("deflections", said.deflections),
        ("goodbyes", said.goodbyes),
    )
    for name, parts in lists:
        for n, part in enumerate(parts):
            yield SheetText(f"{where}.{name}.{n}", part.text, max(first_episode, part.from_episode))
    for n, example in enumerate(said.examples):
        episode = max(first_episode, example.from_episode)
        yield SheetText(f"{where}.examples.{n}", f"{example.fan}\n{example.reply}", episode)
