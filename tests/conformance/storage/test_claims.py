"""Claims of the default class, end to end (upstream: test/e2e/storage/{persistent_volumes,pvc_protection,
pv_protection,pvc_storageclass,volume_provisioning}.go, test/e2e/storage/testsuites/{provisioning,
volume_expand,ephemeral}.go where they need no driver of their own)."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.conformance.api import Api
from tests.e2e.waiting import until

Object = dict[str, Any]
VOLUMES, CLASSES = "/api/v1/persistentvolumes", "/apis/storage.k8s.io/v1/storageclasses"
MOUNT = [{"name": "v", "mountPath": "/v"}]


class Space:
    """A namespace with claims and pods that use them."""

    def __init__(self, api: Api, namespace: str) -> None:
        self.api = api
        self.name = namespace
        self.base = f"/api/v1/namespaces/{namespace}"

    def claim(self, name: str = "c", size: str = "1Gi", **spec: Any) -> str:
        fixed = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
        path = f"{self.base}/persistentvolumeclaims"
        self.api.create(path, {"metadata": {"name": name}, "spec": fixed | spec})
        return f"{path}/{name}"

    def run(self, name: str, script: str, source: Object | None = None, **spec: Any) -> str:
        """A pod whose volume `v` is the claim `c`, unless told otherwise, once it runs or is over."""
        volume = {"name": "v"} | (source or {"persistentVolumeClaim": {"claimName": "c"}})
        command = ["sh", "-c", script]
        container = {"name": "main", "image": "busybox", "command": command, "volumeMounts": MOUNT}
        fixed = {"terminationGracePeriodSeconds": 0, "restartPolicy": "Never", "containers": [container]}
        made = {"metadata": {"name": name}, "spec": fixed | {"volumes": [volume]} | spec}
        self.api.create(f"{self.base}/pods", made)
        path = f"{self.base}/pods/{name}"
        until(lambda: self.phase(path) not in ("Pending", ""), what=name)
        return path

    def phase(self, path: str) -> str:
        return str(self.api.get(path).get("status", {}).get("phase", ""))

    def remove(self, path: str) -> None:
        self.api.delete(path)
        until(lambda: self.api.gone(path))

    def volume(self, claim: str) -> str:
        """The path of the claim's volume, once it is bound."""
        until(lambda: self.phase(claim) == "Bound")
        return f"{VOLUMES}/{self.api.get(claim)['spec']['volumeName']}"

    def told(self, name: str) -> dict[str, str]:
        events = self.api.get(f"{self.base}/events", fieldSelector=f"involvedObject.name={name}")["items"]
        return {event["reason"]: event["message"] for event in events}


@pytest.fixture
def space(api: Api, namespace: str) -> Space:
    return Space(api, namespace)


def test_the_default_class(api: Api, space: Space) -> None:
    """A claim that names no class waits for its pod, gets a volume on its node and takes it along."""
    assert api.get(f"{CLASSES}/standard")["provisioner"] == "wherry.dev/host-path"
    claim = space.claim()
    until(lambda: "WaitForFirstConsumer" in space.told("c"))
    pod = api.get(space.run("writer", "echo kept > /v/file; sleep 1000", securityContext={"fsGroup": 2000}))
    volume = space.volume(claim)
    (term,) = api.get(volume)["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"]
    assert term["matchExpressions"][0]["values"] == [pod["spec"]["nodeName"]]
    assert {"Provisioning", "ProvisioningSucceeded", "ExternalProvisioning"} <= space.told("c").keys()
    space.remove(f"{space.base}/pods/writer")
    reader = space.run("reader", "cat /v/file; stat -c %g-%a /v")
    until(lambda: space.phase(reader) == "Succeeded")
    assert api.get(reader)["spec"]["nodeName"] == pod["spec"]["nodeName"]
    text, owned = api.ask("GET", f"{reader}/log").text.split()
    # Only kubelets that are root can give files away.
    assert (text, owned) == ("kept", "2000-2777" if os.geteuid() == 0 else owned)
    api.delete(reader)
    api.delete(claim)
    until(lambda: api.gone(claim) and api.gone(volume))


def test_a_claim_in_use_is_protected(api: Api, space: Space) -> None:
    """«Verify that PVC in active use by a pod is not removed immediately», «Verify that PV bound to a PVC is
    not removed immediately», «Verify that scheduling of a pod that uses PVC that is being deleted fails»"""
    claim = space.claim()
    pod = space.run("user", "sleep 1000")
    volume = space.volume(claim)
    api.delete(claim)
    api.delete(volume)
    for path in (claim, volume):
        assert "deletionTimestamp" in api.get(path)["metadata"]
    late = {"name": "v", "persistentVolumeClaim": {"claimName": "c"}}
    container = {"name": "main", "image": "busybox", "volumeMounts": MOUNT}
    spec = {"containers": [container], "volumes": [late]}
    api.create(f"{space.base}/pods", {"metadata": {"name": "late"}, "spec": spec})
    until(
        lambda: 'persistentvolumeclaim "c" is being deleted' in space.told("late").get("FailedScheduling", "")
    )
    api.delete(f"{space.base}/pods/late")
    space.remove(pod)
    until(lambda: api.gone(claim) and api.gone(volume))


