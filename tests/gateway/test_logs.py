"""What the operator's log says, and where: one line a record, to standard error as it is now."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest

from gateway.logs import set_up_logging


@pytest.fixture(autouse=True)
def _the_log_as_it_was() -> Iterator[None]:
    root, own = logging.getLogger(), logging.getLogger("gateway")
    handlers, level, own_level = root.handlers[:], root.level, own.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    own.setLevel(own_level)


def test_a_record_goes_to_standard_error_as_it_is_now_not_to_one_closed_since(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", first)
    set_up_logging()
    first.close()
    monkeypatch.setattr(sys, "stderr", second)
    logging.getLogger("gateway.somewhere").info("still here")
    assert second.getvalue().count("\n") == 1
    assert second.getvalue().endswith("INFO gateway.somewhere: still here\n")


def test_an_error_is_told_as_its_kind_and_place_and_never_in_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    err = io.StringIO()
    monkeypatch.setattr(sys, "stderr", err)
    set_up_logging(as_json=True)
    try:
        raise ValueError("somebody said so")
    except ValueError:
        logging.getLogger("gateway.somewhere").warning("it broke", exc_info=True)
    line = json.loads(err.getvalue())
    assert (line["level"], line["logger"], line["message"]) == ("warning", "gateway.somewhere", "it broke")
    assert line["error"].startswith("ValueError at test_logs.py:")
    assert "somebody" not in err.getvalue()
