"""events.k8s.io Events: another face of core's."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.registry.events import event

from ..drive import Kind

EVENT = Kind("events.k8s.io", "v1", "Event")


def body(**more: Any) -> dict[str, Any]:
    return {
        "eventTime": "2026-01-01T00:00:00.000001Z",
        "reportingController": "example.com/c",
        "reportingInstance": "c-0",
        "action": "Test",
        "reason": "Because",
        "type": "Normal",
        "regarding": {"kind": "Pod", "name": "p", "namespace": "default"},
        **more,
    }


def test_it_is_stored_under_the_old_names() -> None:
    stored = event.to_core(EVENT.created(body(note="hi")))
    assert stored["apiVersion"] == "v1"
    assert (stored["message"], stored["reportingComponent"]) == ("hi", "example.com/c")
    assert stored["involvedObject"]["name"] == "p" and stored["firstTimestamp"] is None
    back = event.from_core(stored)
    assert (back["note"], back["regarding"]["name"]) == ("hi", "p")


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({}, None),
        ({"eventTime": None}, "eventTime: Required value"),
        ({"type": "Odd"}, 'type: Invalid value: "": has invalid value: Odd'),
        ({"action": ""}, "action: Required value"),
        ({"deprecatedCount": 3}, 'count: Invalid value: "": needs to be unset'),
        (
            {"series": {"count": 1, "lastObservedTime": "2026-01-01T00:00:00.000001Z"}},
            'series.count: Invalid value: "": should be at least 2',
        ),
    ],
)
def test_what_is_refused(more: dict[str, Any], problem: str | None) -> None:
    assert EVENT.problems(body(**more)) == ([problem] if problem else [])


def test_only_the_series_may_change() -> None:
    series = {"count": 2, "lastObservedTime": "2026-01-01T00:00:01.000000Z"}
    assert EVENT.update_problems(body(), body(series=series)) == []
    twice = ['reason: Invalid value: "Other": field is immutable'] * 2
    assert EVENT.update_problems(body(), body(reason="Other")) == twice


def test_selectors_use_the_new_names() -> None:
    stored = event.to_core(EVENT.created(body()))
    selectable = EVENT.resource.selectable
    assert selectable["regarding.name"](stored) == "p"
    assert selectable["reportingController"](stored) == "example.com/c"
    assert "involvedObject.name" not in selectable


def test_what_may_not_change_is_shown_as_the_internal_type() -> None:
    before = body(deprecatedSource={"component": "c"})
    problems = EVENT.update_problems(before, body(eventTime=None))
    assert 'source: Invalid value: {"Component":"","Host":""}: field is immutable' in problems
    assert "eventTime: Invalid value: null: field is immutable" in problems


def test_the_controller_that_changes_is_called_as_in_this_group() -> None:
    (problem,) = EVENT.update_problems(body(), body(reportingController="example.com/d"))
    assert problem == 'reportingController: Invalid value: "example.com/d": field is immutable'
