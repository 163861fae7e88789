"""What the evidence of the shield weighs, for each embedder it was measured with; written by bench/shield.py --fit.

Pure. A model that is not here has none: its cosines mean something else, and a guess would refuse innocent replies.
"""

from __future__ import annotations

from memory.exposure import Calibration

CALIBRATIONS = {
    "multilingual-e5-small-q4": Calibration(
        means=(0.2456, -0.0364, -0.1363, -0.0138, 2.5957, -0.0266, 0.0679, 3.8225),
        scales=(0.1249, 0.1479, 0.2129, 0.1013, 1.406, 0.1195, 0.133, 0.699),
        weights=(0.8668, 1.3887, 0.8371, 0.7118, 1.1209, 0.631, -0.4741, 1.1279),
        bias=-3.7999,
        later_min=0.86,
        not_known_min=0.86,
    ),
}
"""By the part of a model's id before the `/`: the engine's version does not change its vectors."""


def calibration_of(model_id: str) -> Calibration | None:
    """The calibration for an embedder, or None."""
    return CALIBRATIONS.get(model_id.partition("/")[0])
