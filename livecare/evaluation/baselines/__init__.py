"""Baselines: classical restorations to compare with, each tuned as well as it can be.

The table holds import paths and the packages that a baseline needs beyond livecare's own, so that
a missing one is reported as such and breaks nothing.
"""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Final, cast

from livecare.errors import ConfigError, MissingExtraError
from livecare.evaluation.baselines.protocol import Baseline, Fitted, Subject

__all__ = [
    "BASELINES",
    "Baseline",
    "BaselineEntry",
    "Fitted",
    "Subject",
    "find_baselines",
    "make_baseline",
]

EXTRA: Final = "evaluate"
"""The extra of livecare that brings the packages of all baselines."""


@dataclass(frozen=True, slots=True)
class BaselineEntry:
    """Where a baseline is found.

    Attributes
    ----------
    label : str
        What people call it.
    module, class_name : str
        Its class; imported only when it is made.
    package, distribution : str or None
        What it imports and what that is installed as; None if livecare's own will do.
    tuned_on_truth : bool
        Whether it picks its setting by the truth, which no user can: then it is an upper bound.
    needs_psf : bool
        Whether it can do without a point spread function.
    """

    label: str
    module: str
    class_name: str
    package: str | None = None
    distribution: str | None = None
    tuned_on_truth: bool = False
    needs_psf: bool = False

    @property
    def available(self) -> bool:
        """Whether its package is installed; it is looked for, not imported."""
        return self.package is None or find_spec(self.package) is not None


_HERE: Final = "livecare.evaluation.baselines"

BASELINES: Final[dict[str, BaselineEntry]] = {
    "gaussian": BaselineEntry(
        "best Gaussian", f"{_HERE}.widths", "BestGaussian", tuned_on_truth=True
    ),
    "median": BaselineEntry("best median", f"{_HERE}.widths", "BestMedian", tuned_on_truth=True),
    "nlm": BaselineEntry(
        "Anscombe + NLM",
        f"{_HERE}.nonlocal_means",
        "NonlocalMeans",
        package="skimage",
        distribution="scikit-image",
    ),
    "bm3d": BaselineEntry(
        "Anscombe + BM3D",
        f"{_HERE}.block_matching",
        "BlockMatching",
        package="bm3d",
        distribution="bm3d",
    ),
    "richardson-lucy": BaselineEntry(
        "Richardson-Lucy",
        f"{_HERE}.deconvolution",
        "RichardsonLucy",
        tuned_on_truth=True,
        needs_psf=True,
    ),
    "wiener": BaselineEntry(
        "Wiener", f"{_HERE}.deconvolution", "Wiener", tuned_on_truth=True, needs_psf=True
    ),
}


def find_baselines(names: tuple[str, ...]) -> dict[str, BaselineEntry]:
    """Return the entries of these names; "all" and "none" stand for themselves.

    Raises
    ------
    ConfigError
        If there is no such baseline; lists those that there are.
    """
    if names == ("all",):
        return dict(BASELINES)
    if names == ("none",):
        return {}
    for name in names:
        if name not in BASELINES:
            raise ConfigError(
                f"baselines: there is no '{name}'; choose all, none, or some of "
                f"{', '.join(BASELINES)}"
            )
    return {name: BASELINES[name] for name in names}


def make_baseline(name: str) -> Baseline:
    """Import and make a baseline.

    Raises
    ------
    MissingExtraError
        If its package is not installed; says which extra brings it.
    """
    entry = BASELINES[name]
    if not entry.available:
        raise MissingExtraError(entry.distribution or name, EXTRA, f"the baseline '{entry.label}'")
    return cast("Baseline", getattr(import_module(entry.module), entry.class_name)())
