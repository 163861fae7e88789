"""Episodes as hypothesis makes them up, from words that every script format can carry."""

from __future__ import annotations

from hypothesis import strategies as st

from characters.script import Episode, Line, Scene

NAMES = ("TAMSIN", "GIDEON HALLAM", "JOSÉ", "李明", "ГИДЕОН", "MRS. ABARA", "O'NEIL", "FOREMAN 2")
_LATIN = (
    "mind the step It's 10:30 *star* under_score “quoted” café <bold> & <6 a:b — ... Clause #2 @home C:\\path 100% \\* "
    "'s hm; -->"
)
_WORDS = (*_LATIN.split(), "Да", "不急", "~tilde~")
_ENDS = (".", "?", "!", "…", "。")
_HEADINGS = ("INT. SHOP - NIGHT", "EXT. LANE", "THE ATTIC", "茶馆 夜", "INT. *STAR* BAR", "CAFÉ & BAR")
TEXTS = st.tuples(st.lists(st.sampled_from(_WORDS), min_size=1, max_size=6), st.sampled_from(_ENDS)).map(
    lambda parts: f"Well {' '.join(parts[0])}{parts[1]}"
)
ASIDES = st.sampled_from(("", "", "softly", "beat, long", "to Gideon: firmly", "低声"))
SPEECHES = st.builds(
    lambda name, text, aside: Line(text, 1, speaker=name, parenthetical=aside), st.sampled_from(NAMES), TEXTS, ASIDES
)
LINES = st.lists(SPEECHES | TEXTS.map(lambda text: Line(text, 1)), min_size=1, max_size=6)


def _scene(episode: int, number: int, heading: str, lines: list[Line], absent: frozenset[str]) -> Scene:
    speakers = frozenset(line.speaker for line in lines if line.speaker)
    return Scene(episode, number, heading, tuple(lines), speakers - absent)


@st.composite
def episodes(draw: st.DrawFn) -> Episode:
    """One episode: an untitled scene 1, or headed scenes with numbers of their own and perhaps a preamble."""
    number = draw(st.integers(1, 99))
    absent = draw(st.frozensets(st.sampled_from(NAMES), max_size=2))
    if draw(st.booleans()):
        return Episode(number, "", (_scene(number, 1, "", draw(LINES), absent),))
    numbers = draw(st.lists(st.integers(1, 40), min_size=1, max_size=4, unique=True))
    scenes = [_scene(number, own, draw(st.sampled_from(_HEADINGS)), draw(LINES), absent) for own in numbers]
    if draw(st.booleans()):
        scenes.insert(0, _scene(number, 0, "", draw(LINES), absent))
    return Episode(number, draw(st.sampled_from(("", "The Gala", "灯笼"))), tuple(scenes))
