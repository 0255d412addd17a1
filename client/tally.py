"""Counts and distributions for what happens thousands of times a second: one look-up in a dictionary each.

Those of prometheus_client take a lock each time and try one bucket after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from ..apimachinery.histogram import Histogram, note

Labels = tuple[str, ...]


class Counts(Collector):
    """A counter. Not all of upstream's names end in `_total`; those that do not are told without a type."""

    def __init__(self, name: str, text: str, labels: Sequence[str], registry: CollectorRegistry = REGISTRY):
        self._name, self._text, self._labels = name, text, labels
        self._found: dict[Labels, int] = {}
        registry.register(self)

    def add(self, labels: Labels, count: int = 1) -> None:
        self._found[labels] = self._found.get(labels, 0) + count

    def describe(self) -> Iterable[Metric]:
        return [self._family()]

    def collect(self) -> Iterable[Metric]:
        family = self._family()
        for labels, count in self._found.items():
            family.add_sample(self._name, dict(zip(self._labels, labels, strict=True)), count)
        return [family]

    def _family(self) -> Metric:
        if self._name.endswith("_total"):
            return CounterMetricFamily(self._name, self._text, labels=self._labels)
        return Metric(self._name, self._text, "unknown")


class Distributions(Collector):
    """A histogram with these upper bounds of its buckets, the infinite one left out."""

    def __init__(
        self,
        name: str,
        text: str,
        labels: Sequence[str],
        bounds: Sequence[float],
        registry: CollectorRegistry = REGISTRY,
    ) -> None:
        self._name, self._text, self._labels = name, text, labels
        self._bounds = tuple(float(bound) for bound in bounds)
        self._found: dict[Labels, Histogram] = {}
        registry.register(self)

    def observe(self, labels: Labels, value: float) -> None:
        note(self._found, labels, self._bounds, value)

    def describe(self) -> Iterable[Metric]:
        return [HistogramMetricFamily(self._name, self._text, labels=self._labels)]

    def collect(self) -> Iterable[Metric]:
        family = HistogramMetricFamily(self._name, self._text, labels=self._labels)
        for labels, found in self._found.items():
            family.add_metric(labels, found.buckets(), sum_value=found.total)
        return [family]
