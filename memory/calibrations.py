"""What the evidence of the shield weighs, for each embedder it was measured with; written by bench/shield.py --fit.

Pure. A model that is not here has none: its cosines mean something else, and a guess would refuse innocent replies.
"""

from __future__ import annotations

from memory.exposure import Calibration

CALIBRATIONS = {
    "multilingual-e5-small-q4": Calibration(
        means=(0.1676, 0.0401, 2.7345, 0.0718, 0.2483, -0.0283, 0.551),
        scales=(0.1185, 0.2597, 1.3838, 0.1003, 0.0928, 0.1623, 0.2484),
        weights=(1.772, 0.8388, 1.7335, -1.0105, -1.2871, 1.188, 1.1966),
        bias=-4.0822,
        later_min=0.59,
        not_known_min=0.59,
    ),
}
"""By the part of a model's id before the `/`: no version of its engine changes its vectors but for rounding."""


def calibration_of(model_id: str) -> Calibration | None:
    """The calibration for an embedder, or None."""
    return CALIBRATIONS.get(model_id.partition("/")[0])
