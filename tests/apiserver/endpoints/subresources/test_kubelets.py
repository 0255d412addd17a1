"""Where the server sends what is meant for a pod."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from wherry.apimachinery.errors import StatusError
from wherry.apiserver.endpoints.subresources import kubelets

POD = {"metadata": {"name": "p"}, "spec": {"nodeName": "n"}}
NODE = {
    "metadata": {"name": "n"},
    "status": {
        "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10251}},
    },
}


def server(carry_pods: bool, **objects: Any) -> Any:
    def get(group: str, resource: str, namespace: str, name: str) -> Any:
        return objects.get(resource)

    services = {"kubelets": kubelets.Kubelets("", "", "", carry_pods=carry_pods)}
    return SimpleNamespace(services=services, reader=SimpleNamespace(get=get))


def test_a_pod_is_dialled_where_it_can_be() -> None:
    found = kubelets.pod_base(server(False), ("default", "p"), "http", "127.64.0.2", "80")
    assert found == "http://127.64.0.2:80"


def test_else_its_kubelet_carries_the_request() -> None:
    with_both = server(True, pods=POD, nodes=NODE)
    found = kubelets.pod_base(with_both, ("default", "p"), "https", "127.64.0.2", "443")
    assert found == "https://10.0.0.1:10251/podHTTP/default/p/https/443"


def test_an_endpoint_that_is_no_pod_is_always_dialled() -> None:
    assert kubelets.pod_base(server(True), ("", ""), "http", "10.1.2.3", "80") == "http://10.1.2.3:80"


def test_a_pod_that_has_gone_is_not_found() -> None:
    with pytest.raises(StatusError) as caught:
        kubelets.pod_base(server(True, nodes=NODE), ("default", "p"), "http", "127.64.0.2", "80")
    assert caught.value.code == 404
