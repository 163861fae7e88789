"""English verbs as a telling needs them: “he hangs” is “I hang”, and what is past stays as it is.

Pure. A word that is not listed is no verb, so that no noun ever loses its s.
"""

from __future__ import annotations

import re

_LIST = """
accept accuse admit agree answer appear approve arrange arrest arrive ask bake become beg begin believe belong bend
bet betray bite blame bleed blow boil borrow break breathe bring build burn bury buy call carry catch change choose
claim climb close collapse come confess cook count cover crack cross cry cut dance deal decide declare deny deserve
die dig discover dismiss divorce draw dream dress drink drive drop earn eat end enter escape expect expose face fail
fake fall fear feed feel fetch fight fill find finish fire fit follow forbid force forge forget forgive free get give
grow guard guess guide hand hang happen hate have hear help hide hire hit hold hope hum hurt inherit introduce invent
keep kick kill kiss kneel knock know lay lead learn leave lend let lie light like listen live lock long look lose love
make manage mark marry mean meet mend miss move need never notice offer open order owe own pack paint pass pay
photograph pick place plan play point pour practise practice prefer prepare press pretend print promise propose
protect prove pull push put raise reach read realise realize recognise recognize record refuse regret remember remind
repair repeat resign rest restore return reveal ride ring rise run save say seal search see seem sell send serve set
shake share shout show shut sign sing sit sleep slide slip smash smell smile sneak speak spend spill stand stare start
stay steal stop study suffer suggest suspect swear switch take talk teach tear tell thank think throw touch trace
trade train travel trick trust try turn twist understand use visit vote wait wake walk want warn wash watch wear weep
whisper win wish work write
"""
_VERBS = frozenset(_LIST.split())
_IRREGULAR = {
    "is": "am",
    "has": "have",
    "does": "do",
    "goes": "go",
    "was": "was",
    "isn't": "am not",
    "hasn't": "haven't",
    "doesn't": "don't",
}
_PAST = re.compile(
    r"\w{2,}ed|kept|had|was|were|became|began|bent|bit|bled|blew|broke|brought|built|burnt|bought|came|caught|chose|cut|"
    r"dealt|did|drank|drew|drove|ate|fed|fell|felt|found|fought|forbade|forgot|forgave|forged|froze|gave|got|grew|heard|"
    r"held|hid|hit|hung|hurt|knelt|knew|laid|lay|led|learnt|left|lent|let|lied|lit|lost|made|meant|met|paid|put|quit|"
    r"ran|rang|read|rode|rose|said|sang|sat|saw|sent|set|shook|shut|slept|slid|sold|spent|spoke|spun|stole|stood|stuck|"
    r"swore|taught|told|took|thought|threw|tore|understood|woke|went|wept|won|wore|wrote|could|would|will|can|may|might|"
    r"must|should|shall"
)


def is_past(word: str) -> bool:
    """Whether a verb has the same form for everybody: “hung”, “will”."""
    return _PAST.fullmatch(word.casefold()) is not None


def as_i_say(word: str) -> str | None:
    """The form of a verb after “I”; None for what is not known as a verb."""
    lower = word.casefold()
    if lower in _IRREGULAR:
        return _IRREGULAR[lower]
    if is_past(lower):
        return word
    for ending, stem in (("ies", "y"), ("es", ""), ("s", "")):
        if lower.endswith(ending) and lower[: -len(ending)] + stem in _VERBS:
            return lower[: -len(ending)] + stem
    return None


def is_verb(word: str) -> bool:
    """Whether a word is a verb in any of its forms: it may have an object."""
    lower = word.casefold()
    if lower in _VERBS or as_i_say(lower) is not None:
        return True
    stem = lower.removesuffix("ing")
    return stem != lower and (stem in _VERBS or f"{stem}e" in _VERBS)
