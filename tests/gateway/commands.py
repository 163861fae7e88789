"""Running the `encore` command inside a test, and what every failure of it looks like."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import entry
from tests.gateway.builders import OTHER_SECRET, SECRET, environment
from tests.gateway.story import SHOW

ASK = ("ask", "Who came about the roof?", "--show", SHOW)


@dataclass(frozen=True)
class Done:
    """What a command did."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document it printed."""
        return json.loads(self.out)


Encore = Callable[..., Done]


@pytest.fixture
def encore(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Encore:
    """`encore ARGUMENTS`, in this process. `env` changes settings, named without their prefix."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, env: dict[str, str] | None = None) -> Done:
        for name, value in environment(data_dir, **(env or {})).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["encore", *map(str, arguments)])
        try:
            entry.main()
            status = 0
        except SystemExit as ended:
            status = int(ended.code or 0)
        captured = capsys.readouterr()
        said = captured.out + captured.err
        assert "Traceback" not in said, said
        assert SECRET not in said
        assert OTHER_SECRET not in said
        return Done(status, captured.out, captured.err)

    return run


def one_sentence(done: Done, *words: str, status: int = 1) -> None:
    """A failure that is told in one line on standard error."""
    assert done.status == status, done
    assert (done.out, done.err.count("\n")) == ("", 1), done
    assert done.err.rstrip().endswith((".", "SLUG", SHOW)), done.err
    for word in words:
        assert word in done.err, done.err
