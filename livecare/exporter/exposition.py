"""Knows Prometheus' text format: every metric of a run, as it is scraped or lies in a file.

Names, labels and units are part of what livecare promises: docs/monitoring.md lists them, and
dashboards are made of them.
"""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from livecare.exporter.family import Family
from livecare.exporter.frame_metrics import frame_metrics
from livecare.exporter.guard_metrics import guard_metrics
from livecare.exporter.light_metrics import light_metrics
from livecare.exporter.orders import ExporterSpec
from livecare.exporter.run_metrics import (
    machine_metrics,
    process_metrics,
    restorer_metrics,
    storage_metrics,
)
from livecare.exporter.view import View
from livecare.link.tally import LatencyCounts


def families(view: View, spec: ExporterSpec) -> Iterator[Family]:
    """Yield every metric of a run."""
    yield from process_metrics(view, spec)
    if view.telemetry is not None:
        for metrics in (
            frame_metrics,
            guard_metrics,
            light_metrics,
            storage_metrics,
            restorer_metrics,
            machine_metrics,
        ):
            yield from metrics(view.telemetry)


def exposition(view: View, spec: ExporterSpec) -> bytes:
    """Write every metric of a run in Prometheus' text format, version 0.0.4."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(list(families(view, spec)), spec.labels))
    return generate_latest(registry)


class _Collected(Collector):
    """Metrics in the way in which the library asks for them."""

    def __init__(self, found: list[Family], labels: dict[str, str]) -> None:
        self._found, self._labels = found, labels

    def collect(self) -> Iterator[Metric]:
        """Yield them."""
        for family in self._found:
            if family.latency is not None:
                yield self._histogram(family, family.latency)
            else:
                yield self._plain(family)

    def _plain(self, family: Family) -> Metric:
        kind = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
        metric = kind(family.name, family.words)
        for labels, number in family.samples:
            metric.add_sample(family.name, {**self._labels, **labels}, number)
        return metric

    def _histogram(self, family: Family, latency: LatencyCounts) -> Metric:
        metric = HistogramMetricFamily(family.name, family.words, labels=list(self._labels))
        bounds = [*(f"{bound:.6f}" for bound in latency.upper_s), "+Inf"]
        buckets = list(zip(bounds, map(float, latency.counts or (0,)), strict=True))
        metric.add_metric(list(self._labels.values()), buckets, latency.sum_s)
        return metric
