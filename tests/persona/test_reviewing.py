"""The review of a reply: the guard, then the shield, and what of a streamed reply the shield is shown."""

from __future__ import annotations

import pytest

from persona.doubles import PhraseShield, open_shield
from persona.guard import CLAIMS_HUMAN, WITHHELD_TERM
from persona.reviewing import Review, statement
from persona.types import ReviewRules, Verdict

RULES = ReviewRules(("Ottilie Sorrel",))


@pytest.mark.parametrize(
    ("delivered", "segment", "read"),
    [
        ("", " Well, he", "Well, he"),
        ("Well, he", " lit the fire.", "Well, he lit the fire."),
        ("I mend lamps. It was he", " who lit it.", "I mend lamps. It was he who lit it."),
        ("I mend lamps.", " He lit it.", "I mend lamps. He lit it."),
        ("Mind the step. I mend lamps.", " He lit it.", "I mend lamps. He lit it."),
        ("我修灯。是他", "放的火。", "我修灯。是他放的火。"),
        ("小心。我修灯。是他", "放的火。", "我修灯。是他放的火。"),
        ("Mind.\nThe step.\nHe", " lit it", "The step.\nHe lit it"),
        ("x" * 900, " and on", "x" * 400 + " and on"),
    ],
)
def test_a_segment_is_read_with_its_sentence_and_the_one_before(delivered: str, segment: str, read: str) -> None:
    assert statement(delivered, segment) == read


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("I mend lamps. Ask me about glass.", Verdict(True)),
        ("I mend lamps. I am Ottilie Sorrel.", Verdict(False, WITHHELD_TERM)),
        ("I mend lamps. I am human, I swear.", Verdict(False, CLAIMS_HUMAN)),
        ("I mend lamps. Fenn, of all people in this town and the next one, lit it.", Verdict(False, "later_fact")),
        ("", Verdict(True)),
        ("  \n ", Verdict(True)),
    ],
)
async def test_a_whole_text_is_reviewed_as_if_it_were_streamed(text: str, verdict: Verdict) -> None:
    review = Review(RULES, PhraseShield(["Fenn, of all people in this town and the next one, lit"]))
    assert await review.whole(text) == verdict


async def test_a_name_is_refused_before_the_shield_is_asked() -> None:
    class Unasked:
        async def __call__(self, statement: str) -> Verdict:
            raise AssertionError("the guard had refused it")

    verdict = await Review(RULES, Unasked()).segment("", "I am Ottilie Sorrel.")
    assert verdict == Verdict(False, WITHHELD_TERM)


async def test_a_ready_line_of_the_authors_is_for_the_guard_alone() -> None:
    review = Review(RULES, PhraseShield(["windows"]))
    assert review.ready_line("", "I only do the windows.").allowed
    assert not review.ready_line("", "Ask Ottilie Sorrel.").allowed
    assert not (await review.segment("", "I only do the windows.")).allowed
    assert (await Review(RULES, open_shield).segment("", "I only do the windows.")).allowed
