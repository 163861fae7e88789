"""Every row of the security page is shown by something that exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"\| `([^`]+)` \|$", re.MULTILINE)


def test_what_a_row_is_shown_by_exists() -> None:
    shown = ROW.findall((ROOT / "docs" / "security.md").read_text("utf-8"))
    assert len(shown) >= 15
    for one in shown:
        path, _, name = one.partition("::")
        assert (ROOT / path).exists(), one
        assert not name or f"def {name}(" in (ROOT / path).read_text("utf-8"), one
