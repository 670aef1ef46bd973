"""What a soak has to show: an exact ledger, nothing silent, everybody back, nothing growing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from soak_doing import Made
from soak_samples import Sample
from soak_slopes import Slope, causes, growth, memory_lives, slope

COUNTS: Final = ("acquired", "recorded", "restored", "skipped", "failed", "lost")
OUTCOME: Final = re.compile(r'^livecare_frames_total\{.*outcome="(\w+)".*\} (\S+)$', re.MULTILINE)
"""A line of the metrics that says what became of frames."""
MOST_MEMORY: Final = (
    ("hour", 5.0, "MB/h"),
    ("part begun", 0.5, "MB"),
    ("part", 5.0, "MB"),
    ("shard", 0.1, "MB"),
)
"""What the recorder's memory may surely take: a week of the first is less than a gigabyte. Parts
that are alive and shards that are open are few. Of each part numbers are kept to the end, a few
kilobytes; but the first parts make the allocator grow, by 0.3 MB each, and by 0.05 MB after twenty.
"""
FIRST_NEEDED: Final = 2
"""Threads that a run has from when it first needs them to its end: those that complete parts."""
FLAT: Final = ("publisher", "exporter")
"""Children that need no more the longer they live; a restorer does, of each engine it has had."""
MOST_MB_H: Final = 10.0
"""Memory that they may surely gain, MB/h: they live for minutes here, which is short."""
MOST_SILENCE_S: Final = 10.0
"""Longest that a run may say nothing of itself, seconds."""


@dataclass(frozen=True, slots=True)
class Soak:
    """All that is known of a soak when it is over.

    Attributes
    ----------
    seconds, warm_s : float
        How long it was, and how much of that at the beginning says nothing of growth.
    made : sequence of Made
        The faults.
    samples : sequence of Sample
        What was looked at, second by second.
    report : mapping
        What the run said at its end.
    exit_code : int
        Of the run.
    camera : mapping
        What the camera says it `sent` and `dropped`.
    checks : mapping
        What was found in each recording, by its path.
    metrics : mapping or None
        The ledger as the metrics say it at the end; None where there are none.
    """

    seconds: float
    warm_s: float
    made: Sequence[Made]
    samples: Sequence[Sample]
    report: Mapping[str, Any]
    exit_code: int
    camera: Mapping[str, Any]
    checks: Mapping[str, Mapping[str, Any]]
    metrics: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A thing that was judged.

    Attributes
    ----------
    what, found, bar : str
        What, how it was, and how it has to be, for people.
    met : bool or None
        Whether it is; None where too little was seen to tell.
    """

    what: str
    found: str
    bar: str
    met: bool | None


def judge(soak: Soak) -> list[Verdict]:
    """Judge all of it."""
    return [*_of_frames(soak), *_of_answers(soak), *_of_growth(soak)]


def _of_frames(soak: Soak) -> Iterator[Verdict]:
    ledger = soak.report["ledger"]
    parts = [each for each in soak.report["parts"] or [soak.report] if each["store"]]
    checked = [soak.checks.get(part["store"]) for part in parts]
    found = [each for each in checked if each is not None]
    sound = sum(each["sound"] for each in found)
    yield Verdict(
        "recordings verified sound", f"{sound} of {len(parts)}", "all", sound == len(parts) > 0
    )
    agree = sum(
        each is not None and each.get("ledger") == part["ledger"]
        for part, each in zip(parts, checked, strict=True)
    )
    yield Verdict(
        "recordings that say what the report says", f"{agree}", "all", agree == len(parts)
    )
    of_all = {name: sum((each["ledger"] or {}).get(name, 0) for each in found) for name in COUNTS}
    raw, restored = (sum(each[name] for each in found) for name in ("raw", "restored"))
    yield Verdict(
        "sum of the recordings", _words(of_all), _words(ledger), of_all == {**of_all, **ledger}
    )
    there = ledger["recorded"] == raw and ledger["restored"] == restored
    yield Verdict("frames that are there", f"{raw} raw, {restored} restored", "the ledger's", there)
    balanced = (
        ledger["acquired"] == ledger["recorded"] + ledger["failed"]
        and ledger["acquired"] == ledger["restored"] + ledger["skipped"] + ledger["failed"]
    )
    yield Verdict("every frame accounted for once", _words(ledger), "both sums", balanced)
    silent = sum(each["gaps"] for each in found)
    yield Verdict("frames missing without a word", f"{silent}", "0", silent == 0)
    told = bool(soak.report["problems"]) == bool(soak.exit_code)
    yield Verdict(
        "problems, and the exit code",
        f"{len(soak.report['problems'])}, {soak.exit_code}",
        "told both, or neither",
        told,
    )
    yield from _of_run_and_camera(soak)


