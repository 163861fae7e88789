"""What is stored is what was read: encoding loses nothing, and equal contents have equal hashes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st

from characters.canon import FACT_KINDS, Fact, Term
from characters.codec import (
    content_hash,
    decode_facts,
    decode_script,
    decode_terms,
    encode_facts,
    encode_script,
    encode_terms,
)
from characters.importing import SHOWS_FOLDER
from characters.reading import read_script
from characters.script import Episode, FileRead, Line, ReadReport, Scene, Script, Unplaced

T = TypeVar("T")

WORDS = st.text(max_size=12)
NUMBERS = st.integers(0, 99_999)
LINES = st.builds(Line, WORDS, NUMBERS, speaker=st.none() | WORDS, parenthetical=WORDS)
SCENES = st.builds(
    Scene, NUMBERS, NUMBERS, WORDS, st.lists(LINES, max_size=3).map(tuple), st.frozensets(WORDS, max_size=3)
)
EPISODES = st.builds(Episode, NUMBERS, WORDS, st.lists(SCENES, max_size=3).map(tuple))
REPORTS = st.builds(
    ReadReport,
    NUMBERS,
    NUMBERS,
    st.dictionaries(WORDS, NUMBERS, max_size=3),
    st.dictionaries(WORDS, WORDS, max_size=3),
    st.lists(st.builds(Unplaced, WORDS, NUMBERS, WORDS, WORDS), max_size=3).map(tuple),
    st.lists(
        st.builds(
            FileRead,
            WORDS,
            WORDS,
            st.lists(NUMBERS, max_size=3).map(tuple),
            st.dictionaries(WORDS, NUMBERS, max_size=3),
        ),
        max_size=3,
    ).map(tuple),
)
SCRIPTS = st.builds(Script, st.lists(EPISODES, max_size=3).map(tuple), REPORTS)
FACTS = st.builds(
    Fact,
    id=WORDS,
    text=WORDS,
    subject=WORDS,
    from_episode=NUMBERS,
    scene=st.none() | NUMBERS,
    until_episode=st.none() | NUMBERS,
    known_by=st.dictionaries(WORDS, NUMBERS, max_size=3),
    kind=st.sampled_from(FACT_KINDS),
    replaced_by=st.none() | WORDS,
)
TERMS = st.builds(Term, WORDS, NUMBERS)


def through_json(data: T) -> T:
    back: T = json.loads(json.dumps(data))
    return back


@given(SCRIPTS)
def test_a_script_survives_being_stored(script: Script) -> None:
    back = decode_script(through_json(encode_script(script)))
    assert back == script
    assert list(back.report.cues) == list(script.report.cues)


@given(st.lists(FACTS, max_size=4).map(tuple), st.lists(TERMS, max_size=4).map(tuple))
def test_facts_and_terms_survive_being_stored(facts: tuple[Fact, ...], terms: tuple[Term, ...]) -> None:
    assert decode_facts(through_json(encode_facts(facts))) == facts
    assert decode_terms(through_json(encode_terms(terms))) == terms


def test_the_hash_tells_contents_apart_and_nothing_else() -> None:
    script = read_script(SHOWS_FOLDER / "lantern-contract")
    digest = content_hash(title="T", locale="en", script=script, facts=(), terms=())
    again = decode_script(through_json(encode_script(script)))
    assert content_hash(title="T", locale="en", script=again, facts=(), terms=()) == digest
    shorter = replace(script, episodes=script.episodes[:-1])
    others = {
        content_hash(title="T", locale="es", script=script, facts=(), terms=()),
        content_hash(title="U", locale="en", script=script, facts=(), terms=()),
        content_hash(title="T", locale="en", script=shorter, facts=(), terms=()),
        content_hash(title="T", locale="en", script=script, facts=(), terms=(Term("x", 1),)),
    }
    assert len(others | {digest}) == 5


def test_a_files_name_and_format_make_no_other_content() -> None:
    script = read_script(SHOWS_FOLDER / "lantern-contract")
    renamed = replace(
        script, report=replace(script.report, files=(FileRead("all.txt", "dialogue", (1,), {"note": 1}),))
    )
    assert renamed != script
    hashes = {content_hash(title="T", locale="en", script=one, facts=(), terms=()) for one in (script, renamed)}
    assert len(hashes) == 1


def test_a_report_from_before_files_were_told_is_still_read() -> None:
    data = through_json(encode_script(Script((), ReadReport(0, 0))))
    assert "files" not in data["report"]
    assert decode_script(data).report.files == ()
