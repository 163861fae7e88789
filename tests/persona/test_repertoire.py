"""What stands ready to be said: all of it is the character's, within the horizon, and fit for who asks."""

from __future__ import annotations

from characters.canon import Fact
from characters.sheet import Exchange as Sample
from characters.sheet import Secret
from memory.types import KnownFact
from persona.repertoire import Candidate, candidates, compared_texts
from persona.types import Brief
from tests.persona.builders import brief, fact, own_line, passage, recall, sheet


def of_kind(of: Brief, kind: str) -> list[str]:
    return [candidate.text for candidate in candidates(of) if candidate.kind == kind]


def known(text: str, *, kind: str = "fact", by: tuple[str, ...] = (), past: bool = False) -> KnownFact:
    return KnownFact(Fact("F1", text, "X", 1, known_by=dict.fromkeys(by, 0), kind=kind), past, 0.8)  # type: ignore[arg-type]


def test_lines_that_stand_in_a_recalled_scene_are_candidates_with_what_they_answer() -> None:
    scene = passage(
        text="A clock strikes.\nGIDEON: Who are you?\nTAMSIN: (sweetly) The one who mends it.\nGIDEON: Next."
    )
    found = [one for one in candidates(brief(known=recall(passages=(scene,)))) if one.kind == "own_line"]
    assert found == [Candidate("The one who mends it.", "own_line", ("The one who mends it.", "Who are you?"), 1, 1)]


def test_a_line_is_a_candidate_once_and_one_that_breaks_off_never() -> None:
    scene = passage(text="TAMSIN: Mind the step.\nTAMSIN: When it is safe, I will...")
    of = brief(known=recall(passages=(scene,), lines=(own_line("Mind the step."),)))
    assert of_kind(of, "own_line") == ["Mind the step."]


def test_a_scene_beyond_the_horizon_lends_no_line_whoever_recalled_it() -> None:
    assert of_kind(brief(horizon=2, known=recall(passages=(passage(3),))), "own_line") == []


def test_that_it_is_an_ai_a_character_says_to_who_wants_to_know() -> None:
    of = sheet(examples=(Sample(fan="are you real?", reply="No, I'm a character, voiced by an AI."),))
    assert of_kind(brief("are you a real person?", of=of), "example") == ["No, I'm a character, voiced by an AI."]
    assert of_kind(brief("be real with me, is he kind?", of=of), "example") == []


def test_a_fact_about_the_character_is_told_by_them_and_one_about_others_as_it_is() -> None:
    facts = (known("Tamsin mends the stopped watch."), known("The watch is Gideon's.", by=("GIDEON",)))
    told = of_kind(brief(known=recall(facts=facts)), "recollection")
    assert "I mend the stopped watch." in told
    assert "The watch is Gideon's." in told


def test_a_secret_is_told_unless_the_sheet_still_keeps_it() -> None:
    secret = known("Coralie switched the loaves.", kind="secret")
    keeps = sheet(secrets=(Secret(text="You saw that Coralie switched the loaves."),))
    assert secret.fact.text in of_kind(brief(known=recall(facts=(secret,))), "recollection")
    assert secret.fact.text not in of_kind(brief(known=recall(facts=(secret,)), of=keeps), "recollection")


def test_a_belief_is_told_as_the_characters_own_or_not_at_all() -> None:
    own = known("Tamsin believes the ring is lost.", kind="false_belief")
    theirs = known("It is believed that the ring is lost.", kind="false_belief")
    told = of_kind(brief(known=recall(facts=(own, theirs))), "recollection")
    assert "I believe the ring is lost." in told
    assert theirs.fact.text not in told


def test_ways_to_give_a_fact_away_are_compared_and_never_said() -> None:
    worded = Fact("F1", "The crate had no sender.", "THE CRATE", 1, wordings=("Nobody sent it.", "Nadie la mandó."))
    cast = candidates(brief(known=recall(facts=(KnownFact(worded, False, 0.5),))))
    assert {"Nobody sent it.", "Nadie la mandó."} <= set(compared_texts(cast))
    assert not {"Nobody sent it.", "Nadie la mandó."} & {candidate.text for candidate in cast}


def test_what_the_sheet_dates_has_its_episode_and_what_always_held_has_none() -> None:
    of = brief(horizon=12, known=recall(facts=(KnownFact(fact(), False, 1.0),)))
    episodes = {candidate.text: candidate.episode for candidate in candidates(of)}
    assert episodes["It's handmade. People confuse the two."] == 4
    assert episodes["I call him Hallam."] == 0
    assert episodes["The crate had no sender."] == 1
