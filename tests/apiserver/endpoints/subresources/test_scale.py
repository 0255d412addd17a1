"""The scale subresource of workloads."""

from __future__ import annotations

from typing import Any

import pytest

from ...harness import Api, drive, pod

DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
SCALE = f"{DEPLOYMENTS}/a/scale"
LABELS = {"app": "web", "tier": "x"}


async def deployment(api: Api) -> Any:
    template = {"metadata": {"labels": LABELS}, "spec": pod()["spec"]}
    spec = {"replicas": 2, "selector": {"matchLabels": LABELS}, "template": template}
    return await api.create(DEPLOYMENTS, {"metadata": {"name": "a"}, "spec": spec})


def scale(replicas: int, **meta: str) -> Any:
    return {"metadata": {"name": "a", **meta}, "spec": {"replicas": replicas}}


def test_a_scale_shows_wish_state_and_selector() -> None:
    async def scenario(api: Api) -> None:
        made = await deployment(api)
        await api.patch(f"{DEPLOYMENTS}/a/status", {"status": {"replicas": 1}})
        shown = (await api.get(SCALE)).json
        assert (shown["kind"], shown["apiVersion"]) == ("Scale", "autoscaling/v1")
        assert shown["metadata"]["uid"] == made["metadata"]["uid"]
        assert shown["spec"] == {"replicas": 2}
        assert shown["status"] == {"replicas": 1, "selector": "app=web,tier=x"}

    drive(scenario)


@pytest.mark.parametrize(
    ("method", "kind", "body"),
    [
        ("PUT", "application/json", scale(5)),
        ("PATCH", "application/merge-patch+json", {"spec": {"replicas": 5}}),
        ("PATCH", "application/strategic-merge-patch+json", {"spec": {"replicas": 5}}),
        ("PATCH", "application/json-patch+json", [{"op": "replace", "path": "/spec/replicas", "value": 5}]),
    ],
)
def test_scaling_changes_the_workload(method: str, kind: str, body: Any) -> None:
    async def scenario(api: Api) -> None:
        await deployment(api)
        reply = await api.ask(method, SCALE, body, kind=kind)
        assert (reply.status, reply.json["spec"]) == (200, {"replicas": 5})
        changed = (await api.get(f"{DEPLOYMENTS}/a")).json
        assert (changed["spec"]["replicas"], changed["metadata"]["generation"]) == (5, 2)
        assert any(m.get("subresource") == "scale" for m in changed["metadata"]["managedFields"])

    drive(scenario)


def test_scaling_to_none() -> None:
    async def scenario(api: Api) -> None:
        await deployment(api)
        assert (await api.put(SCALE, scale(0)))["spec"] == {}
        assert (await api.get(f"{DEPLOYMENTS}/a")).json["spec"]["replicas"] == 0

    drive(scenario)


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        (scale(-1), 422, "spec.replicas: Invalid value: -1: must be greater than or equal to 0"),
        (scale(3, resourceVersion="1"), 409, "the object has been modified"),
        ({"metadata": {"name": "b"}}, 400, "does not match the name on the URL"),
        ({"metadata": {"name": "a", "labels": {"a": "x" * 64}}}, 422, "must be no more than 63 bytes"),
        ({"metadata": {"name": "a", "finalizers": ["f"]}}, 422, "metadata.finalizers[0]: Invalid value"),
        ({"kind": "Pod", "apiVersion": "v1"}, 400, "cannot be handled as a Scale"),
    ],
)
def test_what_is_refused(body: Any, status: int, why: str) -> None:
    async def scenario(api: Api) -> None:
        await deployment(api)
        reply = await api.ask("PUT", SCALE, body)
        assert reply.status == status
        assert why in reply.message
        assert (await api.get(f"{DEPLOYMENTS}/a")).json["spec"]["replicas"] == 2

    drive(scenario)


def test_a_workload_that_is_not_there() -> None:
    async def scenario(api: Api) -> None:
        for method, body in (("GET", None), ("PUT", scale(1))):
            reply = await api.ask(method, SCALE, body)
            assert (reply.status, reply.message) == (404, 'deployments.apps "a" not found')

    drive(scenario)


def test_apply_of_the_replica_count() -> None:
    async def scenario(api: Api) -> None:
        await deployment(api)
        body = {"apiVersion": "autoscaling/v1", "kind": "Scale", **scale(7)}
        path, kind = f"{SCALE}?fieldManager=hpa", "application/apply-patch+yaml"
        reply = await api.ask("PATCH", path, body, kind=kind)
        assert (reply.status, reply.json["reason"]) == (409, "Conflict")
        reply = await api.ask("PATCH", f"{path}&force=true", body, kind=kind)
        assert (reply.status, reply.json["spec"]) == (200, {"replicas": 7})

    drive(scenario)


@pytest.mark.parametrize("kind", ["application/merge-patch+json", "application/apply-patch+yaml"])
def test_a_patch_of_another_namespace_is_refused(kind: str) -> None:
    async def scenario(api: Api) -> None:
        await deployment(api)
        body = {"apiVersion": "autoscaling/v1", "kind": "Scale", **scale(3, namespace="other")}
        reply = await api.ask("PATCH", f"{SCALE}?fieldManager=m", body, kind=kind)
        assert (reply.status, reply.message[:13]) == (400, "the namespace")

    drive(scenario)
