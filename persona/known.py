"""How a prompt words what a character knows: what holds, what they believe, and what is over and replaced by what.

Pure. A belief is never called false here: that it is would be a spoiler for a fan who has not seen it exposed, and
nothing to a character who holds it.
"""

from __future__ import annotations

from characters.succession import BELIEF
from memory.types import KnownFact
from persona.quoting import one_line

ITEM_CHARS_MAX = 1_200


def fact_text(known: KnownFact) -> str:
    """One line of a prompt, marked as `persona/wording.py` explains the marks to a model."""
    believed = known.fact.kind == BELIEF
    if not known.past:
        return f"{'You believe' if believed else 'Fact'}: {_item(known.fact.text)}"
    mark = "You once believed, and know better now" if believed else "Past"
    line = f"{mark}: {_item(known.fact.text)}"
    if known.now is None:
        return line
    since = "You believe since then" if known.now.kind == BELIEF else "What is true" if believed else "Since then"
    return f"{line} {since}: {_item(known.now.text)}"


def _item(text: str) -> str:
    return one_line(text, chars_max=ITEM_CHARS_MAX)