def _of_run_and_camera(soak: Soak) -> Iterator[Verdict]:
    """Judge whether camera, telemetry, metrics and report count the same frames."""
    ledger, last = soak.report["ledger"], soak.samples[-1]
    said = {name: getattr(last.ledger, name) for name in COUNTS}
    yield Verdict(
        "the last that the run said",
        _words(said),
        f"the report's: {_words(ledger)}",
        last.stage == "ended" and said == {**said, **ledger},
    )
    if soak.metrics is not None:
        same = soak.metrics == {**soak.metrics, **ledger}
        yield Verdict("the metrics at the end", _words(soak.metrics), "the report's", same)
    taken = soak.camera["sent"] + soak.camera["dropped"]
    recorded, lost = last.ledger.acquired, last.ledger.lost + last.unrecorded.lost
    looked_at = last.unrecorded.acquired
    yield Verdict(
        "frames of the camera",
        f"{recorded} acquired + {looked_at} only looked at + {lost} told lost",
        f"{taken} that it took",
        recorded + looked_at + lost == taken,
    )


def _of_answers(soak: Soak) -> Iterator[Verdict]:
    missing = [
        f"{made.deed} {made.target}: {made.words}" for made in soak.made if not made.answered
    ]
    yield Verdict(
        f"{len(soak.made)} faults: what must follow did",
        "; ".join(missing) or "always",
        "always",
        not missing,
    )
    back = [made.took_s for made in soak.made if made.deed == "kill" and "followed" in made.words]
    yield Verdict(
        "killed and there again, longest",
        f"{max(back):.1f} s" if back else "none was killed",
        "",
        None,
    )
    silence_s = _longest_silence(soak.samples)
    yield Verdict(
        "longest silence of the run",
        f"{silence_s:.1f} s",
        f"<= {MOST_SILENCE_S:.0f} s",
        silence_s <= MOST_SILENCE_S,
    )


def ledger_in(textfile: str) -> dict[str, int]:
    """Return the ledger that a file of metrics holds."""
    return {name: int(float(value)) for name, value in OUTCOME.findall(textfile)}


def _longest_silence(samples: Sequence[Sample]) -> float:
    """Return the longest time in which a run that acquires was looked at and said nothing."""
    acquiring = [sample for sample in samples if sample.stage == "acquiring"]
    streaks = [list(group) for heard, group in groupby(acquiring, lambda s: s.heard) if not heard]
    return max((streak[-1].at_s - streak[0].at_s for streak in streaks), default=0.0)


def _of_growth(soak: Soak) -> Iterator[Verdict]:
    acquiring = [sample for sample in soak.samples if sample.stage == "acquiring"]
    for name, most, unit in MOST_MEMORY:
        found = causes(acquiring, soak.warm_s).get(name)
        yield Verdict(
            f"memory of the recorder, per {name}",
            _slope_words(found, unit),
            f"surely <= {most:g} {unit}",
            None if found is None else found.surely <= most,
        )
    for role in sorted({each.role for sample in acquiring for each in sample.processes}):
        found = slope(memory_lives(acquiring, role, soak.warm_s))
        judged = role in FLAT
        yield Verdict(
            f"memory of the {role}, in all",
            _slope_words(found, "MB/h"),
            f"surely <= {MOST_MB_H:g} MB/h" if judged else "",
            None if found is None or not judged else found.surely <= MOST_MB_H,
        )
    for what, most in (("files", 0), ("threads", FIRST_NEEDED)):
        grown = growth(soak.samples, what, soak.warm_s)
        words = "too short to tell" if grown is None else f"{grown:+d}"
        met = None if grown is None else grown <= most
        yield Verdict(f"{what} of the recorder, growth", words, f"<= {most}", met)


def _slope_words(found: Slope | None, unit: str) -> str:
    if found is None:
        return "too short to tell"
    return f"{found.per_h:+.2f} ± {found.error:.2f} {unit} ({found.lives} lives)"


def _words(ledger: Mapping[str, int]) -> str:
    return ", ".join(f"{ledger[name]} {name}" for name in COUNTS if ledger.get(name))
