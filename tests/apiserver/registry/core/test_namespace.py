"""Namespace: finalizers, phase, its row."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

NAMESPACE = Kind("", "v1", "Namespace")


NAMESPACE_PROBLEMS: dict[str, tuple[Any, list[str]]] = {
    "plain": ({}, []),
    "own finalizer": ({"spec": {"finalizers": ["test.io/a"]}}, []),
    "unknown finalizer": (
        {"spec": {"finalizers": ["mine"]}},
        [
            (
                'spec.finalizers: Invalid value: "mine": name is neither a standard '
                "finalizer name nor is it fully qualified"
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), NAMESPACE_PROBLEMS.values(), ids=NAMESPACE_PROBLEMS)
def test_namespace_problems(given: Any, problems: list[str]) -> None:
    assert NAMESPACE.problems(given) == problems


NAMESPACE_STATUS: dict[str, tuple[Any, list[str]]] = {
    "active": ({"phase": "Active"}, []),
    "terminating without deletion": (
        {"phase": "Terminating"},
        [
            (
                "status.Phase: Invalid value: \"Terminating\": may only be 'Active' if "
                "`deletionTimestamp` is empty"
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), NAMESPACE_STATUS.values(), ids=NAMESPACE_STATUS)
def test_namespace_status(given: Any, problems: list[str]) -> None:
    assert NAMESPACE.update_problems({}, {"status": given}, "status") == problems


def test_a_new_namespace_is_active_labelled_and_finalized() -> None:
    namespace = NAMESPACE.created({})
    assert namespace["status"] == {"phase": "Active"}
    assert namespace["spec"] == {"finalizers": ["kubernetes"]}
    assert namespace["metadata"]["labels"] == {"kubernetes.io/metadata.name": "a"}


def test_an_update_keeps_the_finalizers() -> None:
    assert NAMESPACE.updated({}, {"spec": {"finalizers": []}})["spec"] == {"finalizers": ["kubernetes"]}


def test_deletion_waits_for_the_finalizers() -> None:
    namespace = NAMESPACE.created({})
    NAMESPACE.strategy.prepare_delete(NAMESPACE.context, namespace)
    assert namespace["status"] == {"phase": "Terminating"}
    assert NAMESPACE.strategy.pending(namespace)
    assert NAMESPACE.strategy.pending({**namespace, "spec": {}}), "the first DELETE only marks"
    namespace["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert not NAMESPACE.strategy.pending({**namespace, "spec": {}})


def test_the_row_of_a_namespace() -> None:
    assert NAMESPACE.cells({"status": {"phase": "Active"}}) == ["a", "Active", "0s"]
