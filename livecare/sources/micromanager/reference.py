"""Knows when a reference frame is due, and how a core takes it between two sequences."""

from livecare.camera.core_series import CORE_ERRORS
from livecare.errors import SourceError
from livecare.frame import Pixels
from livecare.logs import logger
from livecare.sources.micromanager.core import Core
from livecare.sources.micromanager.settings import MicroManagerReference


class References:
    """The reference frames of an own sequence, which is begun anew after each of them.

    A camera is asked for no more frames than come before the next one: it stops by itself, and
    no frame is thrown away.

    Parameters
    ----------
    core : Core
        Takes them.
    settings : MicroManagerReference or None
        How; None for none.

    Attributes
    ----------
    due : bool
        Whether the next frame is one.
    """

    def __init__(self, core: Core, settings: MicroManagerReference | None) -> None:
        self._core = core
        self._settings = settings
        self._since = 0
        self.due = False

    @property
    def wanted(self) -> bool:
        """Whether there are any."""
        return self._settings is not None

    @property
    def follows_a_frame(self) -> bool:
        """Whether there is a frame that the next one belongs to."""
        return self._since > 0

    def block(self, left: int | None) -> int | None:
        """Return how many frames a camera is asked for at a time, of those that are left."""
        if self._settings is None:
            return left
        block = max(self._settings.every - self._since, 1)
        return block if left is None else min(block, left)

    def count(self) -> None:
        """Take note of another frame."""
        self._since += 1
        self.due = self._settings is not None and self._since >= self._settings.every

    def begin(self) -> None:
        """Count frames from the beginning."""
        self._since = 0
        self.due = False

    def take(self) -> Pixels | None:
        """Take one while no sequence runs; None, and none any more, if the camera refuses.

        An acquisition goes on without reference frames, but not in another exposure.

        Raises
        ------
        SourceError
            If the former exposure cannot be set again.
        """
        if self._settings is None:
            return None
        exposure_ms = self._core.getExposure()
        try:
            self._core.setExposure(self._settings.exposure_ms)
            self._core.snapImage()
            return self._core.getImage()
        except CORE_ERRORS as error:
            logger().warning(
                "no reference frames any more: the camera refuses one",
                exposure_ms=self._settings.exposure_ms,
                error=" ".join(str(error).split()),
            )
            self._settings = None
            return None
        finally:
            self._set_back(exposure_ms)
            self.begin()

    def _set_back(self, exposure_ms: float) -> None:
        try:
            self._core.setExposure(exposure_ms)
        except CORE_ERRORS as error:
            raise SourceError(
                f"micromanager: after a reference frame the exposure cannot be set back to "
                f"{exposure_ms:g} ms: {error}; set it by hand and start again"
            ) from error
