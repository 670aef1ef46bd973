"""Results: what was found, as it is written to JSON and read back."""

from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, Self

Status = Literal["done", "not installed", "not applicable", "failed"]


@dataclass(frozen=True, slots=True)
class Scores:
    """One restoration on one frame, or the mean over several; None where it cannot be had.

    `livecare.evaluation.metrics` and `docs/evaluation.md` define each.

    Attributes
    ----------
    psnr_db, psnr_uncorrected_db : float or None
        Corrected for the truth's own noise, and not, dB.
    ssim, nrmse, photon_factor, intensity_ratio : float or None
        1, 0, infinity and 1 for a perfect image.
    residual_variance, residual_correlation : float or None
        1 and 0 where the camera's noise was taken away and nothing else.
    coverage_90 : float or None
        Part of the pixels within the predicted 90 % interval.
    flicker_ratio, flicker_percent, trace_correlation : float or None
        Of static and of active regions.
    seconds_per_frame : float or None
        As measured here, once.
    """

    psnr_db: float | None = None
    psnr_uncorrected_db: float | None = None
    ssim: float | None = None
    nrmse: float | None = None
    photon_factor: float | None = None
    intensity_ratio: float | None = None
    residual_variance: float | None = None
    residual_correlation: float | None = None
    coverage_90: float | None = None
    flicker_ratio: float | None = None
    flicker_percent: float | None = None
    trace_correlation: float | None = None
    seconds_per_frame: float | None = None

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of all scores."""
        return tuple(each.name for each in fields(cls))


@dataclass(frozen=True, slots=True)
class Curves:
    """What the report draws of one example frame.

    Attributes
    ----------
    profile : tuple of float
        Values along the example's line, camera counts.
    spectrum : tuple of float
        Radially averaged power, camera counts².
    residual_x, residual_y : tuple of float
        Autocorrelation of raw − restored along rows and columns.
    coverage : tuple of float
        Measured chances at the levels of `metrics.coverage.LEVELS`; empty without a prediction.
    """

    profile: tuple[float, ...] = ()
    spectrum: tuple[float, ...] = ()
    residual_x: tuple[float, ...] = ()
    residual_y: tuple[float, ...] = ()
    coverage: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """One contestant on one image set.

    Attributes
    ----------
    name, label : str
        Key and words.
    kind : {"raw", "baseline", "model"}
        What it is.
    status : str
        "done", or why there are no scores.
    reason : str
        What to do about that, or "".
    setting : str
        How it was tuned.
    tuned_on_truth : bool
        Whether it is an upper bound that no user can reach.
    scores : Scores
        Mean over all frames of the set.
    recordings : mapping
        Mean PSNR of each recording, dB.
    frames : int
        How many frames were scored.
    curves : Curves
        Of the example.
    pictures : mapping
        "image" and "error" of the example: PNG files, base64.
    warnings : tuple of str
        What a careful reader should know.
    """

    name: str
    label: str
    kind: Literal["raw", "baseline", "model"]
    status: Status = "done"
    reason: str = ""
    setting: str = ""
    tuned_on_truth: bool = False
    scores: Scores = field(default_factory=Scores)
    recordings: dict[str, float | None] = field(default_factory=dict)
    frames: int = 0
    curves: Curves = field(default_factory=Curves)
    pictures: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SetResult:
    """All contestants on one image set.

    Attributes
    ----------
    name, title, note : str
        As in `ImageSet`.
    groups : tuple of str
        As in `ImageSet`.
    about : mapping
        Frames, truth, camera values, range: for people.
    warnings : tuple of str
        Of the data, as that its noise is correlated.
    expects_violation : bool
        As in `ImageSet`.
    violated : bool
        Whether correlated or striped noise was found.
    outcomes : tuple of Outcome
        Raw first, then baselines, then models.
    example : mapping
        What the pictures show: "recording", "frame", "error_limit", "truth" (PNG, base64), "area".
    truth_curves : Curves or None
        Profile and spectrum of the truth.
    """

    name: str
    title: str
    note: str
    groups: tuple[str, ...]
    about: dict[str, str]
    warnings: tuple[str, ...]
    expects_violation: bool
    violated: bool
    outcomes: tuple[Outcome, ...]
    example: dict[str, str]
    truth_curves: Curves | None = None

    def outcome(self, name: str) -> Outcome | None:
        """Return a contestant's outcome."""
        return next((each for each in self.outcomes if each.name == name), None)


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What the report says about a model.

    Attributes
    ----------
    name, description, sha256 : str
        In the package's words.
    provenance : mapping
        As the package has it.
    facts : mapping
        Normalisation, outputs, halo: for people.
    losses : mapping
        Curves by name, each a list of (step, loss); empty where the package holds none.
    """

    name: str
    description: str
    sha256: str
    provenance: dict[str, Any]
    facts: dict[str, str]
    losses: dict[str, list[tuple[float, float]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that one call of `livecare evaluate` found.

    Attributes
    ----------
    title : str
        What was evaluated.
    made : mapping
        Date, version, machine, options.
    sets : tuple of SetResult
        In the order of evaluation.
    models : tuple of ModelCard
        In the order of the columns.
    """

    title: str
    made: dict[str, str]
    sets: tuple[SetResult, ...]
    models: tuple[ModelCard, ...]

    def without_pictures(self) -> Self:
        """Return the same without PNG files, for a JSON that people read."""
        bare = tuple(
            replace(
                each,
                outcomes=tuple(replace(outcome, pictures={}) for outcome in each.outcomes),
                example={key: text for key, text in each.example.items() if key != "truth"},
            )
            for each in self.sets
        )
        return replace(self, sets=bare)
