"""`livecare import`: from whatever lies at a path to a package of livecare, or to why not.

Nothing of a source is believed: its network is rebuilt or opened, run on the source's own test
tensors where it has some, measured, and written with what was found.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

import livecare
from livecare.errors import ModelError
from livecare.importers.candidate import Candidate
from livecare.importers.network import Network
from livecare.importers.reach import Reach, measure_reach
from livecare.importers.source import read_source, source_sha256
from livecare.importers.trial_frame import draw_trial_frame
from livecare.models.package import Model, new_folder
from livecare.models.whole_folder import appearing, refuse_existing
from livecare.models.window import IntensityWindow
from livecare.models.writer import PackageSpec, title, write_package

Values = NDArray[np.float32]

NO_GOLDEN: Final = "no golden output in the source"
LONGEST_DESCRIPTION: Final = 1000
"""Characters; BioImage.IO allows 1024."""

DOCUMENT: Final = """\
# {name}

{description}

Imported by livecare {version} from `{source}` ({kind}).

- Parity: {parity}
- Normalisation: {normalisation}
- One pixel reaches {halo} px; sides are multiples of {multiple} px.
{notes}
What it was trained on is known to those who made it. Restored frames are no measurement of
intensity: use the raw ones, which livecare always keeps.
"""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import.

    Attributes
    ----------
    model : Model
        The package as it was written.
    parity : str
        What shows that the network is the source's own, for people.
    notes : tuple of str
        What the user should know.
    """

    model: Model
    parity: str
    notes: tuple[str, ...]


def import_model(
    path: Path, name: str | None = None, weights: str | None = None, out: Path | None = None
) -> Imported:
    """Turn someone's model into a package of livecare.

    Parameters
    ----------
    path : Path
        See `livecare.importers.source.WHAT`.
    name : str or None
        What it is to be called; None for the path's own name.
    weights : str or None
        Which of its weights: "best" or "last" of CSBDeep, or a format of BioImage.IO.
    out : Path or None
        Folder to write; None for the user's library.

    Raises
    ------
    ModelError
        If it cannot be imported; says why. Nothing is left behind.
    UsageError
        If it is to be called as a model that comes with livecare.
    MissingExtraError
        If it needs a package that is not installed.
    """
    name = name or _slug(path)
    folder = out or new_folder(name)
    refuse_existing(folder)
    candidate = read_source(path, weights)
    reach = measure_reach(candidate.network, candidate.axes, candidate.at_least_multiple_of)
    raw = _test_input(candidate, reach)
    made = Network(candidate.network).run(_normalised(candidate, raw))
    if made.shape != (1, len(candidate.outputs), *raw.shape[2:]) or not np.isfinite(made).all():
        raise ModelError(
            f"{path}: the network makes {made.shape} of a frame {raw.shape}, or values that are not"
            " finite: livecare cannot run it"
        )
    spec = _spec(candidate, reach, path, name)
    with appearing(folder) as unfinished:
        write_package(unfinished, spec, candidate.network, raw, made)
    return Imported(Model.load(folder), _parity(candidate), candidate.notes)


def _test_input(candidate: Candidate, reach: Reach) -> Values:
    """Return the source's test input, cut to multiples of the stride, or a frame of our own."""
    if candidate.golden is None:
        return draw_trial_frame(candidate.axes, reach.multiple_of, reach.halo_px)
    raw = candidate.golden.raw
    sides = zip(raw.shape[2:], reach.multiple_of, strict=True)
    whole: tuple[slice, ...] = tuple(slice(0, side // step * step) for side, step in sides)
    return raw[(slice(None), slice(None), *whole)]


def _normalised(candidate: Candidate, raw: Values) -> Values:
    """Return the test input in network units."""
    window = (
        IntensityWindow(*candidate.window)
        if candidate.window is not None
        else IntensityWindow.from_frames([raw], *candidate.normalisation[1:])
    )
    values = np.empty(raw.shape, np.float32)
    window.normalise(raw, values)
    return values


def _spec(candidate: Candidate, reach: Reach, path: Path, name: str) -> PackageSpec:
    multiple_of, halo_px = reach.multiple_of, reach.halo_px
    flat = candidate.axes == "yx"
    description = " ".join(candidate.description.split())[:LONGEST_DESCRIPTION]
    return PackageSpec(
        name=title(name, candidate.kind),
        description=description or f"A model imported from {candidate.kind}.",
        document=_document(candidate, reach, path, name),
        provenance=_provenance(candidate, path),
        multiple_of=max(multiple_of) if flat else multiple_of,
        halo_px=max(halo_px) if flat else halo_px,
        normalisation=candidate.normalisation,
        window=candidate.window,
        axes=candidate.axes,
        outputs=candidate.outputs,
        licence=candidate.licence,
        authors=candidate.authors,
        cite=candidate.cite,
        tags=("3d" if len(candidate.axes) > 2 else "2d", "imported", "unet"),  # noqa: PLR2004 axes
        opset_version=candidate.opset_version,
    )


def _provenance(candidate: Candidate, path: Path) -> dict[str, Any]:
    golden = candidate.golden
    return {
        "imported_from": path.resolve().name,
        "source_sha256": source_sha256(path),
        "source_kind": candidate.kind,
        "parity": {
            "reference": NO_GOLDEN if golden is None else "test tensors of the source",
            "max_abs_difference": None if golden is None else golden.max_difference,
        },
        "normalisation": _normalisation(candidate),
        "notes": list(candidate.notes),
        "source": json.loads(json.dumps(dict(candidate.said), default=str)),
        "livecare": livecare.__version__,
    }


def _parity(candidate: Candidate) -> str:
    if candidate.golden is None:
        return f"{NO_GOLDEN}; the network was rebuilt layer by layer from its weights"
    return (
        "the source's own test output was reproduced, largest difference "
        f"{candidate.golden.max_difference:.2g}"
    )


def _normalisation(candidate: Candidate) -> str:
    if candidate.window is not None:
        low, high = candidate.window
        return f"fixed by the source: {low:g} counts become 0, {high:g} become 1"
    _, low, high = candidate.normalisation
    return f"the percentiles {low:g} and {high:g} of a run's first frames become 0 and 1"


def _document(candidate: Candidate, reach: Reach, path: Path, name: str) -> str:
    return DOCUMENT.format(
        name=name,
        description=candidate.description,
        version=livecare.__version__,
        source=path.resolve().name,
        kind=candidate.kind,
        parity=_parity(candidate),
        normalisation=_normalisation(candidate),
        halo=" × ".join(map(str, reach.halo_px)),
        multiple=" × ".join(map(str, reach.multiple_of)),
        notes="".join(f"- {note}\n" for note in candidate.notes),
    )


def _slug(path: Path) -> str:
    """Return a name for a model from its path."""
    path = path.resolve()
    words = path.stem if path.is_file() else path.name
    return re.sub(r"[^A-Za-z0-9._-]+", "-", words).strip("-._")[:64] or "model"
