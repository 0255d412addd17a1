"""GET of one object."""

from __future__ import annotations

import pytest

from ...harness import CONFIG_MAPS, NAMESPACES, Api, config_map, drive


def test_an_object_is_answered_as_it_was_stored() -> None:
    async def scenario(api: Api) -> None:
        made = await api.create(CONFIG_MAPS, config_map(data={"k": "v"}))
        reply = await api.get(f"{CONFIG_MAPS}/a")
        assert (reply.status, reply.json) == (200, made)

    drive(scenario)


def test_an_object_that_is_not_there() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get(f"{CONFIG_MAPS}/nope")
        assert (reply.status, reply.message) == (404, 'configmaps "nope" not found')
        assert reply.json["details"] == {"name": "nope", "kind": "configmaps"}
        reply = await api.get("/apis/apps/v1/namespaces/default/deployments/nope")
        assert reply.message == 'deployments.apps "nope" not found'

    drive(scenario)


def test_the_same_name_in_another_namespace_is_another_object() -> None:
    async def scenario(api: Api) -> None:
        await api.create(NAMESPACES, {"metadata": {"name": "other"}})
        await api.create(CONFIG_MAPS, config_map())
        assert (await api.get(f"{NAMESPACES}/other/configmaps/a")).status == 404

    drive(scenario)


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("export=true", 400, "the export parameter, deprecated since v1.14, is no longer supported"),
        (
            "resourceVersion=x",
            500,
            'resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax',
        ),
        ("resourceVersion=0", 200, ""),
        ("resourceVersion=999", 504, "Timeout: Too large resource version: 999, current: 4"),
    ],
)
def test_query_parameters(query: str, status: int, message: str) -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        reply = await api.get(f"{CONFIG_MAPS}/a?{query}")
        assert (reply.status, reply.json.get("message", "")) == (status, message)

    drive(scenario)


def test_another_version_of_the_kind_shows_the_same_object() -> None:
    async def scenario(api: Api) -> None:
        path = "/apis/autoscaling/{}/namespaces/default/horizontalpodautoscalers"
        target = {"kind": "Deployment", "name": "d", "apiVersion": "apps/v1"}
        spec = {"scaleTargetRef": target, "maxReplicas": 3, "targetCPUUtilizationPercentage": 70}
        old = await api.create(path.format("v1"), {"metadata": {"name": "a"}, "spec": spec})
        new = (await api.get(path.format("v2") + "/a")).json
        assert (new["apiVersion"], new["metadata"]["uid"]) == ("autoscaling/v2", old["metadata"]["uid"])
        assert new["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"] == 70

    drive(scenario)
