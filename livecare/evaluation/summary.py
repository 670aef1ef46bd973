"""The summary: the mean of each contestant over the sets of a group, and who is ahead of whom."""

from collections.abc import Sequence
from dataclasses import dataclass

from livecare.evaluation.judging import mean_scores
from livecare.evaluation.results import Outcome, Scores, SetResult


@dataclass(frozen=True, slots=True)
class Line:
    """One contestant over one group.

    Attributes
    ----------
    outcome : Outcome
        Its outcome on the group's first set: name, label, kind, status.
    scores : Scores or None
        Mean over all scored frames of the group; None where it ran on none, or not on all sets.
    """

    outcome: Outcome
    scores: Scores | None


@dataclass(frozen=True, slots=True)
class Group:
    """Several sets with one mean.

    Attributes
    ----------
    name : str
        For people.
    sets : tuple of str
        Which sets.
    frames : int
        How many frames were scored.
    lines : tuple of Line
        In the order of the contestants.
    """

    name: str
    sets: tuple[str, ...]
    frames: int
    lines: tuple[Line, ...]

    def best_baseline(self) -> Line | None:
        """Return the classical baseline with the highest PSNR."""
        return self._best("baseline", "psnr_db")

    def best_baseline_ssim(self) -> Line | None:
        """Return the classical baseline with the highest SSIM."""
        return self._best("baseline", "ssim")

    def _best(self, kind: str, score: str) -> Line | None:
        ranked = [
            (value, number)
            for number, line in enumerate(self.lines)
            if line.outcome.kind == kind
            and line.scores is not None
            and (value := getattr(line.scores, score)) is not None
        ]
        return self.lines[max(ranked)[1]] if ranked else None


def summarise(sets: Sequence[SetResult]) -> list[Group]:
    """Return a group per name; where no set has any, one per set with a truth."""
    names = dict.fromkeys(name for each in sets for name in each.groups)
    if names:
        return [_group(name, [each for each in sets if name in each.groups]) for name in names]
    return [_group(each.title, [each]) for each in sets if _has_psnr(each)]


def _has_psnr(result: SetResult) -> bool:
    return any(each.scores.psnr_db is not None for each in result.outcomes)


def _group(name: str, sets: list[SetResult]) -> Group:
    lines = tuple(Line(first, _over(first.name, sets)) for first in sets[0].outcomes)
    total = sum(max((each.frames for each in one.outcomes), default=0) for one in sets)
    return Group(name, tuple(each.name for each in sets), total, lines)


def _over(name: str, sets: list[SetResult]) -> Scores | None:
    """Return the mean over all frames; a contestant that lacks a set has none."""
    found: list[Scores] = []
    for each in sets:
        outcome = each.outcome(name)
        if outcome is None or outcome.status != "done":
            return None
        found += [outcome.scores] * outcome.frames
    return mean_scores(found)


def verdicts(groups: Sequence[Group]) -> list[str]:
    """Return a sentence per model and group: how far it is ahead of the best baseline."""
    said = []
    for group in groups:
        best, best_ssim = group.best_baseline(), group.best_baseline_ssim()
        for line in group.lines:
            if line.outcome.kind != "model" or line.scores is None or best is None:
                continue
            said.append(_verdict(group, line.outcome.label, line.scores, best, best_ssim or best))
    return said


def _verdict(group: Group, label: str, scores: Scores, best: Line, best_ssim: Line) -> str:
    ahead = (scores.psnr_db or 0) - ((best.scores and best.scores.psnr_db) or 0)
    nearer = (scores.ssim or 0) - ((best_ssim.scores and best_ssim.scores.ssim) or 0)
    factor = scores.photon_factor
    light = f", photon factor {factor:.1f}" if factor is not None else ""
    return (
        f"{label} on {group.name}: {ahead:+.2f} dB to {best.outcome.label}, "
        f"SSIM {nearer:+.3f} to {best_ssim.outcome.label}{light}"
    )
