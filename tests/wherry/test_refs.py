"""Naming objects on the command line."""

from __future__ import annotations

import pytest
from wherry.apimachinery.gvk import GroupVersionResource

from wherry.access import refs
from wherry.access.kinds import Kind, Kinds
from wherry.errors import CliError


def kind(group: str, resource: str, name: str, *short: str, categories: tuple[str, ...] = ()) -> Kind:
    names = frozenset((resource, name.lower(), *short))
    return Kind(GroupVersionResource(group, "v1", resource), name, names, frozenset(categories), frozenset())


SERVED = Kinds(
    [
        kind("", "pods", "Pod", "po", categories=("all",)),
        kind("", "events", "Event", "ev"),
        kind("events.k8s.io", "events", "Event", "ev"),
        kind("apps", "deployments", "Deployment", "deploy", categories=("all",)),
    ]
)


@pytest.mark.parametrize("text", ["po", "pod", "pods", "Pod", "PODS", "pods.v1"])
def test_a_kind_has_many_names(text: str) -> None:
    assert SERVED.find(text).kind == "Pod"


def test_a_group_tells_equal_names_apart() -> None:
    assert SERVED.find("events").resource.group == ""
    assert SERVED.find("events.events.k8s.io").resource.group == "events.k8s.io"
    assert SERVED.find("deployments.v1.apps").kind == "Deployment"


def test_unknown_kinds_are_refused() -> None:
    with pytest.raises(CliError, match='no resource type "gadgets"'):
        SERVED.find("gadgets")
    with pytest.raises(CliError, match='no matches for kind "Gadget"'):
        SERVED.of({"apiVersion": "example.com/v1", "kind": "Gadget"})


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["pods"], [("Pod", "")]),
        (["po", "a", "b"], [("Pod", "a"), ("Pod", "b")]),
        (["po,deploy"], [("Pod", ""), ("Deployment", "")]),
        (["pod/a", "deploy/b"], [("Pod", "a"), ("Deployment", "b")]),
        (["all"], [("Pod", ""), ("Deployment", "")]),
    ],
)
def test_forms(words: list[str], found: list[tuple[str, str]]) -> None:
    assert [(ref.kind.kind, ref.name) for ref in refs.parse(SERVED, words)] == found


@pytest.mark.parametrize("words", [[], ["pod/a", "b"], ["/a"], ["pod/"], ["pod/a/b"]])
def test_forms_that_do_not_go_together(words: list[str]) -> None:
    with pytest.raises(CliError):
        refs.parse(SERVED, words)


def test_objects_are_named_as_kubectl_does() -> None:
    assert [SERVED.find(text).full for text in ("po", "deploy")] == ["pod", "deployment.apps"]
