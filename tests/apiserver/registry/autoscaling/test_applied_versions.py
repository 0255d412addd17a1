"""One manager applies an autoscaler in one version, and then in the other."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.registry.autoscaling import conversion

from tests.apiserver.harness import Api, drive

APPLY = "application/apply-patch+yaml"
PATH = "/apis/autoscaling/{}/namespaces/default/horizontalpodautoscalers/a?fieldManager=x"
OWNER = {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u"}
METADATA: dict[str, Any] = {"labels": {"q": "r"}, "annotations": {"x": "y"}, "ownerReferences": [OWNER]}
TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}
SPEC: dict[str, Any] = {"maxReplicas": 3, "scaleTargetRef": TARGET}


async def applied(api: Api, version: str, minimum: int | None, **metadata: Any) -> dict[str, Any]:
    spec = SPEC if minimum is None else {**SPEC, "minReplicas": minimum}
    head = {"apiVersion": f"autoscaling/{version}", "kind": "HorizontalPodAutoscaler"}
    obj = {**head, "metadata": {"name": "a", **metadata}, "spec": spec}
    reply = await api.ask("PATCH", PATH.format(version), obj, kind=APPLY)
    assert reply.status in (200, 201), reply.text
    found: dict[str, Any] = reply.json
    return found


@pytest.mark.parametrize(("first", "then"), [("v1", "v2"), ("v2", "v1")])
def test_what_is_named_no_longer_goes(first: str, then: str) -> None:
    async def scenario(api: Api) -> None:
        before = await applied(api, first, 2, **METADATA)
        after = await applied(api, then, None)
        assert before["spec"]["minReplicas"] == 2 and after["spec"]["minReplicas"] == 1
        assert METADATA.keys() <= before["metadata"].keys()
        assert not METADATA.keys() & after["metadata"].keys()
        assert after["metadata"]["uid"] == before["metadata"]["uid"]

    drive(scenario)


def test_a_part_without_metadata_is_converted() -> None:
    there = conversion.to_v2({"kind": "HorizontalPodAutoscaler", "spec": {}})
    assert "metadata" not in there
    assert "metadata" not in conversion.to_v1({**there, "spec": {}})


def test_notes_of_a_part_without_metadata_are_written() -> None:
    back = conversion.to_v1({"spec": {"metrics": [{"type": "Pods"}]}})
    assert back["metadata"] == {"annotations": {conversion.METRICS: '[{"type":"Pods"}]'}}


def test_nulls_among_metrics_are_passed_over() -> None:
    obj = {"spec": {"metrics": [None]}, "status": {"currentMetrics": [None, {"type": "Pods"}]}}
    back = conversion.to_v1(obj)
    assert back["metadata"] == {"annotations": {conversion.CURRENT: '[{"type":"Pods"}]'}}
