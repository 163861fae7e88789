"""What is written in a format reads back as the same lines, for the sample show and for any made-up episode."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings

from characters.importing import SHOWS_FOLDER
from characters.readers.dialogue import read_dialogue
from characters.readers.fdx import read_fdx
from characters.readers.formats import KnownFormat, detect_format
from characters.readers.fountain import read_fountain
from characters.readers.subtitles import read_srt, read_vtt
from characters.reading import read_show
from characters.script import UNNAMED, Episode, Line, Scene, Unplaced
from characters.writers.cues import UNKNOWN_NAME
from characters.writers.dialogue import write_dialogue
from characters.writers.fdx import write_fdx
from characters.writers.fountain import write_fountain
from characters.writers.subtitles import write_srt, write_vtt
from tests.characters.generated import NAMES, episodes

SAMPLE = SHOWS_FOLDER / "lantern-contract"
TITLE = "The Lantern Contract"
Read = tuple[Episode, tuple[Unplaced, ...]]


def by_fountain(episode: Episode) -> Read:
    text = write_fountain(episode, title=TITLE)
    reading = read_fountain(text, source="x", number=0, known_cues=frozenset(NAMES))
    return reading.episode, reading.unplaced


def by_fdx(episode: Episode) -> Read:
    reading = read_fdx(write_fdx(episode, title=TITLE), source="x", number=0)
    return reading.episodes[0], reading.unplaced


def by_dialogue(episode: Episode) -> Read:
    reading = read_dialogue(write_dialogue([episode], title=TITLE), source="x", number=0)
    return reading.episodes[0], reading.unplaced


def by_srt(episode: Episode) -> Read:
    reading = read_srt(write_srt(episode), source="x", number=episode.number)
    return reading.episodes[0], reading.unplaced


def by_vtt(episode: Episode) -> Read:
    reading = read_vtt(write_vtt(episode, title=TITLE), source="x", number=episode.number)
    return reading.episodes[0], reading.unplaced


SCRIPTS = pytest.mark.parametrize("again", [by_fountain, by_fdx, by_dialogue])
SUBTITLES = pytest.mark.parametrize("again", [by_srt, by_vtt])
SAMPLE_SCRIPT = read_show(SAMPLE).script
SAMPLE_EPISODES = SAMPLE_SCRIPT.episodes


def carried(episode: Episode) -> list[tuple[int, str, list[tuple[str | None, str, str]]]]:
    """All that a script carries: numbers, headings and lines, but not where in the file they stood."""
    return [(scene.number, scene.heading, _lines(scene)) for scene in episode.scenes]


def _lines(scene: Scene) -> list[tuple[str | None, str, str]]:
    return [(line.speaker, line.parenthetical, line.text) for line in scene.lines]


def voices_there(episode: Episode) -> list[frozenset[str]]:
    """Who speaks in each scene and is there; whom action names is worked out from the text again."""
    return [scene.present & {line.speaker for line in scene.lines} for scene in episode.scenes]


@SCRIPTS
@pytest.mark.parametrize("episode", SAMPLE_EPISODES, ids=lambda episode: f"{episode.number}")
def test_the_sample_show_survives_every_script_format(again: Callable[[Episode], Read], episode: Episode) -> None:
    read, unplaced = again(episode)
    assert (read.number, read.title) == (episode.number, TITLE)
    assert carried(read) == carried(episode)
    assert unplaced == ()


@SUBTITLES
@pytest.mark.parametrize("episode", SAMPLE_EPISODES, ids=lambda episode: f"{episode.number}")
def test_the_sample_show_survives_subtitles_but_for_headings(
    again: Callable[[Episode], Read], episode: Episode
) -> None:
    read, unplaced = again(episode)
    assert [_lines(scene) for scene in read.scenes] == [_lines(scene) for scene in episode.scenes]
    assert unplaced == ()


@SCRIPTS
@settings(deadline=None)  # work is counted elsewhere; a busy machine is no failure
@given(episode=episodes())
def test_any_episode_survives_every_script_format(again: Callable[[Episode], Read], episode: Episode) -> None:
    read, unplaced = again(episode)
    assert (read.number, read.title) == (episode.number, episode.title or TITLE)
    assert carried(read) == carried(episode)
    assert voices_there(read) == voices_there(episode)
    assert unplaced == ()


@SUBTITLES
@settings(deadline=None)  # work is counted elsewhere; a busy machine is no failure
@given(episode=episodes())
def test_any_episode_survives_subtitles_but_for_headings(again: Callable[[Episode], Read], episode: Episode) -> None:
    read, unplaced = again(episode)
    assert [_lines(scene) for scene in read.scenes] == [_lines(scene) for scene in episode.scenes]
    assert voices_there(read) == voices_there(episode)
    assert unplaced == ()


def test_a_season_survives_one_dialogue_script() -> None:
    reading = read_dialogue(write_dialogue(SAMPLE_EPISODES, title=TITLE), source="x", number=0)
    assert [carried(episode) for episode in reading.episodes] == [carried(episode) for episode in SAMPLE_EPISODES]


def test_a_speech_without_a_speaker_gets_a_name_where_it_must_have_one() -> None:
    episode = Episode(1, "", (Scene(1, 1, "", (Line("Come here!", 1, speaker=UNNAMED),)),))
    for again in (by_fountain, by_fdx, by_dialogue):
        assert carried(again(episode)[0])[0][2] == [(UNKNOWN_NAME, "", "Come here!")]
    for again in (by_srt, by_vtt):
        assert carried(again(episode)[0])[0][2] == [(UNNAMED, "", "Come here!")]


WRITTEN: dict[KnownFormat, Callable[[Episode], str]] = {
    "fountain": write_fountain,
    "fdx": write_fdx,
    "dialogue": lambda episode: write_dialogue([episode]),
    "srt": write_srt,
    "vtt": write_vtt,
}


@pytest.mark.parametrize("form", WRITTEN)
def test_the_sample_show_is_the_same_show_in_every_format(form: KnownFormat, tmp_path: Path) -> None:
    for episode in SAMPLE_EPISODES:
        text = WRITTEN[form](episode)
        assert detect_format(text, source="x") == form
        (tmp_path / f"ep{episode.number:02}.{'txt' if form in ('fountain', 'dialogue') else form}").write_text(
            text, encoding="utf-8"
        )
    read = read_show(tmp_path).script
    assert {file.format for file in read.report.files} == {form}
    assert read.report.unplaced == ()
    assert read.report.cues == SAMPLE_SCRIPT.report.cues
    for cue in read.report.cues:
        assert read.first_episode_of(cue) == SAMPLE_SCRIPT.first_episode_of(cue)
    assert [scene.present for scene in read.scenes()] == [scene.present for scene in SAMPLE_SCRIPT.scenes()]
