"""A sheet as its authors would write it: YAML without what was left to its default.

Pure, and read back to the same sheet. Shows every part, whatever its episode: it is for content teams, not for fans.
"""

from __future__ import annotations

import difflib

import yaml

from characters.sheet import Sheet

LINE_CHARS = 110


def sheet_yaml(sheet: Sheet) -> str:
    """The sheet in the grammar of `characters/*.yaml`, keys in the order of the grammar."""
    content = sheet.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=LINE_CHARS)


def sheet_diff(before: Sheet, after: Sheet, *, names: tuple[str, str]) -> str:
    """A unified diff of two sheets as YAML; "" when they are the same. `names` head the two sides."""
    old, new = (sheet_yaml(sheet).splitlines(keepends=True) for sheet in (before, after))
    return "".join(difflib.unified_diff(old, new, *names))
