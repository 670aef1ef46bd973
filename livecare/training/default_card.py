"""What the bundled default models say about themselves, with the scores as measured."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any, Final

from livecare.training.default_score import DefaultScore

CARD_WIDTH: Final = 100
"""Columns of the card's text."""

DOCUMENT: Final = """\
# {name}

{description}

A U-Net with {parameters:,} parameters works in noise units, {gflop:.1f} GFLOP per 512 x 512 frame:
the generalised Anscombe transform of the camera's gain, offset and read noise makes the noise of
any camera and exposure alike. It returns two values per pixel: the estimate, and the scale of a
Laplace distribution around it, from which an interval of 90 % follows (estimate +- 2.303 scales).
Its output at one pixel depends on the raw pixels at most {halo_px} px away.

## Trained on

- `livecare.simulation`: filaments, nuclei, puncta, cells, and textures that are no specimen in
  particular (opaque ellipses, bundles of fibres, scale-free texture, mats of fine strands), blurred
  by a microscope.
- Repeated photon counts of live cells, well 1 of the FKBP data in rorynolan/nandb (BSD-3-Clause):
  some frames as input, the mean of the others as target.
- One light-sheet stack from pycudadecon's tests (MIT) and the mean of structured-illumination
  frames from drbeiliu/DeepLearning (MIT), exposed by simulation.

Exposures have 1.2 to 400 photons at the peak, up to 12 electrons of read noise, hot pixels, coarse
digitisers, cut-off offsets, and in a third of the pairs noise that is correlated between
neighbours or striped; the camera's gain was misjudged by 10 % at random.

{training}
`python -m {script}` trains it again.

## Validation

On {frames} simulated fields of 256 x 256 px per row that training never drew (camera: gain 2,
offset 100, read noise 1.6 electrons, background 1 photon). PSNR over the range from the 0.1th to
the 99.9th percentile of the truth; intensity is the sum of the restored over that of the true
photons; coverage is the part of the pixels whose truth lies in the 90 % interval.

| peak photons | raw dB | restored dB | intensity | coverage |
|---:|---:|---:|---:|---:|
{table}

`livecare evaluate` compares it with classical methods on your own recordings.

## Not for

- **Measuring intensities.** Use the raw frames, which livecare always keeps.
- **Deciding whether something faint or fine is there.** It smooths away what the noise hides, and
  rarely it takes noise for structure.
- Strongly correlated noise, as of frames that were binned, interpolated, denoised or compressed:
  `livecare evaluate` says when that is so. Treat what it shows there as unreliable.
- Bright-field, phase contrast, electron microscopy, and anything else that is not fluorescence.
- Structures smaller than the microscope resolves: it denoises and does not deconvolve.

Licence: BSD-3-Clause.
"""


def default_document(
    provenance: Mapping[str, Any],
    scores: Sequence[DefaultScore],
    *,
    name: str,
    description: str,
    gflop: float,
    halo_px: int,
) -> str:
    """Fill in the card: README.md of the package.

    Parameters
    ----------
    provenance : mapping
        As `livecare.training.default_model` writes it to `training.json`.
    scores : sequence of DefaultScore
        At least one.
    name, description : str
        Of the package.
    gflop : float
        Operations per 512 × 512 frame, 10⁹.
    halo_px : int
        Measured reach of the network, pixels.
    """
    return DOCUMENT.format(
        name=name,
        description=description,
        parameters=provenance["parameters"],
        gflop=gflop,
        halo_px=halo_px,
        training=fill(_training(provenance), CARD_WIDTH),
        script=provenance["script"],
        frames=scores[0].frames,
        table="\n".join(_row(score) for score in scores),
    )


def _training(provenance: Mapping[str, Any]) -> str:
    """Say how long it was trained, and on what of the above."""
    settings, steps = provenance["settings"], provenance["steps"]
    drawn = f"{steps:,} steps of {settings['batch_pairs']} patches"
    if "teacher" not in provenance:
        fine, seed = settings["fine_steps"], settings["seed"]
        return f"Trained in {drawn}, the last {fine:,} with the mats, seed {seed}."
    share, pool = settings["teacher_share"], settings["pool_patches"]
    return (
        "A larger network, that of livecare's `default`, was trained so; this one learnt from its "
        f"answers ({share:.0%} of the error) and the truth: {drawn} out of {pool:,}, half of them "
        f"with the mats, seed {settings['seed']}."
    )


def _row(score: DefaultScore) -> str:
    return (
        f"| {score.peak_photons:g} | {score.raw_db:.1f} | {score.restored_db:.1f} "
        f"| {score.intensity_ratio:.3f} | {score.coverage:.0%} |"
    )
