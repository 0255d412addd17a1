"""The nodes that patches and server-side apply read."""

from __future__ import annotations

from wherry.apimachinery.schema.node import MISSING, Node
from wherry.apimachinery.schema.registry import builtin


def node(kind: str, path: str, group: str = "") -> Node:
    schema = builtin(group, "v1", kind)
    assert schema is not None
    at = schema.root
    for name in path.split("."):
        at = at.fields[name] if name else at
        at = at.item if at.item is not None and name == "" else at
    return at


def test_a_list_map_knows_its_keys_and_merge_key() -> None:
    ports = node("Service", "spec.ports")
    assert (ports.type, ports.list_type, ports.list_keys) == ("array", "map", ("port", "protocol"))
    assert (ports.merge_key, ports.merge_strategy) == ("port", frozenset({"merge"}))


def test_a_strategy_may_have_two_parts() -> None:
    assert node("Pod", "spec.volumes").merge_strategy == {"merge", "retainKeys"}


def test_sets_and_atomic_maps() -> None:
    assert node("Pod", "metadata.finalizers").list_type == "set"
    assert node("Pod", "spec.nodeSelector").map_type == "atomic"
    assert node("Deployment", "spec.selector", "apps").map_type == "atomic"
    assert node("Pod", "metadata.labels").map_type == "granular"


def test_definitions_are_shared() -> None:
    pod = node("Pod", "metadata")
    assert pod is node("Service", "metadata")
    assert pod.name == "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"


def test_names_required_fields_and_defaults() -> None:
    ports = node("Service", "spec.ports")
    assert ports.item is not None
    assert ports.item.name == "io.k8s.api.core.v1.ServicePort"
    assert ports.item.required == {"port"}
    assert ports.item.fields["protocol"].default == "TCP"
    assert ports.item.fields["name"].default is MISSING


def test_presence_lists_what_is_always_written() -> None:
    container = node("Pod", "spec.containers").item
    assert container is not None
    assert container.presence == {"name": "", "resources": {}}


def test_recursive_definitions_end() -> None:
    schema = builtin("apiextensions.k8s.io", "v1", "CustomResourceDefinition")
    assert schema is not None
    versions = schema.root.fields["spec"].fields["versions"].item
    assert versions is not None
    root = versions.fields["schema"].fields["openAPIV3Schema"]
    assert root.fields["not"].fields is root.fields
