"""What files the volumes of a pod hold, and where its containers see them."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import pytest
from wherry.apimachinery.clock import FakeClock
from wherry.kubelet.objects import ObjectStore
from wherry.kubelet.volumes.manager import VolumeManager
from wherry.kubelet.volumes.sources import Context
from wherry.kubelet.worker.host import Waits

from tests.kubelet.api import FakeApi
from tests.kubelet.fakes import container, pod
from tests.support import run

Object = dict[str, Any]
SECRET = base64.b64encode(b"hidden").decode()


class Watchless(ObjectStore):
    """Remembers what is held instead of watching it."""

    def __init__(self, api: FakeApi, clock: FakeClock) -> None:
        super().__init__(api, clock, lambda name, coro: None, lambda uid: None)  # type: ignore[arg-type, return-value]
        self.held: set[tuple[str, str]] = set()

    def hold(self, uid: str, r: Any, namespace: str, name: str) -> None:
        self.held.add((r.resource, name))


class Disk:
    """One pod's volumes in `directory`; `files` sets one volume up and tells what is in it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.api = FakeApi()
        self.clock = FakeClock()
        self.api.put("configmaps", "default", "cm", data={"a": "1", "b": "2"})
        self.api.put("secrets", "default", "s", type="Opaque", data={"key": SECRET})
        self.store = Watchless(self.api, self.clock)
        context = Context(self.store, self.clock, "127.16.0.1", {"cpu": "4", "memory": "8Gi"}, {})
        self.manager = VolumeManager(context)

    def set_up(self, *volumes: Object, **more: Any) -> Object:
        desired = {**pod(container("c", **more), volumes=list(volumes)), "status": {"podIP": "127.64.1.2"}}
        desired["metadata"]["labels"] = {"app": "web"}
        run(self.manager.set_up(desired, self.directory))
        return desired

    def files(self, **source: Any) -> dict[str, tuple[str, str]]:
        """Text and octal mode by path."""
        self.set_up({"name": "v", **source})
        root = self.directory / "volumes" / next(iter(source)) / "v" / "..data"
        found = [p for p in root.rglob("*") if p.is_file()]
        return {str(p.relative_to(root)): (p.read_text(), f"{p.stat().st_mode & 0o777:o}") for p in found}

    def mounts(self, *mounts: Object, env: dict[str, str] | None = None) -> list[tuple[str, str, bool]]:
        """(inside the container, below the volume, read-only) for an emptyDir called `v`."""
        self.set_up({"name": "v", "emptyDir": {}})
        desired = container("c", volumeMounts=[{"name": "v", **m} for m in mounts])
        found = self.manager.mounts(pod(desired), desired, env or {})
        root = self.directory / "volumes" / "emptyDir" / "v"
        return [(m.container_path, str(Path(m.host_path).relative_to(root)), m.read_only) for m in found]


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path)


def problem(disk: Disk, **source: Any) -> str:
    with pytest.raises(Waits) as caught:
        disk.files(**source)
    assert caught.value.reason == "FailedMount"
    return caught.value.message.removeprefix('MountVolume.SetUp failed for volume "v" : ')


def test_a_config_map_is_a_file_per_key(disk: Disk) -> None:
    assert disk.files(configMap={"name": "cm"}) == {"a": ("1", "644"), "b": ("2", "644")}
    assert disk.store.held == {("configmaps", "cm")}


def test_a_secret_is_decoded_and_has_its_mode(disk: Disk) -> None:
    assert disk.files(secret={"secretName": "s", "defaultMode": 0o400}) == {"key": ("hidden", "400")}


def test_items_choose_keys_paths_and_modes(disk: Disk) -> None:
    items = [{"key": "a", "path": "deep/one", "mode": 0o600}, {"key": "b", "path": "two"}]
    found = disk.files(configMap={"name": "cm", "items": items})
    assert found == {"deep/one": ("1", "600"), "two": ("2", "644")}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"configMap": {"name": "none"}}, 'configmap "none" not found'),
        ({"secret": {"secretName": "none"}}, 'secret "none" not found'),
        (
            {"configMap": {"name": "cm", "items": [{"key": "z", "path": "z"}]}},
            "configmap references non-existent config key: z",
        ),
        (
            {"secret": {"secretName": "s", "items": [{"key": "z", "path": "z"}]}},
            "references non-existent secret key: z",
        ),
        ({"persistentVolumeClaim": {"claimName": "none"}}, 'persistentvolumeclaim "none" not found'),
        ({"glusterfs": {}}, "no volume plugin matched: glusterfs"),
    ],
)
def test_what_is_missing_is_waited_for(disk: Disk, source: Object, message: str) -> None:
    assert problem(disk, **source) == message


def test_optional_sources_may_be_missing(disk: Disk) -> None:
    assert disk.files(configMap={"name": "none", "optional": True}) == {}
    items = [{"key": "z", "path": "z"}, {"key": "a", "path": "a"}]
    found = disk.files(configMap={"name": "cm", "optional": True, "items": items})
    assert found == {"a": ("1", "644")}


