"""Where Services lead (upstream: test/e2e/network/{endpointslice,endpointslicemirroring,service}.go, the
parts about the API)."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from tests.conformance.api import MERGE_PATCH, STRATEGIC_PATCH, Api, unique
from tests.e2e.waiting import until

Object = dict[str, Any]


class Place:
    """One namespace's Services and what belongs to them."""

    def __init__(self, api: Api, namespace: str) -> None:
        self.api = api
        self.base = f"/api/v1/namespaces/{namespace}"
        self.slices_path = f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"

    def service(self, name: str, **spec: Any) -> Object:
        ports = [{"name": "http", "port": 80}]
        body = {"metadata": {"name": name, "labels": {"test": name}}, "spec": {"ports": ports} | spec}
        made: Object = self.api.create(f"{self.base}/services", body)
        return made

    def slices(self, service: str) -> list[Object]:
        selector = f"kubernetes.io/service-name={service}"
        return list(self.api.get(self.slices_path, labelSelector=selector)["items"])

    def targets(self, service: str) -> set[tuple[str, int]]:
        """(pod, port) of every endpoint that its slices name."""
        return {
            (endpoint["targetRef"]["name"], port["port"])
            for one in self.slices(service)
            for endpoint in one["endpoints"] or ()
            for port in one["ports"] or ()
        }

    def addresses(self, service: str) -> set[tuple[str, int]]:
        """The same of its Endpoints."""
        found = self.api.get(f"{self.base}/endpoints/{service}").get("subsets") or ()
        return {
            (address["targetRef"]["name"], port["port"])
            for subset in found
            for address in subset.get("addresses") or ()
            for port in subset["ports"]
        }

    def shows(self, service: str, wanted: set[tuple[str, int]]) -> bool:
        return bool(self.slices(service)) and self.targets(service) == wanted

    def lists(self, service: str, wanted: set[tuple[str, int]]) -> bool:
        there = not self.api.gone(f"{self.base}/endpoints/{service}")
        return there and self.addresses(service) == wanted


@pytest.fixture
def place(api: Api, namespace: str) -> Place:
    return Place(api, namespace)


def test_the_api_servers_own(api: Api) -> None:
    """«should have Endpoints and EndpointSlices pointing to API Server», «should provide secure master
    service»"""
    ports = api.get("/api/v1/namespaces/default/services/kubernetes")["spec"]["ports"]
    assert [(port["name"], port["port"], port["protocol"]) for port in ports] == [("https", 443, "TCP")]
    (subset,) = api.get("/api/v1/namespaces/default/endpoints/kubernetes")["subsets"]
    selector = "kubernetes.io/service-name=kubernetes"
    path = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
    (found,) = api.get(path, labelSelector=selector)["items"]
    assert [one["ip"] for one in subset["addresses"]] == found["endpoints"][0]["addresses"]
    assert [port["port"] for port in subset["ports"]] == [port["port"] for port in found["ports"]]


def test_they_come_and_go_with_the_service(api: Api, place: Place) -> None:
    """«should create and delete Endpoints and EndpointSlices for a Service with a selector specified»"""
    place.service("empty", selector={"does-not-match-anything": "endpoints-should-still-be-created"})
    (found,) = until(lambda: place.slices("empty"))
    assert found["metadata"]["labels"]["endpointslice.kubernetes.io/managed-by"] == (
        "endpointslice-controller.k8s.io"
    )
    assert not found["endpoints"]
    until(lambda: not api.gone(f"{place.base}/endpoints/empty"))
    api.delete(f"{place.base}/services/empty")
    until(lambda: api.gone(f"{place.base}/endpoints/empty") and not place.slices("empty"))


def pod(name: str, labels: Object, *ports: tuple[str, int]) -> Object:
    declared = [{"name": called, "containerPort": number} for called, number in ports]
    container = {"name": "container1", "image": "registry.k8s.io/pause:3.10", "ports": declared}
    spec = {"terminationGracePeriodSeconds": 0, "containers": [container]}
    return {"metadata": {"name": name, "labels": labels}, "spec": spec}


def test_they_name_the_pods(api: Api, place: Place) -> None:
    """«should create Endpoints and EndpointSlices for Pods matching a Service»"""
    pods = f"{place.base}/pods"
    api.create(pods, pod("pod1", {"pod1": "on", "shared12": "on"}, ("example-name", 3000)))
    second = pod("pod2", {"pod2": "on", "shared12": "on"}, ("example-name", 3001), ("other-port", 3002))
    api.create(pods, second)
    services = {
        "number": ({"pod1": "on"}, 3000, {("pod1", 3000)}),
        "named": ({"shared12": "on"}, "example-name", {("pod1", 3000), ("pod2", 3001)}),
        "nothing": ({"pod3": "on"}, 8080, set()),
    }
    for name, (selector, target, _) in services.items():
        ports = [{"name": "example", "port": 80, "targetPort": target}]
        place.service(name, selector=selector, publishNotReadyAddresses=True, ports=ports)
    for name, (_, _, wanted) in services.items():
        if name != "named":
            until(partial(place.shows, name, wanted))
        until(partial(place.lists, name, wanted))
    until(lambda: len(place.slices("named")) == 2 and len(place.targets("named")) == 2)
    api.delete(place.slices_path, labelSelector="kubernetes.io/service-name=named")
    until(lambda: len(place.slices("named")) == 2)
    assert place.targets("named") == {("pod1", 3000), ("pod2", 3001)}


