"""Final Draft documents: paragraphs by type, what is struck, noted or omitted, and XML that is out to harm."""

from __future__ import annotations

import importlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from characters.errors import UnreadableScript
from characters.readers.fdx import BEFORE_EPISODES, NO_CUE_ABOVE, NOT_FINAL_DRAFT, STRUCK_OUT, read_fdx
from characters.readers.file_reading import FileReading
from characters.readers.scenes import EMPTY_CUE, NUMBER_NOT_OWN
from characters.readers.tei import read_tei
from characters.readers.xml_tree import DEPTH_MAX, parse_xml

CUE = "<Paragraph Type='Character'><Text>{}</Text></Paragraph>"


def paragraph(kind: str, text: str, attributes: str = "") -> str:
    return f"<Paragraph Type='{kind}' {attributes}><Text>{text}</Text></Paragraph>\n"


def speech(name: str, text: str) -> str:
    return paragraph("Character", name) + paragraph("Dialogue", text)


def document(content: str, page: str = "") -> str:
    title = f"<TitlePage><Content>{page}</Content></TitlePage>" if page else ""
    head = "<?xml version='1.0' encoding='UTF-8'?>\n<FinalDraft DocumentType='Script'>"
    return f"{head}<Content>\n{content}</Content>{title}</FinalDraft>"


def read(content: str, page: str = "", number: int = 1) -> FileReading:
    return read_fdx(document(content, page), source="ep01.fdx", number=number)


def lines(content: str) -> list[tuple[str | None, str, str]]:
    return [
        (line.speaker, line.parenthetical, line.text)
        for episode in read(content).episodes
        for scene in episode.scenes
        for line in scene.lines
    ]


def test_a_cue_and_what_stands_under_it_are_one_speech() -> None:
    content = (
        paragraph("Character", "JOSÉ (CONT'D)")
        + paragraph("Parenthetical", "(softly)")
        + paragraph("Dialogue", "One.")
        + paragraph("Parenthetical", "(beat)")
        + paragraph("Dialogue", "Two &amp; <![CDATA[<three>]]>.")
        + paragraph("Action", "He goes.")
    )
    assert lines(content) == [("JOSÉ", "softly; beat", "One. Two & <three>."), (None, "", "He goes.")]


def test_revised_runs_are_one_text_and_struck_out_ones_are_reported() -> None:
    content = (
        "<Paragraph Type='Action'><Text>He </Text><Text Style='Bold+Strikeout'>dies</Text>"
        "<Text RevisionID='2'>goes.</Text></Paragraph>"
    )
    assert lines(content) == [(None, "", "He goes.")]
    (struck,) = read(content).unplaced
    assert (struck.text, struck.reason, struck.source_line) == ("dies", STRUCK_OUT, 3)


def test_dual_dialogue_is_two_speeches() -> None:
    content = f"<Paragraph><DualDialogue>{speech('TAMSIN', 'No.')}{speech('GIDEON', 'Yes.')}</DualDialogue></Paragraph>"
    assert lines(content) == [("TAMSIN", "", "No."), ("GIDEON", "", "Yes.")]


def test_notes_summaries_and_omitted_scenes_never_become_canon() -> None:
    inner = "<Paragraph Type='Action'><Text>ZEPHYR</Text></Paragraph>"
    content = (
        f"<Paragraph Type='Scene Heading' Number='4'><SceneProperties><Summary>{inner}</Summary></SceneProperties>"
        f"<ScriptNote>{inner}</ScriptNote><Text>INT. SHOP</Text></Paragraph>"
        f"<Paragraph Type='Scene Heading'><OmittedScene>{inner}</OmittedScene><Text>OMITTED</Text></Paragraph>"
        + paragraph("Outline 1", "ZEPHYR")
        + paragraph("Transition", "CUT TO:")
    )
    reading = read(content)
    assert "ZEPHYR" not in str(reading)
    assert [(scene.number, scene.heading) for scene in reading.episodes[0].scenes] == [(4, "INT. SHOP"), (5, "OMITTED")]
    assert reading.set_aside == {"scene summary": 1, "note": 1, "omitted scene": 1, "outline": 1, "transition": 1}


def test_notes_beside_the_content_are_counted_and_an_empty_heading_begins_a_scene() -> None:
    text = document(paragraph("Scene Heading", "", "Number='7'") + speech("TAMSIN", "Mine."))
    notes = (
        "<ScriptNotes><ScriptNote><Paragraph><Text>ZEPHYR</Text></Paragraph></ScriptNote></ScriptNotes></FinalDraft>"
    )
    reading = read_fdx(text.replace("</FinalDraft>", notes), source="x.fdx", number=1)
    assert "ZEPHYR" not in str(reading)
    assert reading.set_aside == {"note": 1}
    assert [(scene.number, scene.heading) for scene in reading.episodes[0].scenes] == [(7, "")]


def test_what_cannot_be_placed_is_reported() -> None:
    content = (
        paragraph("Dialogue", "Who says this?")
        + paragraph("Character", "TAMSIN")
        + paragraph("Scene Heading", "INT. A", "Number='2A'")
        + paragraph("Sidebar", "What is this?")
        + "<Paragraph Type='Action'><Text>x</Text><Gadget>y</Gadget></Paragraph>"
    )
    assert [(entry.text, entry.reason) for entry in read(content).unplaced] == [
        ("Who says this?", NO_CUE_ABOVE),
        ("TAMSIN", EMPTY_CUE),
        ("#2A#", NUMBER_NOT_OWN),
        ("What is this?", "paragraphs of the type “sidebar” are not known"),
        ("y", "it is in an element that is not part of the script (<Gadget>)"),
    ]


