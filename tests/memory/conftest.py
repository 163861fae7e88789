"""What several tests of memory share: one Chroma server for all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.memory.chroma_process import running_chroma


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Chroma server of our own."""
    with running_chroma(tmp_path_factory.mktemp("chroma-server")) as chroma:
        yield chroma.url
