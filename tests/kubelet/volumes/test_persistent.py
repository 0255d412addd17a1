"""What a pod's claims are on the node."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from wherry.apimachinery.clock import FakeClock
from wherry.kubelet.volumes.manager import VolumeManager
from wherry.kubelet.volumes.sources import Context
from wherry.kubelet.worker.host import Waits

from tests.kubelet.api import FakeApi
from tests.kubelet.fakes import container, pod
from tests.kubelet.volumes.test_sources import Watchless
from tests.support import run

Object = dict[str, Any]
DRIVER = {"driver": "host-path.wherry.dev", "volumeHandle": "pvc-1"}


class Disk:
    """A node `n1` with the claim `c`, bound to the volume `v`."""

    def __init__(self, directory: Path, **spec: Any) -> None:
        self.directory = directory
        self.api = FakeApi()
        self.api.put("persistentvolumes", "", "v", spec=spec or {"csi": DRIVER})
        for name in ("c", "p-e"):
            bound = {"spec": {"volumeName": "v"}, "status": {"phase": "Bound"}}
            self.api.put("persistentvolumeclaims", "default", name, **bound)
        clock = FakeClock()
        store, place = Watchless(self.api, clock), lambda: ("n1", {"kubernetes.io/hostname": "n1"})
        memory = directory / "memory"
        memory.mkdir(exist_ok=True)
        context = Context(store, clock, "127.16.0.1", {}, {}, directory / "volumes", place, memory)
        self.manager = VolumeManager(context)

    def mount(self, source: Object | None = None, **security: Any) -> tuple[Path, bool]:
        """Where the container's only mount comes from, and whether it is read-only."""
        claim = source or {"persistentVolumeClaim": {"claimName": "c"}}
        wanted = container("c", volumeMounts=[{"name": "e", "mountPath": "/e"}])
        desired = pod(wanted, volumes=[{"name": "e", **claim}], securityContext=security)
        run(self.manager.set_up(desired, self.directory / "pod"))
        (found,) = self.manager.mounts(desired, wanted, {})
        return Path(found.host_path), found.read_only


