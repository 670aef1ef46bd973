"""How the restorer finds its normaliser: handed on, configured, or from the first frames."""

from collections.abc import Callable

import numpy as np

from livecare.link import NormalisationLocked, RestorerSpec
from livecare.logs import logger
from livecare.models.anscombe import CameraNoise
from livecare.models.noise_units import NoiseUnits
from livecare.models.normalise import Anscombe, Normalisation, Normaliser, continue_normaliser
from livecare.models.package import Model
from livecare.models.window import IntensityWindow
from livecare.restorer.intake import Batch, Intake
from livecare.wire import FrameMessage


class Lock:
    """The normalisation of a run, before and when it is locked.

    Parameters
    ----------
    spec : RestorerSpec
        The restorer's orders.
    model : Model
        The model.
    """

    def __init__(self, spec: RestorerSpec, model: Model) -> None:
        self._spec = spec
        self._model = model
        self._noise = CameraNoise(*spec.camera) if spec.camera is not None else None
        self._window = IntensityWindow(*spec.window) if spec.window is not None else None

    def to_warm_up(self) -> Normalisation:
        """Return a normalisation of the run's kind, as quick as the one that is to come."""
        if self._spec.normalisation == "anscombe":
            return NoiseUnits(CameraNoise(1.0))
        return IntensityWindow(0.0, 1.0)

    def take(self, intake: Intake, wait: Callable[[], None]) -> Normaliser | None:
        """Lock it, from the first frames if need be; None if no frame ever came.

        Raises
        ------
        ConfigError
            If the frames do not show what their camera is like.
        """
        spec, recipe = self._spec, self._model.normalisation
        if spec.locked is not None:
            percentiles = (recipe.low_percentile, recipe.high_percentile)
            return continue_normaliser(spec.locked.kind, spec.locked.values, *percentiles)
        first = Batch([], np.empty((0, *spec.shape_yx), spec.dtype))
        if self._needs_frames:
            first = self._first_frames(intake, wait)
            if not first.messages:
                return None
        return self._model.lock(
            list(first.pixels),
            kind=spec.normalisation,
            noise=self._noise,
            window=self._window,
            places=[_place(message) for message in first.messages],
        )

    def report(self, normaliser: Normaliser) -> NormalisationLocked:
        """Say what was locked, and from what."""
        return NormalisationLocked(
            normaliser.kind, normaliser.present.record(), self._origin(normaliser)
        )

    @staticmethod
    def warn(normaliser: Normaliser) -> None:
        """Say where the camera's noise is not what models in noise units expect."""
        estimate = normaliser.estimate if isinstance(normaliser, Anscombe) else None
        if estimate is not None and not estimate.pixelwise_independent:
            logger().warning(
                "the noise of neighbouring pixels is alike; restored frames may show it",
                correlation_yx=[round(each, 2) for each in estimate.correlation_yx],
                striped=estimate.striped,
                binning=estimate.best_noise.binning,
            )

    @property
    def _needs_frames(self) -> bool:
        return self._model.needs_frames(
            kind=self._spec.normalisation, noise=self._noise, window=self._window
        )

    def _origin(self, normaliser: Normaliser) -> str:
        if isinstance(normaliser, Anscombe) and normaliser.estimate is not None:
            return f"estimated from {normaliser.estimate.frames} frames"
        if normaliser.kind == "per-frame":
            return "each frame"
        if self._needs_frames:
            return "the first frames"
        given = self._window is not None or self._noise is not None
        return "the configuration" if given else "the model"

    def _first_frames(self, intake: Intake, wait: Callable[[], None]) -> Batch:
        """Wait for the frames that the normalisation is locked from; they are left waiting."""
        while intake.live and intake.waiting < self._spec.lock_frames:
            wait()
        first = intake.look_at(self._spec.lock_frames)
        while not first.messages and not intake.closed:
            wait()
            first = intake.look_at(self._spec.lock_frames)
        return first


def _place(message: FrameMessage) -> tuple[int, int, int]:
    position = message.header.position
    return position.c, position.z, position.p
