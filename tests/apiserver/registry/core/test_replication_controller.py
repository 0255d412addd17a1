"""ReplicationController: defaults, template and selector, counts."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind, pod_template

RC = Kind("", "v1", "ReplicationController")


REPLICATION_CONTROLLER_PROBLEMS: dict[str, tuple[Any, list[str]]] = {
    "a template": ({"template": pod_template()}, []),
    "no template": ({"selector": {"a": "b"}}, ["spec.template: Required value"]),
    "another selector": (
        {"selector": {"app": "z"}, "template": pod_template()},
        [
            (
                'spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` '
                "does not match template `labels`"
            )
        ],
    ),
    "negative numbers": (
        {"replicas": -1, "minReadySeconds": -1, "template": pod_template()},
        [
            "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0",
            "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
        ],
    ),
    "pods that end": (
        {"template": pod_template(restartPolicy="Never", activeDeadlineSeconds=5)},
        [
            ('spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'),
            (
                "spec.template.spec.activeDeadlineSeconds: Forbidden: "
                "activeDeadlineSeconds in ReplicationController is not Supported"
            ),
        ],
    ),
}


@pytest.mark.parametrize(
    ("given", "problems"), REPLICATION_CONTROLLER_PROBLEMS.values(), ids=REPLICATION_CONTROLLER_PROBLEMS
)
def test_replication_controller_problems(given: Any, problems: list[str]) -> None:
    assert RC.problems({"spec": given}) == problems


REPLICA_COUNTS: dict[str, tuple[Any, list[str]]] = {
    "that fit": ({"replicas": 3, "readyReplicas": 2, "availableReplicas": 1}, []),
    "more ready than there are": (
        {"replicas": 1, "readyReplicas": 2},
        ["status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas"],
    ),
    "more available than ready": (
        {"replicas": 3, "readyReplicas": 1, "availableReplicas": 2},
        [("status.availableReplicas: Invalid value: 2: cannot be greater than readyReplicas")],
    ),
}


@pytest.mark.parametrize(("given", "problems"), REPLICA_COUNTS.values(), ids=REPLICA_COUNTS)
def test_replica_counts(given: Any, problems: list[str]) -> None:
    assert (
        RC.update_problems(
            {"spec": {"template": pod_template()}},
            {"spec": {"template": pod_template()}, "status": given},
            "status",
        )
        == problems
    )


def test_selector_and_labels_follow_the_template() -> None:
    controller = RC.defaulted({"spec": {"template": pod_template()}})
    assert controller["spec"]["selector"] == {"app": "a"}
    assert controller["metadata"]["labels"] == {"app": "a"}
    assert controller["spec"]["replicas"] == 1


def test_a_status_without_labels_leaves_those_of_the_template() -> None:
    old = RC.defaulted({"metadata": {"name": "a"}, "spec": {"template": pod_template()}})
    new: dict[str, Any] = {**old, "metadata": {"name": "a"}}
    RC.strategy.prepare_status(RC.context, new, old)
    assert new["metadata"]["labels"] == {"app": "a"}


def test_the_row_of_a_replication_controller() -> None:
    body = {"spec": {"template": pod_template()}, "status": {"replicas": 1, "readyReplicas": 1}}
    assert RC.cells(body) == ["a", 1, 1, 1, "0s", "c", "app:1", "app=a"]


def test_an_update_is_warned_of_the_template_that_was() -> None:
    old = RC.created({"spec": {"template": pod_template(nodeSelector={"beta.kubernetes.io/os": "linux"})}})
    old["metadata"]["generation"] = 1
    spec = {**old["spec"], "template": pod_template()}
    new = {**old, "spec": spec, "metadata": {**old["metadata"], "generation": 2}}
    assert len(RC.strategy.warnings(RC.context, new, old)) == 1
