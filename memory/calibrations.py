"""What the evidence of the shield weighs, for each embedder it was measured with; written by bench/shield.py --fit.

Pure. A model that is not here has none: its cosines mean something else, and a guess would refuse innocent replies.
"""

from __future__ import annotations

from memory.exposure import Calibration

CALIBRATIONS = {
    "multilingual-e5-small-q4": Calibration(
        means=(0.1907, 0.3241, 0.0257, 3.6084, -0.0266, -0.0193, 3.8225),
        scales=(0.1233, 0.1025, 0.233, 1.0616, 0.1195, 0.1504, 0.699),
        weights=(1.4568, 1.1925, 1.1081, 1.0389, 0.5807, 1.4312, 0.9285),
        bias=-4.334,
        later_min=0.34,
        not_known_min=0.34,
    ),
}
"""By the part of a model's id before the `/`: the engine's version does not change its vectors."""


def calibration_of(model_id: str) -> Calibration | None:
    """The calibration for an embedder, or None."""
    return CALIBRATIONS.get(model_id.partition("/")[0])
