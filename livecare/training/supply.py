"""From a user's files to patches: which reader a method needs, and what is known of the noise."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from livecare.errors import ConfigError
from livecare.images import list_recordings
from livecare.models.anscombe import CameraNoise
from livecare.training.masking import Direction
from livecare.training.methods import Method
from livecare.training.pairs.calibration import calibrate
from livecare.training.pairs.care import care_pairs
from livecare.training.pairs.noise2noise import successive_pairs, twin_pairs
from livecare.training.pairs.noise_mixture import MixtureNoise
from livecare.training.pairs.noisy import noisy_stacks
from livecare.training.pairs.protocol import PatchSource
from livecare.training.pairs.reading import FrameReader
from livecare.training.pairs.recordings import find_recordings
from livecare.training.pairs.settings import PairSettings
from livecare.training.pairs.structure import noise_structure
from livecare.training.pairs.synthetic import Microscope, SyntheticPatches
from livecare.training.prior import NoiseModel
from livecare.training.tabulated_noise import TabulatedNoise, UnitNoise, camera_of

FRAMES_FOR_CLEAN: Final = 12
"""Time points of a still recording from which the mean of the others counts as free of noise."""
UNIT_VARIANCE: Final = 1.0
"""Of the noise in noise units."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a user gave to learn from.

    Attributes
    ----------
    recordings : sequence of Path
        Noisy files or folders.
    low, high : sequence of Path
        Noisy and clean sides of pairs.
    pairs : sequence of Path
        Two files or folders of noisy pictures of the same scenes; empty for none.
    calibration : Path or None
        A still scene's recording, to fit a noise model to.
    static : bool or None
        Whether recordings show still scenes; None to measure it.
    microscope : Microscope
        For simulated pairs.
    """

    recordings: Sequence[Path] = ()
    low: Sequence[Path] = ()
    high: Sequence[Path] = ()
    pairs: Sequence[Path] = ()
    calibration: Path | None = None
    static: bool | None = None
    microscope: Microscope | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """All of them."""
        given = (*self.recordings, *self.low, *self.high, *self.pairs)
        return given if self.calibration is None else (*given, self.calibration)

    def check(self, method: Method) -> None:
        """Raise ConfigError if they are not what the method learns from; says what it needs."""
        wanted = {
            "care": (bool(self.low and self.high), "--low and --high"),
            "n2n": (bool(self.recordings) != bool(self.pairs), "recordings, or --pairs A B"),
            "synthetic": (self.microscope is not None, "--gain, --offset and --read-noise"),
        }
        good, needs = wanted.get(method.name, (bool(self.recordings), "recordings"))
        if not good:
            raise ConfigError(f"method {method.name} learns from {method.says}: give {needs}")
        left = {
            "--low and --high": method.name != "care" and bool(self.low or self.high),
            "--pairs": method.name != "n2n" and bool(self.pairs),
            "recordings": method.name in {"care", "synthetic"} and bool(self.recordings),
            "--calibration": method.name != "pn2v" and self.calibration is not None,
            "--static or --moving": method.name != "n2n" and self.static is not None,
            "--static or --moving with --pairs": bool(self.pairs) and self.static is not None,
        }
        for name, given in left.items():
            if given:
                raise ConfigError(f"method {method.name} has no use for {name}: leave it out")


@dataclass(frozen=True, slots=True)
class Supply:
    """Patches, and what is known of their noise.

    Attributes
    ----------
    source : PatchSource
        In network units.
    target_noise : float or None
        Variance of the noise of what networks are compared with, squared network units; 0 for
        clean targets, None where it is not known.
    noise : NoiseModel or None
        For pn2v, in network units.
    """

    source: PatchSource
    target_noise: float | None
    noise: NoiseModel | None = None


def supply(method: Method, inputs: Inputs, settings: PairSettings) -> Supply:
    """Read, check and prepare what a method learns from.

    Raises
    ------
    UsageError
        If something is wrong with the inputs; names the file, frame or option and the cure.
    """
    inputs.check(method)
    if method.name == "care":
        return Supply(care_pairs(inputs.low, inputs.high, settings), 0.0)
    if method.name == "synthetic" and inputs.microscope is not None:
        return Supply(SyntheticPatches(inputs.microscope, settings), 0.0)
    known = UNIT_VARIANCE if settings.kind == "anscombe" else None
    if method.name == "n2n":
        if inputs.pairs:
            first, second = inputs.pairs
            return Supply(twin_pairs([first], [second], settings), known)
        source = successive_pairs(inputs.recordings, settings, static=inputs.static)
        return Supply(source, _repeats_noise(source.provenance, known))
    if method.name == "pn2v":
        return _with_noise_model(inputs, settings)
    pixelwise = method.name != "structn2v"
    return Supply(noisy_stacks(inputs.recordings, settings, pixelwise=pixelwise), known)


def find_direction(recordings: Sequence[Path], channel: int | str | None) -> Direction:
    """Return along what the noise of recordings is correlated most: rows or columns.

    Raises
    ------
    UsageError
        If no recording is large enough to tell.
    """
    reader = FrameReader(PairSettings().cache_bytes)
    for recording in find_recordings(recordings, channel):
        estimate = noise_structure(recording, reader)
        if estimate is not None:
            down, right = estimate.correlation_yx
            return "rows" if abs(right) >= abs(down) else "columns"
    raise ConfigError(
        "structn2v: the recordings are too small to tell along what their noise runs: "
        "give --direction rows or columns"
    )


def checksums(paths: Sequence[Path]) -> dict[str, str]:
    """Return the sha256 of each recording that is a file, by its name.

    Files of one name have as many of their folders before it as tell them apart.
    """
    listed = (each.absolute() for path in paths for each in list_recordings(path))
    found = {}
    for name, file in _told_apart([each for each in listed if each.is_file()]).items():
        with file.open("rb") as stream:
            found[name] = hashlib.file_digest(stream, "sha256").hexdigest()
    return found


def _told_apart(files: Sequence[Path], parts: int = 1) -> dict[str, Path]:
    """Return different files by as many of the last parts of their paths as tell them apart."""
    alike: dict[str, list[Path]] = {}
    for file in dict.fromkeys(files):
        alike.setdefault("/".join(file.parts[-parts:]), []).append(file)
    found: dict[str, Path] = {}
    for name, same in alike.items():
        found |= {name: same[0]} if len(same) == 1 else _told_apart(same, parts + 1)
    return found


def _repeats_noise(provenance: Mapping[str, Any], known: float | None) -> float | None:
    """Return the noise of targets: means of repeats, or neighbours where nothing is still."""
    if provenance["still"] == 0:
        return known
    shortest = provenance["fewest_time_points"]  # the mean is of others of the same plane
    all_still = provenance["still"] == provenance["recordings_total"]
    return 0.0 if all_still and shortest >= FRAMES_FOR_CLEAN else None


def _with_noise_model(inputs: Inputs, settings: PairSettings) -> Supply:
    """Prepare pn2v: noise units, and how likely the camera reads what where."""
    if settings.kind != "anscombe":
        raise ConfigError(
            f"pn2v needs to know the noise: --normalisation anscombe instead of {settings.kind}"
        )
    noise: CameraNoise | None = settings.noise
    model: NoiseModel = UnitNoise()
    if inputs.calibration is not None:
        pairs = calibrate(inputs.calibration, settings.channel)
        offset = None if noise is None else noise.offset_adu
        noise = camera_of(pairs.observed, pairs.signal, offset)
        counts_model = MixtureNoise.fit(pairs.observed, pairs.signal)
        model = TabulatedNoise.of(counts_model, noise, float(pairs.signal.max()))
    source = noisy_stacks(inputs.recordings, replace(settings, noise=noise))
    return Supply(source, UNIT_VARIANCE, model)
