"""Patches to learn from: recordings and simulation as examples for a network, checked before use.

Everything here is numpy; only it knows how recordings become what a trainer asks for.
"""

from livecare.training.pairs.calibration import Calibration, calibrate
from livecare.training.pairs.care import care_pairs
from livecare.training.pairs.noise2noise import successive_pairs, twin_pairs
from livecare.training.pairs.noise_mixture import MixtureNoise
from livecare.training.pairs.noisy import noisy_stacks
from livecare.training.pairs.protocol import Patches, PatchSource, Units
from livecare.training.pairs.settings import PairSettings
from livecare.training.pairs.synthetic import Microscope, SyntheticPatches

__all__ = [
    "Calibration",
    "Microscope",
    "MixtureNoise",
    "PairSettings",
    "PatchSource",
    "Patches",
    "SyntheticPatches",
    "Units",
    "calibrate",
    "care_pairs",
    "noisy_stacks",
    "successive_pairs",
    "twin_pairs",
]
