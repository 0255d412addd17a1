"""Label and field selectors of lists."""

from __future__ import annotations

import pytest

from ..harness import CONFIG_MAPS, DEFAULT, PODS, Api, config_map, drive, pod


async def names(api: Api, path: str) -> list[str]:
    reply = await api.get(path)
    assert reply.status == 200, reply.text
    return [item["metadata"]["name"] for item in reply.json["items"]]


async def three(api: Api) -> None:
    for name, labels in (("a", {"tier": "x"}), ("b", {"tier": "y"}), ("c", {})):
        await api.create(CONFIG_MAPS, {"metadata": {"name": name, "labels": labels}})


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["a", "b", "c"]),
        ("?labelSelector=tier%3Dx", ["a"]),
        ("?labelSelector=tier", ["a", "b"]),
        ("?labelSelector=!tier", ["c"]),
        ("?labelSelector=tier+in+(x,y),tier!%3Dx", ["b"]),
        ("?fieldSelector=metadata.name%3Db", ["b"]),
        ("?fieldSelector=metadata.name!%3Db", ["a", "c"]),
        ("?fieldSelector=metadata.namespace%3Dother", []),
        ("?labelSelector=tier%3Dx&fieldSelector=metadata.name%3Db", []),
    ],
)
def test_selectors_choose_together(query: str, found: list[str]) -> None:
    async def scenario(api: Api) -> None:
        await three(api)
        assert await names(api, CONFIG_MAPS + query) == found
        assert await names(api, "/api/v1/configmaps" + query) == found

    drive(scenario)


def test_pods_are_found_by_node_through_the_index() -> None:
    async def scenario(api: Api) -> None:
        await api.create(PODS, pod("here", nodeName="n1"))
        await api.create(PODS, pod("there", nodeName="n2"))
        await api.create(PODS, pod("nowhere"))
        assert await names(api, "/api/v1/pods?fieldSelector=spec.nodeName%3Dn1") == ["here"]
        assert await names(api, f"{PODS}?fieldSelector=spec.nodeName!%3Dn1") == ["nowhere", "there"]
        assert await names(api, f"{PODS}?fieldSelector=status.phase%3DPending,spec.nodeName%3D") == [
            "nowhere"
        ]

    drive(scenario)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            "labelSelector=a+b",
            "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
        ),
        ("fieldSelector=a", "invalid selector: 'a'; can't understand 'a'"),
        ("fieldSelector=spec.color%3Dred", "field label not supported: spec.color"),
    ],
)
def test_a_selector_that_cannot_be_understood(query: str, message: str) -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get(f"{PODS}?{query}")
        assert reply.status == 400
        assert message in reply.message

    drive(scenario)


def test_a_collection_is_deleted_by_selector() -> None:
    async def scenario(api: Api) -> None:
        await three(api)
        reply = await api.ask("DELETE", f"{CONFIG_MAPS}?labelSelector=tier")
        assert (reply.status, len(reply.json["items"])) == (200, 2)
        assert await names(api, CONFIG_MAPS) == ["c"]
        assert (await api.get(f"{DEFAULT}/serviceaccounts/default")).status == 200

    drive(scenario)


def test_deleting_a_collection_twice_is_no_error() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map())
        for left in (1, 0):
            assert len((await api.ask("DELETE", CONFIG_MAPS)).json["items"]) == left

    drive(scenario)


@pytest.mark.parametrize("path", ["namespaces", "nodes"])
def test_kinds_without_a_namespace_cannot_be_selected_by_it_once_they_name_their_fields(path: str) -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get(f"/api/v1/{path}?fieldSelector=metadata.namespace%3Dx")
        assert (reply.status, reply.message) == (400, "field label not supported: metadata.namespace")
        assert await names(api, "/api/v1/persistentvolumes?fieldSelector=metadata.namespace%3Dx") == []

    drive(scenario)


def test_options_of_a_list_choose_what_is_deleted() -> None:
    async def scenario(api: Api) -> None:
        await three(api)
        reply = await api.ask("DELETE", f"{CONFIG_MAPS}?limit=2")
        assert reply.json["metadata"]["remainingItemCount"] == 1
        assert await names(api, CONFIG_MAPS) == ["c"]
        refused = await api.ask("DELETE", f"{CONFIG_MAPS}?resourceVersionMatch=Exact")
        assert refused.status == 422

    drive(scenario)
