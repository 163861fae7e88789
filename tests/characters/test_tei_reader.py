"""TEI drama: plays, acts, scenes, speeches and stage directions; and three plays by Schiller where they are at hand."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from characters.errors import UnreadableScript
from characters.readers.file_reading import FileReading
from characters.readers.scenes import EMPTY_CUE
from characters.readers.tei import NO_PLAY, NO_SPEAKER, NOT_TEI, read_tei
from characters.reading import read_script

PEOPLE = (
    "<listPerson><person xml:id='a'><persName>Anna</persName><persName type='variant'>Annchen</persName></person>"
    "<personGrp xml:id='b'><name>Bauern</name></personGrp></listPerson>"
)


def play(body: str, front: str = "") -> str:
    return (
        "<TEI xmlns='http://www.tei-c.org/ns/1.0'><teiHeader><fileDesc><titleStmt><title>The Play</title>"
        f"<title type='sub'>x</title></titleStmt></fileDesc>{PEOPLE}</teiHeader>"
        f"<text>{front}<body>{body}</body></text></TEI>"
    )


def read(body: str, front: str = "") -> FileReading:
    return read_tei(play(body, front), source="play.xml", number=3)


def lines(body: str) -> list[tuple[str | None, str, str]]:
    scenes = read(body).episodes[0].scenes
    return [(line.speaker, line.parenthetical, line.text) for scene in scenes for line in scene.lines]


ACT = """<div type="act"><head>Act One</head><stage>A hall.</stage>
<div type="scene"><head>Scene One</head><sp who="#a"><speaker>Anna.</speaker><l>One,</l><l>two.</l></sp></div>
<div type="scene"><head>Scene Two</head><sp who="#b"><speaker>B.</speaker><p>Three.</p></sp>
<stage>They go.</stage></div></div>
<div type="act"><head>Act Two</head><sp who="#a"><p>Four.</p></sp></div>"""


def test_scenes_count_through_the_acts_of_a_play() -> None:
    reading = read(ACT)
    (episode,) = reading.episodes
    assert (episode.number, episode.title, reading.numbered) == (3, "The Play", False)
    assert [(scene.number, scene.heading) for scene in episode.scenes] == [
        (1, "Act One · Scene One"),
        (2, "Act One · Scene Two"),
        (3, "Act Two"),
    ]
    assert [(line.speaker, line.text) for line in episode.scenes[0].lines] == [(None, "A hall."), ("Anna", "One, two.")]
    assert [(line.speaker, line.text) for line in episode.scenes[1].lines] == [("Bauern", "Three."), (None, "They go.")]


def test_stage_directions_in_a_speech_are_an_aside_or_something_seen() -> None:
    body = (
        "<div><sp who='#a'><speaker>Anna</speaker><stage>softly</stage><l>One <stage>bows</stage> two.</l>"
        "<stage>Bauern enter.</stage><l>Three.</l></sp></div>"
    )
    assert lines(body) == [("Anna", "softly; bows", "One two."), (None, "", "Bauern enter."), ("Anna", "", "Three.")]


def test_only_one_reading_is_kept_and_notes_and_deletions_never() -> None:
    body = (
        "<div><sp who='#a'><p>My <choice><sic>hosre</sic><corr>horse</corr></choice><note>ZEPHYR</note>"
        "<del>ZEPHYR</del>!</p></sp></div>"
    )
    assert lines(body) == [("Anna", "", "My horse!")]
    assert read(body).set_aside == {"note": 1, "deleted text": 1}


def test_who_speaks_is_named_by_the_list_else_by_the_label() -> None:
    body = (
        "<div><sp who='#a #b'><p>Both.</p></sp><sp><speaker>Der Wirt.</speaker><p>Yes.</p></sp>"
        "<sp who='#x'><speaker>Fremder:</speaker><p>No.</p></sp><sp><p>Who?</p></sp><sp who='#a'/></div>"
    )
    assert [speaker for speaker, _, _ in lines(body)] == ["Anna & Bauern", "Der Wirt", "Fremder"]
    assert [(entry.text, entry.reason) for entry in read(body).unplaced] == [("Who?", NO_SPEAKER), ("Anna", EMPTY_CUE)]


def test_front_matter_is_set_aside_but_for_a_prologue_with_speeches() -> None:
    front = (
        "<front><titlePage/><castList><castItem>Anna, a spy</castItem></castList><div><p>Dear reader</p></div></front>"
    )
    reading = read(ACT, front)
    assert "spy" not in str(reading.episodes)
    assert reading.set_aside == {"front matter": 1, "cast list": 1, "title page": 1}
    spoken = "<front><div><head>Prologue</head><sp who='#a'><p>Hear!</p></sp></div></front>"
    assert read(ACT, spoken).episodes[0].scenes[0].heading == "Prologue"


def test_a_corpus_is_a_season() -> None:
    corpus = f"<teiCorpus>{play(ACT)}{play(ACT)}</teiCorpus>"
    reading = read_tei(corpus, source="corpus.xml", number=1)
    assert [episode.number for episode in reading.episodes] == [1, 2]
    assert reading.numbered


@pytest.mark.parametrize(("text", "reason"), [("<x/>", NOT_TEI), ("<teiCorpus/>", NOT_TEI), ("<TEI/>", NO_PLAY)])
def test_what_is_no_play_is_refused(text: str, reason: str) -> None:
    with pytest.raises(UnreadableScript, match=reason):
        read_tei(text, source="x.xml", number=1)


def test_text_in_an_unknown_place_is_reported() -> None:
    assert [entry.text for entry in read(f"{ACT}<div><table><row>x</row></table></div>").unplaced] == ["x"]


TEST_DATA = "ENCORE_TEST_DATA"
PLAYS = {  # in the order of the story: scenes and <sp> elements, as counted in the files
    "schiller-wallensteins-lager": (11, 295),
    "schiller-die-piccolomini": (31, 727),
    "schiller-wallensteins-tod": (63, 1245),
}


@pytest.fixture
def wallenstein(tmp_path: Path) -> Path:
    """A folder with the three plays in order; they are not part of the project."""
    folder = Path(os.environ.get(TEST_DATA, "nowhere")) / "wallenstein" / "tei"
    if not folder.is_dir():
        pytest.skip(f"Schiller's Wallenstein is not at hand: {TEST_DATA} names no folder with wallenstein/tei in it")
    for number, name in enumerate(PLAYS, start=1):
        shutil.copy(folder / f"{name}.xml", tmp_path / f"{number}.xml")
    return tmp_path


def test_wallenstein_is_read_as_three_episodes_without_losing_a_speech(wallenstein: Path) -> None:
    script = read_script(wallenstein)
    assert script.report.unplaced == ()
    assert [file.format for file in script.report.files] == ["tei"] * 3
    for episode, (scenes, speeches) in zip(script.episodes, PLAYS.values(), strict=True):
        assert len(episode.scenes) == scenes
        # a speech that a stage direction interrupts is two lines
        assert sum(1 for scene in episode.scenes for line in scene.lines if line.speaker) >= speeches
    assert script.report.cues["Wallenstein"] > 300
    assert script.first_episode_of("Thekla") == 2
