"""`livecare models list`: which models there are by name, bundled and the user's own."""

from dataclasses import dataclass

from livecare.errors import ModelError
from livecare.models.library import user_folder, user_names
from livecare.models.package import BUNDLED_FOLDER, Model, bundled_names


@dataclass(frozen=True, slots=True)
class ShelfEntry:
    """A model that is known by name.

    Attributes
    ----------
    name, origin : str
        Its name, and "bundled" or "yours".
    model : Model or None
        None where the package is damaged.
    fault : str
        What is wrong with it; "" for nothing.
    """

    name: str
    origin: str
    model: Model | None
    fault: str = ""


def list_models() -> list[ShelfEntry]:
    """Return the models by name, the bundled first. A bundled name hides a user's model."""
    found = [(name, "bundled", BUNDLED_FOLDER / name) for name in bundled_names()]
    found += [(name, "yours", user_folder(name)) for name in user_names()]
    entries = []
    for name, origin, folder in found:
        try:
            entries.append(ShelfEntry(name, origin, Model.load(folder)))
        except ModelError as error:
            entries.append(ShelfEntry(name, origin, None, str(error)))
    return entries
