"""Event: old and new style, its row."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

EVENT = Kind("", "v1", "Event")


EVENT_PROBLEMS: dict[str, tuple[Any, list[str]]] = {
    "about an object of the namespace": ({"involvedObject": {"namespace": "default"}}, []),
    "about a cluster-scoped object, in default": ({"involvedObject": {"kind": "Node"}}, []),
    "about an object of another namespace": (
        {"involvedObject": {"namespace": "other"}},
        [('involvedObject.namespace: Invalid value: "other": does not match event.namespace')],
    ),
    "new style without the new fields": (
        {"involvedObject": {"namespace": "default"}, "eventTime": "2026-01-01T00:00:00.000000Z"},
        [
            "reportingComponent: Required value",
            'reportingComponent: Invalid value: "": name part must be non-empty',
            (
                'reportingComponent: Invalid value: "": name part must consist of '
                "alphanumeric characters, '-', '_' or '.', and must start and end with "
                "an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', "
                "regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
            ),
            "reportingInstance: Required value",
            "action: Required value",
            "reason: Required value",
        ],
    ),
    "new style": (
        {
            "involvedObject": {"namespace": "default"},
            "eventTime": "2026-01-01T00:00:00.000000Z",
            "reportingComponent": "test.io/c",
            "reportingInstance": "i",
            "action": "a",
            "reason": "r",
        },
        [],
    ),
    "a long message": (
        {
            "involvedObject": {"namespace": "default"},
            "eventTime": "2026-01-01T00:00:00.000000Z",
            "reportingComponent": "test.io/c",
            "reportingInstance": "i",
            "action": "a",
            "reason": "r",
            "message": (
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
            ),
        },
        ['message: Invalid value: "": can have at most 1024 characters'],
    ),
}


@pytest.mark.parametrize(("given", "problems"), EVENT_PROBLEMS.values(), ids=EVENT_PROBLEMS)
def test_event_problems(given: Any, problems: list[str]) -> None:
    assert EVENT.problems(given) == problems


EVENT_ROW: dict[str, tuple[Any, list[Any]]] = {
    "old style": (
        {
            "involvedObject": {"kind": "Pod", "name": "p", "fieldPath": "spec"},
            "type": "Normal",
            "reason": "Started",
            "message": "it runs\n",
            "count": 3,
            "source": {"component": "kubelet", "host": "n"},
            "firstTimestamp": "2025-12-31T23:59:00Z",
            "lastTimestamp": "2025-12-31T23:59:50Z",
        },
        ["10s", "Normal", "Started", "pod/p", "spec", "kubelet, n", "it runs", "60s", 3],
    ),
    "new style in a series": (
        {
            "involvedObject": {"kind": "Pod", "name": "p"},
            "eventTime": "2025-12-31T23:00:00.000000Z",
            "reportingComponent": "test.io/c",
            "reportingInstance": "i",
            "series": {"count": 5, "lastObservedTime": "2025-12-31T23:59:55.000000Z"},
        },
        ["5s", "", "", "pod/p", "", "test.io/c, i", "", "60m", 5],
    ),
}


@pytest.mark.parametrize(("given", "row"), EVENT_ROW.values(), ids=EVENT_ROW)
def test_event_row(given: Any, row: list[Any]) -> None:
    assert EVENT.cells(given)[:9] == row


def test_events_are_forgotten_after_an_hour() -> None:
    assert EVENT.strategy.ttl == 3600
