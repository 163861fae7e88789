"""What a small model made up: where it stops, and which source bears it."""

from __future__ import annotations

import pytest

from memory.types import KnownFact
from persona.support import Source, source_of, sources, stopped
from tests.persona.builders import brief, fact, passage, recall, sheet

SOURCES = (
    Source("Gideon bought two lamps. He paid in cash, and never haggled."),
    Source("The crate had no sender.", 3, 1),
)


@pytest.mark.parametrize(
    ("sample", "kept"),
    [
        ("It was blue. It was mine. And then I", "It was blue. It was mine."),
        ("One. Two. Three. Four.", "One. Two. Three."),
        ("It was blue.\nFAN: and then?", "It was blue."),
        ('"It was blue."', "It was blue."),
        ("and so on and", ""),
    ],
)
def test_a_sample_stops_at_its_last_whole_sentence(sample: str, kept: str) -> None:
    assert stopped(sample, 3) == kept


@pytest.mark.parametrize(
    ("sample", "borne"),
    [
        ("He bought lamps, Gideon.", SOURCES[0]),
        ("The crate had no sender.", SOURCES[1]),
        ("Gideon sent the crate.", None),
        ("The crate had a sender.", None),
        ("Gideon bought three lamps.", None),
        ("The crate had two lamps.", None),
    ],
)
def test_one_source_bears_every_word_number_and_denial_of_a_claim(sample: str, borne: Source | None) -> None:
    assert source_of(sample, SOURCES) == borne


def test_what_is_past_or_beyond_the_horizon_bears_nothing() -> None:
    past, late = KnownFact(fact(1, 1, "PAST"), True, 1.0), KnownFact(fact(2, 9, "LATE"), False, 1.0)
    of = brief(known=recall(facts=(past, late), passages=(passage(9, "TAMSIN: LATER."),)))
    assert not {"PAST", "LATE", "TAMSIN: LATER."} & {source.text for source in sources(of, sheet())}
