"""Request metrics under upstream's names, kept as plain counters and rendered on scrape."""

from __future__ import annotations

from bisect import bisect_left

from .requestinfo import RequestInfo

BUCKETS = (
    0.005,
    0.025,
    0.05,
    0.1,
    0.2,
    0.4,
    0.6,
    0.8,
    1.0,
    1.25,
    1.5,
    2.0,
    3.0,
    4.0,
    5.0,
    6.0,
    8.0,
    10.0,
    15.0,
    30.0,
)
WATCH_VERBS = ("watch",)
UPPER = {
    "update": "PUT",
    "create": "POST",
    "delete": "DELETE",
    "patch": "PATCH",
    "get": "GET",
    "list": "LIST",
    "watch": "WATCH",
    "deletecollection": "DELETECOLLECTION",
}


class _Histogram:
    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.total = 0.0


_requests: dict[tuple[str, str, str, str, str, int], int] = {}
_durations: dict[tuple[str, str, str, str, str], _Histogram] = {}


def observe(info: RequestInfo, code: int, seconds: float) -> None:
    """Counts one finished request; long-running ones have no duration. What `info` names must be served:
    every name is remembered."""
    verb = UPPER.get(info.verb, info.verb.upper())
    key = (verb, info.group, info.version, info.resource, info.subresource)
    _requests[(*key, code)] = _requests.get((*key, code), 0) + 1
    if info.verb in WATCH_VERBS:
        return
    histogram = _durations.get(key)
    if histogram is None:
        histogram = _durations[key] = _Histogram()
    histogram.counts[bisect_left(BUCKETS, seconds)] += 1
    histogram.total += seconds


def forget(group: str, resource: str) -> None:
    """What was counted of a resource that is served no more."""
    for counted in [key for key in _requests if (key[1], key[3]) == (group, resource)]:
        del _requests[counted]
    for timed in [key for key in _durations if (key[1], key[3]) == (group, resource)]:
        del _durations[timed]


def _labels(key: tuple[str, str, str, str, str]) -> str:
    verb, group, version, resource, subresource = key
    return (
        f'group="{group}",resource="{resource}",subresource="{subresource}",verb="{verb}",version="{version}"'
    )


def render() -> str:
    """The exposition text of apiserver_request_total and apiserver_request_duration_seconds."""
    lines = [
        "# HELP apiserver_request_total Requests by verb, resource and HTTP response code.",
        "# TYPE apiserver_request_total counter",
    ]
    for (*key, code), count in sorted(_requests.items()):
        lines.append(f'apiserver_request_total{{code="{code}",{_labels(tuple(key))}}} {count}')  # type: ignore[arg-type]
    name = "apiserver_request_duration_seconds"
    lines += [f"# HELP {name} Response latency in seconds.", f"# TYPE {name} histogram"]
    for labels, histogram in sorted(_durations.items()):
        lines += _histogram(name, _labels(labels), histogram)
    return "\n".join(lines) + "\n"


def _histogram(name: str, labels: str, histogram: _Histogram) -> list[str]:
    lines, seen = [], 0
    for bound, count in zip((*map(str, BUCKETS), "+Inf"), histogram.counts, strict=True):
        seen += count
        lines.append(f'{name}_bucket{{{labels},le="{bound}"}} {seen}')
    return [*lines, f"{name}_sum{{{labels}}} {histogram.total}", f"{name}_count{{{labels}}} {seen}"]
