"""ResourceQuota: what a namespace holds is counted as it is admitted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from wherry.apimachinery import jsonio
from wherry.apiserver.admission import Plugin
from wherry.apiserver.admission.resource_quota import plugin
from wherry.apiserver.storage.contract import RevisionConflict
from wherry.apiserver.storage.entry import Entry

from tests.apiserver.admission.support import Object, attributes, pod, refusal, validate
from tests.apiserver.harness import DEFAULT, PODS, Api, drive
from tests.apiserver.readers import MapReader

IMAGE = {"containers": [{"name": "c", "image": "i", "resources": {"requests": {"cpu": "500m"}}}]}


class Store:
    """Quota `q` of namespace ns with compare-and-swap, as the watch cache has it."""

    def __init__(self, hard: Object, used: Object | None = None, **spec: Any) -> None:
        self.reader = MapReader()
        zero = dict.fromkeys(hard, "0")
        status = {"hard": hard, "used": {**zero, **(used or {})}}
        self.reader.put("", "resourcequotas", "q", "ns", spec={"hard": hard, **spec}, status=status)
        self.revision = 1
        self.interfere = 0

    def get(self, namespace: str, name: str) -> Entry | None:
        found = self.reader.get("", "resourcequotas", namespace, name)
        return None if found is None else Entry(name, found, jsonio.dumps(found), self.revision)

    async def update(self, namespace: str, name: str, obj: Object, *, expected: int) -> Entry:
        await asyncio.sleep(0)
        if self.interfere:
            self.interfere -= 1
            self.revision += 1
        if expected != self.revision:
            raise RevisionConflict.__new__(RevisionConflict)
        self.revision += 1
        self.reader.put("", "resourcequotas", name, namespace, **obj)
        return Entry(name, obj, jsonio.dumps(obj), self.revision)

    @property
    def used(self) -> Object:
        found = self.reader.get("", "resourcequotas", "ns", "q")
        assert found is not None
        used: Object = found["status"]["used"]
        return used

    def plugin(self) -> Plugin:
        return plugin(self)


def sized(requests: Object, limits: Object | None = None) -> Object:
    return pod(containers=[{"name": "c", "resources": {"requests": requests, "limits": limits or {}}}])


def service(kind: str = "ClusterIP") -> Object:
    return {"metadata": {"name": "x"}, "spec": {"type": kind, "ports": [{"port": 1}]}}


def test_an_admitted_object_is_counted() -> None:
    store = Store({"pods": "2", "requests.cpu": "1"})
    validate(store.plugin(), attributes("pods"), sized({"cpu": "600m"}), store.reader)
    assert store.used == {"pods": "1", "requests.cpu": "600m"}


def test_too_much_is_refused_with_what_exceeds() -> None:
    store = Store({"pods": "5", "requests.cpu": "1", "requests.memory": "1Gi"}, {"requests.cpu": "600m"})
    obj = sized({"cpu": "600m", "memory": "1Mi"})
    assert refusal(store.plugin().validate, attributes("pods"), obj, store.reader) == (
        "exceeded quota: q, requested: requests.cpu=600m, used: requests.cpu=600m, limited: requests.cpu=1"
    )
    assert store.used["pods"] == "0"


def test_a_pod_that_is_given_a_time_to_end_counts_for_the_quota_of_those_that_have_one() -> None:
    store = Store({"pods": "1"}, scopes=["Terminating"])
    change = attributes("pods", "UPDATE")
    old, new = sized({"cpu": "1"}), sized({"cpu": "1"})
    validate(store.plugin(), change, new, store.reader, old)
    assert store.used == {"pods": "0"}
    new["spec"]["activeDeadlineSeconds"] = 60
    validate(store.plugin(), change, new, store.reader, old)
    assert store.used == {"pods": "1"}
    assert refusal(store.plugin().validate, change, new, store.reader, old).startswith("exceeded quota: q")


def test_a_claim_counts_for_the_extended_resource_that_its_class_stands_behind() -> None:
    store = Store({"requests.example.com/gpu": "3"})
    store.reader.put(
        "resource.k8s.io", "deviceclasses", "gpu", spec={"extendedResourceName": "example.com/gpu"}
    )
    one = {"name": "r", "exactly": {"deviceClassName": "gpu", "count": 2}}
    claim = {"metadata": {"name": "x"}, "spec": {"devices": {"requests": [one]}}}
    create = attributes("resource.k8s.io|resourceclaims")
    validate(store.plugin(), create, claim, store.reader)
    assert store.used == {"requests.example.com/gpu": "2"}
    assert refusal(store.plugin().validate, create, claim, store.reader).startswith("exceeded quota: q")


def test_limited_amounts_must_be_named() -> None:
    store = Store({"requests.cpu": "1", "limits.memory": "1Gi"})
    assert refusal(store.plugin().validate, attributes("pods"), pod(), store.reader) == (
        "failed quota: q: must specify limits.memory for: c; requests.cpu for: c"
    )


def test_a_dry_run_is_checked_and_not_counted() -> None:
    store = Store({"secrets": "1"})
    obj = {"metadata": {"name": "x"}}
    validate(store.plugin(), attributes("secrets", dry_run=True), obj, store.reader)
    assert store.used == {"secrets": "0"}


def test_any_kind_can_be_counted() -> None:
    store = Store({"count/deployments.apps": "0"})
    message = refusal(store.plugin().validate, attributes("apps|deployments"), {"metadata": {}}, store.reader)
    assert message.startswith("exceeded quota: q, requested: count/deployments.apps=1")


@pytest.mark.parametrize(
    ("kind", "requested"),
    [("NodePort", "services.nodeports=1"), ("LoadBalancer", "services.loadbalancers=1,services.nodeports=1")],
)
def test_services_count_their_node_ports(kind: str, requested: str) -> None:
    store = Store({"services": "1", "services.nodeports": "0", "services.loadbalancers": "0"})
    message = refusal(store.plugin().validate, attributes("services"), service(kind), store.reader)
    assert f"requested: {requested}, used" in message


def test_an_update_counts_what_it_adds() -> None:
    store = Store({"services": "1", "services.nodeports": "0"}, {"services": "1"})
    attrs = attributes("services", "UPDATE")
    assert "services.nodeports=1" in refusal(
        store.plugin().validate, attrs, service("NodePort"), store.reader, service()
    )
    validate(store.plugin(), attrs, service(), store.reader, service("NodePort"))


@pytest.mark.parametrize(
    ("scope", "spec", "counted"),
    [
        ("BestEffort", {}, True),
        ("NotBestEffort", {}, False),
        ("Terminating", {"activeDeadlineSeconds": 5}, True),
        ("NotTerminating", {"activeDeadlineSeconds": 5}, False),
        ("PriorityClass", {"priorityClassName": "high"}, True),
        ("CrossNamespacePodAffinity", {}, False),
    ],
)
def test_scopes_choose_the_pods(scope: str, spec: Object, counted: bool) -> None:
    store = Store({"pods": "5"}, scopes=[scope])
    validate(store.plugin(), attributes("pods"), pod(**spec), store.reader)
    assert store.used["pods"] == ("1" if counted else "0")


def test_claims_count_per_storage_class() -> None:
    name = "gold.storageclass.storage.k8s.io/requests.storage"
    store = Store({name: "1Gi", "requests.storage": "9Gi"})
    spec = {"storageClassName": "gold", "resources": {"requests": {"storage": "2Gi"}}}
    claim = {"metadata": {"name": "x"}, "spec": spec}
    message = refusal(store.plugin().validate, attributes("persistentvolumeclaims"), claim, store.reader)
    assert message == f"exceeded quota: q, requested: {name}=2Gi, used: {name}=0, limited: {name}=1Gi"


def test_concurrent_creates_cannot_pass_on_the_same_count() -> None:
    store = Store({"secrets": "1"})
    hook = store.plugin().validate

    async def create() -> None:
        assert hook is not None
        waiting = hook(attributes("secrets"), {"metadata": {"name": "x"}}, None, store.reader)
        assert waiting is not None
        await waiting

    async def both() -> list[Any]:
        return list(await asyncio.gather(create(), create(), return_exceptions=True))

    assert sorted(type(r).__name__ for r in asyncio.run(both())) == ["NoneType", "StatusError"]
    assert store.used == {"secrets": "1"}


def test_a_conflicting_write_is_tried_again() -> None:
    store = Store({"secrets": "1"})
    store.interfere = 1
    validate(store.plugin(), attributes("secrets"), {"metadata": {"name": "x"}}, store.reader)
    assert store.used == {"secrets": "1"}


def test_init_containers_and_overhead_count() -> None:
    store = Store({"requests.cpu": "9"})
    obj = sized({"cpu": "1"})
    obj["spec"]["initContainers"] = [{"name": "i", "resources": {"requests": {"cpu": "3"}}}]
    obj["spec"]["overhead"] = {"cpu": "500m"}
    validate(store.plugin(), attributes("pods"), obj, store.reader)
    assert store.used == {"requests.cpu": "3500m"}


def test_an_amount_that_is_not_counted_yet_is_told_with_all_that_are_asked_for() -> None:
    store = Store({"pods": "5", "requests.cpu": "1", "secrets": "1"})
    del store.used["requests.cpu"]
    assert refusal(store.plugin().validate, attributes("pods"), sized({"cpu": "1m"}), store.reader) == (
        "status unknown for quota: q, resources: pods,requests.cpu"
    )


def test_what_an_update_brings_into_a_scope_counts_in_full() -> None:
    expressions = [{"scopeName": "VolumeAttributesClass", "operator": "In", "values": ["fast"]}]
    store = Store({"persistentvolumeclaims": "5"}, scopeSelector={"matchExpressions": expressions})
    old: Object = {"metadata": {"name": "c"}, "spec": {"volumeAttributesClassName": "slow"}}
    new = {**old, "spec": {"volumeAttributesClassName": "fast"}}
    validate(store.plugin(), attributes("persistentvolumeclaims", "UPDATE"), new, store.reader, old)
    assert store.used == {"persistentvolumeclaims": "1"}


def test_events_are_nobodys_business() -> None:
    assert not Store({}).plugin().handles("", "events", "", "CREATE")


def test_a_resize_counts_what_it_adds() -> None:
    async def scenario(api: Api) -> None:
        hard = {"requests.cpu": "1"}
        await api.create(f"{DEFAULT}/resourcequotas", {"metadata": {"name": "q"}, "spec": {"hard": hard}})
        status = {"hard": hard, "used": {"requests.cpu": "0"}}
        await api.patch(f"{DEFAULT}/resourcequotas/q/status", {"status": status})
        await api.create(PODS, {"metadata": {"name": "p"}, "spec": IMAGE})
        for cpu, code in (("800m", 200), ("1200m", 403)):
            change = {"spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": cpu}}}]}}
            kind = "application/strategic-merge-patch+json"
            assert (await api.ask("PATCH", f"{PODS}/p/resize", change, kind=kind)).status == code
        found = (await api.get(f"{DEFAULT}/resourcequotas/q")).json
        assert found["status"]["used"] == {"requests.cpu": "800m"}

    drive(scenario)