def test_the_title_page_gives_title_and_number() -> None:
    page = paragraph("General", "The Lantern Contract") + paragraph("General", "Episode 12: The Gala")
    reading = read(speech("TAMSIN", "Mine."), page)
    (episode,) = reading.episodes
    assert (reading.title, reading.numbered) == ("The Lantern Contract", True)
    assert (episode.number, episode.title) == (12, "The Gala")


def test_a_document_may_hold_several_episodes_and_nothing_before_them_is_given_to_one() -> None:
    content = (
        paragraph("Action", "Lost.")
        + paragraph("New Act", "EPISODE 2")
        + speech("TAMSIN", "Mine.")
        + paragraph("General", "第三集")
        + speech("李明", "不急。")
    )
    reading = read(content)
    assert [(episode.number, len(episode.scenes)) for episode in reading.episodes] == [(2, 1), (3, 1)]
    assert [(entry.text, entry.reason) for entry in reading.unplaced] == [("Lost.", BEFORE_EPISODES)]


def test_a_voice_over_is_not_present() -> None:
    (scene,) = read(speech("TAMSIN (O.S.)", "Here.") + speech("JOSÉ (V.O.)", "A letter.")).episodes[0].scenes
    assert scene.present == {"TAMSIN"}


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
ATTACKS = [
    f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]><FinalDraft>&l9;</FinalDraft>',
    '<!DOCTYPE x [<!ENTITY a "aa">]><FinalDraft>&a;</FinalDraft>',
    '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><FinalDraft>&a;</FinalDraft>',
    '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1/x.dtd"> %a;]><FinalDraft/>',
]


@pytest.mark.parametrize("text", [*ATTACKS, '<!DOCTYPE x SYSTEM "http://127.0.0.1/x"><FinalDraft>&b;</FinalDraft>'])
def test_entities_are_refused_before_they_grow(text: str) -> None:
    with pytest.raises(UnreadableScript, match="entities"):
        parse_xml(text, source="bomb.fdx")


@pytest.mark.parametrize("text", ATTACKS)
def test_defusedxml_refuses_what_we_refuse(text: str) -> None:
    pytest.importorskip("defusedxml")
    refusal = importlib.import_module("defusedxml.common").DefusedXmlException
    with pytest.raises(refusal):
        importlib.import_module("defusedxml.ElementTree").fromstring(text)


def test_a_document_type_without_entities_does_no_harm() -> None:
    kind = '<!DOCTYPE FinalDraft SYSTEM "fd.dtd">'
    text = document(speech("TAMSIN", "Mine.")).replace("<FinalDraft", f"{kind}<FinalDraft", 1)
    assert read_fdx(text, source="x.fdx", number=1).episodes[0].scenes[0].lines[0].text == "Mine."


def test_depth_is_bounded() -> None:
    deep = "<FinalDraft>" + "<a>" * 100_000
    with pytest.raises(UnreadableScript, match=f"more than {DEPTH_MAX} deep"):
        parse_xml(deep, source="x.fdx")
    fits = "<a>" * DEPTH_MAX + "x" + "</a>" * DEPTH_MAX
    assert parse_xml(fits, source="x.fdx").text() == "x"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not well-formed XML"),
        ("plain", "not well-formed XML"),
        ("<FinalDraft>\n\n<", "line 3"),
        ("<html/>", NOT_FINAL_DRAFT),
        ("<FinalDraft>\x01</FinalDraft>", "not well-formed XML"),
    ],
)
def test_what_is_no_document_is_refused_with_one_sentence(text: str, reason: str) -> None:
    with pytest.raises(UnreadableScript, match=reason) as refused:
        read_fdx(text, source="ep01.fdx", number=1)
    assert str(refused.value).startswith("ep01.fdx cannot be read as a script: ")


def test_an_encoding_that_the_declaration_names_is_not_heeded() -> None:
    text = document(speech("JOSÉ", "不急。")).replace("UTF-8", "ISO-8859-1")
    assert read_fdx(text, source="x.fdx", number=1).episodes[0].scenes[0].lines[0].speaker == "JOSÉ"


TAGS = st.sampled_from(
    [
        "FinalDraft",
        "Content",
        "Paragraph Type='Character'",
        "Paragraph Type='Dialogue'",
        "Paragraph",
        "Text",
        "DualDialogue",
        "TEI",
        "text",
        "body",
        "div",
        "sp who='#a'",
        "speaker",
        "l",
        "stage",
        "choice",
        "note",
        "!DOCTYPE x",
    ]
)
TREES = st.recursive(
    st.text(st.characters(exclude_categories=["C"], exclude_characters="<>&"), max_size=8),
    lambda inner: st.tuples(TAGS, st.lists(inner, max_size=4)).map(
        lambda node: f"<{node[0]}>{''.join(node[1])}</{node[0].split()[0]}>"
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(TREES.map(lambda tree: f"<FinalDraft><Content>{tree}</Content></FinalDraft>") | st.text(max_size=100))
def test_any_text_is_a_final_draft_document_or_refused(text: str) -> None:
    try:
        reading = read_fdx(text, source="x.fdx", number=1)
    except UnreadableScript:
        return
    assert all(line.text for scene in reading.episodes[0].scenes for line in scene.lines)


@settings(deadline=None)
@given(TREES.map(lambda tree: f"<TEI><text><body>{tree}</body></text></TEI>") | st.text(max_size=100))
def test_any_text_is_a_tei_document_or_refused(text: str) -> None:
    try:
        reading = read_tei(text, source="x.xml", number=1)
    except UnreadableScript:
        return
    assert all(line.text for scene in reading.episodes[0].scenes for line in scene.lines)
