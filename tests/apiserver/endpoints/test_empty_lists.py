"""Lists that a client gives empty: owned or refused as given, stored as null."""

from __future__ import annotations

from typing import Any

from tests.apiserver.harness import DEFAULT, Api, drive

Object = dict[str, Any]
SLICES = DEFAULT.replace("/api/v1", "/apis/discovery.k8s.io/v1") + "/endpointslices"
SCALERS = DEFAULT.replace("/api/v1", "/apis/autoscaling/v2") + "/horizontalpodautoscalers"


def owned(obj: Object) -> Object:
    fields: Object = obj["metadata"]["managedFields"][0]["fieldsV1"]
    return fields


def test_an_empty_list_has_an_owner_and_is_shown_as_null() -> None:
    async def scenario(api: Api) -> None:
        body = {"metadata": {"name": "a"}, "addressType": "IPv4", "endpoints": []}
        made = await api.create(SLICES, body)
        assert owned(made) == {"f:addressType": {}, "f:endpoints": {}}
        assert made["endpoints"] is None
        again = await api.put(f"{SLICES}/a", {**body, "metadata": {"name": "a"}})
        assert again["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]

    drive(scenario)


def test_an_empty_list_of_policies_is_refused_where_none_is_defaulted() -> None:
    async def scenario(api: Api) -> None:
        target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}
        spec: Object = {"maxReplicas": 3, "scaleTargetRef": target, "behavior": {"scaleUp": {}}}
        await api.create(SCALERS, {"metadata": {"name": "a"}, "spec": spec})
        spec["behavior"]["scaleUp"]["policies"] = []
        reply = await api.ask("POST", SCALERS, {"metadata": {"name": "b"}, "spec": spec})
        assert (
            "spec.behavior.scaleUp.policies: Required value: must specify at least one Policy"
            in reply.message
        )

    drive(scenario)
