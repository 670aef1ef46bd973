"""What a metric is before it is written: a name, a kind, words, and samples with labels."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from livecare.link.tally import LatencyCounts

Sample = tuple[dict[str, str], float]
"""Labels, and the number that they go with."""


@dataclass(frozen=True, slots=True)
class Family:
    """A metric.

    Attributes
    ----------
    name : str
        As Prometheus has it; a counter's ends with _total.
    kind : {"gauge", "counter", "histogram"}
        What kind of a number it is.
    words : str
        What it says.
    samples : tuple of Sample
        The numbers; none where nothing is known.
    latency : LatencyCounts or None
        Those of a histogram.
    """

    name: str
    kind: Literal["gauge", "counter", "histogram"]
    words: str
    samples: tuple[Sample, ...] = ()
    latency: LatencyCounts | None = None


def gauge(name: str, words: str, samples: Iterable[Sample]) -> Family:
    """Return a metric that goes up and down."""
    return Family(name, "gauge", words, tuple(samples))


def counter(name: str, words: str, samples: Iterable[Sample]) -> Family:
    """Return a metric that goes up only, until the run's process begins anew."""
    return Family(name, "counter", words, tuple(samples))


def histogram(name: str, words: str, latency: LatencyCounts) -> Family:
    """Return durations counted by size."""
    return Family(name, "histogram", words, latency=latency)


def states(name: str, words: str, label: str, known: Iterable[str], present: str) -> Family:
    """Return a state as Prometheus has it: 1 for the present one, 0 for all others."""
    return gauge(name, words, by(label, {each: float(each == present) for each in known}))


def by(label: str, numbers: Mapping[str, float]) -> list[Sample]:
    """Return a sample for each number, told apart by one label."""
    return [({label: name}, float(number)) for name, number in numbers.items()]


def alone(number: float | None) -> list[Sample]:
    """Return the only sample of a metric; none where the number is not known."""
    return [] if number is None else [({}, float(number))]
