"""XML from strangers as a small tree with line numbers, read by expat and by nothing that could open a file.

A document that declares an entity, refers to one that is not XML's own, or nests deeper than a script ever does is
refused: entities are how a few bytes grow into gigabytes or reach for other files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from characters.errors import UnreadableScript

DEPTH_MAX = 100
XML_ID = "http://www.w3.org/XML/1998/namespace id"

_ENTITY = "it declares or uses XML entities, which are not read"
_TOO_DEEP = f"its elements are nested more than {DEPTH_MAX} deep"


@dataclass(slots=True)
class Element:
    """One element. `tag` is its local name; `content` holds texts and elements in their order."""

    tag: str
    attributes: dict[str, str]
    line: int
    content: list[Element | str] = field(default_factory=list)

    def elements(self) -> Iterator[Element]:
        """The elements directly inside."""
        return (child for child in self.content if isinstance(child, Element))

    def child(self, tag: str) -> Element | None:
        """The first element directly inside with this name."""
        return next((child for child in self.elements() if child.tag == tag), None)

    def below(self, *tags: str) -> Iterator[Element]:
        """Every element inside, at any depth, that has one of these names, in the order of the document."""
        for child in self.elements():
            if child.tag in tags:
                yield child
            yield from child.below(*tags)

    def text(self) -> str:
        """All text inside, as it stands."""
        return "".join(child if isinstance(child, str) else child.text() for child in self.content)


def parse_xml(text: str, *, source: str) -> Element:
    """The root element. `text` is decoded already: what its declaration says of an encoding is not heeded.

    Raises UnreadableScript when it is not well-formed or has entities.
    """
    parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
    parser.buffer_text = True
    body = text.removeprefix("\ufeff").lstrip()
    lines_above = text[: len(text) - len(body)].count("\n")
    root = Element("", {}, 0)
    opened = [root]

    def start(tag: str, attributes: dict[str, str]) -> None:
        if len(opened) > DEPTH_MAX:
            raise UnreadableScript(source, _TOO_DEEP)
        element = Element(tag.rpartition(" ")[2], attributes, parser.CurrentLineNumber + lines_above)
        opened[-1].content.append(element)
        opened.append(element)

    def end(tag: str) -> None:
        opened.pop()

    def words(data: str) -> None:
        opened[-1].content.append(data)

    def refuse(*_: object) -> int:
        raise UnreadableScript(source, _ENTITY)

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, words
    parser.EntityDeclHandler = parser.SkippedEntityHandler = parser.ExternalEntityRefHandler = refuse
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        reason = f"it is not well-formed XML (line {error.lineno + lines_above})"
        raise UnreadableScript(source, reason) from error
    return next(root.elements())
