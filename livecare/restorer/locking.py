"""How the restorer fixes a channel's normaliser: handed on, configured, or from frames."""

from collections.abc import Sequence

from livecare.link import NormalisationLocked, RestorerSpec
from livecare.logs import logger
from livecare.models.anscombe import CameraNoise
from livecare.models.noise_estimate import LEAST_SIDE, TOO_SMALL
from livecare.models.noise_units import NoiseUnits
from livecare.models.normalise import Anscombe, Normalisation, Normaliser, continue_normaliser
from livecare.models.package import Model
from livecare.models.window import IntensityWindow
from livecare.restorer.intake import Frame
from livecare.wire import FrameMessage


class Lock:
    """Makes the normalisers of a run's channels.

    Parameters
    ----------
    spec : RestorerSpec
        The restorer's orders.
    model : Model
        The model.

    Attributes
    ----------
    frames : int
        How many frames a channel is locked from.
    needs_frames : bool
        False where the configuration or the model say it all.
    """

    def __init__(self, spec: RestorerSpec, model: Model) -> None:
        self._spec = spec
        self._model = model
        self._noise = CameraNoise(*spec.camera) if spec.camera is not None else None
        self._window = IntensityWindow(*spec.window) if spec.window is not None else None
        self._units = model.normalisation.units
        if given := spec.window or spec.camera:
            self._units += f", given as {', '.join(f'{value:g}' for value in given)}"
        self.frames = spec.lock_frames
        self.needs_frames = model.needs_frames(
            kind=spec.normalisation, noise=self._noise, window=self._window
        )

    @property
    def hopeless(self) -> str | None:
        """Why frames of this size can never be locked to, and the cure; None where they can."""
        small = min(self._spec.shape_yx) < LEAST_SIDE
        estimates = self.needs_frames and self._spec.normalisation == "anscombe"
        return TOO_SMALL if small and estimates else None

    def blank(self, frames: int) -> str:
        """Say in words that so many frames were blank, and what to do."""
        if self._spec.normalisation == "anscombe":
            cure = "[restorer.camera] gain, offset, read_noise"
        else:
            cure = "[restorer] window"
        return f"no noise in {frames} frames: shutter closed, or saturated? give {cure}"

    def to_warm_up(self) -> Normalisation:
        """Return a normalisation of the run's kind, as quick as the one that is to come.

        Binned noise units, which GPUs take another way than others, where such were handed on.
        """
        if self._spec.normalisation == "anscombe":
            binned = (each.present for each in self.handed_on().values() if is_binned(each))
            return next(binned, NoiseUnits(CameraNoise(1.0)))
        return IntensityWindow(0.0, 1.0)

    def handed_on(self) -> dict[int, Normaliser]:
        """Return the normalisers that earlier restorers of the run have locked, by channel.

        Those of another kind, or locked for a model that wants other units, are no use.
        """
        recipe = self._model.normalisation
        percentiles = (recipe.low_percentile, recipe.high_percentile)
        return {
            locked.channel: continue_normaliser(locked.kind, locked.values, *percentiles)
            for locked in self._spec.locked
            if locked.kind == self._spec.normalisation and locked.units in ("", self._units)
        }

    def borrows(self, channel: int) -> bool:
        """Tell whether a channel has the first one's normaliser: reference frames' camera is it."""
        reference = self._spec.reference
        anscombe = self._spec.normalisation == "anscombe"
        return anscombe and reference is not None and channel == reference[0]

    def wanted(self, channel: int) -> int:
        """Return how many frames a channel is locked from: one where it has much light."""
        reference = self._spec.reference
        return 1 if reference is not None and channel == reference[0] else self.frames

    def make(self, frames: Sequence[Frame]) -> Normaliser:
        """Lock a channel to these of its frames, to none where none are needed.

        Raises
        ------
        ConfigError
            If the frames do not show what their camera is like.
        """
        return self._model.lock(
            [frame.pixels for frame in frames],
            kind=self._spec.normalisation,
            noise=self._noise,
            window=self._window,
            places=[_place(frame.message) for frame in frames],
        )

    def report(
        self, channel: int, normaliser: Normaliser, *, anew: bool = False
    ) -> NormalisationLocked:
        """Say what was locked, and from what; `anew` where something else was before."""
        values = normaliser.present.record()
        origin = self._origin(normaliser, anew=anew)
        return NormalisationLocked(normaliser.kind, values, origin, channel, self._units)

    @staticmethod
    def warn(channel: int, normaliser: Normaliser) -> None:
        """Say where the camera's noise is not what models in noise units expect."""
        estimate = normaliser.estimate if isinstance(normaliser, Anscombe) else None
        if estimate is not None and not estimate.pixelwise_independent:
            logger().warning(
                "the noise of neighbouring pixels is alike; restored frames may show it",
                channel=channel,
                correlation_yx=[round(each, 2) for each in estimate.correlation_yx],
                striped=estimate.striped,
                binning=estimate.best_noise.binning,
            )

    def _origin(self, normaliser: Normaliser, *, anew: bool) -> str:
        if isinstance(normaliser, Anscombe) and normaliser.estimate is not None:
            estimated = "estimated anew" if anew else "estimated"
            return f"{estimated} from {normaliser.estimate.frames} frames"
        if normaliser.kind == "per-frame":
            return "each frame"
        if self.needs_frames:
            return "frames measured anew" if anew else "the first frames"
        if self._spec.camera_origin and self._noise is not None:
            return self._spec.camera_origin
        given = self._window is not None or self._noise is not None
        return "the configuration" if given else "the model"


def is_binned(normaliser: Normaliser) -> bool:
    """Tell whether it is one of noise units that lay a frame out as a mosaic."""
    return isinstance(normaliser, Anscombe) and normaliser.present.noise.binning != 1


def _place(message: FrameMessage) -> tuple[int, int]:
    position = message.header.position
    return position.z, position.p
