"""Several models behind one: who is asked, for how long, and what comes of the failures — over real connections too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager

import pytest
from pydantic import SecretStr

from persona.adapters.langchain_model import LangChainModel
from persona.breaker import Breaker, BreakerRules, Circuit
from persona.doubles import ScriptedModel, ScriptedReply
from persona.errors import ModelFailed, ModelTimedOut, UnknownModel
from persona.fallbacks import FallbackModel, Post
from persona.patience import share_s
from persona.ports import ChatModel
from persona.turnstile import Turnstile
from persona.types import Answering, Limits, ModelPart, TextPart, UsagePart
from tests.fakes.openai_server import Mode, OpenAIServer, openai_server
from tests.persona.builders import prompt

PATIENT = Limits(first_token_s=30.0, between_tokens_s=30.0)
SOON = Limits(first_token_s=0.2, between_tokens_s=0.1)
RULES = BreakerRules(window=4, failures=2, open_ms=1_000)


class Watched:
    """Keeps what a ModelWatch is told."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[str, str]] = []
        self.fallbacks: list[str] = []
        self.circuits: dict[str, str] = {}

    def asked(self, model: str, outcome: str) -> None:
        self.outcomes.append((model, outcome))

    def fell_back(self, model: str) -> None:
        self.fallbacks.append(model)

    def circuit(self, model: str, circuit: Circuit) -> None:
        self.circuits[model] = circuit

    def waiting(self, model: str, fans: int) -> None:
        assert fans >= 0


class Clock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.now_ms = 0

    def __call__(self) -> int:
        return self.now_ms


def line(
    *models: ChatModel, limits: Limits = PATIENT, places: int = 8, clock: Clock | None = None
) -> tuple[FallbackModel, Watched]:
    watched = Watched()
    posts = [Post(model, Turnstile(places), Breaker(RULES)) for model in models]
    return FallbackModel(posts, limits, clock or Clock(), watched), watched


async def heard(model: ChatModel) -> list[ModelPart]:
    async with aclosing(model.stream(prompt())) as parts:
        return [part async for part in parts]


def text_of(parts: Sequence[ModelPart]) -> str:
    return "".join(part.text for part in parts if isinstance(part, TextPart))


def who(parts: Sequence[ModelPart]) -> list[str]:
    return [part.model for part in parts if isinstance(part, Answering)]