def test_endpoints_of_ones_own_are_mirrored(api: Api, place: Place) -> None:
    """«should mirror a custom Endpoints resource through create update and delete»"""
    place.service("custom", ports=[{"name": "example", "port": 80}])
    path = f"{place.base}/endpoints"

    def body(address: str) -> Object:
        ports = [{"name": "example", "port": 80, "protocol": "TCP"}]
        return {"metadata": {"name": "custom"}, "subsets": [{"addresses": [{"ip": address}], "ports": ports}]}

    def mirrored() -> list[str]:
        return [
            address
            for one in place.slices("custom")
            for endpoint in one["endpoints"]
            for address in endpoint["addresses"]
        ]

    api.create(path, body("10.1.2.3"))
    until(lambda: mirrored() == ["10.1.2.3"])
    found = api.get(f"{path}/custom")
    api.update(f"{path}/custom", found | {"subsets": body("10.2.3.4")["subsets"]})
    until(lambda: mirrored() == ["10.2.3.4"])
    labels = place.slices("custom")[0]["metadata"]["labels"]
    assert labels["endpointslice.kubernetes.io/managed-by"] == "endpointslicemirroring-controller.k8s.io"
    api.delete(f"{path}/custom")
    until(lambda: not place.slices("custom"))


def test_life_of_endpoints(api: Api, place: Place) -> None:
    """«should test the lifecycle of an Endpoint»"""
    label = unique("endpoint")
    path, selector = f"{place.base}/endpoints", f"test-endpoint-static={label}"
    ports = [{"name": "http", "port": 80, "protocol": "TCP"}]
    body = {
        "metadata": {"name": "testservice", "labels": {"test-endpoint-static": label}},
        "subsets": [{"addresses": [{"ip": "10.0.0.24"}], "ports": ports}],
    }
    with api.watch(path, labelSelector=selector) as watch:
        api.create(path, body)
        assert watch.next()[0] == "ADDED"
        assert api.names("/api/v1/endpoints", labelSelector=selector) == ["testservice"]
        found = api.get(f"{path}/testservice")
        found["metadata"]["labels"]["test-service"] = "updated"
        api.update(f"{path}/testservice", found)
        assert watch.next()[0] == "MODIFIED"
        patch = {
            "metadata": {"labels": {"test-service": "patched"}},
            "subsets": [{"addresses": [{"ip": "10.0.0.25"}], "ports": [{"name": "http-test", "port": 8080}]}],
        }
        patched = api.patch(f"{path}/testservice", json.dumps(patch), STRATEGIC_PATCH)
        assert patched["subsets"][0]["addresses"] == [{"ip": "10.0.0.25"}]
        assert watch.next()[0] == "MODIFIED"
        api.delete(path, labelSelector=selector)
        assert watch.next()[0] == "DELETED"


def test_status_of_a_service(api: Api, place: Place) -> None:
    """«should complete a service status lifecycle»"""
    made = place.service("status", type="LoadBalancer")
    path, selector = f"{place.base}/services/status", "test=status"
    since = made["metadata"]["resourceVersion"]
    with api.watch(f"{place.base}/services", labelSelector=selector, resourceVersion=since) as watch:
        assert api.get(f"{path}/status")["status"] == {"loadBalancer": {}}
        patch = {
            "metadata": {"annotations": {"patchedstatus": "true"}},
            "status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.1"}]}},
        }
        api.patch(f"{path}/status", patch)
        seen = watch.until("MODIFIED", patchedstatus="true")
        assert seen["status"]["loadBalancer"]["ingress"] == [{"ip": "203.0.113.1", "ipMode": "VIP"}]
        current = api.get(path)
        current["status"]["conditions"] = [
            {
                "type": "StatusUpdate",
                "status": "True",
                "reason": "E2E",
                "message": "Set from e2e test",
                "lastTransitionTime": "2026-01-01T00:00:00Z",
            }
        ]
        updated = api.update(f"{path}/status", current)
        assert updated["status"]["conditions"][0]["type"] == "StatusUpdate"
        patched = api.patch(path, {"metadata": {"labels": {"test-service": "patched"}}}, STRATEGIC_PATCH)
        assert patched["metadata"]["labels"]["test-service"] == "patched"
        assert patched["status"] == updated["status"]
        api.delete(path)
        while watch.next()[0] != "DELETED":
            pass


