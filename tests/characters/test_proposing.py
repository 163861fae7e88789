"""What rules read from a script: a table for each language, who is said to know it, and what is left alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.hearing import heard, sentences
from characters.importing import SHOWS_FOLDER
from characters.people import people_of
from characters.presence import with_presence
from characters.proposal import Proposal
from characters.proposing import propose
from characters.reading import read_show
from characters.script import Episode, Line, ReadReport, Scene, Script
from tests.characters.generated import episodes

SHOWS = Path(__file__).parent.parent / "data" / "shows"
FILLER_ES = "El vino de la casa no es para los que no lo han pagado."
FILLER_ZH = "今天的雨下得很大，我们都不出门。"


def scene(*lines: tuple[str | None, str], heading: str = "INT. SHOP - DAY", number: int = 1, episode: int = 1) -> Scene:
    read = tuple(Line(text, place, speaker) for place, (speaker, text) in enumerate(lines, start=1))
    return Scene(episode, number, heading, read, frozenset(line.speaker for line in read if line.speaker))


def script(*scenes: Scene) -> Script:
    numbers = sorted({one.episode for one in scenes})
    told = [Episode(n, "", tuple(one for one in scenes if one.episode == n)) for n in numbers]
    return Script(with_presence(told), ReadReport(len(told), len(scenes)))


def found(*scenes: Scene) -> list[tuple[str, str]]:
    return [(proposal.fact.subject, proposal.fact.text) for proposal in propose(script(*scenes))]


def said(text: str, speaker: str = "ADA", other: str = "BO", reply: str = "Go on.") -> list[tuple[str, str]]:
    return found(scene((other, reply), (speaker, text), (other, reply)))


@pytest.mark.parametrize(
    ("text", "subject", "fact"),
    [
        ("My name is Ada Lovell.", "ADA", "Ada is Ada Lovell."),
        ("I am Mr. Nobody.", "ADA", "Ada is Mr. Nobody."),
        ("Your name is Bo Marsh.", "BO", "Bo's name is Bo Marsh."),
        ("Sit down. I'm Bo's sister.", "ADA", "Ada is Bo's sister."),
        ("I am your mother.", "ADA", "Ada is Bo's mother."),
        ("You're my brother.", "BO", "Bo is Ada's brother."),
        ("Bo is my half-brother.", "BO", "Bo is Ada's half-brother."),
        ("My brother Tom sails tonight.", "TOM", "Tom is Ada's brother."),
        ("My father died at sea.", "ADA", "Ada's father died at sea."),
        ("My father built boats and never told me.", "ADA", "Ada's father built boats."),
        ("I'm a baker.", "ADA", "Ada is a baker."),
        ("I'm the chief executive.", "ADA", "Ada is the chief executive."),
        ("I live over the bakery, if you must know.", "ADA", "Ada lives over the bakery."),
        ("I'm twenty-six.", "ADA", "Ada is twenty-six."),
        ("Matthias Sorrel, the partner.", "MATTHIAS SORREL", "Matthias Sorrel is the partner."),
        ("Bo is dead.", "BO", "Bo is dead."),
        ("You're fired.", "BO", "Ada dismisses Bo."),
        ("I'm pregnant.", "ADA", "Ada is pregnant."),
        ("Will you marry me?", "ADA AND BO", "Ada asks for Bo's hand."),
        ("We're divorced.", "ADA AND BO", "Ada and Bo are divorced."),
        ("I promise you, the boat will float.", "ADA", "Ada promises: “I promise you, the boat will float.”"),
    ],
)
def test_english_speeches_tell_facts(text: str, subject: str, fact: str) -> None:
    assert (subject, fact) in said(text)


@pytest.mark.parametrize(
    "text",
    [
        "I'm not Bo's sister.",
        "Am I your mother?",
        "If I'm Bo's sister, who are you?",
        "I'm Ada.",
        "I'm English.",
        "I am forty seconds late.",
        "My father told you that.",
        "He said: “I'm Bo's sister.”",
        "I'm tired.",
        "You're my last hope.",
        "My hat is wet.",
        "Is Bo dead?",
    ],
)
def test_what_is_denied_asked_supposed_or_quoted_is_left_alone(text: str) -> None:
    assert said(text) == []


@pytest.mark.parametrize(
    ("text", "subject", "fact"),
    [
        ("Me llamo Ada Luna.", "ADA", "Ada es Ada Luna."),
        ("Soy la hermana de Bo.", "ADA", "Ada es la hermana de Bo."),
        ("Soy tu madre.", "ADA", "Ada es madre de Bo."),
        ("Bo es mi hermano.", "BO", "Bo es hermano de Ada."),
        ("Mi madre vive en Sevilla.", "ADA", "La madre de Ada vive en Sevilla."),
        ("Soy abogada.", "ADA", "Ada es abogada."),
        ("Vivo en la plaza.", "ADA", "Ada vive en la plaza."),
        ("Tengo veintisiete años.", "ADA", "Ada tiene veintisiete años."),
        ("Estoy embarazada.", "ADA", "Ada está embarazada."),
        ("Cásate conmigo.", "ADA AND BO", "Ada pide matrimonio a Bo."),
        ("Estás despedido.", "BO", "Ada despide a Bo."),
        ("Buenos días, papá.", "BO", "Bo es padre de Ada."),
    ],
)
def test_spanish_speeches_tell_facts(text: str, subject: str, fact: str) -> None:
    assert (subject, fact) in said(text, reply=FILLER_ES)


@pytest.mark.parametrize("text", ["No soy tu madre.", "¿Soy tu madre?", "Si soy tu madre, calla.", "Soy feliz."])
def test_spanish_denials_and_questions_are_left_alone(text: str) -> None:
    assert said(text, reply=FILLER_ES) == []


@pytest.mark.parametrize(
    ("text", "subject", "fact"),
    [
        ("我叫苏小婉。", "苏婉", "苏婉名叫苏小婉。"),
        ("我是陆沉的妹妹。", "苏婉", "苏婉是陆沉的妹妹。"),
        ("我就是你母亲。", "苏婉", "苏婉是陆沉的母亲。"),
        ("陆沉是我哥哥。", "陆沉", "陆沉是苏婉的哥哥。"),
        ("我是琴师。", "苏婉", "苏婉是琴师。"),
        ("我住在三楼。", "苏婉", "苏婉住在三楼。"),
        ("我今年二十六岁。", "苏婉", "苏婉今年二十六岁。"),
        ("我怀孕了。", "苏婉", "苏婉怀孕了。"),
        ("嫁给我。", "苏婉 AND 陆沉", "苏婉向陆沉求婚。"),
        ("你父亲就是我母亲的琴师，火不是意外。", "陆沉", "陆沉的父亲是苏婉的母亲的琴师。"),
        ("爹，吃饭了。", "陆沉", "陆沉是苏婉的父亲。"),
    ],
)
def test_chinese_speeches_tell_facts(text: str, subject: str, fact: str) -> None:
    assert (subject, fact) in said(text, "苏婉", "陆沉", FILLER_ZH)


@pytest.mark.parametrize("text", ["我不是陆沉的妹妹。", "我是陆沉的妹妹？", "如果我是你母亲，我会走。", "我叫你走。"])
def test_chinese_denials_and_questions_are_left_alone(text: str) -> None:
    assert said(text, "苏婉", "陆沉", FILLER_ZH) == []


def test_action_introduces_people_by_age_and_look_and_shows_what_happens() -> None:
    texts = dict(
        found(
            scene(
                (None, "ADA LOVELL, 26, tarred apron, silver locket, is caulking a boat. BO, 50, waits."),
                ("ADA", "Pass the tar."),
                ("BO", "Take it."),
            ),
            scene((None, "Bo carries a brass lamp."), ("ADA", "Mind it."), number=2),
            scene((None, "The lamp is out. Bo dies."), ("ADA", "No."), number=3),
        )[::-1]
    )
    assert texts == {"ADA": "Ada Lovell is 26: tarred apron, silver locket.", "BO": "Bo is 50."}
    everything = found(
        scene((None, "Bo carries a brass lamp."), ("BO", "Mind it."), ("ADA", "Why?")),
        scene((None, "The lamp is out. Bo dies."), ("ADA", "No."), number=2),
        scene((None, "Bo wears a hat."), ("ADA", "No."), number=3),
    )
    assert everything == [("BO", "Bo carries a brass lamp."), ("BO", "Bo dies.")]  # the hat never comes back


@pytest.mark.parametrize(
    ("heading", "fact"),
    [
        ("INT. ADA'S FLAT - NIGHT", "Ada has a flat."),
        ("INT. THE QUAY, ADA'S OFFICE - NIGHT", "Ada has an office at The Quay."),
        ("EXT. ADA'S BOAT - DAY", None),
        ("INT. NOBODY'S HOUSE - DAY", None),
    ],
)
def test_a_heading_tells_who_lives_or_works_there(heading: str, fact: str | None) -> None:
    assert found(scene(("ADA", "Come in."), heading=heading)) == ([("ADA", fact)] if fact else [])


def proposal_of(*scenes: Scene) -> Proposal:
    (only,) = propose(script(*scenes))
    return only


def test_who_hears_it_knows_it_from_then_and_who_says_it_of_themself_always_did() -> None:
    one = scene(("BO", "And you?"), ("ADA", "I'm a baker."), ("CY", "Good."), episode=4)
    assert proposal_of(one).fact.known_by == {"ADA": 0, "BO": 4, "CY": 4}


def test_what_is_told_again_is_one_proposal_that_more_people_know() -> None:
    first = scene(("BO", "And?"), ("ADA", "I'm a baker."), episode=2)
    again = scene(("CY", "And?"), ("ADA", "I'm a baker."), episode=5)
    told = proposal_of(first, again)
    assert told.fact.known_by == {"ADA": 0, "BO": 2, "CY": 5}
    assert told.source == ("episode 2, scene 1, ADA: I'm a baker.", "episode 5, scene 1, ADA: I'm a baker.")


def test_what_is_said_of_somebody_else_the_speaker_knows_from_then_on_only() -> None:
    one = scene(("BO", "Well?"), ("ADA", "Cy is Bo's brother."), ("CY", "Ah."), episode=3)
    assert proposal_of(one).fact.known_by == {"ADA": 3, "BO": 3, "CY": 3}


def test_an_aside_is_heard_by_its_speaker_and_a_voice_over_by_nobody_else() -> None:
    aside = Line("I'm pregnant.", 2, "ADA", "under her breath")
    present = frozenset({"ADA", "BO"})
    whispered = Scene(1, 1, "", (Line("Well?", 1, "BO"), aside), present)
    assert heard(whispered, 1, people_of(script(whispered))).heard_by == {"ADA"}
    to_bo = replace(whispered, lines=(whispered.lines[0], replace(aside, parenthetical="whispers to Bo")))
    to_bo = replace(to_bo, present=present | {"CY"})
    assert heard(to_bo, 1, people_of(script(whispered))).heard_by == {"ADA", "BO"}
    voice = Scene(1, 1, "", (Line("Well?", 1, "BO"), Line("I'm pregnant.", 2, "ADA")), frozenset({"BO"}))
    assert heard(voice, 1, people_of(script(voice))).heard_by == {"ADA"}


@pytest.mark.parametrize(
    ("lines", "addressee"),
    [
        ([("BO", "Yes?"), ("ADA", "Sit."), ("BO", "Why?")], "BO"),
        ([("CY", "Yes?"), ("ADA", "Sit."), ("BO", "Why?")], None),
        ([("CY", "Yes?"), ("ADA", "Sit, Bo."), ("CY", "Why?")], "BO"),
        ([("CY", "Yes?"), ("BO", "No."), ("ADA", "Sit.")], "BO"),
    ],
)
def test_whom_a_line_is_for_is_told_only_when_it_is_clear(
    lines: list[tuple[str | None, str]], addressee: str | None
) -> None:
    spoken = scene(*lines)
    one = replace(spoken, present=spoken.present | {"BO"})
    position = next(n for n, line in enumerate(one.lines) if line.speaker == "ADA")
    everybody = people_of(script(one, scene(("BO", "Here I am."), number=2)))
    assert heard(one, position, everybody).addressee == addressee


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("I am Mr. Nobody. Sit.", ["I am Mr. Nobody.", "Sit."]),
        ("你好。坐！", ["你好。", "坐！"]),
        ("He wrote “I left.” Then nothing.", ["He wrote …", "Then nothing."]),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


STORY = {
    "lantern-contract": [
        ("TAMSIN", "Tamsin Orr is 26: solder-burnt apron, silver locket at her throat."),
        ("GIDEON AND TAMSIN", "Gideon asks for Tamsin's hand."),
        ("CORALIE", "Coralie is Gideon's fiancée."),
        ("GIDEON", "Gideon is Mr. Nobody."),
        ("FENN", "Fenn is Coralie's father."),
        ("李明", "李明 is Tamsin's uncle."),
    ],
    "los-almendros": [
        ("LUCÍA", "El hermano de Lucía se ahogó en un pantano."),
        ("SOR MARINA", "Sor Marina es madre de Andrés."),
        ("ANDRÉS AND LUCÍA", "Andrés pide matrimonio a Lucía."),
    ],
    "rain-teahouse": [
        ("何老爷", "何老爷是何曼丽的父亲。"),
        ("陆沉", "陆沉是陆远的哥哥。"),
        ("苏婉", "苏婉的父亲是陆沉的母亲的琴师。"),
    ],
}


@pytest.mark.parametrize("show", STORY)
def test_whole_shows_give_what_their_scripts_say_and_nothing_that_was_cut(show: str) -> None:
    folder = SHOWS_FOLDER / show if show == "lantern-contract" else SHOWS / show
    reading = read_show(folder)
    told = propose(Script(with_presence(reading.script.episodes), reading.script.report))
    facts = [(one.fact.subject, one.fact.text) for one in told]
    assert [fact for fact in STORY[show] if fact not in facts] == []
    assert not [text for _, text in facts if "twin" in text]  # the boneyard of episode 12 is no canon
    assert len({one.fact.id for one in told}) == len(told)


@given(st.lists(episodes(), min_size=1, max_size=3, unique_by=lambda episode: episode.number))
def test_every_proposal_rests_on_its_scene_and_is_the_same_every_time(told: list[Episode]) -> None:
    whole = Script(tuple(sorted(told, key=lambda episode: episode.number)), ReadReport(len(told), 0))
    scenes = {(one.episode, one.number): one for one in whole.scenes()}
    proposals = propose(whole)
    assert proposals == propose(whole)
    for one in proposals:
        place = scenes[one.fact.from_episode, one.fact.scene or 0]
        assert one.source[0].startswith(f"episode {place.episode}, scene {place.number}, ")
        quote = one.source[0].partition(": ")[2]
        assert quote in place.heading or any(quote in line.text for line in place.lines)
        assert all(since == 0 or since >= one.fact.from_episode for since in one.fact.known_by.values())
        assert 0 < one.confidence < 1
