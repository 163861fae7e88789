"""Turns a fact told about a character by name into one told by them: “Tamsin mends it” becomes “I mend it”.

Pure. It only changes who speaks. A sentence in which it is not sure what a verb or a pronoun means is not used at all:
nothing is ever added to a fact, and nobody else's deed becomes the character's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from typing import Literal

from persona.recollection import QUOTED, QUOTES
from persona.terms import tokens
from persona.verb_forms import as_i_say, is_past, is_verb

Gender = Literal["he", "she"]

_PRONOUNS: dict[Gender, frozenset[str]] = {
    "he": frozenset({"he", "him", "his", "himself"}),
    "she": frozenset({"she", "her", "hers", "herself"}),
}
_MEN = """man boy father grandfather husband uncle brother son nephew lord king gentleman stranger"""
_WOMEN = """woman girl mother grandmother wife aunt sister daughter niece lady queen fiancée bride"""
_KIN: dict[Gender, frozenset[str]] = {"he": frozenset(_MEN.split()), "she": frozenset(_WOMEN.split())}
"""Somebody whom a pronoun of that gender may mean as well."""
_ADVERB_LIST = """first never always still also only now once later then again already secretly"""
_PREPOSITION_LIST = """
to for of with by from at in on under over beside behind before after about against through into upon near between
beyond without around onto towards off
"""
_OBJECT_LIST = """that who which when while as so if because the a an out up down home away"""
_VERB_LIST = """the a an his her him it them me my its their no any that to whoever what who how us one two three"""
_GIVING_LIST = """
give gives gave mean means meant tell tells told send sends sent teach teaches taught show shows showed pay pays paid
owe owes owed offer offers offered call calls called ask asks asked
"""
_LETTING_LIST = """let lets make makes made help helps helped see sees saw hear hears heard watch watches watched"""
_ADVERBS = frozenset(_ADVERB_LIST.split())
_PREPOSITIONS = frozenset(_PREPOSITION_LIST.split())
_LINKS = frozenset({"and", "or", "but", "nor"})
_AFTER_OBJECT = _PREPOSITIONS | _LINKS | frozenset(_OBJECT_LIST.split())
_AFTER_VERB = _PREPOSITIONS | frozenset(_VERB_LIST.split())
_NO_VERB = _AFTER_OBJECT | _AFTER_VERB | {"he", "she", "it", "they", "we"}
_GIVING = frozenset(_GIVING_LIST.split())
"""“Meant her harm”, “told her mother”: who “her” is depends on more than these rules read."""
_LETTING = frozenset(_LETTING_LIST.split())
_PLURAL = frozenset({"are", "were", "have", "had", "will"})
_DETERMINERS = frozenset({"the", "a", "an", "this", "that", "whole"})
_PIECE = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)?|\s+|.", re.DOTALL)


def retold(fact: str, names: Sequence[str], others: Set[str], gender: Gender | None = None) -> str | None:
    """The fact in the first person, or None when the rules are not sure of it.

    `names`: the character's own. `others`: folded words (see `terms.tokens`) of the names of other people, of whom a
    pronoun may speak. `gender`: what the character is called, when it is known.
    """
    return _Telling(_pieces(fact, names), others, gender).told()


def gender_in(facts: Iterable[str], names: Sequence[str], others: Set[str]) -> Gender | None:
    """What facts that can only speak of the character call them; None when they do not say, or disagree."""
    found = set()
    for fact in facts:
        telling = _Telling(_pieces(fact, names), others, None)
        if telling.told() is not None:
            found.add(telling.gender)
    found.discard(None)
    return found.pop() if len(found) == 1 else None


_ME = "\0"
"""Stands for the character's name."""


