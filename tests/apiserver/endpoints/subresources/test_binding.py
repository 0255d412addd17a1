"""pods/binding: a pod gets its node once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ...harness import DEFAULT, PODS, Api, drive, pod

BINDING = f"{PODS}/a/binding"


def binding(node: str = "n1", **meta: Any) -> dict[str, Any]:
    return {"metadata": {"name": "a", **meta}, "target": {"kind": "Node", "name": node}}


def test_a_bound_pod_is_scheduled() -> None:
    async def scenario(api: Api) -> None:
        await api.create(PODS, pod())
        reply = await api.ask("POST", BINDING, binding(labels={"zone": "z"}, annotations={"by": "me"}))
        assert (reply.status, reply.json["status"]) == (201, "Success")
        bound = (await api.get(f"{PODS}/a")).json
        assert bound["spec"]["nodeName"] == "n1"
        assert bound["metadata"]["labels"] == {"app": "web", "zone": "z"}
        assert bound["metadata"]["annotations"] == {"by": "me"}
        condition = next(c for c in bound["status"]["conditions"] if c["type"] == "PodScheduled")
        assert (condition["status"], condition["lastTransitionTime"]) == ("True", "2026-01-01T00:00:00Z")

    drive(scenario)


def test_a_pod_has_one_node() -> None:
    async def scenario(api: Api) -> None:
        await api.create(PODS, pod())
        replies = await asyncio.gather(*(api.ask("POST", BINDING, binding(f"n{i}")) for i in range(4)))
        assert sorted(r.status for r in replies) == [201, 409, 409, 409]
        late = await api.ask("POST", BINDING, binding("n9"))
        assert "pod a is already assigned to node" in late.message

    drive(scenario)


def test_the_old_way_binds_too() -> None:
    async def scenario(api: Api) -> None:
        await api.create(PODS, pod())
        assert (await api.ask("POST", f"{DEFAULT}/bindings", binding())).status == 201
        assert (await api.get(f"{PODS}/a")).json["spec"]["nodeName"] == "n1"

    drive(scenario)


@pytest.mark.parametrize(
    ("made", "body", "status", "why"),
    [
        (pod("b"), binding(), 404, 'pods "a" not found'),
        (pod(), binding(uid="other"), 409, "Key: /registry/pods/default/a, ResourceVersion: 0, "),
        (pod(), binding(uid="other"), 409, "Precondition failed: UID in precondition: other"),
        (pod(), binding(resourceVersion="1"), 409, "failed: ResourceVersion in precondition: 1, "),
        (pod(schedulingGates=[{"name": "g"}]), binding(), 409, "has non-empty .spec.schedulingGates"),
        (pod(), {"metadata": {"name": "b"}, "target": {"name": "n"}}, 400, "name in URL does not match"),
        (pod(), {"target": {"name": "n"}}, 400, "name in URL does not match"),
        (pod(), {"metadata": {"name": "a"}, "target": {}}, 500, "target.name: Required value"),
        (
            pod(),
            {"metadata": {"name": "a"}, "target": {"kind": "Pod", "name": "n"}},
            500,
            'target.kind: Unsupported value: "Pod"',
        ),
    ],
)
def test_what_cannot_be_bound(made: Any, body: Any, status: int, why: str) -> None:
    async def scenario(api: Api) -> None:
        await api.create(PODS, made)
        reply = await api.ask("POST", BINDING, body)
        assert reply.status == status, reply.text
        assert why in reply.message

    drive(scenario)


def test_a_dry_run_binds_nothing() -> None:
    async def scenario(api: Api) -> None:
        await api.create(PODS, pod())
        assert (await api.ask("POST", f"{BINDING}?dryRun=All", binding())).status == 201
        assert "nodeName" not in (await api.get(f"{PODS}/a")).json["spec"]

    drive(scenario)


def test_a_name_that_is_no_part_of_a_path_binds_nothing() -> None:
    async def scenario(api: Api) -> None:
        path = f"{PODS.removesuffix('pods')}bindings"
        reply = await api.ask("POST", path, binding(name="a/b"))
        assert (reply.status, reply.message) == (400, "Name parameter invalid: \"a/b\": may not contain '/'")

    drive(scenario)
