"""A small sheet and the briefs made with it, for the tests of this package."""

from __future__ import annotations

from characters.canon import Fact
from characters.release import ReleaseId
from characters.sheet import DatedText, Sheet, Voice
from characters.sheet import Exchange as Sample
from memory.types import Exchange, KnownFact, OwnLine, Passage, Recall, Scored, ScoredLine, Viewpoint
from persona.prompt import compose
from persona.tokens import approximate_tokens
from persona.types import Brief, Prompt

FIRST_REPLY = "Hello, you. Mind the step, it's crooked."


def sheet(**changes: object) -> Sheet:
    fields: dict[str, object] = {
        "slug": "tamsin",
        "name": "Tamsin Orr",
        "cue": "TAMSIN",
        "aliases": ("Tam",),
        "tagline": "She mends lanterns.",
        "sentences_max": 2,
        "essence": "You are Tamsin Orr, and you mend lanterns on Tallow Lane. You make the joke first.",
        "voice": Voice(
            description="Warm and quick.", says=(DatedText(text="Mind the step."),), never=("flatters anyone",)
        ),
        "wants": (DatedText(text="You want Tallow Lane left standing."),),
        "facts": (
            DatedText(text="You call him Hallam."),
            DatedText(text="He is Mr. Nobody and you know it.", from_episode=12),
        ),
        "greetings": (DatedText(text="Come in, mind the step."),),
        "examples": (
            Sample(fan="hi!!", reply=FIRST_REPLY),
            Sample(fan="is the ring really just wire?", reply="It's handmade. People confuse the two.", from_episode=4),
        ),
        "deflections": (DatedText(text="I only do the windows."), DatedText(text="I don't sell fakes.")),
        **changes,
    }
    return Sheet.model_validate(fields)


def fact(number: int = 1, episode: int = 1, text: str = "The crate had no sender.") -> Fact:
    return Fact(f"F{number:03}", text, "THE CRATE", episode)


def passage(episode: int = 1, text: str = "GIDEON: You are Orr.\nTAMSIN: Mind the step, Mr. Hallam.") -> Scored:
    people = frozenset({"TAMSIN", "GIDEON"})
    return Scored(Passage(f"p{episode}", episode, 1, 0, 1, "WORKSHOP - NIGHT", text, people, people, "h"), 1.0)


def own_line(text: str, cue_text: str = "", episode: int = 1) -> ScoredLine:
    return ScoredLine(OwnLine(text, cue_text, episode, 1), 0.9)


def exchange(number: int, fan: str = "and then?", reply: str = "Then it rained.", horizon: int = 1) -> Exchange:
    return Exchange(f"t{number}", fan, reply, "completed", horizon, number)


def recall(
    *, facts: tuple[KnownFact, ...] = (), passages: tuple[Scored, ...] = (), lines: tuple[ScoredLine, ...] = ()
) -> Recall:
    return Recall(ReleaseId("lantern", 1), Viewpoint("TAMSIN", 5), passages, facts, lines)


def brief(
    fan_text: str = "who sent the crate?",
    *,
    horizon: int = 5,
    known: Recall | None = None,
    history: tuple[Exchange, ...] = (),
    of: Sheet | None = None,
    fan_name: str = "",
) -> Brief:
    return Brief("The Lantern Contract", of or sheet(), 1, horizon, known or recall(), history, fan_text, fan_name)


def prompt(fan_text: str = "who sent the crate?") -> Prompt:
    return compose(brief(fan_text), budget_tokens=4_000, reply_tokens_max=200, count=approximate_tokens)
