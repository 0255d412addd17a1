"""The sample API server's stand-in: what it keeps, and what it says about itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from wherry.kubelet.images.standins import wardle
from wherry.kubelet.images.standins.wardle import FailedError, Place, Store

FLUNDERS = Place("v1alpha1", "flunders", "default", "")


def created(store: Store, name: str) -> dict[str, Any]:
    code, found = store.answer("POST", FLUNDERS, json.dumps({"metadata": {"name": name}}).encode())
    assert code == 201
    return found


def names(store: Store, place: Place) -> list[str]:
    return [one["metadata"]["name"] for one in store.answer("GET", place, b"")[1]["items"]]


def test_objects_come_and_go() -> None:
    store = Store()
    found = created(store, "a")
    assert found["kind"] == "Flunder" and found["apiVersion"] == "wardle.example.com/v1alpha1"
    assert found["metadata"]["namespace"] == "default" and found["metadata"]["uid"]
    created(store, "b")
    assert names(store, FLUNDERS) == names(store, FLUNDERS._replace(namespace="")) == ["a", "b"]
    assert names(store, FLUNDERS._replace(namespace="other")) == []
    store.answer("DELETE", FLUNDERS._replace(name="a"), b"")
    assert names(store, FLUNDERS) == ["b"]
    store.answer("DELETE", FLUNDERS, b"")
    assert names(store, FLUNDERS) == []


def test_both_versions_show_one_object() -> None:
    store = Store()
    created(store, "a")
    found = store.answer("GET", FLUNDERS._replace(version="v1beta1", name="a"), b"")[1]
    assert found["apiVersion"] == "wardle.example.com/v1beta1"


def test_changes_need_the_latest_version() -> None:
    store = Store()
    old = created(store, "a")
    place = FLUNDERS._replace(name="a")
    patched = store.answer("PATCH", place, b'{"spec": {"reference": "x"}}')[1]
    assert patched["spec"] == {"reference": "x"} and patched["metadata"]["uid"] == old["metadata"]["uid"]
    with pytest.raises(FailedError) as refused:
        store.answer("PUT", place, json.dumps(old).encode())
    assert refused.value.status["reason"] == "Conflict"
    assert store.answer("PATCH", place, b'{"spec": {"reference": null}}')[1]["spec"] == {}


@pytest.mark.parametrize(("method", "name", "code"), [("GET", "nobody", 404), ("POST", "", 409)])
def test_errors(method: str, name: str, code: int) -> None:
    store = Store()
    created(store, "a")
    with pytest.raises(FailedError) as failed:
        store.answer(method, FLUNDERS._replace(name=name), b'{"metadata": {"name": "a"}}')
    assert failed.value.code == failed.value.status["code"] == code


def test_documents() -> None:
    groups: Any = wardle._document(["apis"])
    assert [one["name"] for one in groups["groups"]] == ["wardle.example.com"]
    listed: Any = wardle._document(["apis", "wardle.example.com", "v1alpha1"])
    assert [one["name"] for one in listed["resources"]] == ["flunders", "fischers"]
    schemas: Any = wardle._document(["openapi", "v3", "apis", "wardle.example.com", "v1beta1"])
    assert list(schemas["components"]["schemas"]) == ["com.example.wardle.v1beta1.Flunder"]
    assert wardle._document(["apis", "apps"]) is None


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("wardle.example.com/v1beta1/flunders", Place("v1beta1", "flunders", "", "")),
        ("wardle.example.com/v1alpha1/namespaces/n/flunders/a", FLUNDERS._replace(namespace="n", name="a")),
        ("wardle.example.com/v1alpha1/fischers/a", Place("v1alpha1", "fischers", "", "a")),
        ("wardle.example.com/v1beta1/fischers/a", None),
        ("wardle.example.com/v1alpha1/flunders/a/b", None),
        ("apps/v1/flunders", None),
    ],
)
def test_paths(path: str, place: Place | None) -> None:
    assert wardle._place(path.split("/")) == place
