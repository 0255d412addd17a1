"""What upstream counts of webhooks, under its names."""

from __future__ import annotations

from collections import Counter

from ....apimachinery import exposition
from ....apimachinery.histogram import Histogram, note

BUCKETS = (0.005, 0.025, 0.1, 0.5, 1.0, 2.5, 10.0, 25.0)
PREFIX = "apiserver_admission_"
DURATION = f"{PREFIX}webhook_admission_duration_seconds"
TEXTS = {
    "match_condition_evaluation_errors_total": "Match conditions that could not be evaluated.",
    "match_condition_exclusions_total": "Requests that match conditions kept from a webhook.",
    "webhook_fail_open_count": "Failed calls that were let pass.",
    "webhook_rejection_count": "Requests that were rejected because of a webhook.",
    "webhook_request_total": "Calls of webhooks.",
}
MAX_CODE = 600
"""Larger codes count as this one, so that answers cannot make series without end."""

Labels = tuple[tuple[str, str], ...]


class Metrics:
    """Counters of one server."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[Labels]] = {}
        self._durations: dict[Labels, Histogram] = {}

    def _count(self, name: str, *labels: tuple[str, str]) -> None:
        self._counts.setdefault(name, Counter())[labels] += 1

    def asked(self, name: str, kind: str, operation: str, code: int, rejected: bool, seconds: float) -> None:
        """One call has ended."""
        common = (
            ("name", name),
            ("operation", operation),
            ("rejected", str(rejected).lower()),
            ("type", kind),
        )
        note(self._durations, common, BUCKETS, seconds)
        self._count("webhook_request_total", ("code", str(min(code, MAX_CODE))), *common)

    def rejected(self, name: str, kind: str, operation: str, error: str, code: int) -> None:
        self._count(
            "webhook_rejection_count",
            ("error_type", error),
            ("name", name),
            ("operation", operation),
            ("rejection_code", str(min(code, MAX_CODE))),
            ("type", kind),
        )

    def failed_open(self, name: str, kind: str) -> None:
        self._count("webhook_fail_open_count", ("name", name), ("type", kind))

    def excluded(self, name: str, kind: str, operation: str) -> None:
        """A match condition kept a hook from being asked."""
        labels = (("kind", "webhook"), ("name", name), ("operation", operation), ("type", kind))
        self._count("match_condition_exclusions_total", *labels)

    def condition_failed(self, name: str, kind: str, operation: str) -> None:
        labels = (("kind", "webhook"), ("name", name), ("operation", operation), ("type", kind))
        self._count("match_condition_evaluation_errors_total", *labels)

    def render(self) -> str:
        """Prometheus' exposition text; nothing before the first call."""
        lines: list[str] = []
        for name, counts in sorted(self._counts.items()):
            lines += exposition.head(PREFIX + name, "counter", TEXTS[name])
            lines += [
                f"{PREFIX}{name}{{{exposition.labels(key)}}} {count}" for key, count in sorted(counts.items())
            ]
        if self._durations:
            lines += exposition.head(DURATION, "histogram", "Seconds that calls of webhooks took.")
        for key, histogram in sorted(self._durations.items()):
            lines += histogram.lines(DURATION, exposition.labels(key))
        return exposition.document(lines)
