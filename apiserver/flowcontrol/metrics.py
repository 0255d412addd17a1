"""The exposition text of `apiserver_flowcontrol_…` under upstream's names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from ...apimachinery import exposition
from ...apimachinery.histogram import Histogram
from ..endpoints.exchange import Request
from .controller import PriorityAndFairness
from .in_flight import READS
from .level import Level
from .statistics import FlowCounts

PREFIX = "apiserver_flowcontrol_"
Key = tuple[str, str]
"""Level and schema."""

LEVELS: dict[str, tuple[str, Callable[[Level], float]]] = {
    "nominal_limit_seats": ("Seats configured for the level.", lambda x: x.nominal),
    "lower_limit_seats": ("Fewest seats the level may have.", lambda x: x.lower),
    "upper_limit_seats": ("Most seats the level may have.", lambda x: x.upper),
    "current_limit_seats": ("Seats the level has now.", lambda x: x.limit),
    "demand_seats_high_watermark": ("Most seats asked for in the last period.", lambda x: x.demand.watermark),
    "demand_seats_average": ("Seats asked for on average in the last period.", lambda x: x.demand.average),
    "demand_seats_stdev": ("Deviation of the seats asked for.", lambda x: x.demand.deviation),
    "demand_seats_smoothed": ("Seats asked for, smoothed over periods.", lambda x: x.demand.smoothed),
}
FLOWS: dict[str, tuple[str, str, Callable[[FlowCounts], float]]] = {
    "dispatched_requests_total": ("counter", "Requests that were seated.", lambda x: x.dispatched),
    "current_inqueue_requests": ("gauge", "Requests that wait.", lambda x: x.queued_requests),
    "current_inqueue_seats": ("gauge", "Seats that are waited for.", lambda x: x.queued_seats),
}


def render(flows: PriorityAndFairness) -> str:
    levels, counts = flows.config.levels, flows.config.counts()
    lines: list[str] = []
    for name, (text, value) in LEVELS.items():
        lines += _head(name, "gauge", text)
        lines += [_line(name, {"priority_level": n}, value(level)) for n, level in sorted(levels.items())]
    lines += [*_head("seat_fair_frac", "gauge", "Part of its target that each level gets."),
              f"{PREFIX}seat_fair_frac {flows.fair}"]  # fmt: skip
    for name, (kind, text, figure) in FLOWS.items():
        lines += _head(name, kind, text)
        lines += [_line(name, _labels(key), figure(found)) for key, found in sorted(counts.items())]
    running = [*_executing(levels.values()), *_in_flight(levels.values())]
    return exposition.document([*lines, *running, *_rejected(counts), *_histograms(counts)])


def _executing(levels: Iterable[Level]) -> list[str]:
    requests: Counter[Key] = Counter()
    seats: Counter[Key] = Counter()
    for level in levels:
        for ticket in level.running:
            key = level.name, ticket.flow.schema
            requests[key] += 1
            seats[key] += ticket.seats
    lines: list[str] = []
    for name, text, found in (
        ("current_executing_requests", "Requests that have seats.", requests),
        ("current_executing_seats", "Seats that requests have.", seats),
    ):
        lines += _head(name, "gauge", text)
        lines += [_line(name, _labels(key), value) for key, value in sorted(found.items())]
    return lines


def _in_flight(levels: Iterable[Level]) -> list[str]:
    """Reads and writes apart."""
    kinds = Counter({"mutating": 0, "readOnly": 0})
    for level in levels:
        for ticket in level.running:
            asked = ticket.subject
            reads = isinstance(asked, Request) and asked.info.verb in READS
            kinds["readOnly" if reads else "mutating"] += 1
    name = "apiserver_current_inflight_requests"
    lines = exposition.head(name, "gauge", "Requests that run now.")
    return lines + [f'{name}{{request_kind="{kind}"}} {count}' for kind, count in sorted(kinds.items())]


def _rejected(counts: Mapping[Key, FlowCounts]) -> list[str]:
    name = "rejected_requests_total"
    return _head(name, "counter", "Requests that were refused.") + [
        _line(name, {**_labels(key), "reason": reason}, value)
        for key, found in sorted(counts.items())
        for reason, value in sorted(found.rejected.items())
    ]


def _histograms(counts: Mapping[Key, FlowCounts]) -> list[str]:
    waits, runs, lengths = (
        "request_wait_duration_seconds",
        "request_execution_seconds",
        "request_queue_length_after_enqueue",
    )
    lines = _head(waits, "histogram", "How long requests waited.")
    for key, found in sorted(counts.items()):
        for executed, histogram in found.waits.items():
            lines += _histogram(waits, {**_labels(key), "execute": str(executed).lower()}, histogram)
    lines += _head(runs, "histogram", "How long requests ran; watches until they had begun.")
    for key, found in sorted(counts.items()):
        lines += _histogram(runs, {**_labels(key), "type": "regular"}, found.ran)
        lines += _histogram(runs, {**_labels(key), "type": "watch"}, found.watched)
    lines += _head(lengths, "histogram", "Length of the queue a request joined.")
    for key, found in sorted(counts.items()):
        lines += _histogram(lengths, _labels(key), found.lengths)
    return lines


def _labels(key: Key) -> dict[str, str]:
    return {"flow_schema": key[1], "priority_level": key[0]}


def _head(name: str, kind: str, text: str) -> list[str]:
    return exposition.head(PREFIX + name, kind, text)


def _line(name: str, labels: Mapping[str, str], value: float) -> str:
    return f"{PREFIX}{name}{{{exposition.labels(labels.items())}}} {value}"


def _histogram(name: str, labels: Mapping[str, str], histogram: Histogram) -> list[str]:
    return histogram.lines(PREFIX + name, exposition.labels(labels.items())) if histogram.count else []
