"""pods/eviction: a delete that asks the pod's disruption budget first."""

from __future__ import annotations

from typing import Any

import pytest

from ...harness import DEFAULT, PODS, Api, Object, drive, pod

EVICTION = f"{PODS}/a/eviction"
BUDGETS = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
BODY = {"metadata": {"name": "a"}}
BREAKS = "ignoreStoreReadErrorWithClusterBreakingPotential"


async def running(api: Api, ready: str = "True") -> None:
    await api.create(PODS, pod(nodeName="n1"))
    status = {"phase": "Running", "conditions": [{"type": "Ready", "status": ready}]}
    await api.patch(f"{PODS}/a/status", {"status": status})


async def budget(
    api: Api, allowed: int, name: str = "b", observed: int = 1, healthy: int = 1, **spec: Any
) -> None:
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}, **spec}
    await api.create(BUDGETS, {"metadata": {"name": name}, "spec": spec})
    counts = {"currentHealthy": healthy, "desiredHealthy": 1, "expectedPods": 1}
    status = {**counts, "disruptionsAllowed": allowed, "observedGeneration": observed}
    await api.patch(f"{BUDGETS}/{name}/status", {"status": status})


def test_an_evicted_pod_is_deleted_and_says_why() -> None:
    async def scenario(api: Api) -> None:
        await running(api)
        reply = await api.ask("POST", EVICTION, BODY)
        assert (reply.status, reply.json["status"]) == (201, "Success")
        gone: Object = (await api.get(f"{PODS}/a")).json
        assert gone["metadata"]["deletionGracePeriodSeconds"] == 30
        condition = next(c for c in gone["status"]["conditions"] if c["type"] == "DisruptionTarget")
        assert condition["reason"] == "EvictionByEvictionAPI"

    drive(scenario)


def test_the_eviction_carries_delete_options() -> None:
    async def scenario(api: Api) -> None:
        await running(api)
        await api.ask("POST", EVICTION, {**BODY, "deleteOptions": {"gracePeriodSeconds": 3}})
        assert (await api.get(f"{PODS}/a")).json["metadata"]["deletionGracePeriodSeconds"] == 3

    drive(scenario)


def test_a_budget_counts_the_disruption() -> None:
    async def scenario(api: Api) -> None:
        await running(api)
        await budget(api, 1)
        assert (await api.ask("POST", EVICTION, BODY)).status == 201
        status = (await api.get(f"{BUDGETS}/b")).json["status"]
        assert (status["disruptionsAllowed"], list(status["disruptedPods"])) == (0, ["a"])

    drive(scenario)


def test_the_last_disruption_turns_the_condition() -> None:
    async def scenario(api: Api) -> None:
        await running(api)
        await budget(api, 1)
        await api.ask("POST", EVICTION, BODY)
        (condition,) = (await api.get(f"{BUDGETS}/b")).json["status"]["conditions"]
        assert (condition["type"], condition["status"]) == ("DisruptionAllowed", "False")
        assert condition["reason"] == "InsufficientPods"

    drive(scenario)


@pytest.mark.parametrize(
    ("healthy", "policy", "status"),
    [
        (1, {}, 201),
        (0, {}, 429),
        (0, {"unhealthyPodEvictionPolicy": "IfHealthyBudget"}, 429),
        (0, {"unhealthyPodEvictionPolicy": "AlwaysAllow"}, 201),
    ],
)
def test_a_pod_that_is_not_ready_is_none_the_budget_counts(
    healthy: int, policy: dict[str, Any], status: int
) -> None:
    async def scenario(api: Api) -> None:
        await running(api, ready="False")
        await budget(api, 0, healthy=healthy, **policy)
        assert (await api.ask("POST", EVICTION, BODY)).status == status
        assert "disruptedPods" not in (await api.get(f"{BUDGETS}/b")).json["status"]

    drive(scenario)


def test_a_spent_budget_refuses() -> None:
    async def scenario(api: Api) -> None:
        await running(api)
        await budget(api, 0)
        reply = await api.ask("POST", EVICTION, BODY)
        assert (reply.status, reply.json["reason"]) == (429, "TooManyRequests")
        assert reply.message == "Cannot evict pod as it would violate the pod's disruption budget."
        cause = reply.json["details"]["causes"][0]
        assert cause["reason"] == "DisruptionBudget"
        assert cause["message"] == "The disruption budget b needs 1 healthy pods and has 1 currently"
        assert "deletionTimestamp" not in (await api.get(f"{PODS}/a")).json["metadata"]

    drive(scenario)


def test_a_budget_that_was_not_looked_at_yet_says_when_to_ask_again() -> None:
    async def scenario(api: Api) -> None:
        await running(api)
        await budget(api, 1, observed=0)
        reply = await api.ask("POST", EVICTION, BODY)
        assert (reply.status, reply.header("retry-after")) == (429, "10")
        assert "still being processed by the server" in reply.json["details"]["causes"][0]["message"]

    drive(scenario)


def test_two_budgets_are_one_too_many() -> None:
    async def scenario(api: Api) -> None:
        await running(api)
        await budget(api, 1)
        await budget(api, 1, "c")
        reply = await api.ask("POST", EVICTION, BODY)
        assert reply.status == 500
        assert "more than one PodDisruptionBudget" in reply.message

    drive(scenario)


def test_a_pending_pod_needs_no_budget() -> None:
    async def scenario(api: Api) -> None:
        await api.create(PODS, pod())
        await budget(api, 0)
        assert (await api.ask("POST", EVICTION, BODY)).status == 201

    drive(scenario)


def test_a_dry_run_evicts_nothing() -> None:
    async def scenario(api: Api) -> None:
        await running(api)
        await budget(api, 1)
        before = api.revision
        assert (await api.ask("POST", f"{EVICTION}?dryRun=All", BODY)).status == 201
        assert api.revision == before

    drive(scenario)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (EVICTION, {"metadata": {"name": "b"}}, 400),
        (f"{PODS}/b/eviction", {"metadata": {"name": "b"}}, 404),
        (EVICTION, {"metadata": {"name": "a", "namespace": "other"}}, 400),
        (EVICTION, {**BODY, "deleteOptions": {"propagationPolicy": "Sideways"}}, 422),
        (
            EVICTION,
            {**BODY, "deleteOptions": {BREAKS: True}},
            422,
        ),
        (f"{EVICTION}?dryRun=All", {**BODY, "deleteOptions": {"dryRun": ["x"]}}, 500),
    ],
)
def test_what_cannot_be_evicted(path: str, body: Any, status: int) -> None:
    async def scenario(api: Api) -> None:
        await running(api)
        assert (await api.ask("POST", path, body)).status == status
        assert (await api.get(f"{DEFAULT}/pods/a")).status == 200

    drive(scenario)


def test_the_body_of_old_clients_is_still_taken() -> None:
    async def scenario(api: Api) -> None:
        await running(api)
        old = {"apiVersion": "policy/v1beta1", "kind": "Eviction", **BODY}
        assert (await api.ask("POST", EVICTION, old)).status == 201
        older = {"apiVersion": "policy/v1alpha1", "kind": "Eviction", **BODY}
        assert (await api.ask("POST", EVICTION, older)).status == 400

    drive(scenario)
