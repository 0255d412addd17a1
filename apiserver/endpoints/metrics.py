"""Request metrics under upstream's names, kept as plain counters and rendered on scrape."""

from __future__ import annotations

from ...apimachinery import exposition
from ...apimachinery.histogram import Histogram
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
    20.0,
    30.0,
    45.0,
    60.0,
)
SIZES = tuple(10.0**power for power in range(3, 10))
WATCH_VERBS = ("watch",)
READ_VERBS = ("get", "list")
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


Key = tuple[str, str, str, str, str, str, str]
"""Verb, group, version, resource, subresource, scope, dry run."""


class Series:
    """What is counted of the requests with one key."""

    __slots__ = ("codes", "durations", "lasting", "sizes")

    def __init__(self, verb: str) -> None:
        self.codes: dict[int, int] = {}
        self.lasting: int | None = None
        """How many are under way, of a verb that is meant to last."""
        self.durations = None if verb in WATCH_VERBS else Histogram(BUCKETS)
        self.sizes = Histogram(SIZES) if verb in READ_VERBS else None


_series: dict[Key, Series] = {}
_deprecated: set[tuple[str, str, str, str]] = set()
"""Group, version, resource, subresource."""


def observe(
    info: RequestInfo, code: int, seconds: float, *, dry_run: bool = False, size: int | None = None
) -> None:
    """Counts one finished request; long-running ones have no duration. What `info` names must be served:
    every name is remembered. `size`: the answer's bytes, where they are known."""
    found = _of(info, dry_run)
    found.codes[code] = found.codes.get(code, 0) + 1
    if found.durations is not None:
        found.durations.observe(seconds)
        if size is not None and found.sizes is not None:
            found.sizes.observe(size)


def lasting(info: RequestInfo, change: int) -> None:
    """A long-running request begins (1) or ends (-1)."""
    found = _of(info, False) if change > 0 else _series.get(_key(info, False))
    if found is not None and (change > 0 or found.lasting is not None):
        found.lasting = (found.lasting or 0) + change


def deprecated(info: RequestInfo) -> None:
    """Somebody still uses it."""
    _deprecated.add((info.group, info.version, info.resource, info.subresource))


def _of(info: RequestInfo, dry_run: bool) -> Series:
    key = _key(info, dry_run)
    found = _series.get(key)
    if found is None:
        found = _series[key] = Series(info.verb)
    return found


def _key(info: RequestInfo, dry_run: bool) -> Key:
    verb, group, version, resource, subresource, namespace, name = info[:7]
    scope = ""
    if resource:
        scope = "resource" if name or verb == "create" else "namespace" if namespace else "cluster"
    return UPPER.get(verb) or verb.upper(), group, version, resource, subresource, scope, "All" * dry_run


def forget(group: str, resource: str) -> None:
    """What was counted of a resource that is served no more."""
    for key in [key for key in _series if (key[1], key[3]) == (group, resource)]:
        del _series[key]


def _labels(key: Key, *, dry: bool = True) -> str:
    verb, group, version, resource, subresource, scope, dry_run = key
    dried = f'dry_run="{dry_run}",' if dry else ""
    return (
        f'component="apiserver",{dried}group="{group}",resource="{resource}",'
        f'scope="{scope}",subresource="{subresource}",verb="{verb}",version="{version}"'
    )


def render() -> str:
    """The exposition text of what requests come to."""
    known = sorted(_series.items())
    lines = _head("request_total", "counter", "Requests by verb, resource and HTTP response code.")
    for key, found in known:
        for code, count in sorted(found.codes.items()):
            lines.append(f'apiserver_request_total{{code="{code}",{_labels(key)}}} {count}')
    lines += _head("request_duration_seconds", "histogram", "Response latency in seconds.")
    for key, found in known:
        if found.durations is not None and found.codes:
            lines += found.durations.lines("apiserver_request_duration_seconds", _labels(key))
    lines += _head("response_sizes", "histogram", "Bytes of answers to get and list.")
    for key, found in known:
        if found.sizes is not None and found.sizes.count:
            lines += found.sizes.lines("apiserver_response_sizes", _labels(key, dry=False))
    lines += _head("longrunning_requests", "gauge", "Requests under way that are meant to last.")
    for key, found in known:
        if found.lasting is not None:
            lines.append(f"apiserver_longrunning_requests{{{_labels(key, dry=False)}}} {found.lasting}")
    lines += _head("requested_deprecated_apis", "gauge", "Deprecated resources that were asked for.")
    for group, version, resource, subresource in sorted(_deprecated):
        lines.append(
            f'apiserver_requested_deprecated_apis{{group="{group}",removed_release="",resource="{resource}",'
            f'subresource="{subresource}",version="{version}"}} 1'
        )
    return exposition.document(lines)


def _head(name: str, kind: str, text: str) -> list[str]:
    return exposition.head(f"apiserver_{name}", kind, text)