def test_the_downward_api_shows_the_pod_and_its_resources(disk: Disk) -> None:
    items = [
        {"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}},
        {"path": "ip", "fieldRef": {"fieldPath": "status.podIP"}},
        {"path": "cpu", "resourceFieldRef": {"containerName": "c", "resource": "limits.cpu"}},
    ]
    found = {path: text for path, (text, _) in disk.files(downwardAPI={"items": items}).items()}
    assert found == {"labels": 'app="web"', "ip": "127.64.1.2", "cpu": "4"}


def token_for(disk: Disk, seconds: int = 3600) -> Object:
    disk.api.answer = {"status": {"token": "T1", "expirationTimestamp": "2026-01-01T01:00:00Z"}}
    part = {"serviceAccountToken": {"path": "token", "audience": "vault", "expirationSeconds": seconds}}
    return {"sources": [part, {"configMap": {"name": "cm"}}], "defaultMode": 0o440}


def test_a_projected_volume_holds_all_its_sources(disk: Disk) -> None:
    found = disk.files(projected=token_for(disk))
    assert found == {"token": ("T1", "440"), "a": ("1", "440"), "b": ("2", "440")}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_token_is_for_the_user_of_all_containers_alone(disk: Disk) -> None:
    volume = {"name": "v", "projected": token_for(disk)}
    disk.set_up(volume, securityContext={"runAsUser": 1000})
    data = disk.directory / "volumes" / "projected" / "v" / "..data"
    found = (data / "token").stat()
    assert (found.st_uid, f"{found.st_mode & 0o777:o}") == (1000, "600")
    assert (data / "a").stat().st_uid == 0


def test_a_token_is_bound_to_its_pod_and_audience(disk: Disk) -> None:
    disk.files(projected=token_for(disk, 7200))
    (asked,) = disk.api.sent("create")
    assert asked["spec"] == {
        "audiences": ["vault"],
        "expirationSeconds": 7200,
        "boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u1"},
    }


def test_a_token_is_renewed_when_four_fifths_of_its_life_are_over(disk: Disk) -> None:
    source = token_for(disk)
    disk.files(projected=source)
    run(disk.clock.advance(2879))
    disk.files(projected=source)
    assert len(disk.api.sent("create")) == 1
    run(disk.clock.advance(2))
    disk.api.answer["status"]["token"] = "T2"
    assert disk.files(projected=source)["token"][0] == "T2"


def test_a_host_path_is_the_nodes_own(disk: Disk) -> None:
    there = disk.directory / "host"
    disk.set_up({"name": "v", "hostPath": {"path": str(there), "type": "DirectoryOrCreate"}})
    assert there.is_dir()
    disk.set_up({"name": "v", "hostPath": {"path": f"{there}/file", "type": "FileOrCreate"}})
    assert (there / "file").read_bytes() == b""


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("Directory", "directory"), ("File", "file"), ("Socket", "socket file"),
        ("CharDevice", "character device"), ("BlockDevice", "block device"),
    ],
)  # fmt: skip
def test_a_host_path_has_its_type(disk: Disk, kind: str, what: str) -> None:
    text = problem(disk, hostPath={"path": "/nothing/here", "type": kind})
    assert text == f"hostPath type check failed: /nothing/here is not a {what}"


@pytest.mark.parametrize("phase", ["Pending", "Bound"])
def test_a_claim_is_used_once_it_is_bound(disk: Disk, phase: str) -> None:
    there = str(disk.directory / "pv")
    disk.api.put("persistentvolumes", "", "pv", spec={"hostPath": {"path": there}})
    spec = {"volumeName": "pv"}
    disk.api.put("persistentvolumeclaims", "default", "data", spec=spec, status={"phase": phase})
    claim = {"claimName": "data"}
    if phase == "Pending":
        assert problem(disk, persistentVolumeClaim=claim) == "PVC default/data is not bound"
        return
    disk.set_up({"name": "v", "persistentVolumeClaim": claim})
    assert Path(there).is_dir()


def test_outer_mounts_come_before_inner_ones(disk: Disk) -> None:
    found = disk.mounts({"mountPath": "/data/in", "subPath": "x"}, {"mountPath": "/data", "readOnly": True})
    assert found == [("/data", ".", True), ("/data/in", "x", False)]


def test_a_sub_path_may_name_variables(disk: Disk) -> None:
    mount = {"mountPath": "/logs", "subPathExpr": "of-$(POD_NAME)"}
    assert disk.mounts(mount, env={"POD_NAME": "p"}) == [("/logs", "of-p", False)]
    assert (disk.directory / "volumes/emptyDir/v/of-p").is_dir()


def test_each_directory_of_a_sub_path_is_as_open_as_the_volume(disk: Disk) -> None:
    assert disk.mounts({"mountPath": "/x", "subPath": "a/b"}) == [("/x", "a/b", False)]
    root = disk.directory / "volumes/emptyDir/v"
    assert [(root / path).stat().st_mode & 0o7777 for path in ("a", "a/b")] == [0o777, 0o777]


@pytest.mark.parametrize("inside", ["../../etc", "link/etc"])
def test_a_sub_path_does_not_leave_its_volume(disk: Disk, inside: str) -> None:
    disk.set_up({"name": "v", "emptyDir": {}})
    (disk.directory / "volumes/emptyDir/v/link").symlink_to("/")
    with pytest.raises(Waits) as caught:
        disk.mounts({"mountPath": "/x", "subPath": inside})
    assert caught.value.message == 'failed to prepare subPath for volumeMount "v" of container "c"'


def test_nothing_is_left_of_a_pod_that_is_torn_down(disk: Disk) -> None:
    directory = disk.directory / "pods" / "u1"
    disk.directory = directory
    desired = disk.set_up({"name": "v", "emptyDir": {}})
    run(disk.manager.tear_down(desired, directory))
    assert not directory.exists()
