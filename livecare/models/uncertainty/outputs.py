"""What the channels of a network's output can be, and where each of them stands."""

from typing import Final

from livecare.models.description import Description

Outputs = tuple[str, ...]

ESTIMATE: Final = "estimate"
"""The restored frame, network units."""
SCALE: Final = "scale"
"""Its predicted Laplace scale, network units."""
DISAGREEMENT: Final = "disagreement"
"""Standard deviation of the estimates of an ensemble's members, network units."""

OUTPUTS: Final[tuple[Outputs, ...]] = (
    (ESTIMATE,),
    (ESTIMATE, SCALE),
    (ESTIMATE, SCALE, DISAGREEMENT),
)
"""All that livecare knows."""
KEYS: Final = ("config", "livecare", "outputs")
"""Where a package names them."""


def read_outputs(description: Description) -> Outputs:
    """Return what the output's channels are; the estimate where the package says nothing.

    Raises
    ------
    ModelError
        If livecare does not know them; names the file and the key.
    """
    if KEYS[-1] not in description.get(dict, *KEYS[:-1]):
        return OUTPUTS[0]
    outputs = tuple(description.get(list, *KEYS))
    if outputs not in OUTPUTS:
        known = " and ".join(str(list(each)) for each in OUTPUTS)
        raise description.error(f"is {list(outputs)}; livecare knows {known}", *KEYS)
    return outputs
