"""Expansion, service variables and the downward API."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.kubelet.env.downward import container_resource, pod_field
from wherry.kubelet.env.expand import expand
from wherry.kubelet.env.resolve import service_variables

POD: dict[str, Any] = {
    "metadata": {"name": "p", "namespace": "ns", "uid": "u", "labels": {"b": 'q"x', "a": "1"}},
    "spec": {"nodeName": "n", "containers": []},
}


@pytest.mark.parametrize(
    ("text", "result"),
    [("$(A)-$(B)", "1-$(B)"), ("$$(A)", "$(A)"), ("$A", "$A"), ("$(A", "$(A"), ("a$(A)$(A)", "a11")],
)
def test_expansion(text: str, result: str) -> None:
    assert expand(text, {"A": "1"}) == result


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("metadata.name", "p"),
        ("metadata.labels['a']", "1"),
        ("metadata.labels['none']", ""),
        ("metadata.labels", 'a="1"\nb="q\\"x"'),
        ("status.podIP", "127.64.1.2"),
        ("status.hostIP", "127.16.0.1"),
        ("spec.nodeName", "n"),
    ],
)
def test_fields_of_the_pod(path: str, value: str) -> None:
    assert pod_field(POD, path, "127.64.1.2", "127.16.0.1") == value


@pytest.mark.parametrize(
    ("resource", "divisor", "value"),
    [
        ("limits.cpu", "1m", "1500"),
        ("limits.cpu", "0", "2"),
        ("requests.memory", "1Mi", "65"),
        ("limits.memory", "1Gi", "4"),
    ],
)
def test_resources_are_rounded_up(resource: str, divisor: str, value: str) -> None:
    container = {"resources": {"limits": {"cpu": "1500m"}, "requests": {"memory": "64.5Mi"}}}
    ref = {"resource": resource, "divisor": divisor}
    assert container_resource(POD, container, ref, {"memory": "4Gi"}) == value


@pytest.mark.parametrize(
    ("own", "of_pod", "value"),
    [
        ({}, {}, "4294967296"),
        ({"memory": "0"}, {"memory": "0"}, "4294967296"),
        ({}, {"memory": "64Mi"}, "67108864"),
        ({"memory": "1Mi"}, {"memory": "64Mi"}, "1048576"),
    ],
)
def test_a_limit_is_the_containers_or_the_pods_or_the_nodes(own: Any, of_pod: Any, value: str) -> None:
    limited = {**POD, "spec": {**POD["spec"], "resources": {"limits": of_pod}}}
    ref = {"resource": "limits.memory"}
    assert container_resource(limited, {"resources": {"limits": own}}, ref, {"memory": "4Gi"}) == value


def test_annotations_are_quoted_as_go_does() -> None:
    meta = {**POD["metadata"], "annotations": {"b": "t\tx\r", "a": "\u200b\x7f日本"}}
    found = pod_field({**POD, "metadata": meta}, "metadata.annotations", "", "")
    assert found == 'a="\\u200b\\x7f日本"\nb="t\\tx\\r"'


def service(name: str, namespace: str, ip: str = "127.48.0.9") -> dict[str, Any]:
    ports = [{"name": "http", "port": 80, "protocol": "TCP"}]
    return {"metadata": {"name": name, "namespace": namespace}, "spec": {"clusterIP": ip, "ports": ports}}


def test_services_of_the_namespace_and_the_api_are_variables() -> None:
    services = [service("my-web", "ns"), service("other", "else"), service("kubernetes", "default")]
    found = service_variables(services, "ns", True)
    assert found["MY_WEB_SERVICE_HOST"] == "127.48.0.9"
    assert found["MY_WEB_SERVICE_PORT_HTTP"] == "80"
    assert found["MY_WEB_PORT_80_TCP"] == "tcp://127.48.0.9:80"
    assert "KUBERNETES_SERVICE_HOST" in found
    assert not [name for name in found if name.startswith("OTHER")]


def test_an_address_of_ipv6_stands_in_brackets_in_urls() -> None:
    found = service_variables([service("web", "ns", "fd00::1")], "ns", True)
    assert found["WEB_PORT"] == found["WEB_PORT_80_TCP"] == "tcp://[fd00::1]:80"
    assert found["WEB_SERVICE_HOST"] == found["WEB_PORT_80_TCP_ADDR"] == "fd00::1"


def test_without_links_only_the_api_is_named() -> None:
    services = [service("web", "ns"), service("kubernetes", "default"), service("none", "ns", "None")]
    assert {n.partition("_")[0] for n in service_variables(services, "ns", False)} == {"KUBERNETES"}
