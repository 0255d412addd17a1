"""Plug-ins for claims, ingresses, nodes and roles."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.admission import (
    default_class,
    persistent_volume_claim_resize,
    storage_object_in_use_protection,
    taint_nodes_by_condition,
)

from tests.apiserver.admission.support import Object, attributes, mutate, refusal, validate
from tests.apiserver.readers import MapReader

CLAIM = attributes("persistentvolumeclaims")


def claim(size: str = "1Gi", phase: str = "", **spec: Any) -> Object:
    spec["resources"] = {"requests": {"storage": size}}
    return {"metadata": {"name": "x"}, "spec": spec, "status": {"phase": phase}}


def storage_classes() -> MapReader:
    reader = MapReader()
    mark = {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}
    reader.put("storage.k8s.io", "storageclasses", "plain", allowVolumeExpansion=True)
    newer = {**mark, "creationTimestamp": "2026-02-01T00:00:00Z"}
    reader.put("storage.k8s.io", "storageclasses", "old", metadata=mark)
    reader.put("storage.k8s.io", "storageclasses", "new", metadata=newer)
    return reader


def test_the_newest_default_class_is_taken() -> None:
    obj = mutate(default_class.STORAGE, CLAIM, claim(), storage_classes())
    assert obj["spec"]["storageClassName"] == "new"


@pytest.mark.parametrize("name", ["", "other"])
def test_a_claim_that_names_a_class_keeps_it(name: str) -> None:
    obj = mutate(default_class.STORAGE, CLAIM, claim(storageClassName=name), storage_classes())
    assert obj["spec"]["storageClassName"] == name


def test_without_a_default_nothing_is_set() -> None:
    assert "storageClassName" not in mutate(default_class.STORAGE, CLAIM, claim(), MapReader())["spec"]


@pytest.mark.parametrize(
    ("annotations", "wanted"), [({}, "web"), ({"kubernetes.io/ingress.class": "own"}, None)]
)
def test_the_default_ingress_class(annotations: dict[str, str], wanted: str | None) -> None:
    reader = MapReader()
    mark = {"annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}}
    reader.put("networking.k8s.io", "ingressclasses", "web", metadata=mark)
    obj = {"metadata": {"name": "x", "annotations": annotations}, "spec": {}}
    attrs = attributes("networking.k8s.io|ingresses")
    assert mutate(default_class.INGRESS, attrs, obj, reader)["spec"].get("ingressClassName") == wanted


def test_claims_and_volumes_are_protected_while_in_use() -> None:
    plugin = storage_object_in_use_protection.PLUGIN
    obj = {"metadata": {"name": "x", "finalizers": ["example.com/own"]}}
    finalizers = mutate(plugin, CLAIM, obj, MapReader())["metadata"]["finalizers"]
    assert finalizers == ["example.com/own", "kubernetes.io/pvc-protection"]
    mutate(plugin, CLAIM, obj, MapReader())
    assert obj["metadata"]["finalizers"] == finalizers


@pytest.mark.parametrize(
    ("new", "old", "allowed"),
    [
        (claim("2Gi", storageClassName="plain"), claim(phase="Bound"), True),
        (claim("2Gi", storageClassName="old"), claim(phase="Bound"), False),
        (claim("2Gi", storageClassName=""), claim(phase="Bound"), False),
        (claim("1024Mi", storageClassName="old"), claim(phase="Bound"), True),
        (claim("2Gi", storageClassName="old"), claim(phase="Pending"), True),
    ],
)
def test_only_claims_of_expandable_classes_grow(new: Object, old: Object, allowed: bool) -> None:
    plugin = persistent_volume_claim_resize.PLUGIN
    attrs = attributes("persistentvolumeclaims", "UPDATE")
    if allowed:
        validate(plugin, attrs, new, storage_classes(), old)
    else:
        assert "must support resize" in refusal(plugin.validate, attrs, new, storage_classes(), old)


def test_a_new_node_takes_no_pods_yet() -> None:
    own = {"key": "k", "effect": "NoExecute"}
    obj = {"metadata": {"name": "n"}, "spec": {"taints": [own]}}
    attrs = attributes("nodes", namespace="")
    taints = mutate(taint_nodes_by_condition.PLUGIN, attrs, obj, MapReader())["spec"]["taints"]
    assert taints == [own, {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}]
