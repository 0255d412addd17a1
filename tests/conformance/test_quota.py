"""ResourceQuotas (upstream: test/e2e/apimachinery/resource_quota.go)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.api import STRATEGIC_PATCH, Api, unique
from tests.e2e.waiting import until

Object = dict[str, Any]
HARD = {
    "pods": "5",
    "services": "10",
    "services.nodeports": "1",
    "services.loadbalancers": "1",
    "replicationcontrollers": "10",
    "resourcequotas": "1",
    "cpu": "1",
    "memory": "500Mi",
    "configmaps": "10",
    "secrets": "10",
    "persistentvolumeclaims": "10",
    "requests.storage": "10Gi",
    "ephemeral-storage": "50Gi",
    "gold.storageclass.storage.k8s.io/persistentvolumeclaims": "10",
    "gold.storageclass.storage.k8s.io/requests.storage": "10Gi",
    "count/replicasets.apps": "5",
    "requests.example.com/dongle": "3",
}


class Quotas:
    """Of one namespace."""

    def __init__(self, api: Api, namespace: str) -> None:
        self.api = api
        self.base = f"/api/v1/namespaces/{namespace}"
        self.apps = f"/apis/apps/v1/namespaces/{namespace}"
        self.path = f"{self.base}/resourcequotas"

    def create(self, name: str, hard: Object, **spec: Any) -> None:
        """Returns once its use is known."""
        self.api.create(self.path, {"metadata": {"name": name}, "spec": {"hard": hard} | spec})
        until(lambda: self.used(name).keys() == hard.keys())

    def used(self, name: str) -> Object:
        return dict(self.api.get(f"{self.path}/{name}").get("status", {}).get("used", {}))

    def becomes(self, name: str, **used: str) -> None:
        wanted = {key.replace("__", "/").replace("_", "."): value for key, value in used.items()}
        self.shows(name, wanted)

    def shows(self, name: str, wanted: Object) -> None:
        until(lambda: wanted.items() <= self.used(name).items(), what=f"{name} to show {wanted}")


@pytest.fixture
def quotas(api: Api, namespace: str) -> Quotas:
    return Quotas(api, namespace)


def pod(name: str, requests: Object | None = None, limits: Object | None = None, **spec: Any) -> Object:
    """No node fits it."""
    resources = {"requests": requests or {}, "limits": limits or {}}
    container = {"name": "pause", "image": "pause", "resources": resources}
    fixed = {"nodeSelector": {"x-test.k8s.io/unsatisfiable": "not-schedulable"}, "containers": [container]}
    return {"metadata": {"name": name}, "spec": fixed | spec}


def claim(name: str, **spec: Any) -> Object:
    wanted = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return {"metadata": {"name": name}, "spec": wanted | spec}


def test_status_is_calculated(api: Api, quotas: Quotas) -> None:
    """«should create a ResourceQuota and ensure its status is promptly calculated.»"""
    quotas.create("test-quota", HARD)
    quotas.becomes("test-quota", resourcequotas="1")
    assert api.get(f"{quotas.path}/test-quota")["status"]["hard"] == HARD


def service(name: str, kind: str) -> Object:
    return {"metadata": {"name": name}, "spec": {"type": kind, "ports": [{"port": 80}]}}


def test_services(api: Api, quotas: Quotas) -> None:
    """«should create a ResourceQuota and capture the life of a service.»"""
    quotas.create("test-quota", HARD)
    services = f"{quotas.base}/services"
    api.create(services, service("one", "ClusterIP"))
    api.create(services, service("two", "NodePort"))
    assert "exceeded quota: test-quota" in api.fails(403, "POST", services, service("three", "LoadBalancer"))
    quotas.shows("test-quota", {"services": "2", "services.nodeports": "1", "services.loadbalancers": "0"})
    api.delete(f"{services}/one")
    api.delete(f"{services}/two")
    quotas.shows("test-quota", {"services": "0", "services.nodeports": "0"})


TEMPLATE = {
    "metadata": {"labels": {"name": "x"}},
    "spec": {"containers": [{"name": "x", "image": "nginx"}]},
}
COUNTED = (
    ("v1", "secrets", "secrets", {"data": {"data-1": "dmFsdWU="}}),
    ("v1", "configmaps", "configmaps", {"data": {"a": "b"}}),
    (
        "v1",
        "replicationcontrollers",
        "replicationcontrollers",
        {"spec": {"replicas": 0, "selector": {"name": "x"}, "template": TEMPLATE}},
    ),
    (
        "apps/v1",
        "replicasets",
        "count/replicasets.apps",
        {"spec": {"replicas": 0, "selector": {"matchLabels": {"name": "x"}}, "template": TEMPLATE}},
    ),
)


@pytest.mark.parametrize(
    ("version", "plural", "resource", "body"), COUNTED, ids=lambda value: str(value)[:30]
)
def test_objects(api: Api, quotas: Quotas, version: str, plural: str, resource: str, body: Object) -> None:
    """«should create a ResourceQuota and capture the life of a secret.», «… a configMap.»,
    «… a replication controller.», «… a replica set.»"""
    path = f"{quotas.base if version == 'v1' else quotas.apps}/{plural}"
    if plural == "configmaps":
        until(lambda: api.names(path), what="the namespace's root certificate")
    before = len(api.names(path))
    quotas.create("test-quota", HARD)
    quotas.shows("test-quota", {resource: str(before)})
    api.create(path, {"metadata": {"name": "one"}} | body)
    quotas.shows("test-quota", {resource: str(before + 1)})
    api.delete(f"{path}/one")
    quotas.shows("test-quota", {resource: str(before)})


def test_pods(api: Api, quotas: Quotas) -> None:
    """«should create a ResourceQuota and capture the life of a pod.»"""
    quotas.create("test-quota", HARD)
    pods, dongles = f"{quotas.base}/pods", {"example.com/dongle": "2"}
    requests = {"cpu": "500m", "memory": "252Mi", "ephemeral-storage": "30Gi"} | dongles
    api.create(pods, pod("test-pod", requests, dongles))
    used = {
        "pods": "1",
        "cpu": "500m",
        "memory": "252Mi",
        "ephemeral-storage": "30Gi",
        "requests.example.com/dongle": "2",
    }
    quotas.shows("test-quota", used)
    api.fails(403, "POST", pods, pod("fail-pod", {"cpu": "600m", "memory": "100Mi"}))
    again = {"cpu": "500m", "memory": "100Mi", "ephemeral-storage": "30Gi"} | dongles
    message = api.fails(403, "POST", pods, pod("fail-pod-for-extended-resource", again, dongles))
    assert "requests.example.com/dongle=2" in message
    changed = {"cpu": "100m", "memory": "100Mi", "ephemeral-storage": "10Gi"}

    def refused() -> bool:
        current = api.get(f"{pods}/test-pod")
        current["spec"]["containers"][0]["resources"]["requests"] = changed
        return api.ask("PUT", f"{pods}/test-pod", current).code == 422

    until(refused)
    quotas.shows("test-quota", used)
    api("DELETE", f"{pods}/test-pod", {"gracePeriodSeconds": 0})
    quotas.shows("test-quota", dict.fromkeys(used, "0"))


def test_claims_for_devices(api: Api, quotas: Quotas, namespace: str) -> None:
    """«should create a ResourceQuota and capture the life of a ResourceClaim»"""
    count, gold = "count/resourceclaims.resource.k8s.io", "gold.deviceclass.resource.k8s.io/devices"
    quotas.create("test-quota", HARD | {count: "1", gold: "1"})
    claims = f"/apis/resource.k8s.io/v1/namespaces/{namespace}/resourceclaims"
    devices = {"requests": [{"name": "req-0", "exactly": {"deviceClassName": "gold"}}]}
    api.create(claims, {"metadata": {"name": "test-claim"}, "spec": {"devices": devices}})
    quotas.shows("test-quota", {count: "1", gold: "1"})
    api.delete(f"{claims}/test-claim")
    quotas.shows("test-quota", {count: "0", gold: "0"})


@pytest.mark.parametrize("storage_class", ("", "gold"))
def test_claims(api: Api, quotas: Quotas, storage_class: str) -> None:
    """«should create a ResourceQuota and capture the life of a persistent volume claim», «… with a storage
    class»"""
    quotas.create("test-quota", HARD)
    claims = f"{quotas.base}/persistentvolumeclaims"
    used = {"persistentvolumeclaims": "1", "requests.storage": "1Gi"}
    if storage_class:
        prefix = f"{storage_class}.storageclass.storage.k8s.io"
        used |= {f"{prefix}/{key}": value for key, value in used.items()}
    api.create(claims, claim("test-claim", storageClassName=storage_class))
    quotas.shows("test-quota", used)
    api.delete(f"{claims}/test-claim")
    quotas.shows("test-quota", dict.fromkeys(used, "0"))


SMALL = {"requests": {"cpu": "500m", "memory": "200Mi"}, "limits": {"cpu": "1", "memory": "400Mi"}}
BOTH = {
    "pods": "5",
    "requests.cpu": "1",
    "requests.memory": "500Mi",
    "limits.cpu": "2",
    "limits.memory": "1Gi",
}
TAKEN = {
    "pods": "1",
    "requests.cpu": "500m",
    "requests.memory": "200Mi",
    "limits.cpu": "1",
    "limits.memory": "400Mi",
}
NONE = dict.fromkeys(TAKEN, "0")


def scoped(scope: str, selector: bool) -> Object:
    if not selector:
        return {"scopes": [scope]}
    return {"scopeSelector": {"matchExpressions": [{"scopeName": scope, "operator": "Exists"}]}}


@pytest.mark.parametrize("selector", (False, True))
def test_terminating_pods(api: Api, quotas: Quotas, selector: bool) -> None:
    """«should verify ResourceQuota with terminating scopes.», «… through scope selectors.»"""
    quotas.create("terminating", BOTH, **scoped("Terminating", selector))
    quotas.create("lasting", BOTH, **scoped("NotTerminating", selector))
    pods = f"{quotas.base}/pods"
    api.create(pods, pod("long", **SMALL))
    quotas.shows("lasting", TAKEN)
    quotas.shows("terminating", NONE)
    api("DELETE", f"{pods}/long", {"gracePeriodSeconds": 0})
    quotas.shows("lasting", NONE)
    api.create(pods, pod("short", **SMALL, activeDeadlineSeconds=3600))
    quotas.shows("terminating", TAKEN)
    quotas.shows("lasting", NONE)
    api("DELETE", f"{pods}/short", {"gracePeriodSeconds": 0})
    quotas.shows("terminating", NONE)


@pytest.mark.parametrize("selector", (False, True))
def test_best_effort_pods(api: Api, quotas: Quotas, selector: bool) -> None:
    """«should verify ResourceQuota with best effort scope.», «… using scope-selectors.»"""
    quotas.create("best", {"pods": "5"}, **scoped("BestEffort", selector))
    quotas.create("other", {"pods": "5"}, **scoped("NotBestEffort", selector))
    pods = f"{quotas.base}/pods"
    api.create(pods, pod("best"))
    quotas.becomes("best", pods="1")
    quotas.becomes("other", pods="0")
    api("DELETE", f"{pods}/best", {"gracePeriodSeconds": 0})
    quotas.becomes("best", pods="0")
    api.create(pods, pod("other", **SMALL))
    quotas.becomes("other", pods="1")
    quotas.becomes("best", pods="0")


def test_priority_classes(api: Api, quotas: Quotas) -> None:
    """«should verify ResourceQuota's priority class scope (quota set to pod count: 1) against 2 pods with
    same priority class.», «… against a pod with different priority class (ScopeSelectorOpNotIn).»"""
    one, other = unique("pclass"), unique("pclass")
    classes = "/apis/scheduling.k8s.io/v1/priorityclasses"
    for name in (one, other):
        api.create(classes, {"metadata": {"name": name}, "value": 1000})

    def selecting(operator: str) -> Object:
        wanted = {"scopeName": "PriorityClass", "operator": operator, "values": [one]}
        return {"scopeSelector": {"matchExpressions": [wanted]}}

    quotas.create("in", {"pods": "1"}, **selecting("In"))
    quotas.create("not-in", {"pods": "1"}, **selecting("NotIn"))
    pods = f"{quotas.base}/pods"
    api.create(pods, pod("first", priorityClassName=one))
    quotas.becomes("in", pods="1")
    api.fails(403, "POST", pods, pod("second", priorityClassName=one))
    api.create(pods, pod("third", priorityClassName=other))
    quotas.becomes("not-in", pods="1")
    quotas.becomes("in", pods="1")
    for name in (one, other):
        api.delete(f"{classes}/{name}")


def test_affinity_across_namespaces(api: Api, quotas: Quotas) -> None:
    """«should verify ResourceQuota with cross namespace pod affinity scope using scope-selectors.»"""
    quotas.create("cross", {"pods": "5"}, **scoped("CrossNamespacePodAffinity", True))
    pods = f"{quotas.base}/pods"

    def near(**term: Any) -> Object:
        terms = [{"topologyKey": "region", "labelSelector": {}} | term]
        return {"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}}

    api.create(pods, pod("own", **near()))
    quotas.becomes("cross", pods="0")
    api.create(pods, pod("named", **near(namespaces=["ns1"])))
    quotas.becomes("cross", pods="1")
    selector = {"matchExpressions": [{"key": "team", "operator": "In", "values": ["ads"]}]}
    api.create(pods, pod("selected", **near(namespaceSelector=selector)))
    quotas.becomes("cross", pods="2")
    for name in ("own", "named", "selected"):
        api("DELETE", f"{pods}/{name}", {"gracePeriodSeconds": 0})
    quotas.becomes("cross", pods="0")


def test_attribute_classes_of_volumes(api: Api, quotas: Quotas) -> None:
    """«should verify ResourceQuota's volume attributes class scope (quota set to pvc count: 1) against 2 pvcs
    with same volume attributes class.»"""
    wanted = {"scopeName": "VolumeAttributesClass", "operator": "In", "values": ["gold"]}
    selector = {"matchExpressions": [wanted]}
    quotas.create("gold", {"requests.storage": "5Gi", "persistentvolumeclaims": "1"}, scopeSelector=selector)
    claims = f"{quotas.base}/persistentvolumeclaims"
    gold = {"storageClassName": "", "volumeAttributesClassName": "gold"}
    api.create(claims, claim("one", **gold))
    quotas.shows("gold", {"requests.storage": "1Gi", "persistentvolumeclaims": "1"})
    api.fails(403, "POST", claims, claim("two", **gold))
    api.delete(f"{claims}/one")
    quotas.shows("gold", {"requests.storage": "0", "persistentvolumeclaims": "0"})


def test_change_and_deletion(api: Api, quotas: Quotas) -> None:
    """«should be able to update and delete ResourceQuota.», «should manage the lifecycle of a
    ResourceQuota»"""
    name = unique("quota")
    path = f"{quotas.path}/{name}"
    meta = {"name": name, "labels": {name: "created"}}
    api.create(quotas.path, {"metadata": meta, "spec": {"hard": {"cpu": "1", "memory": "500Mi"}}})

    def raised() -> bool:
        current = api.get(path)
        current["spec"]["hard"] = {"cpu": "2", "memory": "1Gi"}
        return api.ask("PUT", path, current).code == 200

    until(raised)
    assert api.get(path)["spec"]["hard"] == {"cpu": "2", "memory": "1Gi"}
    patch = {"metadata": {"labels": {name: "patched"}}, "spec": {"hard": {"memory": "750Mi"}}}
    patched = api.patch(path, patch, STRATEGIC_PATCH)
    assert patched["spec"]["hard"] == {"cpu": "2", "memory": "750Mi"}
    assert api.names("/api/v1/resourcequotas", labelSelector=f"{name}=patched") == [name]
    api.delete(quotas.path, labelSelector=f"{name}=patched")
    assert api.gone(path)


def test_status(api: Api, quotas: Quotas) -> None:
    """«should apply changes to a resourcequota status» (that its controller puts a status right again that
    nobody asked for takes five minutes, so not here)"""
    quotas.create("status", {"cpu": "500m", "memory": "500Mi"})
    path = f"{quotas.path}/status"

    def written() -> bool:
        current = api.get(path)
        current["status"] = {"hard": current["spec"]["hard"]}
        return api.ask("PUT", f"{path}/status", current).code == 200

    until(written)
    api.patch(path, {"spec": {"hard": {"cpu": "1", "memory": "1Gi"}}}, STRATEGIC_PATCH)
    new = {"status": {"hard": {"cpu": "1", "memory": "1Gi"}}}
    api.patch(f"{path}/status", new, STRATEGIC_PATCH)
    assert api.get(f"{path}/status")["status"]["hard"] == {"cpu": "1", "memory": "1Gi"}
    newer = {"status": {"hard": {"cpu": "2", "memory": "2Gi"}}}
    patched = api.patch(f"{path}/status", newer, STRATEGIC_PATCH)
    assert patched["status"]["hard"] == {"cpu": "2", "memory": "2Gi"}
    assert patched["spec"]["hard"] == {"cpu": "1", "memory": "1Gi"}