FAULTS = {
    "stalls": ScriptedReply("Well, mind it.", stall_after=0),
    "fails": ScriptedReply("Well, mind it.", fail_after=0),
    "is full": ScriptedReply("Well, mind it.", fail_after=0, reason="rate_limited"),
    "says nothing": ScriptedReply(""),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_the_next_model_answers_for_one_that_does_not_begin(fault: ScriptedReply) -> None:
    first = ScriptedModel([fault], name="first")
    model, watched = line(first, ScriptedModel(["Mind the step."], name="second"), limits=SOON)
    parts = await heard(model)
    assert (text_of(parts), who(parts)) == ("Mind the step.", ["second"])
    assert isinstance(parts[0], Answering)
    assert isinstance(parts[-1], UsagePart)
    assert watched.fallbacks == ["second"]
    assert watched.outcomes[-1] == ("second", "finished")
    assert first.open_streams == 0


async def test_the_order_is_kept_and_nobody_else_is_asked() -> None:
    models = [ScriptedModel([FAULTS["fails"]], name="a"), ScriptedModel(["Yes."], name="b"), ScriptedModel(name="c")]
    model, _ = line(*models)
    assert (model.name, model.names) == ("a", ("a", "b", "c"))
    assert who(await heard(model)) == ["b"]
    assert [len(one.prompts) for one in models] == [1, 1, 0]


async def listen(model: ChatModel, said: list[ModelPart]) -> None:
    async with aclosing(model.stream(prompt())) as parts:
        async for part in parts:
            said.append(part)


BREAKS = {
    "stalls": ScriptedReply("Mind the step. It", stall_after=3),
    "is cut": ScriptedReply("Mind the step.", None, 3),
}


@pytest.mark.parametrize("broken", BREAKS.values(), ids=BREAKS)
async def test_a_reply_that_has_begun_is_not_gone_on_with_by_another(broken: ScriptedReply) -> None:
    second = ScriptedModel(["No."], name="second")
    model, watched = line(ScriptedModel([broken], name="first"), second, limits=SOON)
    said: list[ModelPart] = []
    with pytest.raises(ModelFailed):
        await listen(model, said)
    assert (text_of(said), who(said)) == ("Mind the step.", ["first"])
    assert second.prompts == []
    assert watched.fallbacks == []


async def test_it_fails_as_the_last_model_that_was_asked() -> None:
    model, _ = line(ScriptedModel([FAULTS["fails"]]), ScriptedModel([FAULTS["is full"]]))
    with pytest.raises(ModelFailed, match="rate_limited"):
        await heard(model)


async def test_models_that_all_stall_take_no_longer_together_than_one_may() -> None:
    stalled = [ScriptedModel([FAULTS["stalls"]], name=str(number)) for number in range(3)]
    model, watched = line(*stalled, limits=SOON)
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    with pytest.raises(ModelTimedOut) as caught:
        await heard(model)
    assert loop.time() - began_s >= SOON.first_token_s * 0.99
    assert caught.value.waited_s <= SOON.first_token_s / 3 * 1.5
    assert watched.outcomes == [("0", "timeout"), ("1", "timeout"), ("2", "timeout")]


@pytest.mark.parametrize(("left", "models", "share"), [(20.0, 1, 20.0), (20.0, 2, 10.0), (9.0, 3, 3.0), (-1.0, 1, 0.0)])
def test_what_is_left_is_shared(left: float, models: int, share: float) -> None:
    assert share_s(left, models) == share


async def test_a_model_whose_circuit_is_open_is_passed_over_until_its_time_is_over() -> None:
    clock = Clock()
    first = ScriptedModel([FAULTS["fails"], FAULTS["fails"], "I am back."], name="first")
    model, watched = line(first, ScriptedModel(["Here."], name="second"), clock=clock)
    for _ in range(4):
        assert who(await heard(model)) == ["second"]
    assert len(first.prompts) == 2
    assert watched.outcomes[-2:] == [("first", "circuit_open"), ("second", "finished")]
    assert watched.fallbacks == ["second"] * 4
    assert watched.circuits["first"] == "open"
    clock.now_ms = RULES.open_ms
    assert who(await heard(model)) == ["first"]
    assert watched.circuits["first"] == "closed"


async def test_with_every_circuit_open_it_fails_at_once() -> None:
    only = ScriptedModel([FAULTS["fails"]])
    model, _ = line(only)
    for _ in range(2):
        with pytest.raises(ModelFailed, match="connection"):
            await heard(model)
    with pytest.raises(ModelFailed, match="circuit_open"):
        await heard(model)
    assert len(only.prompts) == 2


@pytest.mark.parametrize("reason", ["bad_request", "refused_by_provider", "nothing_to_say"])
async def test_what_lies_in_the_prompt_opens_no_circuit(reason: str) -> None:
    first = ScriptedModel([ScriptedReply("", fail_after=0, reason=reason)])
    model, _ = line(first, ScriptedModel(["Here."]))
    for _ in range(6):
        await heard(model)
    assert len(first.prompts) == 6


async def test_a_fan_who_leaves_says_nothing_about_the_model() -> None:
    only = ScriptedModel([ScriptedReply("Mind it.", stall_after=0)])
    model, watched = line(only)
    for _ in range(6):
        waiting = asyncio.create_task(heard(model))
        await only.stalled.wait()
        only.stalled.clear()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert len(only.prompts) == 6
    assert {outcome for _, outcome in watched.outcomes} == {"abandoned"}
    assert watched.circuits["scripted"] == "closed"


async def test_a_full_model_is_waited_for_and_then_the_next_one_answers() -> None:
    busy = ScriptedModel([ScriptedReply("Mind it.", stall_after=0), "Late."], name="busy")
    model, watched = line(busy, ScriptedModel(["Here."], name="second"), limits=PATIENT, places=1)
    first = asyncio.create_task(heard(model))
    await busy.stalled.wait()
    hurried = FallbackModel(model._posts, SOON, Clock(), watched)
    assert who(await heard(hurried)) == ["second"]
    assert watched.outcomes[0] == ("busy", "busy")
    assert watched.circuits["busy"] == "closed"
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert who(await heard(model)) == ["busy"]


async def test_a_model_that_cannot_be_loaded_is_fallen_back_from_and_told_when_it_is_the_last() -> None:
    class Missing(ScriptedModel):
        async def warm(self) -> None:
            raise UnknownModel("missing", "there is no such file")

        def stream(self, prompt: object) -> AsyncGenerator[ModelPart, None]:
            return self._nothing()

        async def _nothing(self) -> AsyncGenerator[ModelPart, None]:
            raise UnknownModel("missing", "there is no such file")
            yield TextPart("")

    second = ScriptedModel(["Here."])
    model, _ = line(Missing(), second)
    await model.warm()
    assert second.warmed
    assert text_of(await heard(model)) == "Here."
    with pytest.raises(UnknownModel):
        await heard(line(Missing())[0])


class TestTheTurnstile:
    async def test_lets_only_so_many_in_and_the_rest_in_turn(self) -> None:
        turnstile, order, most = Turnstile(2), list[str](), 0
        inside = 0

        async def visit(fan: str) -> None:
            nonlocal inside, most
            async with turnstile.place(fan, 30.0):
                inside += 1
                most = max(most, inside)
                order.append(fan)
                await asyncio.sleep(0)
                inside -= 1

        await asyncio.gather(*(visit(fan) for fan in ("a", "a", "a", "a", "b", "c")))
        assert most == 2
        assert order == ["a", "a", "a", "b", "c", "a"]
        assert turnstile.waiting == 0

    async def test_a_place_given_to_somebody_who_has_just_left_goes_to_the_next(self) -> None:
        turnstile, entered = Turnstile(1), list[str]()

        async def visit(fan: str) -> None:
            async with turnstile.place(fan, 30.0):
                entered.append(fan)

        async with turnstile.place("first", 30.0):
            leaving, staying = asyncio.create_task(visit("leaving")), asyncio.create_task(visit("staying"))
            await asyncio.sleep(0)
        leaving.cancel()  # it has its place by now, and does not know yet
        await asyncio.gather(leaving, staying, return_exceptions=True)
        assert entered == ["staying"]
        await visit("again")

    async def test_who_has_waited_long_enough_is_told(self) -> None:
        turnstile = Turnstile(1)
        async with turnstile.place("a", 30.0):
            with pytest.raises(ModelFailed, match="busy"):
                async with turnstile.place("b", 0.01):
                    pass
        async with turnstile.place("b", 0.01):
            assert turnstile.waiting == 0


@asynccontextmanager
async def over_sockets(*modes: tuple[Mode, int]) -> AsyncGenerator[tuple[list[OpenAIServer], list[LangChainModel]]]:
    """A real client and a real connection for each behaviour: `(mode, status)`, misbehaving before the first word."""
    async with AsyncExitStack() as stack:
        servers, models = [], []
        for number, (mode, status) in enumerate(modes):
            state = OpenAIServer(text="Mind the step.", mode=mode, status=status, after_words=0)
            server = await stack.enter_async_context(openai_server(state))
            model = LangChainModel(f"openai:m{number}", base_url=server.url, api_key=SecretStr("k"), timeout_s=5)
            stack.push_async_callback(model.aclose)
            servers.append(server)
            models.append(model)
        yield servers, models


@pytest.mark.parametrize(
    ("mode", "status", "outcome"),
    [
        ("stall", 200, "timeout"),
        ("cut", 200, "connection"),
        ("garbage", 200, "bad_response"),
        ("error", 429, "rate_limited"),
        ("error", 500, "upstream_5xx"),
        ("error", 503, "upstream_5xx"),
        ("error", 401, "not_authorised"),
        ("error", 404, "model_not_found"),
    ],
)
async def test_over_a_socket_the_next_provider_answers_for_one_that_misbehaves(
    mode: Mode, status: int, outcome: str
) -> None:
    async with over_sockets((mode, status), ("reply", 200)) as (servers, models):
        limits = Limits(first_token_s=1.0 if mode == "stall" else 30.0, between_tokens_s=30.0)
        model, watched = line(*models, limits=limits)
        parts = await heard(model)
        assert (text_of(parts), who(parts)) == ("Mind the step.", ["openai:m1"])
        assert parts[-1] == UsagePart(11, 3)
        assert watched.outcomes == [("openai:m0", outcome), ("openai:m1", "finished")]
        assert [len(server.requests) for server in servers] == [1, 1]
        if mode == "stall":
            async with asyncio.timeout(5):
                await servers[0].abandoned.wait()


async def test_over_a_socket_a_reply_cut_in_its_midst_fails_and_asks_nobody_else() -> None:
    async with over_sockets(("cut", 200), ("reply", 200)) as (servers, models):
        servers[0].after_words = 2
        model, _ = line(*models)
        with pytest.raises(ModelFailed, match="connection"):
            await heard(model)
        assert servers[1].requests == []
