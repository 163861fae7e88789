"""What the evidence of the shield weighs, for each embedder it was measured with; written by bench/shield.py --fit.

Pure. A model that is not here has none: its cosines mean something else, and a guess would refuse innocent replies.
"""

from __future__ import annotations

from memory.exposure import Calibration

CALIBRATIONS = {
    "multilingual-e5-small-q4": Calibration(
        means=(0.279, -0.0466, -0.1295, -0.0269, 3.0405, -0.0334, 0.0281),
        scales=(0.1329, 0.1642, 0.2462, 0.1043, 1.4968, 0.1302, 0.0836),
        weights=(0.8442, 1.4729, 0.96, 0.5388, 0.918, 0.6119, -0.0056),
        bias=-2.6145,
        later_min=0.39,
        not_known_min=0.39,
    ),
}
"""By the part of a model's id before the `/`: the engine's version does not change its vectors."""


def calibration_of(model_id: str) -> Calibration | None:
    """The calibration for an embedder, or None."""
    return CALIBRATIONS.get(model_id.partition("/")[0])
