"""The methods that `livecare train` knows: what each learns from, and what it takes by default."""

from dataclasses import dataclass
from typing import Final, Literal

from livecare.errors import ConfigError
from livecare.training.losses import LossName
from livecare.training.masking import PUBLISHED_SHARE, RADIUS_PX, BlindSpots, Direction, Fill
from livecare.training.networks.catalogue import NetworkName
from livecare.training.pairs.protocol import UnitsKind

MethodName = Literal["care", "n2n", "n2v", "n2v2", "structn2v", "pn2v", "synthetic"]


@dataclass(frozen=True, slots=True)
class Method:
    """A way to learn.

    Attributes
    ----------
    name : str
        As the command line knows it.
    says : str
        What it learns from, for people.
    network : str
        Taken unless the user names another.
    loss : str
        Likewise.
    fill : {"neighbour", "median"} or None
        What hidden pixels get; None where the method hides none.
    share : float
        Part of the pixels that are hidden.
    units : {"fixed", "per-frame", "anscombe"}
        What the network sees unless the user says otherwise. Noise that is alike everywhere is
        learnt faster, where what is learnt from is noisy and the camera's own.
    radius_px : int
        How far the surroundings go that a hidden pixel's value is taken from.
    paper : tuple of str
        Text and DOI or address of the publication.
    """

    name: MethodName
    says: str
    network: NetworkName
    loss: LossName
    paper: tuple[str, str]
    units: UnitsKind = "anscombe"
    fill: Fill | None = None
    share: float = PUBLISHED_SHARE
    radius_px: int = RADIUS_PX

    @property
    def blind(self) -> bool:
        """Whether it learns from noisy frames alone."""
        return self.fill is not None

    def spots(self, direction: Direction = "none", share: float | None = None) -> BlindSpots:
        """Return how pixels are hidden.

        Raises
        ------
        ConfigError
            If this method hides none.
        """
        if self.fill is None:
            raise ConfigError(f"method {self.name} hides no pixels: leave --hidden-percent out")
        return BlindSpots(
            self.fill, self.share if share is None else share, self.radius_px, direction
        )


CARE_PAPER: Final = ("Weigert et al., Nature Methods 2018", "10.1038/s41592-018-0216-7")
N2N_PAPER: Final = ("Lehtinen et al., Noise2Noise, ICML 2018", "10.48550/arXiv.1803.04189")
N2V_PAPER: Final = ("Krull et al., Noise2Void, CVPR 2019", "10.1109/CVPR.2019.00223")
N2V2_PAPER: Final = ("Höck et al., N2V2, ECCV workshops 2022", "10.48550/arXiv.2211.08512")
STRUCT_PAPER: Final = ("Broaddus et al., structN2V, ISBI 2020", "10.1109/ISBI45749.2020.9098336")
PN2V_PAPER: Final = ("Krull et al., Probabilistic Noise2Void, 2020", "10.3389/fcomp.2020.00005")

LIVE_SHARE: Final = 0.03
LIVE_RADIUS_PX: Final = 2
"""Hidden pixels by default: fifteen times as many as published, so that patches teach as much more;
each still has surroundings, of which the close ones are the better guess."""
LINE_SHARE: Final = 0.01
"""structN2V hides nine pixels at once."""

METHODS: Final[dict[MethodName, Method]] = {
    method.name: method
    for method in (
        Method("care", "pairs of a noisy and a clean picture", "fast", "mse", CARE_PAPER),
        Method("n2n", "two noisy pictures of each scene", "fast", "mse", N2N_PAPER),
        Method("synthetic", "simulated specimens and your camera", "fast", "mse", CARE_PAPER),
        Method(
            name="n2v",
            says="noisy pictures alone",
            network="fast",
            loss="mse",
            paper=N2V_PAPER,
            fill="neighbour",
            share=LIVE_SHARE,
        ),
        Method(
            name="n2v2",
            says="noisy pictures alone",
            network="fast",
            loss="mse",
            paper=N2V2_PAPER,
            fill="median",
            share=LIVE_SHARE,
            radius_px=LIVE_RADIUS_PX,
        ),
        Method(
            name="structn2v",
            says="noisy pictures whose noise runs along rows or columns",
            network="fast",
            loss="mse",
            paper=STRUCT_PAPER,
            units="fixed",
            fill="neighbour",
            share=LINE_SHARE,
        ),
        Method(
            name="pn2v",
            says="noisy pictures and a noise model",
            network="fast",
            loss="mse",
            paper=PN2V_PAPER,
            fill="median",
            share=LIVE_SHARE,
            radius_px=LIVE_RADIUS_PX,
        ),
    )
}


def find_method(name: str) -> Method:
    """Return a method by its name.

    Raises
    ------
    ConfigError
        If there is none; lists those that there are.
    """
    for known, method in METHODS.items():
        if known == name:
            return method
    raise ConfigError(f"there is no method '{name}': choose one of {', '.join(METHODS)}")
