"""Defaults of pods that no literal expresses."""

from __future__ import annotations

from typing import Any

import pytest

from ..pods import POD, container, pod

CONTAINER_DEFAULTS: dict[str, tuple[Any, Any]] = {
    "none": ({}, {}),
    "requests follow limits": (
        {"resources": {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}}},
        {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m", "memory": "1Gi"}},
    ),
    "fine amounts are rounded up": (
        {"resources": {"requests": {"cpu": "100u"}}},
        {"requests": {"cpu": "1m"}},
    ),
}


@pytest.mark.parametrize(("given", "resources"), CONTAINER_DEFAULTS.values(), ids=CONTAINER_DEFAULTS)
def test_container_defaults(given: Any, resources: Any) -> None:
    assert (
        POD.defaulted(pod(containers=[container(**given)]))["spec"]["containers"][0].get("resources")
        == resources
    )


POD_RESOURCE_DEFAULTS: dict[str, tuple[Any, Any]] = {
    "requests of the pod follow its containers": (
        {
            "resources": {"limits": {"cpu": "4"}},
            "containers": [
                {"name": "a", "image": "i", "resources": {"requests": {"cpu": "1"}}},
                {"name": "b", "image": "i", "resources": {"requests": {"cpu": "1"}}},
            ],
        },
        {"limits": {"cpu": "4"}, "requests": {"cpu": "2"}},
    ),
    "then its own limits": (
        {"resources": {"limits": {"cpu": "4"}}},
        {"limits": {"cpu": "4"}, "requests": {"cpu": "4"}},
    ),
}


@pytest.mark.parametrize(("given", "resources"), POD_RESOURCE_DEFAULTS.values(), ids=POD_RESOURCE_DEFAULTS)
def test_pod_resource_defaults(given: Any, resources: Any) -> None:
    assert POD.defaulted(pod(**given))["spec"].get("resources") == resources


def test_the_old_name_of_the_account_follows_the_new() -> None:
    spec = POD.defaulted(pod(serviceAccountName="a"))["spec"]
    assert (spec["serviceAccount"], spec["serviceAccountName"]) == ("a", "a")


def test_a_volume_without_source_is_an_empty_directory() -> None:
    assert POD.defaulted(pod(volumes=[{"name": "v"}]))["spec"]["volumes"] == [{"name": "v", "emptyDir": {}}]


def test_host_ports_follow_container_ports_on_the_hosts_network() -> None:
    spec = POD.defaulted(pod(hostNetwork=True, containers=[container(ports=[{"containerPort": 80}])]))["spec"]
    assert spec["containers"][0]["ports"] == [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}]
