"""Where the episodes of a Fountain file begin: a season read as one episode would tell its first fan everything."""

from __future__ import annotations

from pathlib import Path

import pytest

from characters.errors import UnreadableScript
from characters.readers.fountain import BEFORE_EPISODES, FountainReading, read_fountain
from characters.reading import ONE_EPISODE, SCENES_MANY, read_script

SCENE = "INT. SHOP - DAY\n\nADA\nGood morning.\n"


def read(text: str, number: int = 0) -> FountainReading:
    return read_fountain(text, source="season.fountain", number=number)


def told(reading: FountainReading) -> dict[int, list[str]]:
    """Episode -> what stands in it."""
    return {
        episode.number: [line.text for scene in episode.scenes for line in scene.lines] for episode in reading.episodes
    }


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize(
    "mark",
    [
        "# Episode {}",
        "## EPISODE {}: The Gala",
        "# **Episode {}**",
        "#Episode {}",
        "EPISODE {}",
        "EPISODE {} - THE GALA",
        "Episode {}: The Gala",
        "**EPISODE {}**",
        "> EPISODE {} <",
        ">Episode {}<",
        ".EPISODE {}",
        "=== EPISODE {} ===",
        "Ep. {}",
        "# 第{}集",
        "第{}集 茶馆",
        "Capítulo {}",
        "EPISODIO {}",
        "===\n\nTitle: The Show\nEpisode: {}\nAuthor: Somebody",
        "Episode: {}",
    ],
)
def test_each_way_to_mark_an_episode_begins_one(mark: str, number: int) -> None:
    text = "\n\n".join(f"{mark.format(one)}\n\nADA\nThis is number {one}.\n" for one in (1, 2, 13))
    assert told(read(text, number)) == {one: [f"This is number {one}."] for one in (1, 2, 13)}


@pytest.mark.parametrize(
    "text",
    [
        "INT. SHOP - DAY\n\nADA\nEpisode 12\n",
        "INT. SHOP - DAY\n\nADA\nHello.\nEPISODE 12\n",
        "INT. SHOP - DAY\n\nOn the wall hangs a poster.\nEpisode 12\n",
        "INT. SHOP - DAY\n\nEpisode 12 is on the television, and nobody looks.\n",
        "INT. SHOP - DAY\n\n/* EPISODE 12 */\n\nHe goes.\n",
        "INT. SHOP - DAY\n\n[[EPISODE 12]]\n\nHe goes.\n",
        "INT. SHOP - DAY\n\n!EPISODE 12\n",
        "# Act two\n\nINT. SHOP - DAY\n\nHe goes.\n",
        "INT. EPISODE 12 SET - DAY\n\nHe goes.\n",
        "INT. SHOP - DAY\n\nNote: Episode 12 will show it.\n",
    ],
)
def test_what_only_speaks_of_an_episode_begins_none(text: str) -> None:
    assert list(told(read(text, 7))) == [7]


def test_a_title_page_and_a_mark_for_the_same_episode_begin_it_once() -> None:
    reading = read(f"Title: Show\nEpisode: 3\n\n# Episode 3: The Gala\n\n{SCENE}\n# Episode 4\n\n{SCENE}")
    assert [(episode.number, episode.title) for episode in reading.episodes] == [(3, "The Gala"), (4, "Show")]
    assert reading.numbered


def test_what_stands_before_the_first_mark_is_reported_and_given_to_none() -> None:
    reading = read(f"{SCENE}\n# Episode 1\n\nBEN\nAt last.\n", 1)
    assert told(reading) == {1: ["At last."]}
    assert [(entry.text, entry.reason) for entry in reading.unplaced] == [("ADA: Good morning.", BEFORE_EPISODES)]


def test_what_stands_before_it_is_the_title_pages_episode_when_that_names_one() -> None:
    assert told(read(f"Episode: 1\n\n{SCENE}\n# Episode 2\n\nBEN\nAt last.\n")) == {
        1: ["Good morning."],
        2: ["At last."],
    }


def test_scenes_are_counted_in_each_episode_and_every_line_has_a_kind() -> None:
    text = f"# Episode 1\n\n{SCENE}\n{SCENE}\n# Episode 2\n\n{SCENE}"
    reading = read(text)
    assert [[scene.number for scene in episode.scenes] for episode in reading.episodes] == [[1, 2], [1]]
    assert len(reading.kinds) == len(text.split("\n"))
    assert reading.kinds.count("episode") == 2


def test_an_episode_that_begins_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "season.fountain").write_text(f"# Episode 1\n\n{SCENE}\n# Episode 1\n\n{SCENE}", encoding="utf-8")
    with pytest.raises(UnreadableScript, match="episode 1 begins twice"):
        read_script(tmp_path / "season.fountain")


def test_a_season_without_marks_is_reported_and_a_marked_one_is_not(tmp_path: Path) -> None:
    file, many = tmp_path / "season.fountain", (SCENE + "\n") * SCENES_MANY
    file.write_text(many, encoding="utf-8")
    (entry,) = read_script(file).report.unplaced
    assert (entry.text, entry.reason) == (f"{SCENES_MANY} scenes", ONE_EPISODE)
    file.write_text(f"Episode: 1\n\n{many}", encoding="utf-8")
    assert read_script(file).report.unplaced == ()
    file.write_text("\n".join(f"# Episode {n}\n\n{SCENE}" for n in range(1, SCENES_MANY)), encoding="utf-8")
    script = read_script(file)
    assert (script.report.unplaced, script.report.episodes) == ((), SCENES_MANY - 1)
