"""Who is in a scene, and who is one person under two cues."""

from __future__ import annotations

import pytest

from characters.cues import merge_cues
from characters.names import name_runs
from characters.presence import with_presence
from characters.readers.fountain import read_fountain
from characters.script import Episode


def episode(text: str, number: int = 1) -> Episode:
    return read_fountain(text, source=f"ep{number}.fountain", number=number).episode


SHOW = """INT. SHOP

TAMSIN ORR, 26, solders. GIDEON HALLAM, 33, enters with AMBROSE FENN, 60.

TAMSIN
You.

GIDEON
Me.

FENN
Strictly speaking.

@李明
不急。

CORALIE
Sweetheart.

"""


def present(action: str, *, show: str = SHOW) -> set[str]:
    with_it = with_presence([episode(show), episode(f"INT. ATTIC\n\n{action}\n", 2)])
    return set(with_it[1].scenes[0].present)


@pytest.mark.parametrize(
    ("action", "who"),
    [
        ("Tamsin waits.", {"TAMSIN"}),
        ("TAMSIN waits.", {"TAMSIN"}),
        ("Behind Tamsin stands Gideon Hallam.", {"TAMSIN", "GIDEON"}),
        ("Ambrose counts.", {"FENN"}),
        ("Mr. Fenn counts.", {"FENN"}),
        ("李明站在船上。", {"李明"}),
        ("Tamsin and Gideon, alone.", {"TAMSIN", "GIDEON"}),
        ("It is quiet. Gideon. Tamsin.", {"TAMSIN", "GIDEON"}),
        ("Coralie Fenn walks in.", {"CORALIE"}),
        ("A certificate reads: CORALIE FENN. Gideon sees it.", {"GIDEON"}),
        ("The envelope: Mrs. Coralie Fenn, Signal Hill.", set()),
        ("The card says “Ask Gideon”. Tamsin reads it.", {"TAMSIN"}),
        ('The card says "Ask Gideon". Tamsin reads it.', {"TAMSIN"}),
        ("布告上写着：李明。", set()),
        ("Tamsin's lamp burns.", set()),
        ("A letter in Gideon’s hand.", set()),
        ("The sign of Fenn & Partners.", set()),
        ("Hallam House, empty.", set()),
        ("tamsin waits.", set()),
        ("Tamsinite and fenny.", set()),
    ],
)
def test_action_makes_present_whom_it_names(action: str, who: set[str]) -> None:
    assert present(action) == who


def test_names_that_authors_vouch_for_count_when_they_are_of_two_words() -> None:
    episodes = [episode(SHOW), episode("INT. A\n\nLi Ming waits at Hallam House.\n", 2)]
    aliases = {"Li Ming": "李明", "Hallam": "GIDEON", "Old Nick": "NICK"}
    assert with_presence(episodes, aliases)[1].scenes[0].present == {"李明"}


def test_a_name_in_a_speech_is_not_a_presence() -> None:
    assert present("PIKE\nTamsin is late.") == {"PIKE"}


def test_a_first_name_that_two_share_is_nobodys() -> None:
    show = "INT. A\n\nANNA ORR and ANNA FENN enter.\n\nORR\nYes.\n\nFENN\nNo.\n"
    assert present("Anna smiles.", show=show) == set()
    assert present("Anna Orr smiles.", show=show) == {"ORR"}


def test_people_who_speak_together_are_all_there() -> None:
    assert present("TAMSIN AND GIDEON\nOh!") == {"TAMSIN AND GIDEON", "TAMSIN", "GIDEON"}


def merged(*texts: str) -> dict[str, str]:
    return merge_cues([episode(text, number) for number, text in enumerate(texts, start=1)])[1]


INTRODUCED = "INT. A\n\nGIDEON HALLAM, 33, enters.\n\nGIDEON\nYes.\n\nGIDEON HALLAM\nNo.\n"


def test_a_full_name_is_merged_when_action_introduces_it() -> None:
    episodes, names = merge_cues([episode(INTRODUCED)])
    assert names == {"GIDEON HALLAM": "GIDEON"}
    scene = episodes[0].scenes[0]
    assert {line.speaker for line in scene.lines} == {None, "GIDEON"}
    assert scene.present == {"GIDEON"}


@pytest.mark.parametrize(
    "text",
    [
        "INT. A\n\nGIDEON\nYes.\n\nGIDEON HALLAM\nNo.\n",
        INTRODUCED + "\nGIDEON CROSS enters.\n",
        INTRODUCED + "\nA GIDEON enters. GIDEON, 12, waves.\n",
        "INT. A\n\nINSPECTOR BRAITHE enters.\n\nINSPECTOR\nYes.\n\nINSPECTOR BRAITHE\nNo.\n",
        "INT. A\n\nFOREMAN 2 enters.\n\nFOREMAN\nYes.\n\nNURSE 2\nNo.\n",
    ],
)
def test_cues_stay_apart_where_the_script_does_not_show_that_they_are_one(text: str) -> None:
    assert merged(text) == {}


def test_cues_that_differ_in_case_only_are_one() -> None:
    assert merged("McAVOY\nHm.\n\n@McAvoy\nNo.\n\n@McAvoy\nYes.\n", "MCAVOY\nNo.\n") == {"MCAVOY": "McAvoy"}


def test_runs_of_capitalised_words_end_at_sentences_and_commas() -> None:
    def runs(text: str) -> list[str]:
        return [" ".join(word.text for word in run.words) for run in name_runs(text)]

    assert runs("Mrs. Honoria Hallam of Signal Hill. Then Pike, José Marín's boy.") == [
        "Mrs Honoria Hallam",
        "Signal Hill",
        "Then Pike",
        "José Marín",
    ]
    assert runs("“Orr & Daughter” and T. Orr") == ["Orr Daughter", "T Orr"]