def test_a_directory_is_made_once_and_outlives_pods(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    path, read_only = disk.mount()
    assert (path, read_only) == (tmp_path / "volumes" / "pvc-1", False)
    assert path.stat().st_mode & 0o777 == 0o777
    (path / "kept").touch()
    run(disk.manager.tear_down(pod(container("c")), tmp_path / "pod"))
    assert (disk.mount()[0] / "kept").exists()


def test_an_empty_directory_in_memory_goes_with_its_pod_or_node(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    path, _ = disk.mount({"emptyDir": {"medium": "Memory"}})
    assert path.is_relative_to(tmp_path / "memory")
    assert path.stat().st_mode & 0o777 == 0o777
    run(disk.manager.tear_down(pod(container("c")), tmp_path / "pod"))
    assert not path.exists()
    disk.mount({"emptyDir": {"medium": "Memory"}})
    disk.manager.close()
    assert not path.exists()


def test_what_pods_left_that_went_without_a_kubelet_is_freed(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    uid = pod(container("c"))["metadata"]["uid"]
    in_memory, _ = disk.mount({"emptyDir": {"medium": "Memory"}})
    for name in (uid, "other"):
        (tmp_path / "pods" / name / "volumes").mkdir(parents=True)
    again = Disk(tmp_path).manager
    again.sweep(tmp_path / "nowhere", ())
    again.sweep(tmp_path / "pods", {uid})
    assert in_memory.is_dir() and [p.name for p in (tmp_path / "pods").iterdir()] == [uid]
    again.sweep(tmp_path / "pods", {"other"})
    assert not in_memory.exists() and not [*(tmp_path / "pods").iterdir()]


@pytest.mark.parametrize("medium", ["", "Memory"])
def test_a_refresh_leaves_the_mode_that_an_empty_directory_has_got(tmp_path: Path, medium: str) -> None:
    disk = Disk(tmp_path)
    path, _ = disk.mount({"emptyDir": {"medium": medium}})
    path.chmod(0o2770)
    disk.mount({"emptyDir": {"medium": medium}})
    assert path.stat().st_mode & 0o7777 == 0o2770


def test_a_path_that_is_made_in_a_volume_is_as_open_as_the_volume(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    wanted = container("c", volumeMounts=[{"name": "e", "mountPath": "/e", "subPath": "a/b"}])
    desired = pod(wanted, volumes=[{"name": "e", "emptyDir": {"medium": "Memory"}}])
    run(disk.manager.set_up(desired, tmp_path / "pod"))
    (found,) = disk.manager.mounts(desired, wanted, {})
    assert found.host_path.endswith("/e/a/b")
    assert Path(found.host_path).stat().st_mode & 0o7777 == 0o1777


def test_a_mount_option_makes_it_read_only(tmp_path: Path) -> None:
    assert Disk(tmp_path, csi=DRIVER, mountOptions=["ro"]).mount()[1]
    assert Disk(tmp_path).mount({"persistentVolumeClaim": {"claimName": "c", "readOnly": True}})[1]


def test_an_ephemeral_volume_is_the_pods_own_claim(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    disk.api.objects["persistentvolumeclaims", "default", "p-e"]["metadata"]["ownerReferences"] = [
        {"uid": pod(container("c"))["metadata"]["uid"]}
    ]
    assert disk.mount({"ephemeral": {}})[0].name == "pvc-1"


def test_a_claim_is_bound_before_its_phase_says_so(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    claim = disk.api.objects["persistentvolumeclaims", "default", "c"]
    claim["status"]["phase"] = "Pending"
    claim["metadata"]["annotations"] = {"pv.kubernetes.io/bind-completed": "yes"}
    assert disk.mount()[0].is_dir()


AWAY = {
    "required": {
        "nodeSelectorTerms": [
            {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["n2"]}]}
        ]
    }
}


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"csi": {"driver": "x.com", "volumeHandle": "h"}}, "driver name x.com not found in the list of"),
        ({"csi": {**DRIVER, "volumeHandle": "../kept"}}, "'../kept' is no volume handle"),
        ({"csi": {**DRIVER, "volumeHandle": "/etc"}}, "'/etc' is no volume handle"),
        ({"csi": DRIVER, "nodeAffinity": AWAY}, "no matching NodeSelectorTerms"),
        ({"csi": DRIVER, "mountOptions": ["hard", "ro"]}, "bad option: hard"),
        ({"csi": DRIVER, "volumeMode": "Block"}, "volumeMode Block, but is specified in volumeMounts"),
        ({"local": {"path": "/nowhere/at/all"}}, 'path "/nowhere/at/all" does not exist'),
        ({"nfs": {"server": "s", "path": "/"}}, "no volume plugin for persistentvolume v"),
    ],
)
def test_what_cannot_be_mounted_is_said(tmp_path: Path, spec: Object, message: str) -> None:
    with pytest.raises(Waits) as caught:
        Disk(tmp_path, **spec).mount()
    assert message in caught.value.message


def test_a_file_system_is_no_device(tmp_path: Path) -> None:
    wanted = container("c", volumeDevices=[{"name": "e", "devicePath": "/dev/e"}])
    claim = {"name": "e", "persistentVolumeClaim": {"claimName": "c"}}
    with pytest.raises(Waits, match="volumeMode Filesystem, but is specified in volumeDevices"):
        run(Disk(tmp_path).manager.set_up(pod(wanted, volumes=[claim]), tmp_path / "pod"))


def test_somebody_elses_claim_is_not_the_pods_ephemeral_volume(tmp_path: Path) -> None:
    with pytest.raises(Waits, match="pod is not owner"):
        Disk(tmp_path).mount({"ephemeral": {}})
