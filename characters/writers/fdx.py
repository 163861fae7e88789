"""An episode as a Final Draft document.

It has what a reader needs (title page, scene numbers, paragraphs by type) and no layout. It cannot carry a line that
begins an episode by itself (`EPISODE 3`) as action.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from characters.script import Episode, Line, Scene
from characters.writers.cues import cue_text, is_bare

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n<FinalDraft DocumentType="Script" Version="5">\n'


def write_fdx(episode: Episode, *, title: str = "") -> str:
    """The text of one `.fdx` file (UTF-8); `title` is the show's."""
    own = f"Episode {episode.number}" + (f": {episode.title}" if episode.title and episode.title != title else "")
    page = "".join(_paragraph("General", text) for text in (title, own) if text)
    body = "".join(_content(episode))
    return (
        f"{_HEAD}<Content>\n{body}</Content>\n<TitlePage>\n<Content>\n{page}</Content>\n</TitlePage>\n</FinalDraft>\n"
    )


def _content(episode: Episode) -> Iterator[str]:
    for scene in episode.scenes:
        if not is_bare(scene, len(episode.scenes) == 1):
            yield _paragraph("Scene Heading", scene.heading, f' Number="{scene.number}"')
        for line in scene.lines:
            yield from _line(line, scene)


def _line(line: Line, scene: Scene) -> Iterable[str]:
    if line.speaker is None:
        return [_paragraph("Action", line.text)]
    asides = [_paragraph("Parenthetical", f"({aside})") for aside in line.parenthetical.split("; ") if aside]
    return [_paragraph("Character", cue_text(line, scene)), *asides, _paragraph("Dialogue", line.text)]


def _paragraph(kind: str, text: str, attributes: str = "") -> str:
    return f'<Paragraph{attributes} Type="{kind}"><Text>{escape(text, quote=False)}</Text></Paragraph>\n'
