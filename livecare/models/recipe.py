"""What a model package says of the units that its network was trained in.

The keys under `normalisation` of `livecare.models.package`, and which normalisations go with them.
"""

from dataclasses import dataclass
from typing import Final

from livecare.errors import ConfigError
from livecare.models.description import Description
from livecare.models.normalisation import KINDS, Kind
from livecare.models.window import IntensityWindow

KEYS: Final = ("config", "livecare", "normalisation")
"""Where they stand in the description."""


@dataclass(frozen=True, slots=True)
class NormalisationRecipe:
    """How a model wants its frames normalised.

    Attributes
    ----------
    kind : Kind
        What it was made for.
    low_percentile, high_percentile : float
        Percentiles that become 0 and 1; not used by "anscombe", nor where there is a window.
    window : IntensityWindow or None
        The one window of a model that was trained with it for all its frames.
    """

    kind: Kind
    low_percentile: float
    high_percentile: float
    window: IntensityWindow | None = None

    @classmethod
    def read(cls, description: Description) -> "NormalisationRecipe":
        """Read the keys of a package. Raises ModelError naming the file and the key."""
        found = description.get(str, *KEYS, "kind")
        kind = next((each for each in KINDS if each == found), None)
        if kind is None:
            raise description.error(f"is '{found}'; livecare knows {_listed()}", *KEYS, "kind")
        if kind == "anscombe":
            return cls(kind, 0.0, 100.0)
        if "low" in description.get(dict, *KEYS):
            return cls(kind, 0.0, 100.0, _read_window(description, kind))
        low = description.get(float, *KEYS, "low_percentile")
        high = description.get(float, *KEYS, "high_percentile")
        if not 0 <= low < high <= 100:  # noqa: PLR2004 percent
            raise description.error(
                f"wants a low_percentile of {low} and a high_percentile of {high}", *KEYS
            )
        return cls(kind, low, high)

    @property
    def units(self) -> str:
        """What the network's values are, in few words; alike for models that want the same."""
        if self.kind == "anscombe":
            return "noise units"
        if self.window is not None:
            return f"window {self.window.low:g} to {self.window.high:g} counts"
        return f"window of percentiles {self.low_percentile:g} to {self.high_percentile:g}"

    def resolve(self, wanted: Kind | None, model: str) -> Kind:
        """Return the kind that is wanted, or the model's own, if the model can go with it.

        Raises
        ------
        ConfigError
            If the network would see units that it was not trained in; names the model.
        """
        if wanted is None or wanted == self.kind:
            return self.kind
        if wanted not in KINDS:
            raise ConfigError(f"normalisation: there is no '{wanted}'; choose one of {_listed()}")
        if self.kind == "anscombe":
            raise ConfigError(
                f"normalisation: '{model}' was trained in noise units and runs with 'anscombe' "
                f"only, not with '{wanted}': leave the normalisation out, or use another model"
            )
        if wanted == "anscombe":
            raise ConfigError(
                f"normalisation: '{model}' was trained with intensity windows and knows no noise "
                "units: choose 'fixed', 'ema' or 'per-frame', or a model made for 'anscombe'"
            )
        if self.window is not None:
            raise ConfigError(
                f"normalisation: '{model}' was trained with one window for all frames and runs "
                f"with 'fixed' only, not with '{wanted}': leave the normalisation out"
            )
        return wanted


def _read_window(description: Description, kind: Kind) -> IntensityWindow:
    low = description.get(float, *KEYS, "low")
    high = description.get(float, *KEYS, "high")
    if kind != "fixed":
        raise description.error(f"has a low and a high, but its kind is '{kind}', not fixed", *KEYS)
    try:
        return IntensityWindow(low, high)
    except ConfigError as error:
        raise description.error(f"has a low of {low} and a high of {high}", *KEYS) from error


def _listed() -> str:
    return ", ".join(KINDS)
