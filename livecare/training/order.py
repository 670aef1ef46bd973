"""What a user orders: a method, a network, a budget; and what follows where nothing was said."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from livecare.errors import ConfigError
from livecare.training.losses import LossName
from livecare.training.masking import BlindSpots, Direction
from livecare.training.methods import Method
from livecare.training.networks.catalogue import NETWORKS, NetworkName
from livecare.training.networks.flipped import MIRRORS
from livecare.training.schedule import Budget
from livecare.training.start import NOWHERE, USUAL, Start

BATCH_PATCHES: Final = 8
PATCH_PX: Final = 96
"""Pixels: on two cores, larger or more patches make fewer steps of the same minutes."""
LEARNING_RATE: Final = 1e-3
"""Of networks in standard units whose rate rises slowly; the papers' 4e-4 suits 100 epochs."""
LARGEST_ENSEMBLE: Final = 16


@dataclass(frozen=True, slots=True)
class Order:
    """A training as ordered.

    Attributes
    ----------
    method : Method
        How to learn.
    out : Path
        Folder of checkpoints, the loss curve and the model.
    budget : Budget
        When to stop; an ensemble's members share the minutes.
    seed : int
        Of everything random.
    network : str or None
        None for the method's own.
    loss : str or None
        None for the method's own.
    probabilistic : bool
        Whether the model says how sure it is.
    ensemble : int
        Members; 1 for a single network.
    hidden_share : float or None
        Part of the pixels that are hidden; None for the method's own.
    direction : {"none", "rows", "columns"}
        Along what structN2V hides neighbours.
    batch_patches, patch_px : int
        Patches per step and their side, pixels.
    learning_rate : float
        Peak of Adam's.
    checkpoint_s : float
        Time between two checkpoints, seconds.
    name : str
        Of the model.
    looks : int
        At how many mirror images of a frame the model looks: 1 or 4.
    start : str or None
        Model whose weights the training starts from, or "none"; None for the usual one where it
        fits.

    Raises
    ------
    ConfigError
        If the parts do not go together; names them.
    """

    method: Method
    out: Path
    budget: Budget
    seed: int = 0
    network: NetworkName | None = None
    loss: LossName | None = None
    probabilistic: bool = False
    ensemble: int = 1
    hidden_share: float | None = None
    direction: Direction = "none"
    batch_patches: int = BATCH_PATCHES
    patch_px: int = PATCH_PX
    learning_rate: float = LEARNING_RATE
    checkpoint_s: float = 30.0
    name: str = ""
    looks: int = 4
    start: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.ensemble <= LARGEST_ENSEMBLE:
            raise ConfigError(
                f"--ensemble is {self.ensemble}: give 1 to {LARGEST_ENSEMBLE} members"
            )
        if not 0 < self.learning_rate < math.inf:
            raise ConfigError(
                f"--learning-rate is {self.learning_rate:g}: give a number above 0, such as "
                f"{LEARNING_RATE:g}"
            )
        if self.looks not in (1, len(MIRRORS)):
            raise ConfigError(f"--looks is {self.looks}: give 1, or {len(MIRRORS)}")
        if self.network is not None and self.network not in NETWORKS:
            raise ConfigError(
                f"there is no network '{self.network}': choose one of {', '.join(NETWORKS)}"
            )
        if self.network_name == "care-3d":
            raise ConfigError(
                "network 'care-3d' cannot be trained from the command line yet: patches are flat"
            )
        if self.method.name == "pn2v":
            self._check_taught()
        if self.direction != "none" and self.method.name != "structn2v":
            raise ConfigError(f"--direction is for structn2v: leave it out with {self.method.name}")
        if not self.method.blind and self.hidden_share is not None:
            self.method.spots()
        if self.method.blind:
            self.spots()

    @property
    def network_name(self) -> NetworkName:
        """The network that is trained."""
        return self.network or self.method.network

    @property
    def loss_name(self) -> LossName:
        """The loss that is minimised."""
        return self.loss or self.method.loss

    @property
    def says_how_sure(self) -> bool:
        """Whether networks predict scales: asked for, or needed by an ensemble."""
        return self.probabilistic or self.ensemble > 1

    def find_start(self, units: str) -> Start | None:
        """Return the weights to start from; None for random ones.

        Raises
        ------
        ConfigError, ModelError
            If a start is asked for that does not fit the units or the network.
        """
        fits = self.network_name == "fast" and units == "anscombe"
        if self.start == NOWHERE or (self.start is None and not fits):
            return None
        if not fits:
            raise ConfigError(
                "--start needs --network fast and --normalisation anscombe, in which the bundled "
                "models were trained"
            )
        if self.start is None and (self.ensemble > 1 or self.method.name == "pn2v"):
            return None  # members that start alike stay alike; a teacher has another network
        return Start.of(self.start or USUAL)

    def _check_taught(self) -> None:
        """Refuse what does not go with a network that learns from a teacher's estimates."""
        if self.ensemble > 1:
            raise ConfigError("--ensemble does not go with pn2v: its network has a single teacher")
        if self.probabilistic:
            raise ConfigError(
                "--probabilistic does not go with pn2v: its network would learn how far it is from "
                "its teacher, not from the truth; take the method n2v2"
            )
        if self.start not in {None, NOWHERE}:
            raise ConfigError(
                "--start does not go with pn2v: its networks begin with random weights"
            )

    def spots(self) -> BlindSpots:
        """Return how pixels are hidden."""
        return self.method.spots(self.direction, self.hidden_share)

    def identity(self) -> dict[str, Any]:
        """Return what must be the same when a killed training goes on: JSON values."""
        return {
            "method": self.method.name,
            "network": self.network_name,
            "loss": self.loss_name,
            "probabilistic": self.says_how_sure,
            "ensemble": self.ensemble,
            "minutes": self.budget.minutes,
            "clock": self.budget.clock,
            "epochs": self.budget.epochs,
            "steps per epoch": self.budget.steps_per_epoch,
            "seed": self.seed,
            "hidden share": self.hidden_share,
            "direction": self.direction,
            "batch": self.batch_patches,
            "patch": self.patch_px,
            "learning rate": self.learning_rate,
        }
