"""Where a model's int8 network is: in its package, or among what was made on this machine.

A package names its own under `config: livecare:`::

    quantised:
      source: model.int8.onnx
      sha256: ...
      low: 1.2      # network units of the darkest and the brightest 4 × 4 pixels that it may see:
      high: 36.5    # livecare.engines.int8_range
"""

from typing import Final

from livecare.engines.cache import Cache, cache_folder
from livecare.engines.int8_range import Int8Network, Limits
from livecare.errors import EngineError
from livecare.models.description import Description
from livecare.models.keys import read_file
from livecare.models.package import Model

KEYS: Final = ("config", "livecare", "quantised")
"""Where the description names the file and its checksum."""
RECIPE: Final = 1
"""How networks are quantised: another number when `livecare.engines.quantise` makes others."""


def find_quantised(model: Model) -> Int8Network:
    """Return a model's int8 network.

    Raises
    ------
    EngineError
        If there is none yet, or the model is one for stacks; says what to run.
    ModelError
        If the package's own is missing or damaged; names the file and the key.
    """
    check_axes(model)
    own = read_own(model)
    if own is not None:
        return own
    found = quantised_cache().read(cache_key(model))
    if found is None:
        raise EngineError(
            f"int8: the model '{model.name}' has no int8 network here yet: run  livecare build "
            f"{model.folder} --precision int8"
        )
    return Int8Network.unpack(found)


def check_axes(model: Model) -> None:
    """Raise EngineError for a model that is not quantised: one for stacks."""
    if model.axes != "yx":
        raise EngineError(
            f"int8: the model '{model.name}' is for stacks ({model.axes}), which livecare does not "
            "quantise: choose the precision fp32"
        )


def read_own(model: Model) -> Int8Network | None:
    """Return the int8 network that the package brings; None if it brings none.

    Raises
    ------
    ModelError
        If it is missing or damaged, or lies outside the package.
    """
    description = Description.read(model.folder)
    if KEYS[-1] not in description.get(dict, *KEYS[:-1]):
        return None
    file, _ = read_file(description, *KEYS)
    limits = Limits(description.get(float, *KEYS, "low"), description.get(float, *KEYS, "high"))
    return Int8Network(file.read_bytes(), limits)


def quantised_cache() -> Cache:
    """Return the cache that holds what was quantised on this machine."""
    return Cache(cache_folder() / "int8")


def cache_key(model: Model) -> str:
    """Return the key of a model's int8 network in that cache."""
    return f"{model.sha256}.{RECIPE}"
