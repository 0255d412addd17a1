"""What a pod may have but should not."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.registry.validation.pod_warnings import pod_warnings, template_warnings

from ..pods import POD, pod

POD_WARNINGS: dict[str, tuple[Any, list[str]]] = {
    "nothing to say": ({}, []),
    "old node labels": (
        {
            "nodeSelector": {"beta.kubernetes.io/arch": "amd64"},
            "affinity": {
                "nodeAffinity": {
                    "preferredDuringSchedulingIgnoredDuringExecution": [
                        {
                            "weight": 1,
                            "preference": {
                                "matchExpressions": [{"key": "beta.kubernetes.io/os", "operator": "Exists"}]
                            },
                        }
                    ]
                }
            },
        },
        [
            (
                "spec.nodeSelector[beta.kubernetes.io/arch]: deprecated since v1.14; use "
                '"kubernetes.io/arch" instead'
            ),
            (
                "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecu"
                "tion[0].preference.matchExpressions[0].key: beta.kubernetes.io/os is "
                'deprecated since v1.14; use "kubernetes.io/os" instead'
            ),
        ],
    ),
    "old zones to spread over": (
        {
            "topologySpreadConstraints": [
                {
                    "maxSkew": 1,
                    "topologyKey": "failure-domain.beta.kubernetes.io/zone",
                    "whenUnsatisfiable": "ScheduleAnyway",
                }
            ]
        },
        [
            (
                "spec.topologySpreadConstraints[0].topologyKey: "
                "failure-domain.beta.kubernetes.io/zone is deprecated since v1.17; use "
                '"topology.kubernetes.io/zone" instead'
            ),
            (
                "spec.topologySpreadConstraints[0].labelSelector: a null labelSelector "
                "results in matching no pod"
            ),
        ],
    ),
    "dead volume drivers": (
        {
            "volumes": [
                {"name": "v", "gitRepo": {"repository": "a"}},
                {"name": "w", "glusterfs": {"endpoints": "a", "path": "b"}},
            ]
        },
        [
            ("spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+"),
            "spec.volumes[1].glusterfs: deprecated in v1.25, non-functional in v1.26+",
        ],
    ),
    "an address twice": (
        {"hostAliases": [{"ip": "10.0.0.1"}, {"ip": "10.0.0.1"}]},
        ['spec.hostAliases[1].ip: duplicate ip "10.0.0.1"'],
    ),
    "pull secrets without name and twice": (
        {"imagePullSecrets": [{"name": "a"}, {"name": "a"}, {}]},
        [
            'spec.imagePullSecrets[1].name: duplicate name "a"',
            'spec.imagePullSecrets[2].name: invalid empty name ""',
        ],
    ),
    "fractions of bytes": (
        {
            "overhead": {"memory": "1500m"},
            "containers": [{"name": "c", "image": "i", "resources": {"limits": {"memory": "100m"}}}],
        },
        [
            ('spec.overhead[memory]: fractional byte value "1500m" is invalid, must be an integer'),
            (
                "spec.containers[0].resources.limits[memory]: fractional byte value "
                '"100m" is invalid, must be an integer'
            ),
            (
                "spec.containers[0].resources.requests[memory]: fractional byte value "
                '"100m" is invalid, must be an integer'
            ),
        ],
    ),
    "a variable that hides another": (
        {
            "containers": [
                {"name": "c", "image": "i", "env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]}
            ]
        },
        [
            (
                'spec.containers[0].env[1]: hides previous definition of "A", which may '
                "be dropped when using apply"
            )
        ],
    ),
    "a variable that builds on another": (
        {
            "containers": [
                {
                    "name": "c",
                    "image": "i",
                    "env": [{"name": "A", "value": "1"}, {"name": "A", "value": "x$(A)"}],
                }
            ]
        },
        [],
    ),
    "a port twice": (
        {
            "containers": [
                {"name": "c", "image": "i", "ports": [{"containerPort": 80}, {"containerPort": 80}]}
            ]
        },
        [("spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]")],
    ),
    "a port with and without host port": (
        {
            "containers": [
                {
                    "name": "c",
                    "image": "i",
                    "ports": [{"containerPort": 80}, {"containerPort": 80, "hostPort": 80}],
                }
            ]
        },
        [("spec.containers[0].ports[1]: overlapping port definition with spec.containers[0].ports[0]")],
    ),
    "a host port on one and on all addresses": (
        {
            "containers": [
                {
                    "name": "c",
                    "image": "i",
                    "ports": [
                        {"containerPort": 80, "hostPort": 80},
                        {"containerPort": 80, "hostPort": 80, "hostIP": "10.0.0.1"},
                    ],
                }
            ]
        },
        [
            (
                "spec.containers[0].ports[1]: dangerously ambiguous port definition with "
                "spec.containers[0].ports[0]"
            )
        ],
    ),
    "affinity to nothing": (
        {
            "affinity": {
                "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "a"}]}
            }
        },
        [
            (
                "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecuti"
                "on[0].labelSelector: a null labelSelector results in matching no pod"
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "warnings"), POD_WARNINGS.values(), ids=POD_WARNINGS)
def test_pod_warnings(given: Any, warnings: list[str]) -> None:
    assert POD.warnings(pod(**given)) == warnings


WARNINGS_ABOUT_ANNOTATIONS: dict[str, tuple[Any, list[str]]] = {
    "critical pod": (
        {"scheduler.alpha.kubernetes.io/critical-pod": ""},
        [
            (
                "metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: "
                'non-functional in v1.16+; use the "priorityClassName" field instead'
            )
        ],
    ),
    "seccomp of the pod": (
        {"seccomp.security.alpha.kubernetes.io/pod": "runtime/default"},
        [
            (
                "metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: "
                'non-functional in v1.27+; use the "seccompProfile" field instead'
            )
        ],
    ),
    "seccomp of a container": (
        {"container.seccomp.security.alpha.kubernetes.io/c": "unconfined"},
        [
            (
                "metadata.annotations[container.seccomp.security.alpha.kubernetes.io/c]: "
                'non-functional in v1.27+; use the "seccompProfile" field instead'
            )
        ],
    ),
}


@pytest.mark.parametrize(
    ("given", "warnings"), WARNINGS_ABOUT_ANNOTATIONS.values(), ids=WARNINGS_ABOUT_ANNOTATIONS
)
def test_warnings_about_annotations(given: Any, warnings: list[str]) -> None:
    assert POD.warnings({**pod(), "metadata": {"name": "p", "annotations": given}}) == warnings


@pytest.mark.parametrize(("of_pod", "warned"), [({}, True), ({"type": "RuntimeDefault"}, False)])
def test_a_template_with_an_apparmor_annotation_that_no_field_repeats(of_pod: Any, warned: bool) -> None:
    notes = {"container.apparmor.security.beta.kubernetes.io/c": "runtime/default"}
    template = pod(securityContext={"appArmorProfile": of_pod} if of_pod else {})
    template["metadata"]["annotations"] = notes
    assert template_warnings(template, "spec.template") == warned * [
        "spec.template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: "
        'deprecated since v1.30; use the "appArmorProfile" field instead'
    ]


OVERLAPS = "overlapping paths:"


def secret(name: str) -> dict[str, Any]:
    return {"secret": {"name": name, "items": [{"path": "a"}]}}


@pytest.mark.parametrize(
    ("volume", "found"),
    [
        (
            {"configMap": {"name": "c", "items": [{"path": "a/b"}, {"path": "a"}, {"path": "a/b/"}]}},
            [
                f'volume "v" (ConfigMap "c"): {OVERLAPS} "a" with "a/b"',
                f'volume "v" (ConfigMap "c"): {OVERLAPS} "a/b" with "a/b"',
                f'volume "v" (ConfigMap "c"): {OVERLAPS} "a/b" with "a"',
            ],
        ),
        ({"secret": {"secretName": "s", "items": [{"path": "a"}, {"path": "ab"}]}}, []),
        (
            {
                "projected": {
                    "sources": [{}, *({"secret": {"name": n, "items": [{"path": "a"}]}} for n in "st")]
                }
            },
            [
                'volume "v" (Projected) has no sources provided',
                f'volume "v" (Projected): {OVERLAPS} "a" (Secret "t") with "a" (Secret "s")',
            ],
        ),
    ],
)
def test_files_of_a_volume_that_hide_each_other(volume: dict[str, Any], found: list[str]) -> None:
    assert pod_warnings({"spec": {"volumes": [{"name": "v", **volume}]}}) == found


def test_ports_with_an_address_of_no_port_and_with_one_name() -> None:
    ports = [{"name": "a", "containerPort": 80, "protocol": "TCP", "hostIP": "1.2.3.4"}]
    other = [{"name": "a", "containerPort": 81}]
    spec = {"containers": [{"name": "c", "ports": ports}, {"name": "d", "ports": other}]}
    assert pod_warnings({"spec": spec}) == [
        "spec.containers[0].ports[0]: hostIP set without hostPort: "
        "{Name:a HostPort:0 ContainerPort:80 Protocol:TCP HostIP:1.2.3.4}",
        'spec.containers[1].ports[0]: duplicate port name "a" with spec.containers[0].ports[0], services and '
        "probes that select ports by name will use spec.containers[0].ports[0]",
    ]
