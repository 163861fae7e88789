"""The models that the settings name, for replies and for writing and reading off the fan's path.

Their libraries are imported by the function that needs them. Nothing is loaded before it is used.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from gateway.bootstrap.lines import line_of
from gateway.bootstrap.stage import Stage
from gateway.model_settings import Fallback, is_local
from gateway.settings import Settings
from persona.errors import UnknownModel
from persona.fact_reader import FactReader
from persona.fallbacks import FallbackModel
from persona.ports import ChatModel, Scribe


@asynccontextmanager
async def open_model(settings: Settings, stage: Stage) -> AsyncIterator[FallbackModel]:
    """The models that the settings name, in line, recording what they are sent when the settings say so.

    Raises UnknownModel for one that cannot be there: no such file, no such provider, no key. Nothing is loaded yet.
    """
    line = line_of(tuple(_models(settings, stage)), settings)
    try:
        yield line
    finally:
        await line.aclose()


def _models(settings: Settings, stage: Stage) -> Iterator[ChatModel]:
    """The model that is asked first and those that stand by."""
    own = Fallback(settings.model, settings.model_base_url, settings.model_key if settings.model_base_url else "")
    writing = asyncio.Lock()
    for named in (own, *settings.model_fallbacks):
        model = _model(named, settings, stage)
        if settings.record_prompts is not None:
            from persona.adapters.recording_model import RecordingModel

            model = RecordingModel(model, settings.record_prompts, writing)
        yield model


def _model(named: Fallback, settings: Settings, stage: Stage) -> ChatModel:
    name = named.model
    if name == "scripted":
        from persona.doubles import ScriptedModel

        return ScriptedModel()
    if is_local(name):
        from persona.adapters.local_model import LocalModel

        if name == "local":
            return LocalModel.bundled(settings.models_dir, relevance=stage.relevance)
        path = Path(name.removeprefix("gguf:"))
        if not path.is_file():
            raise UnknownModel(name, "there is no such file")
        return LocalModel.from_file(path, relevance=stage.relevance)
    from persona.adapters.langchain_model import LangChainModel

    model = LangChainModel(
        name,
        base_url=named.base_url or None,
        api_key=SecretStr(named.key) if named.key else None,
        timeout_s=settings.first_token_s,
    )
    model.check()
    return model


def _model_key(settings: Settings) -> SecretStr | None:
    """The key for an address of one's own; a provider's own client finds its key itself."""
    return SecretStr(settings.model_key) if settings.model_key and settings.model_base_url else None


@asynccontextmanager
async def open_reader(settings: Settings) -> AsyncIterator[FactReader]:
    """What has the configured model read scripts. Raises UnknownModel for one that cannot follow instructions."""
    if settings.local_model or settings.model == "scripted":
        raise UnknownModel(settings.model, "it cannot read scripts; set ENCORE_MODEL to a chat model")
    scribe = _scribe(settings)
    try:
        yield FactReader(scribe)
    finally:
        await scribe.aclose()


@asynccontextmanager
async def open_scribe(settings: Settings) -> AsyncIterator[Scribe | None]:
    """The model that writes for us, when one is asked to; None otherwise. Raises UnknownModel."""
    if not settings.hosted_model or not (settings.notes_model or settings.summaries_model):
        yield None
        return
    scribe = _scribe(settings)
    try:
        yield scribe
    finally:
        await scribe.aclose()


def _scribe(settings: Settings) -> Scribe:
    """The hosted model at its desk. Raises UnknownModel."""
    from persona.adapters.langchain_scribe import LangChainScribe

    return LangChainScribe(settings.model, base_url=settings.model_base_url or None, api_key=_model_key(settings))
