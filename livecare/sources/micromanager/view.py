"""Knows what a core says of its camera: the form of its frames, and the stream they make."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from livecare.camera.core_series import CORE_ERRORS
from livecare.errors import SourceError
from livecare.frame import Pixels, PixelType, StreamInfo
from livecare.references.stream import KEY, ReferenceStream
from livecare.sources.clock import Clock
from livecare.sources.grey import check_single, grey_pixel_type
from livecare.sources.micromanager.conditions import ConditionWatch
from livecare.sources.micromanager.core import Core
from livecare.sources.micromanager.settings import MicroManagerSettings


@dataclass(frozen=True, slots=True)
class Form:
    """What a core makes of the next frame that it is asked for.

    A core gives every frame of its buffer in the camera's present form, whatever the frame was
    taken in: after the camera grew it reads beyond the frame, and the process dies. A buffer must
    not be read in another form than its sequence was started in.

    Attributes
    ----------
    rows, columns : int
        Pixels.
    pixel_bytes : int
        Bytes of a pixel with all its components.
    components : int
        1 for grey, 4 for colour.
    cameras : int
        Cameras whose frames come in turn; above 1 where the core's camera joins several.
    """

    rows: int
    columns: int
    pixel_bytes: int
    components: int
    cameras: int

    @classmethod
    def of(cls, core: Core) -> "Form":
        """Ask a core for the present form."""
        return cls(
            core.getImageHeight(),
            core.getImageWidth(),
            core.getBytesPerPixel(),
            core.getNumberOfComponents(),
            core.getNumberOfCameraChannels(),
        )

    @property
    def shape_yx(self) -> tuple[int, int]:
        """Rows and columns, pixels."""
        return self.rows, self.columns

    def dtype(self, camera: str) -> PixelType:
        """Give the pixel type. Raises SourceError for colour, other sizes and joined cameras."""
        cure = "set its PixelType to 8bit or 16bit"
        named = f"micromanager: {camera}"
        check_single(named, self.cameras)
        return grey_pixel_type(named, self.components, self.pixel_bytes, cure)


class View:
    """The stream that a core's camera makes, as last described.

    Attributes
    ----------
    form : Form
        Form of the stream's frames.
    stream : StreamInfo
        Its description.

    Raises
    ------
    SourceError
        If the camera does not answer, or sends what livecare does not take.
    """

    def __init__(
        self, core: Core, settings: MicroManagerSettings, run_id: str, clock: Clock
    ) -> None:
        self._core = core
        self._settings = settings
        self._run_id = run_id
        self._conditions = ConditionWatch(core, clock)
        self.renew(settings.frames)

    @property
    def exposure_ms(self) -> float:
        """Exposure as last read, ms."""
        exposure_ms: float = self.stream.detail["exposure_ms"]
        return exposure_ms

    def holds(self) -> bool:
        """Tell whether the camera's frames still have the stream's form."""
        return Form.of(self._core) == self.form

    def takes(self, picture: Pixels) -> bool:
        """Tell whether a picture is one of the stream."""
        return picture.shape == self.stream.shape_yx and picture.dtype == self.stream.dtype

    def renew(self, expected_frames: int | None) -> StreamInfo:
        """Describe the stream from the beginning: its frames have a new form."""
        try:
            self.form = Form.of(self._core)
            conditions = self._conditions.read()
        except CORE_ERRORS as error:
            raise SourceError(
                f"micromanager: the camera does not answer: {error}; check its connection"
            ) from error
        camera = conditions["camera"]
        stream = StreamInfo(
            run_id=self._run_id,
            source=f"micromanager: {camera}",
            shape_yx=self.form.shape_yx,
            dtype=self.form.dtype(camera),
            channels=(conditions["channel"] or "channel 0",),
            pixel_size_um=conditions["pixel_size_um"],
            expected_frames=expected_frames,
            detail=self._detail(conditions),
        )
        reference = self._reference(conditions)
        self.stream = stream if reference is None else reference.add_to(stream)
        return self.stream

    def news(self, *, begins: bool = False) -> StreamInfo | None:
        """Describe the same stream again if its conditions changed.

        Channel names stay: the same frames go on, and the new channel is in the detail.

        Parameters
        ----------
        begins : bool
            A sequence begins: look at once and at everything, not once per second.
        """
        conditions = self._conditions.compare() if begins else self._conditions.news()
        if conditions is None:
            return None
        self.stream = replace(
            self.stream,
            source=f"micromanager: {conditions['camera']}",
            pixel_size_um=conditions["pixel_size_um"],
            detail=self._detail(conditions),
        )
        return self.stream

    def _detail(self, conditions: dict[str, Any]) -> dict[str, object]:
        settings, reference = self._settings, self._reference(conditions)
        said = {} if reference is None else {KEY: asdict(reference)}
        own = {"mode": settings.mode, "properties": dict(settings.properties)}
        return {**conditions, **own, **said}

    def _reference(self, conditions: dict[str, Any]) -> ReferenceStream | None:
        reference = self._settings.reference
        if reference is None:
            return None
        light = reference.exposure_ms / (conditions["exposure_ms"] or 1.0)
        return ReferenceStream(channel=1, every=reference.every, light=light)
