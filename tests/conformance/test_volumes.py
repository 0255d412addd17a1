"""Storage as objects (upstream: test/e2e/storage/{persistent_volumes,csi_inline,volume_attachment,csi_node,
storageclass,volume_attributes_class}.go, the tests of lifecycles and status)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.api import MERGE_PATCH, STRATEGIC_PATCH, Api, unique
from tests.e2e.waiting import until

Object = dict[str, Any]
VOLUMES, STORAGE = "/api/v1/persistentvolumes", "/apis/storage.k8s.io/v1"


class Pair:
    """A volume and a claim of one storage class that nobody provisions."""

    def __init__(self, api: Api, namespace: str) -> None:
        self.api = api
        self.claims = f"/api/v1/namespaces/{namespace}/persistentvolumeclaims"
        self.selector = f"e2e-pv-pool={namespace}"
        labels = {"e2e-pv-pool": namespace}
        capacity = {"storage": "2Gi"}
        modes = ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany"]
        volume = {
            "capacity": capacity,
            "accessModes": modes,
            "storageClassName": namespace,
            "persistentVolumeReclaimPolicy": "Retain",
            "csi": {"driver": f"inline-driver-{namespace}", "volumeHandle": "e2e-conformance"},
        }
        claim = {
            "accessModes": modes,
            "storageClassName": namespace,
            "resources": {"requests": capacity},
        }
        made = api.create(
            VOLUMES, {"metadata": {"generateName": f"{namespace}-", "labels": labels}, "spec": volume}
        )
        self.volume = f"{VOLUMES}/{made['metadata']['name']}"
        made = api.create(
            self.claims, {"metadata": {"generateName": "pvc-", "labels": labels}, "spec": claim}
        )
        self.claim = f"{self.claims}/{made['metadata']['name']}"


@pytest.fixture
def pair(api: Api, namespace: str) -> Iterator[Pair]:
    found = Pair(api, namespace)
    yield found
    api.ask("DELETE", found.claim)
    api.ask("DELETE", found.volume)


def test_life_of_a_volume_and_a_claim(api: Api, pair: Pair) -> None:
    """«should run through the lifecycle of a PV and a PVC»"""
    assert len(api.names(VOLUMES, labelSelector=pair.selector)) == 1
    assert len(api.names(pair.claims)) == 1
    for path in (pair.volume, pair.claim):
        name = path.rsplit("/")[-1]
        patch = {"metadata": {"labels": {name: "patched"}}}
        assert api.patch(path, patch, STRATEGIC_PATCH)["metadata"]["labels"][name] == "patched"

        def update(obj: Object, name: str = name) -> None:
            obj["metadata"]["labels"][name] = "updated"

        assert api.change(path, update)["metadata"]["labels"][name] == "updated"
    api.delete(pair.claims, labelSelector=pair.selector)
    until(lambda: not api.names(pair.claims))
    api.delete(VOLUMES, labelSelector=pair.selector)
    until(lambda: not api.names(VOLUMES, labelSelector=pair.selector))


def test_status_of_a_volume_and_a_claim(api: Api, pair: Pair) -> None:
    """«should apply changes to a pv/pvc status»"""
    assert api.get(f"{pair.claim}/status")["status"]["phase"] in ("Pending", "Bound")
    assert api.get(f"{pair.volume}/status")["status"]["phase"] in ("Available", "Bound", "Pending")
    patched = {"type": "StatusPatched", "status": "True", "reason": "E2E patchedStatus", "message": "e2e"}
    status = api.patch(f"{pair.claim}/status", {"status": {"conditions": [patched]}})["status"]
    assert status["conditions"][0]["reason"] == "E2E patchedStatus"
    message = {"message": "StatusPatched", "reason": "E2E patchStatus"}
    status = api.patch(f"{pair.volume}/status", {"status": message})["status"]
    assert message.items() <= status.items()

    def condition(obj: Object) -> None:
        updated = {"type": "StatusUpdated", "status": "True", "reason": "E2E updateStatus"}
        obj["status"].setdefault("conditions", []).append(updated)

    types = [one["type"] for one in api.change(pair.claim, condition, "/status")["status"]["conditions"]]
    assert "StatusUpdated" in types

    def words(obj: Object) -> None:
        obj["status"] |= {"message": "StatusUpdated", "reason": "E2E updateStatus"}

    assert api.change(pair.volume, words, "/status")["status"]["message"] == "StatusUpdated"


CLASSES: tuple[tuple[str, Object], ...] = (
    ("volumeattachments", {"spec": {"attacher": "e2e-test.storage.k8s.io", "nodeName": "n"}}),
    ("csinodes", {"spec": {"drivers": []}}),
    ("storageclasses", {"provisioner": "e2e-fake-provisioner", "reclaimPolicy": "Retain"}),
    ("volumeattributesclasses", {"driverName": "e2e-fake-csi-driver", "parameters": {"foo": "bar"}}),
    ("csidrivers", {"spec": {"volumeLifecycleModes": ["Ephemeral"]}}),
)


@pytest.mark.parametrize(("plural", "body"), CLASSES)
def test_life(api: Api, plural: str, body: Object) -> None:
    """«should run through the lifecycle of a VolumeAttachment», «… a csinode», «… a StorageClass», «… a
    VolumeAttributesClass», «… a CSIDriver»"""
    path, name = f"{STORAGE}/{plural}", unique("e2e")
    if plural == "volumeattachments":
        body = {"spec": body["spec"] | {"source": {"persistentVolumeName": f"pv-{name}"}}}

    def made() -> str:
        created = api.create(path, {"metadata": {"name": unique(name)}} | body)
        return str(created["metadata"]["name"])

    first = made()
    assert api.get(f"{path}/{first}")["metadata"]["name"] == first
    patch = {"metadata": {"labels": {name: "patched"}}}
    assert api.patch(f"{path}/{first}", patch, STRATEGIC_PATCH)["metadata"]["labels"][name] == "patched"
    assert api.names(path, labelSelector=f"{name}=patched") == [first]
    api.delete(f"{path}/{first}")
    until(lambda: not api.names(path, labelSelector=f"{name}=patched"))
    for each in (made(), made()):

        def update(obj: Object) -> None:
            obj["metadata"]["labels"] = {name: "updated"}

        assert api.change(f"{path}/{each}", update)["metadata"]["labels"][name] == "updated"
    api.delete(path, labelSelector=f"{name}=updated")
    until(lambda: not api.names(path, labelSelector=f"{name}=updated"))


def test_status_of_an_attachment(api: Api) -> None:
    """«should apply changes to a volumeattachment status»"""
    path, name = f"{STORAGE}/volumeattachments", unique("va-e2e")
    source = {"persistentVolumeName": f"pv-{name}"}
    spec = {"attacher": "e2e-test.storage.k8s.io", "nodeName": "n", "source": source}
    body = {"metadata": {"name": name}, "spec": spec, "status": {"attached": False}}
    with api.having(path, body):
        at = f"{path}/{name}"
        assert api.patch(f"{at}/status", {"status": {"attached": True}}, MERGE_PATCH)["status"]["attached"]
        assert api.get(f"{at}/status")["status"] == {"attached": True}

        def detach(obj: Object) -> None:
            obj["status"]["attached"] = False

        assert api.change(at, detach, "/status")["status"] == {"attached": False}


def test_inline_volumes(api: Api, namespace: str) -> None:
    """«should support CSIVolumeSource in Pod API»"""
    pods = f"/api/v1/namespaces/{namespace}/pods"
    volume = {"name": "pod-inline-vol", "csi": {"driver": "e2e.example.com", "volumeAttributes": {"a": "b"}}}
    container = {
        "name": "c",
        "image": "busybox",
        "volumeMounts": [{"name": "pod-inline-vol", "mountPath": "/mnt"}],
    }
    spec = {"nodeSelector": {"no.such/node": "x"}, "containers": [container], "volumes": [volume]}
    made = api.create(pods, {"metadata": {"name": "pod-csi-inline-volumes"}, "spec": spec})
    assert volume in made["spec"]["volumes"]
    patch = {"metadata": {"annotations": {"patched": "true"}}}
    assert api.patch(f"{pods}/pod-csi-inline-volumes", patch)["metadata"]["annotations"]["patched"] == "true"
    assert volume in api.get(f"{pods}/pod-csi-inline-volumes")["spec"]["volumes"]
    api("DELETE", f"{pods}/pod-csi-inline-volumes", {"gracePeriodSeconds": 0})


def test_capacities(api: Api, namespace: str) -> None:
    """«should support CSIStorageCapacities API operations», what is its own: an immutable class"""
    path = f"{STORAGE}/namespaces/{namespace}/csistoragecapacities"
    api.create(path, {"metadata": {"name": "c"}, "storageClassName": "one", "capacity": "100Gi"})
    assert api.patch(f"{path}/c", {"capacity": "200Gi"})["capacity"] == "200Gi"
    api.fails(422, "PATCH", f"{path}/c", {"storageClassName": "two"}, content_type=MERGE_PATCH)
