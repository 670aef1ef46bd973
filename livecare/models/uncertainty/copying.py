"""How a package with other intervals is written beside the one that it is made of."""

import shutil
import stat
from pathlib import Path

from livecare.models.package import Model
from livecare.models.uncertainty.intervals import Intervals
from livecare.models.whole_folder import appearing, refuse_existing


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
    refuse_existing(folder)
    with appearing(folder) as copy:
        shutil.copytree(model.folder, copy, dirs_exist_ok=True)
        _make_writable(copy)
        intervals.write(copy)
    return Model.load(folder)


def _make_writable(copy: Path) -> None:
    """Let the owner of a copy write to it: it has the permissions of what was copied."""
    for each in (copy, *copy.rglob("*")):
        mode = each.stat().st_mode
        each.chmod(mode | (stat.S_IRWXU if stat.S_ISDIR(mode) else stat.S_IRUSR | stat.S_IWUSR))