def _pieces(fact: str, names: Sequence[str]) -> list[str]:
    """Words, spaces and signs; what is quoted is one piece, and a name that is part of a longer one stays."""
    found: list[str] = []
    for part in QUOTED.split(fact):
        if part[:1] in QUOTES:
            found.append(part)
            continue
        for name in sorted({name for name in names if name.strip()}, key=len, reverse=True):
            own = rf"(?<!\w)(?<![A-Z]\. ){re.escape(name)}(?!\w)(?!\s+(?:&|[A-Z]))"
            part = re.sub(own, _alone, part)
        found += _PIECE.findall(part)
    return found


def _alone(match: re.Match[str]) -> str:
    before = re.search(r"(\w+|&)\s+$", match.string[: match.start()])
    named = before is not None and (before.group(1) == "&" or before.group(1)[0].isupper()) and before.start() > 0
    return match.group() if named else _ME


class _Telling:
    """One fact on its way into the first person."""

    def __init__(self, pieces: list[str], others: Set[str], gender: Gender | None) -> None:
        self._pieces = pieces
        self._words = [place for place, piece in enumerate(pieces) if piece[0].isalnum() or piece == _ME]
        self._strangers = [at for at in range(len(self._words)) if self._is_stranger(at, others)]
        self.gender = gender

    def told(self) -> str | None:
        if _ME not in self._pieces or not self._pronouns_are_own():
            return None
        out = list(self._pieces)
        verbs: set[int] = set()
        for at, place in enumerate(self._words):
            piece = self._pieces[place]
            if piece == _ME:
                said = self._name(at, out, verbs)
            elif self.gender is not None and piece.casefold() in _PRONOUNS[self.gender]:
                said = self._pronoun(at, out, verbs)
            else:
                continue
            if said is None:
                return None
            begins = at == 0 or self._gap(at).endswith((".", "!", "?"))
            out[place] = said[:1].upper() + said[1:] if begins else said
        if not self._verbs_agree(out, verbs):
            return None
        text = "".join(out)
        return text[:1].upper() + text[1:]

    def _word(self, at: int) -> str:
        return self._pieces[self._words[at]] if 0 <= at < len(self._words) else ""

    def _gap(self, at: int) -> str:
        """The signs between a word and the one before it."""
        start = self._words[at - 1] + 1 if at > 0 else 0
        return "".join(self._pieces[start : self._words[at]]).strip() if at < len(self._words) else "."

    def _owns(self, at: int) -> bool:
        place = self._words[at]
        return "".join(self._pieces[place + 1 : place + 3]) in ("'s", "’s")

    def _name(self, at: int, out: list[str], verbs: set[int]) -> str | None:
        place, before = self._words[at], self._word(at - 1).casefold()
        if self._owns(at):
            out[place + 1] = out[place + 2] = ""
            if before == "of":
                return None
            return "mine" if self._gap(at + 2) else "my"  # the s is a word of its own here
        put_in = self._gap(at + 1).startswith(",") and at + 1 < len(self._words)
        if before in ("not", "of") or put_in or any(before in kin for kin in _KIN.values()):
            return None  # “he, not Gideon”, and what is put in after a comma, is more than these rules read
        if self._word(at + 1) == "and" and not self._gap(at + 1):
            return self._pair(at, at + 2, out)
        if before == "and" and at == 2 and not self._gap(at):
            return "I" if self._word(at + 1).casefold() in _PLURAL and at - 2 in self._strangers else None
        if before in _PREPOSITIONS and not self._gap(at):
            return "me"
        verb = self._agree(at, out, verbs)
        if verb == "no verb":
            return "me" if is_verb(before) and not self._gap(at) else None
        return "I" if verb == "agrees" else None

    def _pair(self, at: int, other: int, out: list[str]) -> str | None:
        """“Tamsin and Gideon are …” is “Gideon and I are …”."""
        if other not in self._strangers or self._owns(other) or at > 0:
            return None
        if self._word(other + 1).casefold() not in _PLURAL:
            return None
        name = self._word(other)
        out[self._words[other]] = "I"
        return name

    def _pronoun(self, at: int, out: list[str], verbs: set[int]) -> str | None:
        lower, following = self._word(at).casefold(), self._word(at + 1)
        if lower in ("himself", "herself"):
            return "myself"
        if lower in ("he", "she"):
            return "I" if self._agree(at, out, verbs) == "agrees" else None
        if lower in ("hers", "him"):
            return "mine" if lower == "hers" else "me"
        if lower == "her" and self._word(at - 1).casefold() in _GIVING:
            return None  # “meant her harm”, “told her mother”
        let = self._word(at - 1).casefold() in _LETTING
        noun = bool(following) and not self._gap(at + 1) and following.casefold() not in _AFTER_OBJECT and not let
        if lower == "his":
            return "my" if noun else "mine"
        return "my" if noun and following.isascii() and (following[0].islower() or following == _ME) else "me"

    def _agree(self, at: int, out: list[str], verbs: set[int]) -> Literal["agrees", "no verb", "unsure"]:
        """Bring the verb after a subject into the first person."""
        step = at + 1
        while self._word(step).casefold() in _ADVERBS and not self._gap(step):
            step += 1
        word = self._word(step)
        if not word or self._gap(step):
            return "no verb"
        said = as_i_say(word)
        if said is None:
            return "no verb" if word.casefold() in _NO_VERB or word[:1].isupper() else "unsure"
        out[self._words[step]] = said
        verbs.add(self._words[step])
        return "agrees"

    def _verbs_agree(self, out: list[str], verbs: set[int]) -> bool:
        """Whether verbs that share the subject (“draws the nail and proposes”) could be brought along."""
        sharing = False
        for at, place in enumerate(self._words):
            word, linked = self._word(at), self._word(at - 1) in _LINKS or self._gap(at) == ","
            if place in verbs:
                sharing = True
                continue
            another = self._word(at - 1) in _LINKS and at in self._strangers
            if re.search(r"[.;:]", self._gap(at)) or another:
                sharing = False  # another clause, or another subject
            said = as_i_say(word) if sharing and linked and word.endswith("s") else None
            if said is None or is_past(word):
                continue
            following = self._word(at + 1)
            known = following.casefold() in _AFTER_VERB or following[:1].isupper() or following == _ME
            if following and not self._gap(at + 1) and not known:
                return False
            out[place] = said
        return True

    def _is_stranger(self, at: int, others: Set[str]) -> bool:
        word = self._word(at)
        if word == _ME or (not word[:1].isupper() and word.isascii()):
            return False
        if any(token.word in others for token in tokens(word)):
            return True
        begins = at == 0 or re.search(r"[.:;]", self._gap(at)) is not None
        following = self._word(at + 1)
        acts = as_i_say(following) is not None and following.endswith("s") and following not in ("is", "was")
        acts = acts and not self._gap(at + 1)
        place = self._word(at - 1).casefold() in _DETERMINERS  # “the whole Lane sits” is nobody of whom one says “he”
        return not begins and not place and (self._owns(at) or acts)

    def _pronouns_are_own(self) -> bool:
        """Whether every pronoun of one gender can only mean the character; it is then taken for theirs."""
        words = [self._word(at).casefold() for at in range(len(self._words))]
        places = {gender: [at for at, word in enumerate(words) if word in _PRONOUNS[gender]] for gender in _PRONOUNS}
        used: list[Gender] = [gender for gender in _PRONOUNS if places[gender] and self.gender in (None, gender)]
        own = min(at for at in range(len(words)) if self._word(at) == _ME)
        if not used:
            return True
        first = min((at for at in self._strangers), default=len(words))
        if own > first or len(used) > 1:
            return False
        if any(at < own and words[at] in ("he", "she") for at in places[used[0]]):
            return False  # “he keeps what Tamsin gave him” is not about Tamsin
        gender = used[0]
        kin = [at for at, word in enumerate(words) if word in _KIN[gender] and words[at - 1] not in _PRONOUNS[gender]]
        if kin or max(places[gender]) > first:
            return False
        self.gender = gender
        return True
