"""Making: an ensemble's package, written only if its network gives what its members give alone."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

import livecare
from livecare.engines.bare_network import run_network
from livecare.engines.model_network import read_network_file
from livecare.ensembles.membership import Membership
from livecare.ensembles.mixture import mix
from livecare.errors import MissingExtraError, ModelError
from livecare.models.description import Description
from livecare.models.package import Model
from livecare.models.sample import read_test_input
from livecare.models.uncertainty.outputs import OUTPUTS
from livecare.models.whole_folder import appearing, refuse_existing
from livecare.models.window import IntensityWindow
from livecare.models.writer import TOLERANCE, PackageSpec, title, write_package

LOOSEST: Final = 2e-3
"""How far the folded network may be from its members, network units: what the bundled models allow
an engine."""

DOCUMENT: Final = """\
# {name}

{count} models folded into one network by livecare {version}:

{members}

It gives the mean of their estimates; the Laplace scale of the mixture of what they predict
(variance {variance}, Lakshminarayanan et al. 2017, arXiv:1612.01474); and their disagreement, the
standard deviation of their estimates. Intervals that members were recalibrated to are not in it:
recalibrate the ensemble.

Restored frames are no measurement of intensity: use the raw ones, which livecare always keeps.
"""

Values = NDArray[np.float32]


def make_ensemble(members: Sequence[Model], folder: Path, name: str) -> tuple[Model, float]:
    """Fold models into one package.

    Parameters
    ----------
    members : sequence of Model
        Two or more that go together.
    folder : Path
        Where to write; must not exist.
    name : str
        What it is called.

    Returns
    -------
    model : Model
        The package.
    difference : float
        Largest difference between the folded network and its members run one by one, network units.

    Raises
    ------
    ModelError
        If they do not go together, the folder exists, or the folded network gives something else.
    EngineError
        If a member's network cannot be read, converted or run.
    MissingExtraError
        If the package `onnx` is not installed.
    """
    if find_spec("onnx") is None:
        raise MissingExtraError("onnx", "import", "folding an ensemble")
    together = Membership.of(members)
    refuse_existing(folder)
    with appearing(folder) as unfinished:
        difference = _write(together, unfinished, name)
    return Model.load(folder), difference


def _write(together: Membership, folder: Path, name: str) -> float:
    """Write a package; returns its network's largest difference from its members."""
    from livecare.ensembles.folding import fold  # noqa: PLC0415 needs onnx

    given, frame = _test_frame(together)
    expected = mix(np.stack([run_network(model, frame) for model in together.members]))
    networks = [read_network_file("folding an ensemble", model) for model in together.members]
    network = fold(networks, together.axes, scales=together.scales)
    made = write_package(folder, _spec(together, name), network, given, expected[None])
    difference = float(np.abs(run_network(made, frame) - expected).max())
    if difference > LOOSEST:
        raise ModelError(
            f"the folded network differs from its members by {difference:.2g} network units: "
            "one of them has an operator that cannot be folded; run them one by one"
        )
    return difference


def _test_frame(together: Membership) -> tuple[Values, Values]:
    """Return the first member's test input, as its package has it and in network units.

    It is repeated, mirrored, to multiples of every member's stride.
    """
    first = together.members[0]
    given = read_test_input(first)[:1]
    missing = [
        -length % stride
        for length, stride in zip(given.shape[2:], together.multiple_of, strict=True)
    ]
    given = np.pad(given, [(0, 0), (0, 0), *((0, each) for each in missing)], mode="symmetric")
    recipe = first.normalisation
    if recipe.kind == "anscombe":
        return given, given[0, 0]
    percentiles = (recipe.low_percentile, recipe.high_percentile)
    window = recipe.window or IntensityWindow.from_frames([given], *percentiles)
    frame = np.empty(given.shape[2:], np.float32)
    window.normalise(given[0, 0], frame)
    return given, frame


def _spec(together: Membership, name: str) -> PackageSpec:
    recipe = together.members[0].normalisation
    window = recipe.window
    count = len(together.members)
    listed = "\n".join(f"- {each.name} (sha256 {each.sha256})" for each in together.members)
    variance = "mean(2 b²) + var(μ)" if together.scales else "var(μ), as they predict no scales"
    flat = together.axes == "yx"
    return PackageSpec(
        name=title(name, f"ensemble of {count}"),
        description=f"An ensemble of {count} models, folded into one network.",
        document=DOCUMENT.format(
            name=name,
            count=count,
            version=livecare.__version__,
            members=listed,
            variance=variance,
        ),
        provenance={"ensemble": [_origin(each) for each in together.members]},
        multiple_of=max(together.multiple_of) if flat else together.multiple_of,
        halo_px=max(together.halo_px) if flat else together.halo_px,
        normalisation=(recipe.kind, recipe.low_percentile, recipe.high_percentile),
        window=None if window is None else (window.low, window.high),
        axes=together.axes,
        outputs=OUTPUTS[-1],
        licence=_licence(together),
        tolerance=max(TOLERANCE, LOOSEST),
    )


def _origin(model: Model) -> dict[str, Any]:
    return {"name": model.name, "sha256": model.sha256, "provenance": dict(model.provenance)}


def _licence(together: Membership) -> str | None:
    """Return the members' licence, if all have the same."""
    found = {Description.read(each.folder).content.get("license") for each in together.members}
    only = found.pop() if len(found) == 1 else None
    return only if isinstance(only, str) else None
