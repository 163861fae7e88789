"""Turns what a character knows into something they can say: a fact written about “you” becomes one about “I”.

A reply made this way is true by construction. A sentence the rules are not sure of is not used at all; nothing is ever
added to a fact.
"""

from __future__ import annotations

import re

from persona.terms import tokens

QUOTES = ('"', "“", "«")
QUOTED = re.compile(r"(\"[^\"]*\"|“[^”]*”|«[^»]*»)")
"""Splits a text so that what is quoted, with its marks, is a part of its own."""
_YOU = re.compile(r"\b(you're|you've|you'd|you'll|yourself|yours|your|you)\b(?:\s+(are|were))?", re.IGNORECASE)
_FIXED = {
    "you're": "I'm",
    "you've": "I've",
    "you'd": "I'd",
    "you'll": "I'll",
    "yourself": "myself",
    "yours": "mine",
    "your": "my",
}
_SUBJECT_AFTER = re.compile(
    r"and|but|or|nor|so|yet|because|since|though|although|if|when|while|as|that|what|which|who|where|why|how|before|"
    r"after|until|till|than|whatever"
)
_VERB = re.compile(
    r"have|had|do|did|can|could|will|would|may|might|must|shall|should|know|knew|think|thought|believe|want|like|love|"
    r"hate|keep|kept|say|said|see|saw|hear|heard|feel|felt|call|tell|told|take|took|make|made|give|gave|find|found|go|"
    r"went|come|came|bring|brought|buy|bought|build|built|wear|wore|catch|caught|teach|taught|read|write|wrote|drive|"
    r"drove|run|ran|put|shut|cut|lay|laid|lose|lost|leave|left|meet|met|mend|owe|own|live|understand|never|always|only|"
    r"still|also|once|\w\w+ed"
)


def recollection(fact: str, own_names: frozenset[str]) -> str | None:
    """The fact as the character would say it, or None when it speaks of them by name.

    `own_names`: folded words (see `terms.tokens`) of the character's names. “You did X and it was yours” becomes “I did
    X and it was mine”; “put you in his arms” becomes “put me in his arms”.
    """
    if any(token.word in own_names for token in tokens(fact)):
        return None
    return first_person(fact)


def first_person(text: str) -> str:
    """“You” becomes “I” or “me”, “your” becomes “my”, and so on. What is quoted stays: it was said to somebody else."""
    return "".join(part if part[:1] in QUOTES else _YOU.sub(_replaced, part) for part in QUOTED.split(text))


def _replaced(match: re.Match[str]) -> str:
    you, verb = match.group(1), match.group(2)
    fixed = _FIXED.get(you.casefold())
    if fixed is not None:
        at_start = you[0].isupper()
        return (fixed[0].upper() + fixed[1:] if at_start else fixed) + (f" {verb}" if verb else "")
    if verb:
        return "I am" if verb.casefold() == "are" else "I was"
    return "I" if _is_subject(match) else "me"


def _is_subject(match: re.Match[str]) -> bool:
    before, after = match.string[: match.start()].rstrip(), match.string[match.end() :]
    following = re.match(r"\s+([\w’']+)", after)
    word = following.group(1).casefold() if following else ""
    if not before or before[-1] in '.!?;:,—–-(“"':
        return word != ""
    last = before.split()[-1].casefold()
    return _VERB.fullmatch(word) is not None or (word != "" and _SUBJECT_AFTER.fullmatch(last) is not None)