def test_many_services_go_at_once(api: Api, place: Place) -> None:
    """«should delete a collection of services», «should find a service from listing all namespaces»"""
    for name in ("one", "two", "keep"):
        place.service(name, type="ClusterIP")
    assert "one" in api.names("/api/v1/services", labelSelector="test in (one,two)")
    api.delete(f"{place.base}/services", labelSelector="test in (one,two)")
    assert api.names(f"{place.base}/services") == ["keep"]


def test_types_change(api: Api, place: Place) -> None:
    """«should be able to change the type from ExternalName to ClusterIP», «… to NodePort», «… ClusterIP to
    ExternalName», «… NodePort to ExternalName», without the connections"""
    path = f"{place.base}/services"
    spec = {"type": "ExternalName", "externalName": "foo.example.com"}
    api.create(path, {"metadata": {"name": "s"}, "spec": spec})
    ports = [{"port": 80, "name": "http", "protocol": "TCP", "targetPort": 9376}]
    for kind in ("ClusterIP", "NodePort"):
        found = api.get(f"{path}/s")
        found["spec"] |= {"type": kind, "externalName": "", "ports": ports}
        changed = api.update(f"{path}/s", found)["spec"]
        assert changed["clusterIP"] and ("nodePort" in changed["ports"][0]) == (kind == "NodePort")
        found = api.get(f"{path}/s")
        found["spec"] |= {"type": "ExternalName", "externalName": "foo.example.com"}
        for field in ("clusterIP", "clusterIPs", "ports", "ipFamilies", "ipFamilyPolicy"):
            found["spec"].pop(field, None)
        found["spec"]["clusterIP"] = ""
        assert "clusterIP" not in api.update(f"{path}/s", found)["spec"]


def test_node_ports_are_given_once(api: Api, place: Place) -> None:
    """«should prevent NodePort collisions», «should check NodePort out-of-range», «should release NodePorts
    on delete»"""
    first = place.service("one", type="NodePort")
    port = first["spec"]["ports"][0]["nodePort"]
    wanted = {"type": "NodePort", "ports": [{"port": 80, "nodePort": port}]}
    path = f"{place.base}/services"
    message = api.fails(422, "POST", path, {"metadata": {"name": "two"}, "spec": wanted})
    assert "provided port is already allocated" in message
    outside = {"type": "NodePort", "ports": [{"port": 80, "nodePort": 443}]}
    message = api.fails(422, "POST", path, {"metadata": {"name": "two"}, "spec": outside})
    assert "provided port is not in the valid range" in message
    api.delete(f"{path}/one")
    api.create(path, {"metadata": {"name": "two"}, "spec": wanted})


CIDRS, ADDRESSES = "/apis/networking.k8s.io/v1/servicecidrs", "/apis/networking.k8s.io/v1/ipaddresses"


def test_service_ranges(api: Api) -> None:
    """«should support ServiceCIDR API operations»"""
    name = unique("cidr")
    made = api.create(CIDRS, {"metadata": {"name": name}, "spec": {"cidrs": ["10.196.196.0/24"]}})
    assert made["spec"]["cidrs"] == ["10.196.196.0/24"]
    until(lambda: (api.get(f"{CIDRS}/{name}").get("status") or {}).get("conditions"))
    (ready,) = api.get(f"{CIDRS}/{name}")["status"]["conditions"]
    assert (ready["type"], ready["status"]) == ("Ready", "True")
    patched = api.patch(f"{CIDRS}/{name}", {"metadata": {"annotations": {"patched": "true"}}})
    assert patched["metadata"]["annotations"]["patched"] == "true"
    foo = {
        "type": "foo",
        "status": "True",
        "reason": "E2E",
        "message": "from e2e",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
    status = api.patch(f"{CIDRS}/{name}/status", {"status": {"conditions": [foo]}})["status"]
    assert "foo" in [one["type"] for one in status["conditions"]]
    other = {"spec": {"cidrs": ["10.197.0.0/16"]}}
    api.fails(422, "PATCH", f"{CIDRS}/{name}", other, content_type=MERGE_PATCH)
    api.delete(f"{CIDRS}/{name}")


def test_addresses_of_services(api: Api, place: Place) -> None:
    """«should support IPAddress API operations»; a Service's own address has one, too"""
    ip = place.service("addressed")["spec"]["clusterIP"]
    parent = {"resource": "services", "namespace": place.base.rsplit("/")[-1], "name": "addressed"}
    found = api.get(f"{ADDRESSES}/{ip}")
    assert found["spec"]["parentRef"] == {"group": ""} | parent or found["spec"]["parentRef"] == parent
    free = "10.221.0.7"
    api.create(ADDRESSES, {"metadata": {"name": free}, "spec": {"parentRef": parent}})
    other = {"spec": {"parentRef": {"name": "other"}}}
    api.fails(422, "PATCH", f"{ADDRESSES}/{free}", other, content_type=MERGE_PATCH)
    api.patch(f"{ADDRESSES}/{free}", {"metadata": {"annotations": {"patched": "true"}}})
    api.delete(f"{ADDRESSES}/{free}")
    api.fails(422, "POST", ADDRESSES, {"metadata": {"name": "no-address"}, "spec": {"parentRef": parent}})
