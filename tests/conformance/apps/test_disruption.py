"""Budgets and evictions as the conformance tests use them (upstream: test/e2e/apps/disruption.go)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.api import JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, Answer, Api, unique
from tests.conformance.apps.job_objects import PAUSE
from tests.e2e.waiting import until

Object = dict[str, Any]
LABELS = {"foo": "bar"}
GATE = "e2e.example/ready"
"""The tests decide with this condition whether a pod is ready."""
REFUSED = "Cannot evict pod as it would violate the pod's disruption budget."


def pod_spec(**more: Any) -> Object:
    container = {"name": "donothing", "image": PAUSE, **more.pop("container", {})}
    return {"terminationGracePeriodSeconds": 0, "containers": [container], **more}


class Budgets:
    """The budgets and pods of one namespace; the budget of a test is called foo."""

    def __init__(self, api: Api, namespace: str) -> None:
        self.api = api
        self.path = f"/apis/policy/v1/namespaces/{namespace}/poddisruptionbudgets"
        self.foo = f"{self.path}/foo"
        self.pods = f"/api/v1/namespaces/{namespace}/pods"
        self.sets = f"/apis/apps/v1/namespaces/{namespace}/replicasets"

    def budget(self, **spec: Any) -> Object:
        body = {"metadata": {"name": "foo"}, "spec": {"selector": {"matchLabels": LABELS}, **spec}}
        made: Object = self.api.create(self.path, body)
        return made

    def bare_pods(self, count: int) -> None:
        for number in range(count):
            meta = {"name": f"pod-{number}", "labels": LABELS}
            self.api.create(self.pods, {"metadata": meta, "spec": pod_spec()})

    def replica_set(self, size: int, **pod: Any) -> None:
        template = {"metadata": {"labels": LABELS}, "spec": pod_spec(**pod)}
        spec = {"replicas": size, "selector": {"matchLabels": LABELS}, "template": template}
        self.api.create(self.sets, {"metadata": {"name": "rs"}, "spec": spec})

    def running(self, count: int) -> list[str]:
        """Names of running pods, once there are `count`."""

        def enough() -> list[str] | None:
            items = self.api.get(self.pods, labelSelector="foo=bar", fieldSelector="status.phase=Running")[
                "items"
            ]
            names = [item["metadata"]["name"] for item in items]
            return names if len(names) >= count else None

        found = until(enough, what=f"{count} running pods")
        assert found is not None
        return found

    def evict(self, name: str) -> Answer:
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
        return self.api.ask("POST", f"{self.pods}/{name}/eviction", body)

    def allows(self, count: int) -> None:
        def counted() -> bool:
            found = self.api.get(self.foo)
            seen: int = found["status"].get("observedGeneration", 0)
            allowed: int = found["status"].get("disruptionsAllowed", 0)
            return seen == found["metadata"]["generation"] and allowed == count

        until(counted, what=f"{count} disruptions to be allowed")


@pytest.fixture
def budgets(api: Api, namespace: str) -> Budgets:
    return Budgets(api, namespace)


def test_collections(budgets: Budgets) -> None:
    """«should list and delete a collection of PodDisruptionBudgets»"""
    label = unique("several")
    for name in ("foo1", "foo2"):
        spec = {"selector": {"matchLabels": LABELS}, "minAvailable": 2}
        budgets.api.create(budgets.path, {"metadata": {"name": name, "labels": {"e2e": label}}, "spec": spec})
    everywhere = "/apis/policy/v1/poddisruptionbudgets"
    assert len(budgets.api.names(everywhere, labelSelector=f"e2e={label}")) == 2
    budgets.api.delete(budgets.path, labelSelector=f"e2e={label}")
    assert budgets.api.names(budgets.path) == []


def test_life(budgets: Budgets) -> None:
    """«should create a PodDisruptionBudget»: every verb"""
    made = budgets.budget(minAvailable="1%")
    assert made["spec"]["minAvailable"] == "1%"
    budgets.api.change(budgets.foo, lambda obj: obj["spec"].update(minAvailable="2%"))
    patched = budgets.api.patch(budgets.foo, {"spec": {"minAvailable": "3%"}}, STRATEGIC_PATCH)
    assert patched["spec"]["minAvailable"] == "3%"
    budgets.api.delete(budgets.foo)
    assert budgets.api.gone(budgets.foo)


def test_the_status_is_observed(budgets: Budgets) -> None:
    """«should observe PodDisruptionBudget status updated»"""
    budgets.budget(minAvailable=1)
    budgets.bare_pods(3)
    budgets.running(3)
    budgets.allows(2)


def test_the_status_is_written(budgets: Budgets) -> None:
    """«should update/patch PodDisruptionBudget status»"""
    budgets.budget(minAvailable=1)
    until(lambda: budgets.api.get(budgets.foo)["status"].get("observedGeneration") == 1)

    def note(obj: Object) -> None:
        obj["status"]["disruptedPods"] = {"pod-0": "2030-01-01T00:00:00Z"}

    updated = budgets.api.change(budgets.foo, note, "/status")
    assert list(updated["status"]["disruptedPods"]) == ["pod-0"]
    patch = {"status": {"disruptedPods": {"pod-1": "2030-01-01T00:00:00Z"}}}
    assert (
        "pod-1" in budgets.api.patch(f"{budgets.foo}/status", patch, MERGE_PATCH)["status"]["disruptedPods"]
    )


@pytest.mark.parametrize(
    ("spec", "bare", "size"),
    (
        pytest.param(None, 1, 0, id="no PDB"),
        pytest.param({"minAvailable": 2}, 3, 0, id="enough pods, absolute"),
        pytest.param({"minAvailable": "90%"}, 0, 10, id="enough pods, replicaSet, percentage"),
        pytest.param({"maxUnavailable": "10%"}, 0, 10, id="maxUnavailable allow single eviction, percentage"),
    ),
)
def test_allowed_evictions(budgets: Budgets, spec: Object | None, bare: int, size: int) -> None:
    """«evictions: … => should allow an eviction»"""
    budgets.bare_pods(bare)
    if size:
        budgets.replica_set(size)
    if spec is not None:
        budgets.budget(**spec)
    name = budgets.running(bare + size)[0]
    until(lambda: budgets.evict(name).code == 201, what="the eviction")


@pytest.mark.parametrize(
    ("spec", "bare", "size"),
    (
        pytest.param({"minAvailable": 2}, 2, 0, id="too few pods, absolute"),
        pytest.param({"minAvailable": "90%"}, 0, 10, id="too few pods, replicaSet, percentage"),
        pytest.param({"maxUnavailable": 1}, 0, 10, id="maxUnavailable deny evictions, integer"),
    ),
)
def test_refused_evictions(budgets: Budgets, spec: Object, bare: int, size: int) -> None:
    """«evictions: … => should not allow an eviction»: only one pod of the set fits on a node"""
    budgets.bare_pods(bare)
    if size:
        budgets.replica_set(size, container={"ports": [{"hostPort": 5555, "containerPort": 5555}]})
    budgets.budget(**spec)
    name = budgets.running(bare or 2)[0]
    until(lambda: budgets.api.get(budgets.foo)["status"].get("expectedPods", 0) == bare + size)
    answer = budgets.evict(name)
    assert (answer.code, answer.message) == (429, REFUSED)
    assert answer.obj["details"]["causes"][0]["reason"] == "DisruptionBudget"


def test_a_budget_moves(budgets: Budgets) -> None:
    """«should block an eviction until the PDB is updated to allow it»"""
    budgets.budget(minAvailable=3)
    budgets.bare_pods(3)
    name = budgets.running(3)[0]
    until(lambda: budgets.api.get(budgets.foo)["status"].get("currentHealthy") == 3)
    assert budgets.evict(name).message == REFUSED
    budgets.api.patch(budgets.foo, {"spec": {"minAvailable": 2}})
    budgets.allows(1)
    assert budgets.evict(name).code == 201
    budgets.api.patch(budgets.foo, [{"op": "replace", "path": "/spec/minAvailable", "value": 3}], JSON_PATCH)
    budgets.allows(0)
    assert budgets.evict(budgets.running(2)[0]).code == 429
    budgets.api.delete(budgets.foo)
    until(lambda: budgets.evict(budgets.running(1)[0]).code == 201)


@pytest.mark.parametrize(
    ("rule", "healthy", "code"),
    (
        pytest.param("AlwaysAllow", 0, 201, id="unhealthy, nothing guarded"),
        pytest.param("IfHealthyBudget", 0, 429, id="unhealthy, the budget is broken"),
        pytest.param("IfHealthyBudget", 2, 201, id="unhealthy, the budget is kept"),
    ),
)
def test_unhealthy_pods(budgets: Budgets, rule: str, healthy: int, code: int) -> None:
    """«should evict ready pods with … UnhealthyPodEvictionPolicy», «should evict unready pods …»"""
    budgets.budget(minAvailable=2, unhealthyPodEvictionPolicy=rule)
    budgets.replica_set(3, readinessGates=[{"conditionType": GATE}])
    names = budgets.running(3)
    for name in names[:healthy]:
        condition = {"status": {"conditions": [{"type": GATE, "status": "True"}]}}
        budgets.api.patch(f"{budgets.pods}/{name}/status", condition, STRATEGIC_PATCH)
    until(lambda: budgets.api.get(budgets.foo)["status"].get("currentHealthy") == healthy)
    until(lambda: budgets.api.get(budgets.foo)["status"].get("expectedPods") == 3)
    assert budgets.evict(names[-1]).code == code
