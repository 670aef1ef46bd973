"""Model packages: BioImage.IO 0.5 with ONNX weights, and what livecare adds to them.

What livecare adds stands under `config: livecare:` of the description file, where other tools
ignore it; the weights, the test tensors and the document are for everybody::

    normalisation:
      kind: fixed            # or ema, per-frame, anscombe: see livecare.models.normalisation
      low_percentile: 2.0    # becomes 0; not for anscombe
      high_percentile: 99.8  # becomes 1; instead of both, low and high name the counts themselves
    outputs: [estimate]      # the network's channels; [estimate, scale] adds the Laplace scale,
                             # [estimate, scale, disagreement] what an ensemble differs by
    axes: yx                 # or zyx, for stacks; both may be left out
    multiple_of: 8           # stride, pixels; for zyx a list [z, y, x]
    halo_px: 50              # how far one pixel reaches, pixels, as measured; for zyx a list
    trust: {...}             # what its training was like: livecare.guards.TrustStatistics; optional
    provenance: {...}        # script, settings, data and versions of the training
    intervals: {...}         # may be left out: see livecare.models.uncertainty.intervals
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from livecare.errors import ModelError, UsageError
from livecare.frame import Pixels
from livecare.models.anscombe import CameraNoise
from livecare.models.description import Description
from livecare.models.keys import read_axes, read_file, read_per_axis
from livecare.models.library import user_folder, user_names
from livecare.models.locking import lock_normaliser, needs_frames
from livecare.models.normalisation import Kind
from livecare.models.normaliser import Normaliser
from livecare.models.recipe import NormalisationRecipe
from livecare.models.uncertainty.intervals import Intervals
from livecare.models.uncertainty.outputs import DISAGREEMENT, SCALE, Outputs, read_outputs
from livecare.models.unpack import unpack
from livecare.models.window import IntensityWindow

BUNDLED_FOLDER: Final = Path(__file__).parent / "bundled"
"""Holds a folder per model that comes with livecare."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model package that was found whole.

    Attributes
    ----------
    name, description : str
        What people call it and what it does, in the package's words.
    folder : Path
        The unpacked package.
    onnx_path : Path
        The network: float32 (n, 1, [z,] y, x) in network units to (n, outputs, [z,] y, x).
    sha256 : str
        Of the bytes of `onnx_path`, lower-case hex; identifies the model in recordings and caches.
    axes : str
        Spatial axes of the network, "yx" or "zyx".
    multiple_of : tuple of int
        The length along each of the axes must be a multiple of this, pixels.
    halo_px : tuple of int
        How far one pixel reaches in the output along each axis, as measured; tiles overlap by that
        much.
    outputs : tuple of str
        What the channels of the output are; see `livecare.models.uncertainty.outputs`.
    normalisation : NormalisationRecipe
        What units the network was trained in.
    provenance : mapping
        Script, seed, data and versions of the training, as the package says.
    trust : mapping
        What the frames of its training were like, for `livecare.guards.TrustStatistics.read`; empty
        if the package does not say.
    intervals : Intervals or None
        What predicted scales become, so that intervals hold; None to leave them as they are.
    """

    name: str
    description: str
    folder: Path
    onnx_path: Path
    sha256: str
    axes: str
    multiple_of: tuple[int, ...]
    halo_px: tuple[int, ...]
    outputs: Outputs
    normalisation: NormalisationRecipe
    provenance: Mapping[str, Any]
    intervals: Intervals | None = None
    trust: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a package from a folder or a .zip file and check it.

        Raises
        ------
        ModelError
            If it is missing, damaged or not a livecare model; names the file and the key.
        """
        path = Path(path)
        if path.suffix != ".zip":
            return cls._load_folder(path)
        folder = unpack(path)
        try:
            return cls._load_folder(folder)
        except ModelError:  # perhaps what was unpacked was damaged since
            return cls._load_folder(unpack(path, anew=True))

    @classmethod
    def _load_folder(cls, path: Path) -> Self:
        try:
            if not path.is_dir():
                raise ModelError(
                    f"{path} is no folder and no .zip: give a BioImage.IO model package"
                )
            return cls._read(path)
        except OSError as error:
            raise ModelError(
                f"{error.filename or path} cannot be read ({error}): mend its permissions"
            ) from error

    @classmethod
    def _read(cls, path: Path) -> Self:
        description = Description.read(path)
        onnx_path, sha256 = read_file(description, "weights", "onnx")
        axes = read_axes(description)
        return cls(
            name=description.get(str, "name"),
            description=description.get(str, "description"),
            folder=path,
            onnx_path=onnx_path,
            sha256=sha256,
            axes=axes,
            multiple_of=read_per_axis(description, axes, 1, "multiple_of"),
            halo_px=read_per_axis(description, axes, 0, "halo_px"),
            outputs=read_outputs(description),
            normalisation=NormalisationRecipe.read(description),
            provenance=description.get(dict, "config", "livecare", "provenance"),
            intervals=Intervals.read(description),
            trust=_read_trust(description),
        )

    @property
    def probabilistic(self) -> bool:
        """Whether the network says how sure it is."""
        return SCALE in self.outputs

    @property
    def disagrees(self) -> bool:
        """Whether it is an ensemble that says how far its members differ."""
        return DISAGREEMENT in self.outputs

    def lock(
        self,
        frames: Sequence[Pixels],
        *,
        kind: Kind | None = None,
        noise: CameraNoise | None = None,
        window: IntensityWindow | None = None,
        places: Sequence[Hashable] | None = None,
    ) -> Normaliser:
        """Choose how the frames of a recording are normalised, from its first ones.

        Parameters
        ----------
        frames : sequence of array, each of shape (y, x) or (z, y, x)
            The first frames, `livecare.models.locking.LOCK_FRAMES` of them where there are so many.
            None are needed where `needs_frames` says so.
        kind : Kind or None
            None for the model's own.
        noise : CameraNoise or None
            The camera; None to estimate it. Only "anscombe" uses it.
        window : IntensityWindow or None
            The window; None to lock it to the frames. Only "fixed" and "ema" use it.
        places : sequence of hashable or None
            What field, channel and plane each frame shows, where they differ: the noise is
            estimated from those frames only that show what the first one does.

        Raises
        ------
        ConfigError
            If the model does not go with the kind, there is no frame, or the frames do not show
            what their camera is like.
        """
        chosen = self.normalisation.resolve(kind, self.name)
        if chosen == "anscombe" and places is not None:
            pairs = zip(frames, places, strict=True)
            frames = [frame for frame, place in pairs if place == places[0]]
        return lock_normaliser(self.normalisation, chosen, frames, noise, window)

    def needs_frames(
        self,
        *,
        kind: Kind | None = None,
        noise: CameraNoise | None = None,
        window: IntensityWindow | None = None,
    ) -> bool:
        """Tell whether `lock` would look at the frames. Raises ConfigError as `lock`."""
        chosen = self.normalisation.resolve(kind, self.name)
        return needs_frames(self.normalisation, chosen, noise, window)


