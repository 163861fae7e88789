"""What the evidence of the shield weighs, for each embedder it was measured with; written by bench/shield.py --fit.

Pure. A model that is not here has none: its cosines mean something else, and a guess would refuse innocent replies.
"""

from __future__ import annotations

from memory.exposure import Calibration

CALIBRATIONS = {
    "multilingual-e5-small-q4": Calibration(
        means=(0.1907, 0.0257, 2.5819, 0.0579, 0.2926, -0.0193, 3.8225),
        scales=(0.1233, 0.233, 1.0708, 0.0845, 0.0913, 0.1504, 0.699),
        weights=(1.6603, 1.1033, 1.833, -0.6564, -0.4168, 1.1902, 0.9736),
        bias=-4.5278,
        later_min=-0.43,
        not_known_min=-0.28,
    ),
}
"""By the part of a model's id before the `/`: the engine's version does not change its vectors."""


def calibration_of(model_id: str) -> Calibration | None:
    """The calibration for an embedder, or None."""
    return CALIBRATIONS.get(model_id.partition("/")[0])
