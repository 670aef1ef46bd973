"""Knows how scenes are looked at for a calibration, and what each says whatever the method."""

import datetime as dt
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

import numpy as np

from livecare.camera.blocks import Known, Mask, gather
from livecare.camera.calibration import Calibration, Measured, Method
from livecare.camera.curve import ClassSums, sort_blocks
from livecare.camera.key import CameraKey
from livecare.camera.noise_shape import NoiseShape, shape_of_noise
from livecare.camera.survey import Survey
from livecare.camera.windows import FrameRun
from livecare.models.locking import LOCK_FRAMES
from livecare.models.noise_estimate import CORRELATED, STRIPED

DARKEST: Final = 0.005
"""Quantile of the blocks' levels that counts as the darkest: single ones are chance."""


@dataclass(slots=True)
class Looks:
    """What the scenes show.

    Attributes
    ----------
    sums : list of ClassSums
        The classes of each scene.
    surveys : list of Survey
        What each says of every pixel.
    levels : list of tuple of float
        Darkest and brightest level of each, counts.
    shape : NoiseShape or None
        What the noise of the first looks like.
    """

    sums: list[ClassSums] = field(default_factory=list)
    surveys: list[Survey] = field(default_factory=list)
    levels: list[tuple[float, float]] = field(default_factory=list)
    shape: NoiseShape | None = None

    def look(
        self, frames: FrameRun, length: int, seen: Survey, known: Known, *, moving: bool
    ) -> None:
        """Add a scene to what is self."""
        if seen.saturation is not None:
            known = replace(known, saturation=seen.saturation)
        first, second = gather(frames, length, known)
        used = first.level[first.weight > 0]
        shift = 0.0 if known.offset is None else float(np.mean(known.offset, where=known.usable))
        darkest, brightest = np.quantile(used, [DARKEST, 1 - DARKEST])
        self.levels.append((float(darkest) + shift, float(brightest) + shift))
        self.sums.append(sort_blocks(first, second, moving=moving))
        self.surveys.append(seen)
        if self.shape is None:
            self.shape = shape_of_noise(list(islice(iter(frames), LOCK_FRAMES)))

    @property
    def joined(self) -> ClassSums:
        """The classes of all scenes."""
        names = ("weight", "level", "variance", "third")
        return ClassSums(
            *(np.concatenate([getattr(each, name) for each in self.sums]) for name in names)
        )

    def begin(self, key: CameraKey, method: Method, hot: Mask) -> Calibration:
        """Return what is known already, without gain, offset and read noise."""
        unknown = Measured(1.0, None)
        full = [each.saturation for each in self.surveys if each.saturation is not None]
        shape = self.shape
        made = Calibration(
            key=key,
            method=method,
            measured=dt.datetime.now(tz=dt.UTC).isoformat(timespec="seconds"),
            frames=sum(each.frames for each in self.surveys),
            gain=unknown,
            offset=unknown,
            read_noise=unknown,
            noise_free_level=unknown,
            separated=True,
            levels=(min(low for low, _ in self.levels), max(high for _, high in self.levels)),
            saturation=max(full, default=None),
            correlation_yx=(0.0, 0.0) if shape is None else shape.correlation_yx,
            row_share=0.0 if shape is None else shape.row_share,
            column_share=0.0 if shape is None else shape.column_share,
            hot_pixels=int(hot.sum()),
            pixels=hot.size,
        )
        return replace(made, warnings=_warn(made))


def _warn(made: Calibration) -> tuple[str, ...]:
    """Say what of the noise's shape restoration does not expect."""
    down, right = made.correlation_yx
    warnings = []
    if max(down, right) > CORRELATED:
        warnings.append(
            f"the noise of neighbouring pixels is alike (correlation {down:.2f} along columns, "
            f"{right:.2f} along rows): is the camera interpolating, or are frames resized?"
        )
    if max(made.row_share, made.column_share) > STRIPED:
        warnings.append(
            f"whole rows share {made.row_share:.0%} and whole columns {made.column_share:.0%} of "
            "the noise: choose a slower readout, if the camera has one"
        )
    return tuple(warnings)
