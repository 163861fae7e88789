"""What the evidence of the shield weighs, for each embedder it was measured with; written by bench/shield.py --fit.

Pure. A model that is not here has none: its cosines mean something else, and a guess would refuse innocent replies.
"""

from __future__ import annotations

from memory.exposure import Calibration

CALIBRATIONS = {
    "multilingual-e5-small-q4": Calibration(
        means=(0.1675, 0.0211, 2.6896, 0.0684, 0.2512, -0.0288, 0.551),
        scales=(0.1181, 0.2523, 1.3384, 0.093, 0.0929, 0.1456, 0.2484),
        weights=(1.8333, 0.7913, 1.6404, -1.0692, -1.1879, 0.8338, 1.1148),
        bias=-3.9761,
        later_min=0.41,
        not_known_min=0.41,
    ),
}
"""By the part of a model's id before the `/`: the engine's version does not change its vectors."""


def calibration_of(model_id: str) -> Calibration | None:
    """The calibration for an embedder, or None."""
    return CALIBRATIONS.get(model_id.partition("/")[0])
