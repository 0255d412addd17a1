"""Fields of the pod itself."""

from __future__ import annotations

from typing import Any

import pytest

from ..pods import POD, pod, pod_problems

FIELDS_OF_THE_POD: dict[str, tuple[Any, list[str]]] = {
    "plain": ({}, []),
    "unknown restart policy": (
        {"restartPolicy": "Sometimes"},
        [
            (
                'spec.restartPolicy: Unsupported value: "Sometimes": supported values: '
                '"Always", "OnFailure", "Never"'
            )
        ],
    ),
    "a deadline of zero": (
        {"activeDeadlineSeconds": 0},
        [("spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive")],
    ),
    "bad node selector": (
        {"nodeSelector": {"a b": "c"}},
        [
            (
                'spec.nodeSelector: Invalid value: "a b": name part must consist of '
                "alphanumeric characters, '-', '_' or '.', and must start and end with "
                "an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', "
                "regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
            )
        ],
    ),
    "bad node name": (
        {"nodeName": "A b"},
        [
            (
                'spec.nodeName: Invalid value: "A b": a lowercase RFC 1123 subdomain '
                "must consist of lower case alphanumeric characters, '-' or '.', and "
                "must start and end with an alphanumeric character (e.g. 'example.com', "
                "regex used for validation is "
                "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
            )
        ],
    ),
    "bad account": (
        {"serviceAccountName": "A b"},
        [
            (
                'spec.serviceAccountName: Invalid value: "A b": a lowercase RFC 1123 '
                "subdomain must consist of lower case alphanumeric characters, '-' or "
                "'.', and must start and end with an alphanumeric character (e.g. "
                "'example.com', regex used for validation is "
                "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
            )
        ],
    ),
    "bad host name and subdomain": (
        {"hostname": "a.b", "subdomain": "A"},
        [
            'spec.hostname: Invalid value: "a.b": must not contain dots',
            (
                'spec.subdomain: Invalid value: "A": a lowercase RFC 1123 label must '
                "consist of lower case alphanumeric characters or '-', and must start "
                "and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', "
                "regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
            ),
        ],
    ),
    "an override beside a full name": (
        {"hostnameOverride": "a.b", "setHostnameAsFQDN": True},
        [("spec.hostnameOverride: Forbidden: may not be specified when setHostnameAsFQDN is true")],
    ),
    "an override on the host's network": (
        {"hostnameOverride": "a.b", "hostNetwork": True},
        [("spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true")],
    ),
    "a long override": (
        {"hostnameOverride": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
        ["spec.hostnameOverride: Too long: may not be more than 64 bytes"],
    ),
    "bad class names": (
        {"priorityClassName": "A", "runtimeClassName": "B"},
        [
            (
                'spec.priorityClassName: Invalid value: "A": a lowercase RFC 1123 '
                "subdomain must consist of lower case alphanumeric characters, '-' or "
                "'.', and must start and end with an alphanumeric character (e.g. "
                "'example.com', regex used for validation is "
                "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
            ),
            (
                'spec.runtimeClassName: Invalid value: "B": a lowercase RFC 1123 '
                "subdomain must consist of lower case alphanumeric characters, '-' or "
                "'.', and must start and end with an alphanumeric character (e.g. "
                "'example.com', regex used for validation is "
                "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
            ),
        ],
    ),
    "unknown preemption": (
        {"preemptionPolicy": "Maybe"},
        [
            (
                'spec.preemptionPolicy: Unsupported value: "Maybe": supported values: '
                '"PreemptLowerPriority", "Never"'
            )
        ],
    ),
    "overhead that containers do not have": (
        {"overhead": {"storage": "1"}},
        [
            (
                'spec.overhead.limits[storage]: Invalid value: "storage": must be a '
                "standard resource for containers"
            )
        ],
    ),
    "bad readiness gate": (
        {"readinessGates": [{"conditionType": "a b"}]},
        [
            (
                'spec.readinessGates[0].conditionType: Invalid value: "a b": name part '
                "must consist of alphanumeric characters, '-', '_' or '.', and must "
                "start and end with an alphanumeric character (e.g. 'MyName',  or "
                "'my.name',  or '123-abc', regex used for validation is "
                "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
            )
        ],
    ),
    "ephemeral containers": (
        {"ephemeralContainers": [{"name": "e", "image": "i"}]},
        ["spec.ephemeralContainers: Forbidden: cannot be set on create"],
    ),
    "a node while gates are closed": (
        {"nodeName": "n", "schedulingGates": [{"name": "a"}]},
        [("spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared")],
    ),
}


@pytest.mark.parametrize(("given", "problems"), FIELDS_OF_THE_POD.values(), ids=FIELDS_OF_THE_POD)
def test_fields_of_the_pod(given: Any, problems: list[str]) -> None:
    assert pod_problems(given) == problems


RESOURCE_CLAIMS: dict[str, tuple[Any, list[str]]] = {
    "by name and by template": (
        [{"name": "a", "resourceClaimName": "x"}, {"name": "b", "resourceClaimTemplateName": "y"}],
        [],
    ),
    "no name": ([{"resourceClaimName": "x"}], ["spec.resourceClaims[0].name: Required value"]),
    "a name twice": (
        [{"name": "a", "resourceClaimName": "x"}, {"name": "a", "resourceClaimName": "x"}],
        ['spec.resourceClaims[1].name: Duplicate value: "a"'],
    ),
    "no source": (
        [{"name": "a"}],
        [
            (
                'spec.resourceClaims[0]: Invalid value: {"Name":"a",'
                '"ResourceClaimName":null,"ResourceClaimTemplateName":null}: must '
                "specify one of: `resourceClaimName`, `resourceClaimTemplateName`"
            )
        ],
    ),
    "both sources": (
        [{"name": "a", "resourceClaimName": "x", "resourceClaimTemplateName": "y"}],
        [
            (
                'spec.resourceClaims[0]: Invalid value: {"Name":"a",'
                '"ResourceClaimName":"x","ResourceClaimTemplateName":"y"}: at most one '
                "of `resourceClaimName` or `resourceClaimTemplateName` may be specified"
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), RESOURCE_CLAIMS.values(), ids=RESOURCE_CLAIMS)
def test_resource_claims(given: Any, problems: list[str]) -> None:
    assert pod_problems({"resourceClaims": given}) == problems


ANNOTATIONS: dict[str, tuple[Any, list[str]]] = {
    "a mirror without node": (
        {"kubernetes.io/config.mirror": "a"},
        [
            (
                'metadata.annotations[kubernetes.io/config.mirror]: Invalid value: "a": '
                "must set spec.nodeName if mirror pod annotation is set"
            )
        ],
    ),
    "a deletion cost": ({"controller.kubernetes.io/pod-deletion-cost": "-5"}, []),
    "a fractional deletion cost": (
        {"controller.kubernetes.io/pod-deletion-cost": "1.5"},
        [
            (
                "metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: "
                'Invalid value: "1.5": must be a 32bit integer'
            )
        ],
    ),
    "unknown seccomp": (
        {"seccomp.security.alpha.kubernetes.io/pod": "off"},
        [
            (
                "metadata.annotations.seccomp.security.alpha.kubernetes.io/pod: Invalid "
                'value: "off": must be a valid seccomp profile'
            )
        ],
    ),
    "unknown apparmor": (
        {"container.apparmor.security.beta.kubernetes.io/c": "off"},
        [
            (
                "metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: "
                'Invalid value: "off": invalid AppArmor profile name: "off"'
            )
        ],
    ),
    "apparmor of no container": (
        {"container.apparmor.security.beta.kubernetes.io/d": "runtime/default"},
        [
            (
                "metadata.annotations[container.apparmor.security.beta.kubernetes.io/d]: "
                'Invalid value: "d": container not found'
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), ANNOTATIONS.values(), ids=ANNOTATIONS)
def test_annotations(given: Any, problems: list[str]) -> None:
    assert POD.problems({**pod(), "metadata": {"name": "p", "annotations": given}}) == problems
