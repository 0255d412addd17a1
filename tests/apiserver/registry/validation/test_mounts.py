"""Mounts and devices: of which volumes, where, how."""

from __future__ import annotations

from typing import Any

import pytest

from ..pods import container_problems

VOLUMES = [{"name": "v", "emptyDir": {}}, {"name": "pvc", "persistentVolumeClaim": {"claimName": "c"}}]


MOUNTS: dict[str, tuple[Any, list[str]]] = {
    "a mount": ([{"name": "v", "mountPath": "/v", "readOnly": True}], []),
    "unknown volume": (
        [{"name": "w", "mountPath": "/v"}],
        ['spec.containers[0].volumeMounts[0].name: Not found: "w"'],
    ),
    "no path": (
        [{"name": "v", "mountPath": ""}],
        ["spec.containers[0].volumeMounts[0].mountPath: Required value"],
    ),
    "a path twice": (
        [{"name": "v", "mountPath": "/v"}, {"name": "pvc", "mountPath": "/v"}],
        [('spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/v": must be unique')],
    ),
    "a sub path": ([{"name": "v", "mountPath": "/v", "subPath": "a/b"}], []),
    "an absolute sub path": (
        [{"name": "v", "mountPath": "/v", "subPath": "/a"}],
        [('spec.containers[0].volumeMounts.subPath: Invalid value: "/a": must be a relative path')],
    ),
    "a sub path that steps back": (
        [{"name": "v", "mountPath": "/v", "subPath": "a/../../b"}],
        [("spec.containers[0].volumeMounts.subPath: Invalid value: \"a/../../b\": must not contain '..'")],
    ),
    "two kinds of sub path": (
        [{"name": "v", "mountPath": "/v", "subPath": "a", "subPathExpr": "b"}],
        [
            (
                'spec.containers[0].volumeMounts[0].subPathExpr: Invalid value: "b": '
                "subPathExpr and subPath are mutually exclusive"
            )
        ],
    ),
    "unknown propagation": (
        [{"name": "v", "mountPath": "/v", "mountPropagation": "Up"}],
        [
            (
                "spec.containers[0].volumeMounts.mountPropagation: Unsupported value: "
                '"Up": supported values: "Bidirectional", "HostToContainer", "None"'
            )
        ],
    ),
    "propagation without privilege": (
        [{"name": "v", "mountPath": "/v", "mountPropagation": "Bidirectional"}],
        [
            (
                "spec.containers[0].volumeMounts.mountPropagation: Forbidden: "
                "Bidirectional mount propagation is available only to privileged "
                "containers"
            )
        ],
    ),
    "recursively read-only": (
        [{"name": "v", "mountPath": "/v", "readOnly": True, "recursiveReadOnly": "Enabled"}],
        [],
    ),
    "recursively read-only but writable": (
        [{"name": "v", "mountPath": "/v", "recursiveReadOnly": "Enabled"}],
        [
            (
                "spec.containers[0].volumeMounts.recursiveReadOnly: Forbidden: may only "
                "be specified when readOnly is true"
            )
        ],
    ),
    "recursively read-only with propagation": (
        [
            {
                "name": "v",
                "mountPath": "/v",
                "readOnly": True,
                "recursiveReadOnly": "IfPossible",
                "mountPropagation": "HostToContainer",
            }
        ],
        [
            (
                "spec.containers[0].volumeMounts.recursiveReadOnly: Forbidden: may only "
                "be specified when mountPropagation is None or not specified"
            )
        ],
    ),
    "unknown recursion": (
        [{"name": "v", "mountPath": "/v", "readOnly": True, "recursiveReadOnly": "Yes"}],
        [
            (
                "spec.containers[0].volumeMounts.recursiveReadOnly: Unsupported value: "
                '"Yes": supported values: "Disabled", "Enabled", "IfPossible"'
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), MOUNTS.values(), ids=MOUNTS)
def test_mounts(given: Any, problems: list[str]) -> None:
    assert container_problems({"volumeMounts": given}, volumes=VOLUMES) == problems


DEVICES: dict[str, tuple[Any, list[str]]] = {
    "a device": ({"volumeDevices": [{"name": "pvc", "devicePath": "/dev/a"}]}, []),
    "of a directory": (
        {"volumeDevices": [{"name": "v", "devicePath": "/dev/a"}]},
        [
            (
                'spec.containers[0].volumeDevices[0].name: Invalid value: "v": can only '
                "use volume source type of PersistentVolumeClaim or Ephemeral for block "
                "mode"
            )
        ],
    ),
    "of an unknown volume": (
        {"volumeDevices": [{"name": "w", "devicePath": "/dev/a"}]},
        ['spec.containers[0].volumeDevices[0].name: Not found: "w"'],
    ),
    "without path": (
        {"volumeDevices": [{"name": "pvc", "devicePath": ""}]},
        ["spec.containers[0].volumeDevices[0].devicePath: Required value"],
    ),
    "a path that steps back": (
        {"volumeDevices": [{"name": "pvc", "devicePath": "/dev/../a"}]},
        [
            (
                "spec.containers[0].volumeDevices[0].devicePath: Invalid value: "
                "\"/dev/../a\": can not contain backsteps ('..')"
            )
        ],
    ),
    "mounted, too": (
        {
            "volumeMounts": [{"name": "pvc", "mountPath": "/a"}],
            "volumeDevices": [{"name": "pvc", "devicePath": "/a"}],
        },
        [
            (
                'spec.containers[0].volumeMounts[0].name: Invalid value: "pvc": must not '
                "already exist in volumeDevices"
            ),
            (
                'spec.containers[0].volumeMounts[0].mountPath: Invalid value: "/a": must '
                "not already exist as a path in volumeDevices"
            ),
            (
                'spec.containers[0].volumeDevices[0].name: Invalid value: "pvc": must '
                "not already exist in volumeMounts"
            ),
            (
                'spec.containers[0].volumeDevices[0].devicePath: Invalid value: "/a": '
                "must not already exist as a path in volumeMounts"
            ),
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), DEVICES.values(), ids=DEVICES)
def test_devices(given: Any, problems: list[str]) -> None:
    assert container_problems(given, volumes=VOLUMES) == problems
