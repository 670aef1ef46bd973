"""What the bundled model "first" says about itself: its card, with the scores as measured."""

from collections.abc import Mapping, Sequence
from typing import Any

from livecare.training.export import Card
from livecare.training.validation import Score

NAME = "livecare first low-light restoration"
DESCRIPTION = (
    "Restores single fluorescence frames taken at 2 to 150 peak photons; "
    "trained on simulated microscopy alone."
)

DOCUMENT = """\
# {name}

{description}

A residual U-Net with {parameters:,} parameters takes a raw frame in a fixed intensity window and
returns the mean that the camera would have shown after many exposures, in the same window. Its
output at one pixel depends on the raw pixels at most {halo_px} px away.

## Trained on

`livecare.simulation` alone, no recorded image: filaments, nuclei, puncta, textured cells and
mixtures of them, blurred by an Airy or Gaussian PSF of 0.6 to 3 px (sigma), with haze and
background.
Exposures have 2 to 150 photons at the 99.9th percentile, Poisson noise, gain 0.3 to 10, offset
100 to 500, read noise 0.5 to 4 electrons and up to 0.3 % hot pixels; a quarter come from a photon
counter. The window was locked to percentiles of *other* exposures, up to 2.5 times brighter, so
that a run may bleach. {steps:,} steps, seed {seed}; `bioimageio.yaml` holds the rest under
`config: livecare: provenance`.

## Validation

On {frames} simulated fields of 256 x 256 px that training never saw (camera: gain 2, offset 100,
read noise 1.6 electrons, 0.02 % hot pixels). PSNR over the range from the 0.1th to the 99.9th
percentile of the truth; intensity is the sum of the restored over that of the true signal.

| peak photons | raw dB | restored dB | gained dB | intensity |
|---:|---:|---:|---:|---:|
{table}

These are simulated frames, like those that it was trained on; recorded ones gain less.

## Not for

- **Measuring intensities.** Use the raw frames, which livecare always keeps.
- **Deciding whether something faint or fine is there.** It smooths away what the noise hides: dense
  parallel fibres, such as actin bundles, run together; and rarely it takes noise for structure.
- **Correlated noise**: frames that were binned, interpolated, denoised or compressed by the camera,
  line-scan stripes, EM-CCD clock noise. Treat what it shows there as unreliable.
- Bright-field, phase contrast, electron microscopy, and anything else that is not dim fluorescence.
- Structures smaller than the microscope resolves: it denoises and does not deconvolve.

## Window

`0` and `1` are the 2nd and 99.8th percentile of a run's first frames and stay fixed for the run.
Tools that follow the preprocessing in `bioimageio.yaml` take them from each frame instead, which
lets brightness flicker and hides bleaching.

Licence: BSD-3-Clause.
"""


def first_card(provenance: Mapping[str, Any], scores: Sequence[Score], halo_px: int) -> Card:
    """Fill in the card.

    Parameters
    ----------
    provenance : mapping
        As `livecare.training.first_model` writes it to `training.json`.
    scores : sequence of Score
        At least one.
    halo_px : int
        Measured reach of the network, pixels.
    """
    document = DOCUMENT.format(
        name=NAME,
        description=DESCRIPTION,
        parameters=provenance["parameters"],
        halo_px=halo_px,
        steps=provenance["steps"],
        seed=provenance["settings"]["seed"],
        frames=scores[0].frames,
        table="\n".join(_row(score) for score in scores),
    )
    return Card(NAME, DESCRIPTION, document, provenance)


def _row(score: Score) -> str:
    return (
        f"| {score.peak_photons:g} | {score.raw_db:.1f} | {score.restored_db:.1f} "
        f"| {score.gain_db:+.1f} | {score.intensity_ratio:.3f} |"
    )
