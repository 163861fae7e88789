"""Asking a character as a fan of episode N would, unbilled: the reply, and every block of the prompt with its reason.

The same as `encore ask --explain`, with a draft if need be. Nothing of it is kept, and no conversation is touched.
"""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field

from characters.casting import find_cast
from characters.errors import UnknownCharacter
from characters.linting import sheet_texts
from characters.release import Cast, ReleaseId
from gateway.crisis_protocol import crisis_protocol
from gateway.disclosure import disclosure_policy
from gateway.replies import Prepared, ReplyRequest
from gateway.shielding import Speaker, review_of
from gateway.studio.services import Studio
from memory.types import Exchange
from persona.likeness import voice_share
from persona.lore import called_to_mind
from persona.tokens import approximate_tokens
from persona.types import Answering, Performed


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of a question. `prepared` is None when people wrote the answer beforehand."""

    cast: Cast
    release: ReleaseId
    episode: int
    question: str
    reply: str
    model: str
    end: Performed
    prepared: Prepared | None
    likeness: float | None = None
    fixed: str = ""
    """Why a fixed answer was given: `crisis` or `disclosure`."""
    withheld: tuple[tuple[str, int], ...] = field(default_factory=tuple)


async def ask(
    studio: Studio,
    cast: Cast,
    release: ReleaseId,
    episode: int,
    question: str,
    *,
    history: tuple[Exchange, ...] = (),
) -> Asked:
    """One turn. Raises UnknownCharacter when a fan of this episode has not met them; PersonaError, MemoryFault."""
    if find_cast((cast,), cast.sheet.slug, episode) is None or cast.first_episode > max(1, episode):
        raise UnknownCharacter(cast.show, cast.sheet.slug)
    hunch = await studio.feelings.of(question)
    name = studio.replies.model_name
    if hunch.danger is not None:
        answer = crisis_protocol().answer(hunch.danger, "en", "")
        told = f"{answer.notice}\n\n{answer.text}"
        return Asked(cast, release, episode, question, told, name, Performed(refused=False), None, fixed="crisis")
    if hunch.sincere:
        told = disclosure_policy().asked("en", cast.sheet.name)
        return Asked(cast, release, episode, question, told, name, Performed(refused=False), None, fixed="disclosure")
    await studio.memory.index(release)
    prepared = await studio.replies.prepare(
        ReplyRequest(f"studio-{uuid.uuid4().hex}", cast, release, episode, history, question)
    )
    text, end, model = await perform(studio, prepared)
    script = (await studio.casting.release(release)).script
    share = await asyncio.to_thread(voice_share, script, cast.sheet.cue, episode, text)
    return Asked(cast, release, episode, question, text, model, end, prepared, share, withheld=withheld_from(prepared))


async def perform(studio: Studio, prepared: Prepared) -> tuple[str, Performed, str]:
    """The reply, how it ended, and which model answered."""
    text, end, model = "", Performed(refused=False), studio.replies.model_name
    async for event in studio.replies.perform(prepared):
        if isinstance(event, Performed):
            end = event
        elif isinstance(event, Answering):
            model = event.model
        else:
            text += event.text
    return text, end, model


def withheld_from(prepared: Prepared) -> tuple[tuple[str, int], ...]:
    """What stayed behind: what it is and why, and how much of it."""
    held = prepared.recall.withheld
    told = [(f"passages, {reason}", count) for reason, count in held.passages.items()]
    told += [(f"facts, {reason}", count) for reason, count in held.facts.items()]
    told.append(("lore entries, beyond the horizon", prepared.prompt.stage.brief.lore.withheld))
    told.append(("names and terms that this fan has not met", len(prepared.review.rules.withheld_terms)))
    return tuple((what, count) for what, count in told if count)


@dataclass(frozen=True, slots=True)
class LoreTried:
    """What of a lorebook a message brings to mind."""

    fired: tuple[tuple[int, str, int, bool, str], ...]
    """(number, why, tokens, whether it fits, the text)."""
    withheld: int
    unsearched: int


def try_lore(cast: Cast, text: str, episode: int, prompt_tokens: int) -> LoreTried:
    """Which entries of a sheet fire for a message of a fan of this episode."""
    found = called_to_mind(cast.sheet, (), text, horizon=episode, prompt_tokens=prompt_tokens, count=approximate_tokens)
    fired = tuple((one.number, one.reason, one.tokens, one.included, one.entry.text) for one in found.fired)
    return LoreTried(fired, found.withheld, found.unsearched)


async def doubts(studio: Studio, cast: Cast, release: ReleaseId) -> tuple[tuple[str, int, str, str], ...]:
    """What the shield would not let the character say at the episode a sheet gives it: (where, episode, rule, text).

    Of sheets that give nothing away it doubts about one text in thirty, so this is for eyes and stops nobody.
    """
    await studio.memory.index(release)
    await studio.shield.learn()
    whole = await studio.casting.release(release)
    found = []
    for text in sheet_texts(cast.sheet, cast.first_episode):
        speaker = Speaker(cast.sheet.cue, cast.sheet.name)
        verdict = await review_of(studio.shield, whole, speaker, text.from_episode).whole(text.text)
        if not verdict.allowed:
            found.append((text.where, text.from_episode, verdict.rule, text.text))
    return tuple(found)
