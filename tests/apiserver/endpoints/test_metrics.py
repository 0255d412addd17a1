"""Request metrics: counters by code, durations as cumulative buckets, none for watches."""

from __future__ import annotations

from wherry.apiserver.endpoints import metrics
from wherry.apiserver.endpoints.requestinfo import RequestInfo


def lines(resource: str) -> list[str]:
    return [line for line in metrics.render().splitlines() if f'resource="{resource}"' in line]


def test_requests_are_counted_by_code() -> None:
    info = RequestInfo("create", "", "v1", "counted")
    for code in (201, 201, 409):
        metrics.observe(info, code, 0.01)
    counts = [line for line in lines("counted") if line.startswith("apiserver_request_total")]
    labels = 'group="",resource="counted",subresource="",verb="POST",version="v1"'
    assert counts == [
        f'apiserver_request_total{{code="201",{labels}}} 2',
        f'apiserver_request_total{{code="409",{labels}}} 1',
    ]


def test_buckets_are_cumulative() -> None:
    for seconds in (0.001, 0.03, 99):
        metrics.observe(RequestInfo("get", "", "v1", "timed"), 200, seconds)
    buckets = [int(line.rsplit(" ", 1)[1]) for line in lines("timed") if "_bucket" in line]
    assert buckets == sorted(buckets)
    assert (buckets[0], buckets[2], buckets[-2], buckets[-1]) == (1, 2, 2, 3)
    assert any(line.startswith("apiserver_request_duration_seconds_count") for line in lines("timed"))


def test_a_bound_belongs_to_its_bucket() -> None:
    metrics.observe(RequestInfo("get", "", "v1", "edge"), 200, metrics.BUCKETS[0])
    assert next(line for line in lines("edge") if 'le="0.005"' in line).endswith(" 1")


def test_a_watch_has_no_duration() -> None:
    metrics.observe(RequestInfo("watch", "", "v1", "watched"), 200, 600)
    assert [line for line in lines("watched") if "duration" in line] == []
    assert 'verb="WATCH"' in lines("watched")[0]