def test_growing(api: Api, space: Space) -> None:
    """«should resize volume when PVC is edited while pod is using it», and never shrink it."""
    claim = space.claim()
    space.run("user", "sleep 1000")
    volume = space.volume(claim)
    api.patch(claim, {"spec": {"resources": {"requests": {"storage": "2Gi"}}}})
    until(lambda: api.get(claim)["status"]["capacity"]["storage"] == "2Gi")
    assert api.get(volume)["spec"]["capacity"]["storage"] == "2Gi"
    smaller = api.get(claim)
    smaller["spec"]["resources"]["requests"]["storage"] = "1Gi"
    api.fails(422, "PUT", claim, smaller)


def test_ephemeral_volumes(api: Api, space: Space) -> None:
    """«should create read/write inline ephemeral volume», «should support two pods which have the same volume
    definition»"""
    template = {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}
    source = {"ephemeral": {"volumeClaimTemplate": template}}
    pods = [space.run(name, "touch /v/own && ls /v && sleep 1000", source) for name in ("one", "two")]
    volumes = [space.volume(f"{space.base}/persistentvolumeclaims/{name}-v") for name in ("one", "two")]
    until(lambda: all(api.ask("GET", f"{pod}/log").text == "own\n" for pod in pods))
    for pod in pods:
        api.delete(pod)
    until(lambda: all(api.gone(volume) for volume in volumes))


def test_immediate_and_retained(api: Api, space: Space) -> None:
    """A class of one's own: bound at once, read-only, kept when the claim goes, free when released."""
    body = {
        "metadata": {"name": space.name},
        "provisioner": "wherry.dev/host-path",
        "reclaimPolicy": "Retain",
        "mountOptions": ["ro"],
    }
    with api.having(CLASSES, body):
        claim = space.claim(storageClassName=space.name)
        volume = space.volume(claim)
        pod = space.run("writer", "touch /v/file")
        until(lambda: space.phase(pod) == "Failed")
        assert "Read-only file system" in api.ask("GET", f"{pod}/log").text
        space.remove(pod)
        space.remove(claim)
        until(lambda: space.phase(volume) == "Released")
        api.patch(volume, {"spec": {"claimRef": None}})
        until(lambda: space.phase(volume) == "Available")
        api.patch(volume, {"spec": {"persistentVolumeReclaimPolicy": "Delete"}})
        api.delete(volume)
        until(lambda: api.gone(volume))


def test_a_local_volume(api: Api, space: Space, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The documentation's local volume: the pod goes where it is."""
    root = tmp_path_factory.mktemp("local")
    root.chmod(0o777)
    (root / "file").write_text("here")
    expression = {"key": "kubernetes.io/hostname", "operator": "In", "values": ["node-2"]}
    volume = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": space.name,
        "persistentVolumeReclaimPolicy": "Delete",
        "local": {"path": str(root)},
        "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}},
    }
    local = {"provisioner": "kubernetes.io/no-provisioner", "volumeBindingMode": "WaitForFirstConsumer"}
    with (
        api.having(CLASSES, {"metadata": {"name": space.name}} | local),
        api.having(VOLUMES, {"metadata": {"name": space.name}, "spec": volume}),
    ):
        space.claim(storageClassName=space.name)
        pod = space.run("p", "cat /v/file")
        until(lambda: space.phase(pod) == "Succeeded")
        assert api.get(pod)["spec"]["nodeName"] == "node-2"
        assert api.ask("GET", f"{pod}/log").text == "here"


def test_recycling(api: Api, space: Space, tmp_path_factory: pytest.TempPathFactory) -> None:
    """«should test that a PV becomes Available and is clean after the PVC is deleted»"""
    root = tmp_path_factory.mktemp("recycled")
    spec = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": space.name,
        "persistentVolumeReclaimPolicy": "Recycle",
        "hostPath": {"path": str(root)},
    }
    with api.having(VOLUMES, {"metadata": {"name": space.name}, "spec": spec}):
        claim = space.claim(storageClassName=space.name)
        pod = space.run("writer", "touch /v/file /v/.hidden")
        until(lambda: space.phase(pod) == "Succeeded")
        assert (root / "file").exists()
        space.remove(pod)
        space.remove(claim)
        volume = f"{VOLUMES}/{space.name}"
        until(lambda: space.phase(volume) == "Available")
        assert list(root.iterdir()) == []
