"""A show small enough to know by heart: three episodes, two characters, and a name that only the last episode has.

It is written to a folder as a content team would, and imported from there. Every episode's lines are long enough to be
found in a prompt if they got there.
"""

from __future__ import annotations

from pathlib import Path

SHOW = "the-roof"
TITLE = "The Roof"
LAST_EPISODE = 3
WITHHELD = "Zephyr House"
"""First heard in episode 3."""
TAMSIN_DEFLECTION = "Hold this screw, and ask me something else."

EPISODES = {
    1: """Title: The Roof
Episode: 1

INT. LAMP SHOP - DAY

TAMSIN ORR mends a brass lamp under a leaking skylight.

TAMSIN
Mind the step. The third one is a liar, and it has had better people than you.

TAMSIN
The roof leaks over the till, so the till has learned to swim.
""",
    2: """Title: The Roof
Episode: 2

INT. LAMP SHOP - NIGHT

GIDEON stands in the door with a folded paper in his glove.

GIDEON
I have come about the roof. It is on my list of things that will not last the winter.

TAMSIN
Then put yourself on the list as well, under draughts and other unwanted air.
""",
    3: """Title: The Roof
Episode: 3

INT. COUNCIL HALL - DAY

GIDEON
The deed of Zephyr House was burnt on purpose, and I held the match that did it.

TAMSIN
You burnt Zephyr House out of the books and let me mend its lanterns for a year.
""",
}

TAMSIN = f"""
slug: tamsin
heard_as: {{elevenlabs: voice-mara, tone: steady, piper: joe, kokoro: jf_alpha}}
name: Tamsin Orr
cue: TAMSIN
aliases: [the lamp girl]
tagline: She mends what others throw away.
essence: You are Tamsin Orr, and you mend lamps in a shop whose roof leaks.
voice: {{description: Quick and dry.}}
wants: [{{text: You want the roof to hold until spring.}}]
greetings:
  - {{text: Mind the step.}}
  - {{from_episode: 3, text: You heard what he said about Zephyr House.}}
deflections: [{{text: "{TAMSIN_DEFLECTION}"}}]
"""

GIDEON = """
slug: gideon
name: Gideon Hallam
cue: GIDEON
tagline: Cold hands, exact words.
essence: You are Gideon Hallam, who owns the lane and says little.
voice: {description: Clipped.}
wants: [{text: You want the roof down by Friday.}]
greetings: [{text: Sit.}]
deflections: [{text: That is not on the list.}]
"""

CANON = """
- {id: F1, text: The third step of the lamp shop is loose., subject: TAMSIN, episode_aired: 1, known_by: {TAMSIN: 0}}
- {id: F2, text: Gideon burnt the deed of Zephyr House., subject: GIDEON, episode_aired: 3, known_by: {GIDEON: 0}}
"""

TERMS = """
1: {people: ["Tamsin Orr"]}
2: {people: ["Gideon Hallam"]}
3: {places: ["Zephyr House"]}
"""


def write_show(folder: Path) -> Path:
    """The show folder, ready to be imported."""
    (folder / "episodes").mkdir(parents=True)
    (folder / "characters").mkdir()
    for number, text in EPISODES.items():
        (folder / "episodes" / f"ep{number}.fountain").write_text(text, encoding="utf-8")
    (folder / "characters" / "tamsin.yaml").write_text(TAMSIN, encoding="utf-8")
    (folder / "characters" / "gideon.yaml").write_text(GIDEON, encoding="utf-8")
    (folder / "canon.yaml").write_text(CANON, encoding="utf-8")
    (folder / "terms.yaml").write_text(TERMS, encoding="utf-8")
    return folder
