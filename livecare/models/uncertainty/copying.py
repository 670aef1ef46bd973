"""How a package with other intervals is written beside the one that it is made of."""

import shutil
import tempfile
from pathlib import Path

from livecare.errors import ModelError
from livecare.models.package import Model
from livecare.models.uncertainty.intervals import Intervals


def write_recalibrated(model: Model, intervals: Intervals, folder: Path) -> Model:
    """Write a copy of a package with other intervals, whole or not at all.

    Parameters
    ----------
    model : Model
        Whose package is copied.
    intervals : Intervals
        In place of its own, if it has any.
    folder : Path
        Where to; must not exist.

    Raises
    ------
    ModelError
        If the folder exists, or the package cannot be copied.
    """
    if folder.exists():
        raise ModelError(f"{folder} exists: choose another --name or --out, or delete it")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".unfinished-"))
        try:
            copy = unfinished / "package"
            shutil.copytree(model.folder, copy)
            intervals.write(copy)
            copy.rename(folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    except OSError as error:
        raise ModelError(f"{model.folder} cannot be copied to {folder} ({error})") from error
    return Model.load(folder)