def _read_trust(description: Description) -> dict[str, Any]:
    ours = description.get(dict, "config", "livecare")
    return description.get(dict, "config", "livecare", "trust") if "trust" in ours else {}


def bundled_names() -> tuple[str, ...]:
    """Return the names of the models that come with livecare, in alphabetical order."""
    return tuple(sorted(folder.name for folder in BUNDLED_FOLDER.iterdir() if folder.is_dir()))


def load_bundled(name: str = "default-fast") -> Model:
    """Load a model that comes with livecare.

    Raises
    ------
    ModelError
        If there is none of that name; lists those that there are.
    """
    if name not in bundled_names():
        raise ModelError(
            f"livecare brings no model named '{name}': choose one of {', '.join(bundled_names())}"
        )
    return Model.load(BUNDLED_FOLDER / name)


def new_folder(name: str) -> Path:
    """Return where a model of the user's is to be written that is to have this name.

    Raises
    ------
    UsageError
        If a model that comes with livecare has it, which would always be taken instead.
    ModelError
        If the name cannot be a folder's name everywhere.
    """
    if name in bundled_names():
        raise UsageError(f"'{name}' is a model that comes with livecare: choose another --name")
    return user_folder(name)


def known_folder(name: str) -> Path | None:
    """Return the package that is known by this name; None for no such name.

    Wherever a name or a path can be given, a name comes first: a bundled one, then the user's own.
    """
    if name in bundled_names():
        return BUNDLED_FOLDER / name
    return user_folder(name) if name in user_names() else None


def find_model(name_or_path: str) -> Model:
    """Load a model that comes with livecare or that the user imported, by its name or its path.

    Raises
    ------
    ModelError
        If there is neither, or the package is damaged.
    """
    folder = known_folder(name_or_path)
    if folder is not None:
        return Model.load(folder)
    try:
        found = Path(name_or_path).exists()
    except OSError as error:
        raise ModelError(
            f"{name_or_path} cannot be read ({error}): mend its permissions"
        ) from error
    if not found:
        raise ModelError(
            f"there is no model '{name_or_path}': give the path of a BioImage.IO package, or one "
            f"of {', '.join((*bundled_names(), *user_names()))}"
        )
    return Model.load(name_or_path)
