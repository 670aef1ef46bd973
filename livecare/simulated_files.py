"""Writes simulated specimens, and their truth, to files."""

from pathlib import Path

import tifffile

from livecare.errors import UsageError
from livecare.simulation import SimulatedScene
from livecare.sources.simulated import SimulatedSettings


def write_specimen(
    out: Path,
    truth: Path | None,
    *,
    frames: int,
    size_yx: tuple[int, int],
    photons: float,
    seed: int,
) -> str:
    """Write a simulated time-lapse as OME-TIFF.

    Parameters
    ----------
    out : Path
        Noisy frames, camera counts.
    truth : Path or None
        Where the same frames without noise go, float32 counts; None for nowhere.
    frames : int
        How many.
    size_yx : tuple of int
        Rows and columns, pixels.
    photons : float
        Detected photons per pixel at the bright structures.
    seed : int
        Chooses everything random.

    Returns
    -------
    str
        What was written, in a sentence.

    Raises
    ------
    UsageError
        If a file exists or cannot be written; mostly before the first is begun.
    """
    _check_free(out, truth)
    settings = SimulatedSettings(
        frames=frames, size_yx=size_yx, photons=photons, seed=seed, bank_frames=0
    )
    scene = SimulatedScene(settings.scene())
    files = [(out, scene.frame)] if truth is None else [(out, scene.frame), (truth, scene.truth)]
    for path, render in files:
        try:
            tifffile.imwrite(
                path,
                (render(index) for index in range(frames)),
                shape=(frames, *size_yx),
                dtype=settings.dtype if path == out else "float32",
                ome=True,
                metadata={
                    "axes": "TYX",
                    "PhysicalSizeX": settings.pixel_size_um,
                    "PhysicalSizeY": settings.pixel_size_um,
                },
            )
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from error
    written = " and ".join(str(path) for path, _ in files)
    return f"wrote {frames} frames of {size_yx[0]} × {size_yx[1]} to {written}"


def _check_free(out: Path, truth: Path | None) -> None:
    if truth is not None and truth.resolve() == out.resolve():
        raise UsageError(f"--truth {truth} is the file of the noisy frames; name another one")
    for path in filter(None, (out, truth)):
        if path.exists():
            raise UsageError(f"{path} exists already; livecare does not overwrite it")
        if not path.absolute().parent.is_dir():
            raise UsageError(f"cannot write {path}: there is no folder {path.absolute().parent}")
