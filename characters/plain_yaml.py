"""The part of YAML that show folders are written in: maps, lists and scalars, nothing that refers or repeats.

A key given twice is refused, because the parser would silently keep the last one and a repeated `from_episode` could
open a gate; aliases are refused, because a few lines of them can stand for gigabytes. Never builds anything but data.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml

from characters.readers.source_text import source_lines

YAML_CHARS_MAX = 1_000_000


class NotPlainYaml(ValueError):
    """`where` is a line of the text (“line 12”), `reason` says what is wrong with it."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(where, reason)
        self.where, self.reason = where, reason


class _PlainLoader(yaml.SafeLoader):
    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]  # untyped in the stubs
            raise yaml.MarkedYAMLError(None, None, "aliases are not allowed", event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable) or key in seen:
                raise yaml.MarkedYAMLError(None, None, "this key is given twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def parse_yaml(text: str) -> object:
    """One document as plain data, its strings without control and bidi characters. Raises NotPlainYaml."""
    if len(text) > YAML_CHARS_MAX:
        raise NotPlainYaml("the file", f"it has more than {YAML_CHARS_MAX} characters")
    try:
        return _visible(yaml.load(text, Loader=_PlainLoader))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise NotPlainYaml(f"line {line}", error.problem or "it is not YAML") from error
    except yaml.YAMLError as error:
        raise NotPlainYaml("the file", "it is not YAML") from error
    except RecursionError as error:
        raise NotPlainYaml("the file", "it is nested too deeply") from error
    except ValueError as error:  # a date that no calendar has, a number no machine has
        raise NotPlainYaml("the file", "it has a value that cannot be read") from error


def _visible(value: object) -> object:
    if isinstance(value, str):
        return "\n".join(source_lines(value))
    if isinstance(value, list):
        return [_visible(item) for item in value]
    if isinstance(value, dict):
        return {_visible(key): _visible(item) for key, item in value.items()}
    return value
