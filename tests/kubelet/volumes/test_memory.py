"""emptyDirs in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from wherry.kubelet.runtime.process import syscalls
from wherry.kubelet.volumes import memory

from tests.kubelet.fakes import container, pod

Object = dict[str, Any]


def limited(text: str) -> Object:
    return container(f"c{text}", resources={"limits": {"memory": text}})


@pytest.mark.parametrize(
    ("source", "spec", "size"),
    [
        ({"sizeLimit": "10Mi"}, {}, 10 << 20),
        ({"sizeLimit": "10Mi"}, {"resources": {"limits": {"memory": "8Mi"}}}, 8 << 20),
        ({}, {"resources": {"limits": {"memory": "8Mi"}}}, 8 << 20),
        ({}, {"containers": [limited("1Mi"), limited("2Mi")]}, 3 << 20),
        ({"sizeLimit": "1Mi"}, {"containers": [limited("1Mi"), limited("2Mi")]}, 1 << 20),
        ({}, {"containers": [limited("1Mi"), container("c")]}, 0),
        ({"sizeLimit": "0"}, {}, 0),
    ],
)
def test_the_size_is_the_volumes_or_what_the_pod_may_use(source: Object, spec: Object, size: int) -> None:
    assert memory.size_of(pod(container("c"), **spec), source) == size


def test_a_size_is_that_of_a_file_system_which_is_mounted_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted: dict[str, str] = {}
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(Path, "is_mount", lambda path: str(path) in mounted)
    monkeypatch.setattr(syscalls, "mount", lambda source, at, kind, data: mounted.update({at: data}))
    monkeypatch.setattr(syscalls, "unmount", lambda at, flags: mounted.pop(at))
    for _ in range(2):
        path = memory.lay_out(tmp_path / "uid" / "cache", 4096)
    memory.lay_out(tmp_path / "uid" / "plain", 0)
    assert mounted == {str(path): "size=4096"}
    assert path.stat().st_mode & 0o7777 == 0o1777
    memory.remove(tmp_path / "uid")
    memory.remove(tmp_path / "uid")
    assert not mounted and not path.exists()


def test_a_kubelet_that_may_not_mount_keeps_a_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(syscalls, "mount", refuse)
    assert memory.lay_out(tmp_path / "cache", 4096).is_dir()
