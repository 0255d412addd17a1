"""Where the built-in provisioner puts a volume, what the volume looks like, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.volumes import SELECTED_NODE
from wherry.controllers.volume.host_path.placement import NoPlaceError, choose
from wherry.controllers.volume.host_path.volume import (
    FINALIZER,
    InvalidArgumentError,
    build,
    check,
    check_attributes,
)

from tests.controllers.volumes import claim, node, storage_class

Object = dict[str, Any]
NODES = [node("n1", zone="a"), node("n2", zone="b"), node("n3", ready=False)]
ONLY_B = [{"matchLabelExpressions": [{"key": "zone", "values": ["b"]}]}]


def selected(name: str) -> Object:
    found = claim()
    found["metadata"]["annotations"] = {SELECTED_NODE: name}
    return found


def place(wanted: Object, nodes: list[Object] = NODES, **more: Any) -> str:
    return str(choose(wanted, storage_class(**more), nodes)["metadata"]["name"])


def test_the_schedulers_choice_holds() -> None:
    assert place(selected("n2")) == "n2"
    assert place(selected("n3")) == "n3"


def test_neighbours_of_a_stateful_set_go_round_the_nodes_that_are_ready() -> None:
    assert {place(claim("data-web-0")), place(claim("data-web-1"))} == {"n1", "n2"}
    assert place(claim("data-web-0")) == place(claim("data-web-2"))


def test_allowed_topologies_limit_the_choice() -> None:
    assert place(claim(), allowedTopologies=ONLY_B) == "n2"


@pytest.mark.parametrize(
    ("wanted", "nodes", "message", "reschedule"),
    [
        (claim(), NODES[2:], "no available topology found", False),
        (selected("gone"), NODES, 'node "gone" not found', True),
        (selected("n1"), NODES, "selected node 'n1' is not in allowed topologies", True),
    ],
)
def test_no_place_is_said(wanted: Object, nodes: list[Object], message: str, reschedule: bool) -> None:
    with pytest.raises(NoPlaceError, match=message) as caught:
        place(wanted, nodes, allowedTopologies=ONLY_B)
    assert caught.value.reschedule is reschedule


def test_the_volume_is_the_claims_own_and_on_one_node() -> None:
    wanted = claim(size="3Gi", volumeAttributesClassName="gold")
    wanted["metadata"]["uid"] = "u1"
    made = build(wanted, storage_class(mountOptions=["ro"]), NODES[0])
    assert made["metadata"]["name"] == "pvc-u1"
    assert made["metadata"]["annotations"] == {"pv.kubernetes.io/provisioned-by": "wherry.dev/host-path"}
    assert made["metadata"]["finalizers"] == [FINALIZER]
    spec = made["spec"]
    assert (spec["capacity"], spec["accessModes"]) == ({"storage": "3Gi"}, ["ReadWriteOnce"])
    assert spec["claimRef"]["uid"] == "u1"
    assert spec["csi"]["volumeAttributes"] == {"wherry.dev/node": "n1"}
    (term,) = spec["nodeAffinity"]["required"]["nodeSelectorTerms"]
    hostname = {"key": "kubernetes.io/hostname", "operator": "In", "values": ["n1"]}
    assert term == {"matchExpressions": [hostname]}
    assert (spec["mountOptions"], spec["volumeAttributesClassName"]) == (["ro"], "gold")
    assert (spec["persistentVolumeReclaimPolicy"], spec["storageClassName"]) == ("Delete", "fast")


def test_what_is_retained_has_no_finalizer_of_the_provisioner() -> None:
    wanted = claim()
    wanted["metadata"]["uid"] = "u1"
    assert build(wanted, storage_class(reclaimPolicy="Retain"), NODES[0])["metadata"]["finalizers"] == []


@pytest.mark.parametrize(
    ("spec", "parameters", "message"),
    [
        ({}, {"flavour": "x"}, 'unknown parameter "flavour"'),
        ({}, {"csi.storage.k8s.io/odd": "x"}, "reserved namespace csi.storage.k8s.io/"),
        ({"volumeMode": "Block"}, {}, "Block is not supported"),
        ({"selector": {}}, {}, "claim Selector is not supported"),
        ({"dataSource": {"kind": "PersistentVolumeClaim", "name": "o"}}, {}, "data sources"),
        ({"accessModes": ["ReadWriteMany"]}, {}, "access mode ReadWriteMany is not supported"),
    ],
)
def test_what_a_directory_cannot_be_is_refused_by_name(
    spec: Object, parameters: Object, message: str
) -> None:
    with pytest.raises(InvalidArgumentError, match=message) as caught:
        check(claim(**spec), storage_class(provisioner="wherry.dev/host-path", parameters=parameters))
    assert str(caught.value).startswith("rpc error: code = InvalidArgument desc = ")


def test_a_file_system_may_be_named() -> None:
    named = {"csi.storage.k8s.io/fstype": "ext4"}
    check(claim(), storage_class(provisioner="wherry.dev/host-path", parameters=named))


def test_classes_of_minikube_may_have_any_parameter() -> None:
    check(claim(), storage_class(provisioner="k8s.io/minikube-hostpath", parameters={"type": "pd-ssd"}))


@pytest.mark.parametrize(
    ("driver", "parameters", "message"),
    [
        ("csi.example.com", {"iops": "1"}, "is for driver csi.example.com"),
        ("host-path.wherry.dev", {"colour": "red"}, 'unknown mutable parameter "colour"'),
    ],
)
def test_attributes_that_cannot_be_had_are_refused(driver: str, parameters: Object, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        check_attributes({"metadata": {"name": "g"}, "driverName": driver, "parameters": parameters})
