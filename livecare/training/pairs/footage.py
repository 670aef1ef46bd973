"""One recording as a training sees it: frames to use, rows and columns to use, and a partner."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice, product

from livecare.errors import UsageError
from livecare.frame import Pixels
from livecare.models.anscombe import CameraNoise
from livecare.models.locking import LOCK_FRAMES
from livecare.training.pairs.network_units import (
    FrameUnits,
    NoiseDeviations,
    UnitsOf,
    lock,
)
from livecare.training.pairs.partners import Partner, Place
from livecare.training.pairs.reading import FrameReader
from livecare.training.pairs.recordings import Recording
from livecare.training.pairs.settings import PairSettings
from livecare.training.pairs.signal import SignalMap


@dataclass(frozen=True, slots=True)
class Footage:
    """The part of a recording that is trained on, or that is kept apart.

    Attributes
    ----------
    recording : Recording
        Noisy.
    reader : FrameReader
        Reads it.
    partner : Partner
        Gives the targets.
    units_of : callable
        Gives network units of a frame.
    frames : sequence of int
        Frames that may be used.
    region : pair of slice
        Rows and columns that may be used.
    noise : CameraNoise or None
        The camera, where the user named it.
    """

    recording: Recording
    reader: FrameReader
    partner: Partner
    units_of: UnitsOf
    frames: Sequence[int]
    region: Place
    noise: CameraNoise | None
    _units: dict[int, FrameUnits] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(
        cls,
        recording: Recording,
        reader: FrameReader,
        partner: Partner,
        settings: PairSettings,
        region: Place | None = None,
    ) -> "Footage":
        """Use a whole recording; locks its units to its first frames."""
        first = lock_frames(recording, settings)
        return cls(
            recording=recording,
            reader=reader,
            partner=partner,
            units_of=lock(settings.units, [reader.read(recording, frame) for frame in first]),
            frames=range(recording.frames),
            region=region or (slice(0, recording.shape_yx[0]), slice(0, recording.shape_yx[1])),
            noise=settings.noise,
        )

    @property
    def region_yx(self) -> tuple[int, int]:
        """Rows and columns that may be used."""
        return (
            self.region[0].stop - self.region[0].start,
            self.region[1].stop - self.region[1].start,
        )

    @property
    def binning(self) -> int:
        """Rows and columns of pixels whose mean is one of the network's; 1 or 2."""
        return self.units(0).binning

    def patches_of(self, side: int) -> str:
        """Name patches of so many of the network's pixels for people."""
        each = "" if self.binning == 1 else ", each the mean of 2 × 2 since they share noise"
        return f"patches of {side} pixels{each}"

    def covered_px(self, side: int) -> int:
        """Return the rows and columns that a patch of so many of the network's pixels covers.

        Raises
        ------
        UsageError
            If there are too few; names the recording and the cure.
        """
        covered = side * self.binning
        rows, columns = self.region_yx
        if min(rows, columns) < covered:
            raise UsageError(
                f"{self.recording.name}: {rows} × {columns} pixels are left for this part, too few "
                f"for {self.patches_of(side)}; give smaller patches with --patch"
            )
        return covered

    def counts(self, frame: int) -> Pixels:
        """Return a noisy frame, shape (y, x)."""
        return self.reader.read(self.recording, frame)

    def units(self, frame: int) -> FrameUnits:
        """Return the network units of a frame."""
        if frame not in self._units:
            self._units[frame] = self.units_of(self.counts(frame))
        return self._units[frame]

    def camera(self, frame: int) -> CameraNoise | None:
        """Return the camera, given or estimated, where it is known: of binned pixels."""
        units = self.units(frame)
        return units.noise if isinstance(units, NoiseDeviations) else self.noise

    def signal(self, frame: int) -> SignalMap:
        """Return where there is something to see in a frame."""
        key = ("lit", self.recording.path, self.recording.position, self.recording.channel, frame)
        return SignalMap(self.reader.keep(key, lambda: SignalMap.of(self.counts(frame)).lit_yx))


def lock_frames(recording: Recording, settings: PairSettings) -> list[int]:
    """Return the frames that units are locked to: the first, as when the recording is restored.

    The camera's noise is estimated from the middle plane, whose frames are alike.
    """
    planes: Sequence[int] = range(recording.size_z)
    if settings.kind == "anscombe":
        planes = [recording.size_z // 2]
    places = islice(product(range(recording.size_t), planes), LOCK_FRAMES)
    return [recording.size_t * z + t for t, z in places]
