"""An episode as subtitles with speaker labels, with made-up times: every line takes two seconds.

Subtitles carry who says what and what is heard, and a silence between scenes; headings and scene numbers are lost,
and action with square brackets in it, or in SubRip words that look like a tag, do not read back.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from characters.readers.subtitle_cues import MS_PER_HOUR, MS_PER_MINUTE
from characters.readers.subtitles import SCENE_GAP_MS
from characters.script import Episode, Line, Scene
from characters.writers.cues import cue_text

LINE_MS = 2_000
PAUSE_MS = 500


def write_srt(episode: Episode) -> str:
    """The text of one `.srt` file."""
    blocks = (
        f"{number}\n{_stamp(start, ',')} --> {_stamp(start + LINE_MS, ',')}\n{_srt_text(line, scene)}\n"
        for number, (start, line, scene) in enumerate(_timed(episode), start=1)
    )
    return "\n".join(blocks)


def write_vtt(episode: Episode, *, title: str = "") -> str:
    """The text of one `.vtt` file; `title` stands in its first line."""
    head = f"WEBVTT{f' - {title}' if title else ''}\n"
    blocks = (
        f"{_stamp(start, '.')} --> {_stamp(start + LINE_MS, '.')}\n{_vtt_text(line, scene)}\n"
        for start, line, scene in _timed(episode)
    )
    return "\n".join((head, *blocks))


def _timed(episode: Episode) -> Iterator[tuple[int, Line, Scene]]:
    now_ms = 0
    for scene in episode.scenes:
        for line in scene.lines:
            yield now_ms, line, scene
            now_ms += LINE_MS + PAUSE_MS
        now_ms += SCENE_GAP_MS


def _srt_text(line: Line, scene: Scene) -> str:
    if line.speaker is None:
        return f"[{line.text}]"
    if not line.speaker:
        return line.text
    return f"{_cue(line, scene)}: {line.text}"


def _vtt_text(line: Line, scene: Scene) -> str:
    if line.speaker is None:
        return f"[{escape(line.text, quote=False)}]"
    text = escape(line.text, quote=False)
    return f"<v {escape(_cue(line, scene), quote=False)}>{text}</v>" if line.speaker else text


def _cue(line: Line, scene: Scene) -> str:
    return cue_text(line, scene) + (f" ({line.parenthetical})" if line.parenthetical else "")


def _stamp(at_ms: int, mark: str) -> str:
    hours, rest = divmod(at_ms, MS_PER_HOUR)
    minutes, rest = divmod(rest, MS_PER_MINUTE)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}{mark}{rest % 1000:03}"
