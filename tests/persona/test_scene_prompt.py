"""The prompt of one of two who are there: what the other said aloud, quoted as theirs, and nothing else of them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import pairwise

from memory.types import Exchange, Part
from persona.portable import portable
from persona.prompt import compose
from persona.script_prompt import script_prompt
from persona.tokens import approximate_tokens
from persona.types import Prompt, Scene
from persona.wording import HEARD_AFTER, HEARD_FIRST, HEARD_NOW, IN_A_SCENE, WORDING_VERSION
from tests.persona.builders import brief

SCENE = Scene("Gideon Hallam", ("Gideon Hallam", "GIDEON"))
FIRST = Exchange("t1", "who?", "Me.\n\nHer.", "completed", 1, 1, (Part("tamsin", 0, 3), Part("gideon", 5, 9)))
SECOND = Exchange("t2", "why?", "Ask.\n\nRain.", "completed", 1, 2, (Part("gideon", 0, 4), Part("tamsin", 6, 11)))
THIRD = Exchange("t3", "how?", "No.", "refused", 1, 3, (Part("gideon", 0, 3),))


def in_a_scene(heard: str = "", *history: Exchange) -> Prompt:
    of = replace(brief(history=history), scene=replace(SCENE, heard=heard))
    return compose(of, budget_tokens=4_000, reply_tokens_max=200, count=approximate_tokens)


def test_no_sentence_of_a_scene_changes_without_the_wordings_version() -> None:
    digest = hashlib.sha256("\n".join((IN_A_SCENE, HEARD_FIRST, HEARD_AFTER, HEARD_NOW)).encode()).hexdigest()[:12]
    assert (WORDING_VERSION, digest) == (6, "458b032b3a33"), "give the wording its next version"


def test_in_a_scene_the_others_words_stand_beside_a_turn_quoted_as_theirs() -> None:
    messages = in_a_scene("", FIRST, SECOND, THIRD).messages
    assert [(one.role, one.content) for one in messages[1:-2]] == [
        ("user", "who?"),
        ("assistant", "Me."),
        ("system", "Gideon Hallam answered too, aloud:\n> Her."),
        ("system", "Gideon Hallam answered the fan's next message first, aloud:\n> Ask."),
        ("user", "why?"),
        ("assistant", "Rain."),
        ("user", "how?"),
        ("system", "Gideon Hallam answered too, aloud:\n> No."),
    ]
    assert "Gideon Hallam is here too" in messages[0].content


def test_what_the_other_has_just_said_is_always_in_and_before_the_fans_message() -> None:
    prompt = in_a_scene("Sit.\nTAMSIN: I obey.")
    (block,) = (one for one in prompt.manifest.blocks if one.name == "heard")
    assert (block.included, block.reason) == (True, "always in")
    assert block.text.endswith("> Sit.\n> TAMSIN: I obey.")
    assert block.text in prompt.messages[-2].content
    assert "heard" not in {one.name for one in in_a_scene().manifest.blocks}


def test_the_head_of_a_scene_is_the_same_from_turn_to_turn() -> None:
    heads = {in_a_scene(heard, *history).messages[0] for heard, history in (("", ()), ("Sit.", (FIRST, SECOND)))}
    assert len(heads) == 1


def test_a_model_that_takes_no_late_system_message_still_gets_every_word_of_a_scene() -> None:
    messages = portable(in_a_scene("Sit.", FIRST, SECOND, THIRD).messages)
    assert [one.role for one in messages][:2] == ["system", "user"]
    assert all(one.role != other.role for one, other in pairwise(messages))
    told = "\n".join(one.content for one in messages)
    assert [told.count(f"> {words}") for words in ("Her.", "Ask.", "No.", "Sit.")] == [1, 1, 1, 1]


def test_a_base_model_is_shown_who_said_what() -> None:
    stage = in_a_scene("Sit.", FIRST, SECOND).stage
    script = script_prompt(stage, budget_tokens=4_000, count=approximate_tokens)
    assert "FAN: who?\nTAMSIN: Me.\nGideon Hallam: Her.\nFAN: why?\nGideon Hallam: Ask.\nTAMSIN: Rain.\n" in script
    assert script.endswith("FAN: who sent the crate?\nGideon Hallam: Sit.\nTAMSIN:")
