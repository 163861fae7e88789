"""Who answers a message to two characters first: whoever it calls by name, and otherwise they take turns.

Pure. A name that is only spoken of calls nobody: “Tamsin, what does Gideon hide?” is for Tamsin. It decides an order
and nothing else: what either may know is never its business.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from characters.names import TITLES
from persona.scripts import is_unspaced

COMPILED_MAX = 256
_ARTICLES = frozenset({"the", "a", "la", "el", "los", "las", "un", "una", "o", "os", "as"})
_GREETINGS = (
    "hey|hi|hello|oh|ah|and|so|but|well|dear|please|thanks|thank you|sorry|no|yes|ok|okay"
    "|good (?:morning|evening|night)"
    "|hola|oye|y|pero|gracias|buenas|buenos|ei|oi|olá|e|obrigad[oa]"
)
_GREETINGS_ZH = "你好|嗨|喂|嘿|请问|請問|谢谢|謝謝"
_BEGINS = rf"(?:^|[.!?…。！？\n])[\W_]{{0,20}}(?:(?:(?:{_GREETINGS})\b|{_GREETINGS_ZH})[\W_]{{0,20}}){{0,4}}"
_BESIDE = r"[,，、;；:：—–-]\s*"
_ENDS = r"(?=\s*(?:[,，、.!?…。！？;；:：—–\n\"”»)]|$))"
_NO_POSSESSIVE = r"(?!['’]s\b)"


@dataclass(frozen=True, slots=True)
class Calling:
    """In which order they answer, by their places, and which of them the message calls."""

    order: tuple[int, ...]
    called: tuple[int, ...] = ()


def called(text: str, names: Sequence[Sequence[str]], *, began: int | None) -> Calling:
    """Who answers first. `names` of each, as a fan of this horizon knows them; `began`: who did in the turn before.

    A name that two of them have calls neither.
    """
    everyone = range(len(names))
    short = [_forms(of_one) for of_one in names]
    found: list[tuple[int, int]] = []
    for one in everyone:
        shared = frozenset(form for other in everyone if other != one for form in short[other])
        own = tuple(sorted(short[one] - shared))
        match = _calls(own).search(text.casefold()) if own else None
        if match is not None:
            found.append((match.start("name"), one))
    named = tuple(one for _, one in sorted(found))
    next_one = 0 if began is None else (began + 1) % len(names)
    turned = (*everyone[next_one:], *everyone[:next_one])
    return Calling((*named, *(one for one in turned if one not in named)), named)


def _forms(names: Sequence[str]) -> frozenset[str]:
    """Every way to call somebody: the whole of each name, and its capitalised words but for titles."""
    words = {word.strip(".,") for name in names for word in name.split() if word[:1].isupper()}
    forms = {name.strip() for name in names} | {word for word in words if word.casefold() not in TITLES | _ARTICLES}
    return frozenset(form.casefold() for form in forms if len(form) > 1)


@lru_cache(maxsize=COMPILED_MAX)
def _calls(names: tuple[str, ...]) -> re.Pattern[str]:
    """A name that opens a sentence, stands between commas, ends one behind a comma, or has an @ before it."""
    ways = []
    for name in sorted(names, key=len, reverse=True):
        before, after = (r"" if is_unspaced(end) else r"\b" for end in (name[0], name[-1]))
        ways.append(f"{before}{re.escape(name)}{after}")
    either = f"(?:{'|'.join(ways)}){_NO_POSSESSIVE}"
    return re.compile(rf"(?:{_BEGINS}|{_BESIDE}(?=@?{either}{_ENDS})|@)@?(?P<name>{either})")
