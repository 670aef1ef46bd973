"""Who looks at restored frames: the guards, and what measures light saved and sureness."""

from collections.abc import Callable
from typing import Self

from livecare.engines.host_engine import HostEngine
from livecare.engines.identity import IdentityEngine
from livecare.engines.protocol import Engine
from livecare.frame import GuardReading, Pixels
from livecare.link import GuardSpec, Report
from livecare.models.normalise import Normalisation
from livecare.models.package import Model
from livecare.restorer.intake import Frame
from livecare.restorer.sureness import Sureness
from livecare.restorer.thrift import Thrift
from livecare.restorer.vigilance import Vigilance


class Onlookers:
    """Shows each restored frame to all who look at it.

    Parameters
    ----------
    vigilance : Vigilance or None
        The guards; None where nobody wants them.
    thrift : Thrift
        Estimates how much light live frames save.
    sureness : Sureness or None
        Measures what errors the model predicts; None where it predicts none, or it would cost
        more than a frame to ask.
    """

    def __init__(
        self, vigilance: Vigilance | None, thrift: Thrift, sureness: Sureness | None
    ) -> None:
        self._vigilance, self._thrift, self._sureness = vigilance, thrift, sureness
        self._live = True

    @classmethod
    def of(
        cls,
        engine: Engine,
        model: Model,
        guards: GuardSpec | None,
        say: Callable[[Report], None],
        reference: tuple[int, float] | None = None,
    ) -> Self | None:
        """Return those of what serves; None where that restores nothing."""
        if isinstance(engine, IdentityEngine):
            return None
        vigilance = None if guards is None else Vigilance(guards, model, say, reference)
        # TensorRT would build another program when it is first asked for a spread
        tells = model.probabilistic and isinstance(engine, HostEngine)
        sureness = Sureness(engine, say) if tells else None
        return cls(vigilance, Thrift(say, reference=reference), sureness)

    @property
    def withholds(self) -> bool:
        """Whether live restored frames are not to be shown now."""
        return self._vigilance is not None and self._vigilance.withholds

    def begin(self, *, live: bool) -> None:
        """Note whether the next frames are live; what is said of live ones ends with them."""
        if live != self._live:
            self._live = live
            if self._vigilance is not None:
                self._vigilance.lower()
                self._vigilance.live = live

    def examine(
        self, frame: Frame, restored: Pixels, normalisation: Normalisation
    ) -> dict[str, GuardReading]:
        """Return what the guards find in a frame, by their names; it goes with the frame."""
        if self._vigilance is None:
            return {}
        header = frame.message.header
        return self._vigilance.examine(header, frame.pixels, restored, normalisation)

    def measure(
        self, frame: Frame, restored: Pixels, normalisation: Normalisation, *, examined: bool
    ) -> None:
        """Measure light saved and sureness now and then; a frame need not wait for that.

        Sureness of frames that guards have not examined: these are late already.
        """
        if not self._live:
            return
        header = frame.message.header
        self._thrift.look(header, frame.pixels, restored, normalisation)
        if self._sureness is not None:
            self._sureness.look(header, frame.pixels, normalisation, examined=examined)

    def leave(self) -> None:
        """Take back what is said of live frames: something else is about to restore."""
        if self._vigilance is not None:
            self._vigilance.lower()
