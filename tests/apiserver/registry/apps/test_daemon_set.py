"""DaemonSet: defaults, surge against unavailability, the template's generation."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.errors import StatusError
from wherry.apiserver.registry.apps.template import selector_shown

from ..drive import SELECTOR, Kind, pod_template

DAEMON_SET = Kind("apps", "v1", "DaemonSet")
GENERATION = "deprecated.daemonset.template.generation"


def body(**spec: Any) -> dict[str, Any]:
    return {"spec": {"selector": SELECTOR, "template": pod_template(), **spec}}


def test_defaults() -> None:
    spec = DAEMON_SET.defaulted(body())["spec"]
    rolling = {"maxUnavailable": 1, "maxSurge": 0}
    assert spec["updateStrategy"] == {"type": "RollingUpdate", "rollingUpdate": rolling}
    assert spec["revisionHistoryLimit"] == 10


@pytest.mark.parametrize(
    ("rolling", "problem"),
    [
        ({"maxUnavailable": 0}, "maxUnavailable: Required value: cannot be 0 when maxSurge is 0"),
        (
            {"maxUnavailable": 1, "maxSurge": 1},
            "maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero",
        ),
        (
            {"maxUnavailable": "150%"},
            'maxUnavailable: Invalid value: "150%": must not be greater than 100%',
        ),
    ],
)
def test_surge_or_unavailability_but_not_both(rolling: dict[str, Any], problem: str) -> None:
    found = DAEMON_SET.problems(body(updateStrategy={"rollingUpdate": rolling}))
    assert found == [f"spec.updateStrategy.rollingUpdate.{problem}"]


def test_an_empty_selector_is_refused() -> None:
    found = DAEMON_SET.problems(body(selector={}))
    assert found == ["spec.selector: Invalid value: {}: empty selector is invalid for daemonset"]


def test_the_template_generation_counts_template_changes_only() -> None:
    assert DAEMON_SET.created(body())["metadata"]["annotations"][GENERATION] == "1"
    same = DAEMON_SET.updated(body(), body(minReadySeconds=5))
    assert same["metadata"]["annotations"][GENERATION] == "1"
    changed = DAEMON_SET.updated(body(), body(template=pod_template(hostNetwork=True)))
    assert changed["metadata"]["annotations"][GENERATION] == "2"


@pytest.mark.parametrize(("given", "kept"), [("7", "7"), ("007", "7"), ("0", "1"), ("-3", "1")])
def test_a_template_generation_that_is_brought_along_goes_on(given: str, kept: str) -> None:
    made = DAEMON_SET.created({**body(), "metadata": {"annotations": {GENERATION: given}}})
    assert made["metadata"]["annotations"][GENERATION] == kept


@pytest.mark.parametrize("given", ["x", "9" * 30, "9" * 5000])
def test_a_template_generation_is_a_number(given: str) -> None:
    with pytest.raises(StatusError, match=r"as a DaemonSet: strconv\.ParseInt: ") as refused:
        DAEMON_SET.created({**body(), "metadata": {"annotations": {GENERATION: given}}})
    assert refused.value.code == 400


def test_a_status_write_leaves_the_template_generation() -> None:
    status = DAEMON_SET.updated(body(), {**body(), "metadata": {"name": "a"}}, "status")
    assert status["metadata"]["annotations"][GENERATION] == "1"


def test_the_row_of_a_table() -> None:
    status = {"desiredNumberScheduled": 3, "currentNumberScheduled": 2, "numberReady": 1}
    row = DAEMON_SET.cells({**body(), "status": status})
    assert row == ["a", 3, 2, 1, 0, 0, "<none>", "0s", "c", "app:1", "app=a"]


def test_a_strategy_of_no_known_type_is_shown_as_go_prints_it() -> None:
    strategy = {"type": "Galaxy", "rollingUpdate": {"maxUnavailable": "50%"}}
    shown = '{"Type":"Galaxy","RollingUpdate":{"MaxUnavailable":"50%","MaxSurge":0}}'
    wanted = f'spec.updateStrategy: Unsupported value: {shown}: supported values: "RollingUpdate", "OnDelete"'
    assert DAEMON_SET.problems(body(updateStrategy=strategy)) == [wanted]


def test_the_labels_of_a_selector_are_shown_sorted() -> None:
    assert selector_shown({"matchLabels": {"b": "1", "a": "2"}}) == '{"matchLabels":{"a":"2","b":"1"}}'


def test_both_limits_of_a_rolling_update_are_written() -> None:
    on_delete = {"type": "OnDelete", "rollingUpdate": {"maxUnavailable": "10%"}}
    strategy = DAEMON_SET.defaulted(body(updateStrategy=on_delete))["spec"]["updateStrategy"]
    assert strategy["rollingUpdate"] == {"maxUnavailable": "10%", "maxSurge": 0}
