"""Requests, limits and claims of containers and pods."""

from __future__ import annotations

from typing import Any

import pytest

from ..pods import container_problems, pod_problems

CONTAINER_RESOURCES: dict[str, tuple[Any, list[str]]] = {
    "requests up to limits": ({"requests": {"cpu": "1"}, "limits": {"cpu": "1", "memory": "1Gi"}}, []),
    "more than the limit": (
        {"requests": {"cpu": "2"}, "limits": {"cpu": "1500m"}},
        [
            (
                'spec.containers[0].resources.requests: Invalid value: "2": must be less '
                "than or equal to cpu limit of 1500m"
            )
        ],
    ),
    "a negative amount": (
        {"limits": {"memory": "-1"}},
        [
            (
                'spec.containers[0].resources.limits[memory]: Invalid value: "-1": must '
                "be greater than or equal to 0"
            ),
            (
                'spec.containers[0].resources.requests[memory]: Invalid value: "-1": '
                "must be greater than or equal to 0"
            ),
        ],
    ),
    "a resource that containers do not have": (
        {"limits": {"storage": "1Gi"}},
        [
            (
                'spec.containers[0].resources.limits[storage]: Invalid value: "storage": '
                "must be a standard resource for containers"
            ),
            (
                "spec.containers[0].resources.requests[storage]: Invalid value: "
                '"storage": must be a standard resource for containers'
            ),
        ],
    ),
    "an unknown short name": (
        {"limits": {"gpus": "1"}},
        [
            (
                'spec.containers[0].resources.limits[gpus]: Invalid value: "gpus": must '
                "be a standard resource type or fully qualified"
            ),
            (
                'spec.containers[0].resources.limits[gpus]: Invalid value: "gpus": must '
                "be a standard resource for containers"
            ),
            (
                'spec.containers[0].resources.requests[gpus]: Invalid value: "gpus": '
                "must be a standard resource type or fully qualified"
            ),
            (
                'spec.containers[0].resources.requests[gpus]: Invalid value: "gpus": '
                "must be a standard resource for containers"
            ),
        ],
    ),
    "an extended resource": ({"limits": {"test.io/gpu": "2"}}, []),
    "half an extended resource": (
        {"limits": {"test.io/gpu": "500m"}},
        [
            ('spec.containers[0].resources.limits[test.io/gpu]: Invalid value: "500m": must be an integer'),
            ('spec.containers[0].resources.requests[test.io/gpu]: Invalid value: "500m": must be an integer'),
        ],
    ),
    "an extended request differs from its limit": (
        {"requests": {"test.io/gpu": "1"}, "limits": {"test.io/gpu": "2"}},
        [
            (
                'spec.containers[0].resources.requests: Invalid value: "1": must be '
                "equal to test.io/gpu limit of 2"
            )
        ],
    ),
    "an extended request has no limit": (
        {"requests": {"test.io/gpu": "1"}},
        [
            (
                "spec.containers[0].resources.limits: Required value: Limit must be set "
                "for non overcommitable resources"
            )
        ],
    ),
    "a bad name": (
        {"limits": {"a b": "1"}},
        [
            (
                'spec.containers[0].resources.limits[a b]: Invalid value: "a b": name '
                "part must consist of alphanumeric characters, '-', '_' or '.', and must "
                "start and end with an alphanumeric character (e.g. 'MyName',  or "
                "'my.name',  or '123-abc', regex used for validation is "
                "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
            ),
            (
                'spec.containers[0].resources.limits[a b]: Invalid value: "a b": must be '
                "a standard resource for containers"
            ),
            (
                'spec.containers[0].resources.requests[a b]: Invalid value: "a b": name '
                "part must consist of alphanumeric characters, '-', '_' or '.', and must "
                "start and end with an alphanumeric character (e.g. 'MyName',  or "
                "'my.name',  or '123-abc', regex used for validation is "
                "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
            ),
            (
                'spec.containers[0].resources.requests[a b]: Invalid value: "a b": must '
                "be a standard resource for containers"
            ),
        ],
    ),
    "huge pages with memory": ({"limits": {"hugepages-2Mi": "4Mi", "memory": "1Gi"}}, []),
    "no huge pages": ({"limits": {"hugepages-2Mi": "0", "memory": "1Gi"}}, []),
    "huge pages alone": (
        {"limits": {"hugepages-2Mi": "4Mi"}},
        ["spec.containers[0].resources: Forbidden: HugePages require cpu or memory"],
    ),
    "half a huge page": (
        {"limits": {"hugepages-2Mi": "3Mi", "cpu": "1"}},
        [
            (
                "spec.containers[0].resources.limits[hugepages-2Mi]: Invalid value: "
                '"3Mi": 3Mi is not positive integer multiple of hugepages-2Mi'
            ),
            (
                "spec.containers[0].resources.requests[hugepages-2Mi]: Invalid value: "
                '"3Mi": 3Mi is not positive integer multiple of hugepages-2Mi'
            ),
        ],
    ),
    "a claim that the pod does not have": (
        {"claims": [{"name": "gpu"}]},
        [
            (
                'spec.containers[0].resources.claims[0]: Not found: "gpu": must be one '
                "of the names in pod.spec.resourceClaims which is empty"
            )
        ],
    ),
    "a claim without name": ({"claims": [{}]}, ["spec.containers[0].resources.claims[0]: Required value"]),
}


