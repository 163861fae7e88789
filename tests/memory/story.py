"""A small made-up show for the tests of memory: short scenes whose words say which episode they are from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from characters.canon import Fact
from characters.release import Release, ReleaseId
from characters.script import Episode, Line, ReadReport, Scene, Script

SHOW = ReleaseId("harbour-lights", 1)
Speech = tuple[str | None, str]


def scene(episode: int, number: int, *speeches: Speech, present: Sequence[str] = ()) -> Scene:
    """A scene; whoever speaks is present, and so is who else is named."""
    lines = tuple(Line(text, place, speaker) for place, (speaker, text) in enumerate(speeches, start=1))
    speakers = {speaker for speaker, _ in speeches if speaker is not None}
    return Scene(episode, number, f"INT. PLACE {episode}-{number} - DAY", lines, frozenset(speakers | set(present)))


def script(*scenes: Scene) -> Script:
    """A script of scenes in story order."""
    numbers = sorted({one.episode for one in scenes})
    episodes = tuple(
        Episode(number, f"Episode {number}", tuple(one for one in scenes if one.episode == number))
        for number in numbers
    )
    return Script(episodes, ReadReport(len(episodes), len(scenes)))


def release(*scenes: Scene, facts: Sequence[Fact] = ()) -> Release:
    """A release of that script."""
    return Release(SHOW, "Harbour Lights", "en", script(*scenes), tuple(facts))


def reader_of(*releases: Release) -> Callable[[ReleaseId], Awaitable[Release]]:
    """What fetches those releases."""
    known = {one.id: one for one in releases}

    async def read(wanted: ReleaseId) -> Release:
        return known[wanted]

    return read


def harbour() -> Release:
    """Four episodes: Ada and Bo mend a boat, Bo hides a letter, Ada finds it."""
    return release(
        scene(1, 1, ("ADA", "The boat is leaking again. Pass me the tar."), ("BO", "It always leaks on Mondays.")),
        scene(1, 2, ("BO", "Nobody must see this letter."), (None, "Bo slips the letter under the anchor.")),
        scene(2, 1, ("ADA", "Who painted the lighthouse green?"), ("CY", "I did. Red was sold out.")),
        scene(3, 1, ("ADA", "A letter. Under my own anchor."), ("BO", "I meant to burn it."), present=("CY",)),
        scene(4, 1, ("BO", "The letter was from your father."), ("ADA", "He is alive, then.")),
        facts=(
            Fact("f1", "The boat leaks.", "THE BOAT", 1, 1, until_episode=3, known_by={"ADA": 0, "BO": 0}),
            Fact("f2", "Bo hides a letter under the anchor.", "THE LETTER", 1, 2, known_by={"BO": 1, "ADA": 3}),
            Fact("f3", "The letter is from Ada's father.", "THE LETTER", 4, 1, known_by={"BO": 0, "ADA": 4}),
            Fact("f4", "Ada's father is dead.", "FATHER", 1, 1, 4, {"ADA": 0}, "false_belief"),
        ),
    )
