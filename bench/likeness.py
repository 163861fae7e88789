"""How often a line sounds most like whoever says it: `python -m bench.likeness [SHOW_FOLDER …]`.

Every line of WORDS_MIN words or more of a show's script is left out of its speaker's voice and told among all speakers
whose voice is known; chance is what always naming the one with most lines would give. Without folders: the sample show.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from characters.importing import SAMPLE_SLUG, SHOWS_FOLDER
from characters.reading import read_script
from memory.passages import own_lines
from memory.words import word_count
from persona.likeness import Likeness

WORDS_MIN = 4


def told_right(folder: Path) -> tuple[int, int, int, int]:
    """Lines told right, lines that came in the first two, all lines, and those that chance would tell right."""
    script = read_script(folder / "episodes" if (folder / "episodes").is_dir() else folder)
    cues = {line.speaker for scene in script.scenes() for line in scene.lines if line.speaker}
    lines = {cue: [line.text for line in own_lines(script, cue)] for cue in sorted(cues)}
    likeness = Likeness(lines)
    right, near, counted = 0, 0, Counter[str]()
    for cue in sorted(likeness.cues):
        for text in lines[cue]:
            if word_count(text) < WORDS_MIN:
                continue
            counted[cue] += 1
            shares = likeness.shares(text, without=cue)
            ranked = sorted(shares, key=lambda name: -shares[name])
            right += ranked[0] == cue
            near += cue in ranked[:2]
    return right, near, counted.total(), max(counted.values(), default=0)


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, default=[SHOWS_FOLDER / SAMPLE_SLUG])
    for folder in parser.parse_args().folders:
        right, near, lines, chance = told_right(folder)
        print(
            f"{folder.name}: {right / lines:.3f} of {lines} lines sound most like who says them, "
            f"{near / lines:.3f} are in the first two; chance {chance / lines:.3f}"
        )


if __name__ == "__main__":
    main()
