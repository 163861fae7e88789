"""What a prompt says of a show's glossary: approved names and forms of address, in the fan's language.

Pure, and the same bytes for every turn of a character at one horizon. What does not fit its share is left out from the
end, and counted; nothing beyond the horizon is in it, nor is it counted.
"""

from __future__ import annotations

from dataclasses import dataclass

from characters.glossary import FAN, Address, Form, Glossary
from characters.locales import language_of
from characters.sheet import Sheet
from persona.quoting import one_line
from persona.tokens import CountTokens
from persona.wording import NAME_CHARS_MAX, addresses_in, names_in

RELATION_CHARS_MAX = 200


@dataclass(frozen=True, slots=True)
class GlossaryBlock:
    """The text, "" when nothing is approved in the language; `source` says how much of the glossary it is."""

    text: str
    source: str


def glossary_block(
    glossary: Glossary, sheet: Sheet, *, horizon: int, locale: str, room_tokens: int, count: CountTokens
) -> GlossaryBlock:
    """Forms of address first, then terms in the author's order, as many as have room."""
    language, told = language_of(locale), glossary.at(horizon)
    addresses = [_address(*one) for one in told.addresses((sheet.slug, *sheet.names), language)]
    names = [f"- {_line(term)}: {_line(rendering.text)}" for term, rendering in told.rendered(language)]
    lines: list[str] = []
    listed, left = [0, 0], room_tokens
    for kind, (heading, entries) in enumerate(((addresses_in(language), addresses), (names_in(language), names))):
        for number, entry in enumerate(entries):
            further = [entry] if number else [heading, entry]
            cost = count("\n".join(further) + "\n")
            if cost > left:
                break
            lines, left = lines + further, left - cost
            listed[kind] += 1
    source = f"glossary {language}, {listed[1]} of {len(names)} terms, {listed[0]} of {len(addresses)} forms of address"
    return GlossaryBlock("\n".join(lines), source)


def _address(entry: Address, form: Form) -> str:
    to = "The fan" if entry.to == FAN else _line(entry.to)
    relation = "" if entry.relation is None else f" ({one_line(entry.relation, chars_max=RELATION_CHARS_MAX)})"
    called = "" if form.calls is None else f"; you call them “{_line(form.calls)}”"
    return f"- {to}{relation}: {_line(form.uses)}{called}"


def _line(text: str) -> str:
    return one_line(text, chars_max=NAME_CHARS_MAX)
