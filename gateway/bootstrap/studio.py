"""The Studio, put together over a store, a stage and the model that fans are answered by."""

from __future__ import annotations

from characters.adapters.sql_workshop import SqlWorkshop
from gateway.bootstrap.stage import Stage, make_feelings, make_replies
from gateway.bootstrap.store import Store, now_ms
from gateway.staff.door import StaffDoor
from gateway.studio.jobs import Jobs
from gateway.studio.services import Studio
from persona.ports import ChatModel
from persona.voices import Voice


def make_studio(
    store: Store, stage: Stage, model: ChatModel, voice: Voice | None, door: StaffDoor, jobs: Jobs
) -> Studio:
    """Everything behind the Studio's pages."""
    return Studio(
        door=door,
        catalogue=store.catalogue,
        workshop=SqlWorkshop(store.database.writer, store.database.long_reader),
        casting=store.casting,
        memory=stage.memory,
        shield=stage.shield,
        replies=make_replies(store, stage, model),
        feelings=make_feelings(stage),
        voice=voice,
        prompt_tokens=store.settings.prompt_tokens,
        clock=now_ms,
        jobs=jobs,
        experiments=store.experiments,
        questions=store.questions,
    )
