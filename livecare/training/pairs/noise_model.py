"""What a camera may read where it should have read a given value: the noise model of PN2V.

Krull, Vicar, Prakash, Lalit and Jug (2020), doi:10.3389/fcomp.2020.00005. Two forms: a histogram,
which takes any shape and much data, and Gaussian mixtures, which need less and are smooth.
"""

import zipfile
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from livecare.errors import UsageError
from livecare.training.pairs.noise_histogram import HistogramNoise
from livecare.training.pairs.noise_mixture import MixtureNoise

Values = NDArray[np.float32]

FORMS: dict[str, type[HistogramNoise] | type[MixtureNoise]] = {
    "histogram": HistogramNoise,
    "mixture": MixtureNoise,
}
"""Name in a file to form."""


class NoiseModel(Protocol):
    """The density of what is observed, given the signal."""

    def log_likelihood(self, observed: Values, signal: Values) -> Values:
        """Return the log of the density, per camera count.

        Parameters
        ----------
        observed, signal : ndarray
            Camera counts; of shapes that broadcast.
        """

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """Return what the model is made of, by name; its constructor takes them back."""


def save_noise_model(model: HistogramNoise | MixtureNoise, path: Path) -> None:
    """Write a noise model to a .npz file of plain arrays."""
    form = next(name for name, kind in FORMS.items() if isinstance(model, kind))
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, form=np.array(form), **model.arrays())


def load_noise_model(path: Path) -> HistogramNoise | MixtureNoise:
    """Read a noise model; nothing in the file is executed.

    Raises
    ------
    UsageError
        If the file is missing or no noise model; names it.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: np.asarray(file[name]) for name in file.files}
        form = FORMS[str(arrays.pop("form"))]
        return form(**{name: array.astype(np.float64) for name, array in arrays.items()})
    except FileNotFoundError as error:
        raise UsageError(f"{path} does not exist; give a noise model (.npz)") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise UsageError(
            f"{path} is no noise model of livecare ({error}); make one from a calibration recording"
        ) from error
