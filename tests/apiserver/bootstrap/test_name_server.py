"""The `kube-dns` Service, as tools look for it."""

from __future__ import annotations

from wherry.apiserver.bootstrap import name_server


def test_without_an_address_there_is_no_service() -> None:
    assert list(name_server.defaults("")) == []


def test_the_service_and_its_slice() -> None:
    service, piece = (default.obj for default in name_server.defaults("127.48.0.10"))
    assert service["metadata"]["labels"]["kubernetes.io/cluster-service"] == "true"
    assert service["spec"]["clusterIP"] == "127.48.0.10"
    assert [(p["name"], p["port"], p["protocol"]) for p in service["spec"]["ports"]] == [
        ("dns", 53, "UDP"),
        ("dns-tcp", 53, "TCP"),
    ]
    assert piece["metadata"]["labels"]["kubernetes.io/service-name"] == service["metadata"]["name"]
    assert piece["endpoints"][0]["addresses"] == ["127.48.0.10"]
