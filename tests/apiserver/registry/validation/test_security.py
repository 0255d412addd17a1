"""Security contexts of pods and containers."""

from __future__ import annotations

from typing import Any

import pytest

from ..pods import container_problems, pod_problems

POD_CONTEXT: dict[str, tuple[Any, list[str]]] = {
    "usual ids": ({"runAsUser": 1000, "runAsGroup": 0, "fsGroup": 2000, "supplementalGroups": [1, 2]}, []),
    "negative ids": (
        {"runAsUser": -1, "runAsGroup": -2, "fsGroup": -3, "supplementalGroups": [-4]},
        [
            ("spec.securityContext.fsGroup: Invalid value: -3: must be between 0 and 2147483647, inclusive"),
            (
                "spec.securityContext.runAsUser: Invalid value: -1: must be between 0 "
                "and 2147483647, inclusive"
            ),
            (
                "spec.securityContext.runAsGroup: Invalid value: -2: must be between 0 "
                "and 2147483647, inclusive"
            ),
            (
                "spec.securityContext.supplementalGroups[0]: Invalid value: -4: must be "
                "between 0 and 2147483647, inclusive"
            ),
        ],
    ),
    "a sysctl": ({"sysctls": [{"name": "net.ipv4.ip_forward", "value": "1"}]}, []),
    "a sysctl without name": (
        {"sysctls": [{"name": "", "value": "1"}]},
        ["spec.securityContext.sysctls[0].name: Required value"],
    ),
    "a bad sysctl": (
        {"sysctls": [{"name": "Not A Sysctl", "value": "1"}]},
        [
            (
                'spec.securityContext.sysctls[0].name: Invalid value: "Not A Sysctl": '
                "must have at most 253 characters and match regex "
                "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$"
            )
        ],
    ),
    "a sysctl twice": (
        {"sysctls": [{"name": "kernel.sem", "value": "1"}, {"name": "kernel.sem", "value": "2"}]},
        ['spec.securityContext.sysctls[1].name: Duplicate value: "kernel.sem"'],
    ),
    "policies": (
        {"fsGroupChangePolicy": "Never", "supplementalGroupsPolicy": "Drop", "seLinuxChangePolicy": "None"},
        [
            (
                'spec.securityContext.fsGroupChangePolicy: Unsupported value: "Never": '
                'supported values: "Always", "OnRootMismatch"'
            ),
            (
                "spec.securityContext.supplementalGroupsPolicy: Unsupported value: "
                '"Drop": supported values: "Merge", "Strict"'
            ),
            (
                'spec.securityContext.seLinuxChangePolicy: Unsupported value: "None": '
                'supported values: "Recursive"'
            ),
        ],
    ),
    "seccomp of the runtime": ({"seccompProfile": {"type": "RuntimeDefault"}}, []),
    "seccomp without type": (
        {"seccompProfile": {"type": ""}},
        [
            (
                "spec.securityContext.seccompProfile.type: Required value: type is "
                "required when seccompProfile is set"
            )
        ],
    ),
    "unknown seccomp type": (
        {"seccompProfile": {"type": "Docker"}},
        [
            (
                'spec.securityContext.seccompProfile.type: Unsupported value: "Docker": '
                'supported values: "Localhost", "RuntimeDefault", "Unconfined"'
            )
        ],
    ),
    "local seccomp without profile": (
        {"seccompProfile": {"type": "Localhost"}},
        [
            (
                "spec.securityContext.seccompProfile.localhostProfile: Required value: "
                "must be set when seccomp type is Localhost"
            )
        ],
    ),
    "local seccomp that steps back": (
        {"seccompProfile": {"type": "Localhost", "localhostProfile": "../a"}},
        [
            (
                "spec.securityContext.seccompProfile.localhostProfile: Invalid value: "
                "\"../a\": must not contain '..'"
            )
        ],
    ),
    "a local profile with another type": (
        {"seccompProfile": {"type": "Unconfined", "localhostProfile": "a"}},
        [
            (
                "spec.securityContext.seccompProfile.localhostProfile: Invalid value: "
                '{"Type":"Unconfined","LocalhostProfile":"a"}: can only be set when '
                "seccomp type is Localhost"
            )
        ],
    ),
    "unknown apparmor type": (
        {"appArmorProfile": {"type": "Off"}},
        [
            (
                'spec.securityContext.appArmorProfile.type: Unsupported value: "Off": '
                'supported values: "Localhost", "RuntimeDefault", "Unconfined"'
            )
        ],
    ),
    "local apparmor without profile": (
        {"appArmorProfile": {"type": "Localhost"}},
        [
            (
                "spec.securityContext.appArmorProfile.localhostProfile: Required value: "
                "must be set when AppArmor type is Localhost"
            )
        ],
    ),
    "padded apparmor profile": (
        {"appArmorProfile": {"type": "Localhost", "localhostProfile": " a"}},
        [
            (
                'spec.securityContext.appArmorProfile.localhostProfile: Invalid value: " '
                'a": must not be padded with whitespace'
            )
        ],
    ),
    "apparmor profile with another type": (
        {"appArmorProfile": {"type": "Unconfined", "localhostProfile": "a"}},
        [
            (
                "spec.securityContext.appArmorProfile.localhostProfile: Invalid value: "
                '"a": can only be set when AppArmor type is Localhost'
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), POD_CONTEXT.values(), ids=POD_CONTEXT)
def test_pod_context(given: Any, problems: list[str]) -> None:
    assert pod_problems({"securityContext": given}) == problems


CONTAINER_CONTEXT: dict[str, tuple[Any, list[str]]] = {
    "usual": (
        {
            "runAsUser": 1,
            "runAsNonRoot": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        },
        [],
    ),
    "negative ids": (
        {"runAsUser": -1, "runAsGroup": -2},
        [
            (
                "spec.containers[0].securityContext.runAsUser: Invalid value: -1: must "
                "be between 0 and 2147483647, inclusive"
            ),
            (
                "spec.containers[0].securityContext.runAsGroup: Invalid value: -2: must "
                "be between 0 and 2147483647, inclusive"
            ),
        ],
    ),
    "privileged without escalation": (
        {
            "privileged": True,
            "allowPrivilegeEscalation": False,
            "seccompProfile": {"type": "RuntimeDefault"},
            "seLinuxOptions": {"level": "s0"},
        },
        [
            (
                'spec.containers[0].securityContext: Invalid value: {"Capabilities":null,'
                '"Privileged":true,"SELinuxOptions":{"User":"","Role":"","Type":"","Level":"s0"},'
                '"WindowsOptions":null,'
                '"RunAsUser":null,"RunAsGroup":null,"RunAsNonRoot":null,'
                '"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,'
                '"ProcMount":null,"SeccompProfile":{"Type":"RuntimeDefault","LocalhostProfile":null},'
                '"AppArmorProfile":null}: cannot '
                "set `allowPrivilegeEscalation` to false and `privileged` to true"
            )
        ],
    ),
    "an administrator without escalation": (
        {"capabilities": {"add": ["CAP_SYS_ADMIN"]}, "allowPrivilegeEscalation": False},
        [
            (
                "spec.containers[0].securityContext: Invalid value: "
                '{"Capabilities":{"Add":["CAP_SYS_ADMIN"],"Drop":null},"Privileged":null,'
                '"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":null,'
                '"RunAsGroup":null,"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,'
                '"AllowPrivilegeEscalation":false,"ProcMount":null,"SeccompProfile":null,'
                '"AppArmorProfile":null}: cannot set `allowPrivilegeEscalation` to false '
                "and `capabilities.Add` CAP_SYS_ADMIN"
            )
        ],
    ),
    "unmasked proc in the host user namespace": (
        {"procMount": "Unmasked"},
        [
            (
                "spec.containers[0].securityContext.procMount: Invalid value: "
                '"Unmasked": `hostUsers` must be false to use `Unmasked`'
            )
        ],
    ),
    "unknown proc mount": (
        {"procMount": "None"},
        [
            (
                "spec.containers[0].securityContext.procMount: Unsupported value: "
                '"None": supported values: "Default", "Unmasked"'
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), CONTAINER_CONTEXT.values(), ids=CONTAINER_CONTEXT)
def test_container_context(given: Any, problems: list[str]) -> None:
    assert container_problems({"securityContext": given}) == problems


HOST_NAMESPACES: dict[str, tuple[Any, list[str]]] = {
    "processes shared with host and pod": (
        {"hostPID": True, "shareProcessNamespace": True},
        [
            (
                "spec.securityContext.shareProcessNamespace: Invalid value: true: "
                "ShareProcessNamespace and HostPID cannot both be enabled"
            )
        ],
    ),
    "the host's network without its users": (
        {"hostUsers": False, "hostNetwork": True, "hostPID": True},
        [
            "spec.hostNetwork: Forbidden: when `hostUsers` is false",
            "spec.HostPID: Forbidden: when `hostUsers` is false",
        ],
    ),
    "a network sysctl on the host's network": (
        {"hostNetwork": True, "securityContext": {"sysctls": [{"name": "net.core.somaxconn", "value": "1"}]}},
        [
            (
                "spec.securityContext.sysctls[0].name: Invalid value: "
                "\"net.core.somaxconn\": may not be specified when 'hostNetwork' is true"
            )
        ],
    ),
    "an ipc sysctl in the host's namespace": (
        {"hostIPC": True, "securityContext": {"sysctls": [{"name": "kernel.shmmax", "value": "1"}]}},
        [
            (
                'spec.securityContext.sysctls[0].name: Invalid value: "kernel.shmmax": '
                "may not be specified when 'hostIPC' is true"
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), HOST_NAMESPACES.values(), ids=HOST_NAMESPACES)
def test_host_namespaces(given: Any, problems: list[str]) -> None:
    assert pod_problems(given) == problems


OPERATING_SYSTEMS: dict[str, tuple[Any, list[str]]] = {
    "linux": ({"os": {"name": "linux"}}, []),
    "none": ({"os": {"name": ""}}, ["spec.os.name: Required value: cannot be empty"]),
    "unknown": (
        {"os": {"name": "plan9"}},
        ['spec.os: Unsupported value: "plan9": supported values: "linux", "windows"'],
    ),
    "windows options for linux": (
        {"os": {"name": "linux"}, "securityContext": {"windowsOptions": {"runAsUserName": "a"}}},
        [("spec.securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod")],
    ),
    "linux options for windows": (
        {"os": {"name": "windows"}, "hostPID": True, "securityContext": {"runAsUser": 1}},
        [
            "spec.hostPID: Forbidden: cannot be set for a windows pod",
            "spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod",
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), OPERATING_SYSTEMS.values(), ids=OPERATING_SYSTEMS)
def test_operating_systems(given: Any, problems: list[str]) -> None:
    assert pod_problems(given) == problems
