"""Evaluation: how good restorations are, beside classical ones, and on what evidence.

`running` goes through image sets (the user's, or the `suite`) and lets `contestants` restore them;
`metrics` judge, `table` and `report` show. Restoring is done by the engines and the normalisation
of a live run, never by code of its own.
"""

from livecare.evaluation.imageset import ImageSet, Recording
from livecare.evaluation.own_files import Request, read_psf, read_request
from livecare.evaluation.results import Evaluation, Outcome, Scores, SetResult
from livecare.evaluation.running import Options, read_evaluation, run_evaluation
from livecare.evaluation.suite import build_suite
from livecare.evaluation.summary import summarise, verdicts

__all__ = [
    "Evaluation",
    "ImageSet",
    "Options",
    "Outcome",
    "Recording",
    "Request",
    "Scores",
    "SetResult",
    "build_suite",
    "read_evaluation",
    "read_psf",
    "read_request",
    "run_evaluation",
    "summarise",
    "verdicts",
]
