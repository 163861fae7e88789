"""Names that a script alone gives away, and the care not to take innocent words for names."""

from __future__ import annotations

from characters.canon import Term
from characters.importing import SHOWS_FOLDER
from characters.presence import with_presence
from characters.readers.fountain import read_fountain
from characters.reading import read_show
from characters.script import ReadReport, Script
from characters.show_folder import load_terms
from characters.terms import derive_terms, merge_terms


def script(*texts: str) -> Script:
    episodes = [
        read_fountain(text, source=f"ep{number}", number=number).episode for number, text in enumerate(texts, start=1)
    ]
    return Script(with_presence(episodes), ReadReport(len(episodes), 0))


def test_names_are_dated_by_the_first_episode_that_writes_them_anywhere() -> None:
    found = derive_terms(
        script(
            "INT. KILN STREET\n\nA shop.\n\nTAMSIN\nHello there.\n",
            "INT. A\n\nGIDEON HALLAM, 33, watches Tamsin.\n\nGIDEON\nWho set the fire on Kiln Street?\n\n"
            "TAMSIN\nAsk Gideon about Kiln Street.\n",
        )
    )
    assert found == (Term("Kiln Street", 1), Term("Tamsin", 1), Term("Gideon", 2), Term("Gideon Hallam", 2))


def test_roles_common_words_and_words_that_open_sentences_are_no_names() -> None:
    speech = "INT. A\n\nA NURSE waits by the door.\n\nNURSE\nLook. I've Monday off, Papa. Lamps burn. Lamps.\n\n"
    assert derive_terms(script(speech * 4, "INT. A\n\nNURSE\nAsk the Nurse. The lamps, the nurse.\n")) == ()


def test_a_word_that_is_also_written_small_is_no_name() -> None:
    assert derive_terms(script("INT. A\n\nHOPE\nThere is Hope, and hope, and Hope, and Hope.\n")) == ()


def test_without_capitals_a_surname_tells_a_name_from_a_role() -> None:
    assert derive_terms(script("@医生\n不急。\n\n@李明\n等等。\n")) == (Term("李明", 1),)


def test_a_name_in_the_shows_title_gives_nothing_away() -> None:
    show = script("INT. A\n\nTAMSIN\nThe Lantern Contract, our Lantern Contract.\n")
    assert Term("Lantern Contract", 1) in derive_terms(show)
    assert derive_terms(show, title="The Lantern Contract") == ()


def test_what_the_authors_say_wins() -> None:
    authored = (Term("李明", 13), Term("spirit level", 1))
    assert merge_terms(authored, (Term("李明", 5), Term("Kiln Street", 6))) == (*authored, Term("Kiln Street", 6))


def test_derived_names_of_the_sample_show_never_come_later_than_the_authors() -> None:
    folder = SHOWS_FOLDER / "lantern-contract"
    shown = read_show(folder)
    authored = {term.text.casefold(): term.first_episode for term in load_terms(folder / "terms.yaml")}
    derived = derive_terms(shown.script, title=shown.title)
    assert {"Matthias Sorrel", "Kiln Street", "Li Ming", "Barnaby Orr"} <= {term.text for term in derived}
    later = [term for term in derived if term.first_episode > authored.get(term.text.casefold(), term.first_episode)]
    assert later == []