@pytest.mark.parametrize(("given", "problems"), CONTAINER_RESOURCES.values(), ids=CONTAINER_RESOURCES)
def test_container_resources(given: Any, problems: list[str]) -> None:
    assert container_problems({"resources": given}) == problems


CLAIMS_OF_CONTAINERS: dict[str, tuple[Any, list[str]]] = {
    "a claim of the pod": ([{"name": "gpu"}], []),
    "one request of it": ([{"name": "gpu", "request": "r"}], []),
    "the same claim twice": (
        [{"name": "gpu"}, {"name": "gpu"}],
        ['spec.containers[0].resources.claims[1]: Duplicate value: "gpu"'],
    ),
    "the whole claim after one request of it": (
        [{"name": "gpu", "request": "r"}, {"name": "gpu"}],
        ['spec.containers[0].resources.claims[1]: Duplicate value: "gpu"'],
    ),
    "another claim": (
        [{"name": "nic"}],
        [
            (
                'spec.containers[0].resources.claims[0]: Not found: "nic": must be one '
                "of the names in pod.spec.resourceClaims: gpu"
            )
        ],
    ),
    "a bad request name": (
        [{"name": "gpu", "request": "A_B"}],
        [
            (
                'spec.containers[0].resources.claims[0].request: Invalid value: "A_B": a '
                "lowercase RFC 1123 label must consist of lower case alphanumeric "
                "characters or '-', and must start and end with an alphanumeric "
                "character (e.g. 'my-name',  or '123-abc', regex used for validation is "
                "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), CLAIMS_OF_CONTAINERS.values(), ids=CLAIMS_OF_CONTAINERS)
def test_claims_of_containers(given: Any, problems: list[str]) -> None:
    assert (
        container_problems(
            {"resources": {"claims": given}}, resourceClaims=[{"name": "gpu", "resourceClaimName": "g"}]
        )
        == problems
    )


POD_RESOURCES: dict[str, tuple[Any, list[str]]] = {
    "enough for the containers": (
        {
            "containers": [{"name": "c", "image": "i", "resources": {"requests": {"cpu": "1"}}}],
            "resources": {"requests": {"cpu": "2"}},
        },
        [],
    ),
    "less than the containers request": (
        {
            "containers": [
                {"name": "c", "image": "i", "resources": {"requests": {"cpu": "1"}}},
                {"name": "d", "image": "i", "resources": {"requests": {"cpu": "1"}}},
            ],
            "resources": {"requests": {"cpu": "1500m"}},
        },
        [
            (
                'spec.resources.requests[cpu]: Invalid value: "1500m": must be greater '
                "than or equal to aggregate container requests of 2"
            )
        ],
    ),
    "resources of containers that the pod says nothing about": (
        {
            "containers": [
                {
                    "name": "c",
                    "image": "i",
                    "resources": {"limits": {"a.b/gpu": "1", "ephemeral-storage": "1Gi"}},
                }
            ],
            "resources": {"requests": {"cpu": "1"}},
        },
        [],
    ),
    "less huge pages than the containers may have": (
        {
            "containers": [
                {
                    "name": "c",
                    "image": "i",
                    "resources": {"limits": {"hugepages-2Mi": "4Mi", "cpu": "1"}},
                }
            ],
            "resources": {"limits": {"hugepages-2Mi": "2Mi", "cpu": "1"}},
        },
        [
            (
                'spec.resources.requests[hugepages-2Mi]: Invalid value: "2Mi": must be greater '
                "than or equal to aggregate container requests of 4Mi"
            ),
            (
                'spec.resources.limits[hugepages-2Mi]: Invalid value: "2Mi": must be greater '
                "than or equal to aggregate container limits of 4Mi"
            ),
            (
                'spec.resources.containers[0][hugepages-2Mi].limits: Invalid value: "4Mi": must '
                "be less than or equal to pod limits of 2Mi"
            ),
        ],
    ),
    "a windows pod": (
        {"os": {"name": "windows"}, "resources": {"requests": {"cpu": "2"}}},
        ["spec.resources: Forbidden: may not be set for a windows pod"],
    ),
    "a container's limit above the pod's": (
        {
            "containers": [{"name": "c", "image": "i", "resources": {"limits": {"memory": "2Gi"}}}],
            "resources": {"limits": {"memory": "1Gi"}, "requests": {"memory": "1Gi"}},
        },
        [
            (
                'spec.resources.requests[memory]: Invalid value: "1Gi": must be greater '
                "than or equal to aggregate container requests of 2Gi"
            ),
            (
                'spec.resources.containers[0][memory].limits: Invalid value: "2Gi": must '
                "be less than or equal to pod limits of 1Gi"
            ),
        ],
    ),
    "resources that pods do not have": (
        {"resources": {"limits": {"ephemeral-storage": "1Gi"}}},
        [
            (
                "spec.resources.limits[ephemeral-storage]: Unsupported value: "
                '"ephemeral-storage": supported values: "cpu", "hugepages-", "memory"'
            )
        ],
    ),
    "claims": (
        {"resources": {"claims": [{"name": "a"}]}},
        [
            ("spec.resources.claims: Forbidden: claims may not be set for Resources at pod-level"),
            (
                'spec.resources.claims[0]: Not found: "a": must be one of the names in '
                "pod.spec.resourceClaims which is empty"
            ),
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), POD_RESOURCES.values(), ids=POD_RESOURCES)
def test_pod_resources(given: Any, problems: list[str]) -> None:
    assert pod_problems(given) == problems
