"""What the report says about a model, taken from its package."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from livecare.evaluation.results import ModelCard
from livecare.models.package import Model

CURVE_KEYS: Final = ("losses", "history", "loss_curve")
"""Keys of the provenance under which a training's loss curve may stand."""
STEP_KEYS: Final = ("step", "steps", "epoch", "minutes")
"""Keys of one entry of such a curve that say how far the training was."""

Curve = list[tuple[float, float]]


def describe_model(model: Model) -> ModelCard:
    """Return a model's card."""
    return ModelCard(
        name=model.name,
        description=model.description,
        sha256=model.sha256,
        provenance=dict(model.provenance),
        facts={
            "normalisation": str(model.normalisation.kind),
            "outputs": ", ".join(model.outputs),
            **({"intervals": model.intervals.words} if model.intervals else {}),
            "halo": " × ".join(map(str, model.halo_px)) + " px",
            "frames in multiples of": " × ".join(map(str, model.multiple_of)) + " px",
            "package": model.folder.name,
        },
        losses=loss_curves(model.provenance),
    )


def loss_curves(provenance: Mapping[str, Any]) -> dict[str, Curve]:
    """Return the loss curves that a package holds, by name.

    Either a list of entries, each a mapping with a step and one or more losses, or a mapping from
    names to lists of losses or of (step, loss) pairs. Anything else is no curve. `livecare train`
    keeps one for each network that it trained.
    """
    kept = next((provenance[key] for key in CURVE_KEYS if key in provenance), None)
    trainings = provenance.get("trainings")
    if kept is None and isinstance(trainings, Mapping):
        return {
            f"{name}: {what}": points
            for name, training in trainings.items()
            if isinstance(training, Mapping)
            for what, points in loss_curves(training).items()
        }
    if isinstance(kept, Mapping):
        curves = {str(name): _points(values) for name, values in kept.items()}
    elif isinstance(kept, Sequence) and kept and all(isinstance(each, Mapping) for each in kept):
        curves = _columns(kept)
    else:
        curves = {"loss": _points(kept)}
    return {name: points for name, points in curves.items() if len(points) > 1}


def _columns(entries: Sequence[Mapping[str, Any]]) -> dict[str, Curve]:
    step = next((key for key in STEP_KEYS if key in entries[0]), None)
    curves: dict[str, Curve] = {}
    for number, entry in enumerate(entries):
        at = float(entry.get(step, number)) if step else float(number)
        for name, value in entry.items():
            if name not in STEP_KEYS and _is_number(value):
                curves.setdefault(name, []).append((at, float(value)))
    return curves


def _points(values: object) -> Curve:
    if not isinstance(values, Sequence) or isinstance(values, str):
        return []
    points = []
    for number, value in enumerate(values):
        pair = value if isinstance(value, Sequence) and len(value) == 2 else (number, value)  # noqa: PLR2004 a pair
        if not all(_is_number(each) for each in pair):
            return []
        points.append((float(pair[0]), float(pair[1])))
    return points


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
