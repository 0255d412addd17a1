"""Watches of ConfigMaps (upstream: test/e2e/apimachinery/{watch,watchlist}.go)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.conformance.api import Api, Watch

LABEL = "watch-this-configmap"


@pytest.fixture
def maps(namespace: str) -> Iterator[str]:
    yield f"/api/v1/namespaces/{namespace}/configmaps"


def labelled(name: str, label: str, **data: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": {LABEL: label}}, "data": data}


def mutated(api: Api, path: str, number: int) -> Any:
    return api.patch(path, {"data": {"mutation": str(number)}})


def expect(watch: Watch, kind: str, mutation: str | None = None) -> Any:
    found, obj = watch.next()
    assert found == kind, obj
    assert (obj.get("data") or {}).get("mutation") == mutation
    return obj


def test_additions_changes_and_deletions(api: Api, maps: str) -> None:
    """«should observe add, update, and delete watch notifications on configmaps»"""
    with (
        api.watch(maps, labelSelector=f"{LABEL}=a") as a,
        api.watch(maps, labelSelector=f"{LABEL}=b") as b,
        api.watch(maps, labelSelector=f"{LABEL} in (a,b)") as both,
    ):
        api.create(maps, labelled("one", "a"))
        for watch in (a, both):
            expect(watch, "ADDED")
        for number in (1, 2):
            mutated(api, f"{maps}/one", number)
            for watch in (a, both):
                expect(watch, "MODIFIED", str(number))
        api.delete(f"{maps}/one")
        for watch in (a, both):
            expect(watch, "DELETED", "2")
        api.create(maps, labelled("two", "b"))
        api.delete(f"{maps}/two")
        for watch in (b, both):
            expect(watch, "ADDED")
            expect(watch, "DELETED")


def test_from_a_resource_version(api: Api, maps: str) -> None:
    """«should be able to start watching from a specific resource version»"""
    api.create(maps, labelled("one", "from"))
    first = mutated(api, f"{maps}/one", 1)["metadata"]["resourceVersion"]
    mutated(api, f"{maps}/one", 2)
    api.delete(f"{maps}/one")
    with api.watch(maps, labelSelector=f"{LABEL}=from", resourceVersion=first) as watch:
        expect(watch, "MODIFIED", "2")
        expect(watch, "DELETED", "2")


def test_from_where_the_last_watch_ended(api: Api, maps: str) -> None:
    """«should be able to restart watching from the last resource version observed by the previous watch»"""
    with api.watch(maps, labelSelector=f"{LABEL}=again") as watch:
        api.create(maps, labelled("one", "again"))
        expect(watch, "ADDED")
        mutated(api, f"{maps}/one", 1)
        last = expect(watch, "MODIFIED", "1")["metadata"]["resourceVersion"]
    mutated(api, f"{maps}/one", 2)
    with api.watch(maps, labelSelector=f"{LABEL}=again", resourceVersion=last) as watch:
        expect(watch, "MODIFIED", "2")
        api.delete(f"{maps}/one")
        expect(watch, "DELETED", "2")


def test_an_object_leaves_and_meets_the_selector_again(api: Api, maps: str) -> None:
    """«should observe an object deletion if it stops meeting the requirements of the selector»"""
    with api.watch(maps, labelSelector=f"{LABEL}=here") as watch:
        api.create(maps, labelled("one", "here"))
        expect(watch, "ADDED")
        mutated(api, f"{maps}/one", 1)
        expect(watch, "MODIFIED", "1")
        api.patch(f"{maps}/one", {"metadata": {"labels": {LABEL: "gone"}}})
        expect(watch, "DELETED", "1")
        mutated(api, f"{maps}/one", 2)
        api.patch(f"{maps}/one", {"metadata": {"labels": {LABEL: "here"}}})
        expect(watch, "ADDED", "2")
        mutated(api, f"{maps}/one", 3)
        expect(watch, "MODIFIED", "3")
        api.delete(f"{maps}/one")
        expect(watch, "DELETED", "3")


def test_concurrent_watches_see_one_order(api: Api, maps: str) -> None:
    """«should receive events on concurrent watches in same order»"""
    since = api.get(maps)["metadata"]["resourceVersion"]

    def write(name: str) -> None:
        api.create(maps, labelled(name, "order"))
        mutated(api, f"{maps}/{name}", 1)
        api.delete(f"{maps}/{name}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, [f"map-{number}" for number in range(12)]))
    with api.watch(maps, labelSelector=f"{LABEL}=order", resourceVersion=since) as watch:
        versions = [watch.next()[1]["metadata"]["resourceVersion"] for _ in range(36)]
    assert versions == sorted(versions, key=int)
    for start in (0, 7, 20, 34):
        with api.watch(maps, labelSelector=f"{LABEL}=order", resourceVersion=versions[start]) as watch:
            later = [watch.next()[1]["metadata"]["resourceVersion"] for _ in versions[start + 1 :]]
        assert later == versions[start + 1 :]


@pytest.fixture
def secrets(api: Api, namespace: str) -> str:
    path = f"/api/v1/namespaces/{namespace}/secrets"
    for number in range(1, 6):
        api.create(path, {"metadata": {"name": f"secret-{number}", "labels": {"watchlist": "true"}}})
    return path


STREAMING: dict[str, Any] = {
    "sendInitialEvents": "true",
    "resourceVersionMatch": "NotOlderThan",
    "allowWatchBookmarks": "true",
    "labelSelector": "watchlist=true",
}


def test_a_list_as_a_stream(api: Api, secrets: str) -> None:
    """«should be requested by informers when WatchListClient is enabled»"""
    listed = api.get(secrets, labelSelector="watchlist=true")["items"]
    with api.watch(secrets, **STREAMING) as watch:
        streamed = [watch.next() for _ in listed]
        assert {kind for kind, _ in streamed} == {"ADDED"}
        strip = ("apiVersion", "kind")
        assert [{k: v for k, v in obj.items() if k not in strip} for _, obj in streamed] == [
            {k: v for k, v in obj.items() if k not in strip} for obj in listed
        ]
        kind, mark = watch.next()
        assert kind == "BOOKMARK" and mark["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
        api.patch(f"{secrets}/secret-1", {"stringData": {"foo": "bar"}})
        kind, obj = watch.next()
        assert kind == "MODIFIED" and obj["data"] == {"foo": "YmFy"}
