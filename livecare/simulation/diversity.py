"""Knows how widely specimens differ: random specimens and light fields for training."""

from typing import Final

import numpy as np

from livecare.simulation.canvas import Field
from livecare.simulation.cells import CellSettings
from livecare.simulation.filaments import FilamentSettings
from livecare.simulation.nuclei import NucleusSettings
from livecare.simulation.optics import Optics
from livecare.simulation.puncta import PunctaSettings
from livecare.simulation.specimen import Specimen, SpecimenSettings
from livecare.simulation.textures import log_uniform

MIXTURE: Final = 0.35
"""Chance that a component joins the one that every specimen is sure to have."""
COMPONENTS: Final = ("filaments", "nuclei", "puncta", "cells")
"""The components that a specimen can have, as `SpecimenSettings` names them."""


def random_field(size_yx: tuple[int, int], rng: np.random.Generator) -> Field:
    """Draw a light field of a random specimen in a random microscope.

    Parameters
    ----------
    size_yx : tuple of int
        Rows and columns, pixels; at least 32 each.
    rng : numpy.random.Generator
        The same state gives the same field.

    Returns
    -------
    ndarray, shape (y, x), float32
        Expected photons per pixel relative to the brightest pixel: above 0, at most 1. Periodic.
    """
    field: Field = random_movie(size_yx, 1, rng)[0]
    return field


def random_movie(size_yx: tuple[int, int], frames: int, rng: np.random.Generator) -> Field:
    """Draw consecutive light fields of one random, moving specimen.

    Returns
    -------
    ndarray, shape (frames, y, x), float32
        As `random_field`; the brightest pixel of the whole movie is 1.
    """
    specimen = Specimen(random_specimen(rng), random_optics(rng), size_yx, rng)
    movie = np.stack([specimen.render(float(time)) for time in range(frames)])
    return np.asarray(movie / movie.max(), np.float32)


def random_optics(rng: np.random.Generator) -> Optics:
    """Draw a microscope whose PSF is 0.6 to 3 pixels wide (sigma)."""
    sigma_px = log_uniform((0.6, 3.0), rng)
    sharp = Optics(
        numerical_aperture=float(rng.uniform(0.4, 1.45)),
        wavelength_um=float(rng.uniform(0.45, 0.7)),
        pixel_size_um=1.0,
        model="airy" if rng.random() < 0.7 else "gaussian",  # noqa: PLR2004 most are wide-field
    )
    return Optics(
        numerical_aperture=sharp.numerical_aperture,
        wavelength_um=sharp.wavelength_um,
        pixel_size_um=sharp.sigma_px / sigma_px,
        model=sharp.model,
    )


def random_specimen(rng: np.random.Generator) -> SpecimenSettings:
    """Draw a specimen: one component for sure, others by chance, all values over wide ranges."""
    sure = rng.choice(COMPONENTS)
    present = {name: name == sure or rng.random() < MIXTURE for name in COMPONENTS}
    return SpecimenSettings(
        filaments=_filaments(rng) if present["filaments"] else FilamentSettings(),
        nuclei=_nuclei(rng) if present["nuclei"] else NucleusSettings(),
        puncta=_puncta(rng) if present["puncta"] else PunctaSettings(),
        cells=_cells(rng) if present["cells"] else CellSettings(),
        background=log_uniform((0.003, 0.3), rng),
        unevenness=float(rng.uniform(0.0, 0.4)),
        haze=float(rng.uniform(0.0, 0.8)),
        haze_px=log_uniform((5.0, 40.0), rng),
        speed_px=log_uniform((0.02, 3.0), rng),
    )


def _filaments(rng: np.random.Generator) -> FilamentSettings:
    return FilamentSettings(
        density=log_uniform((0.5, 15.0), rng),
        length_px=log_uniform((30.0, 300.0), rng),
        persistence_px=log_uniform((10.0, 500.0), rng),
        width_px=log_uniform((0.05, 2.0), rng),
        beading=float(rng.uniform(0.0, 0.8)),
        brightness=log_uniform((0.2, 1.0), rng),
    )


def _nuclei(rng: np.random.Generator) -> NucleusSettings:
    return NucleusSettings(
        coverage=log_uniform((0.03, 0.5), rng),
        radius_px=log_uniform((5.0, 60.0), rng),
        texture=float(rng.uniform(0.0, 0.7)),
        grain_px=log_uniform((0.8, 6.0), rng),
        brightness=log_uniform((0.2, 1.0), rng),
    )


def _puncta(rng: np.random.Generator) -> PunctaSettings:
    return PunctaSettings(
        density=log_uniform((1.0, 150.0), rng),
        width_px=log_uniform((0.05, 3.0), rng),
        spread=float(rng.uniform(0.05, 0.8)),
        brightness=log_uniform((0.2, 1.0), rng),
    )


def _cells(rng: np.random.Generator) -> CellSettings:
    return CellSettings(
        size_px=log_uniform((8.0, 150.0), rng),
        cytoplasm=float(rng.uniform(0.0, 1.0)),
        outline=float(rng.uniform(0.05, 1.0)),
        outline_px=log_uniform((0.5, 3.0), rng),
        level=float(rng.uniform(-0.8, 1.0)),
        texture=float(rng.uniform(0.0, 0.8)),
        grain_px=log_uniform((0.8, 10.0), rng),
    )
