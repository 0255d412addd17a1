"""Every kind's life over HTTP. Upstream: the many tests named «should support … API operations» and «should
run through the lifecycle of …» (apps, common/node, network, node, storage, flowcontrol, …)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.conformance.api import JSON_PATCH, MERGE_PATCH, Api, Watch, unique
from tests.conformance.kinds import KINDS, Kind
from tests.e2e.waiting import until

EACH = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.plural)
# A ServiceCIDR goes ten seconds after its deletion.
STATUS_ALONE = (
    *("flowschemas", "prioritylevelconfigurations", "servicecidrs", "validatingadmissionpolicies"),
    "volumeattachments",
)
"""Kinds whose status subresource leaves metadata as it is."""
QUICK = pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind.plural != "servicecidrs"], ids=lambda kind: kind.plural
)


def made(api: Api, kind: Kind, path: str, label: str) -> Any:
    """A new object; addresses and the ranges of ServiceCIDRs are its name or carry a number of it."""
    name = unique("e2e")
    number = int(name.removeprefix("e2e-")) % 250
    if kind.plural == "ipaddresses":
        name = f"10.250.0.{number}"
    body = json.loads(json.dumps(kind.body).replace("{n}", str(number)))
    return api.create(path, {"metadata": {"name": name, "labels": {"e2e": label}}} | body)


def seen(watch: Watch, kind: str, name: str, annotation: str = "") -> None:
    """Reads up to an event of this type about this object, which has this annotation."""
    while True:
        found, obj = watch.next()
        assert found != "ERROR", obj
        annotated = not annotation or annotation in (obj["metadata"].get("annotations") or {})
        if found == kind and obj["metadata"]["name"] == name and annotated:
            return


@EACH
def test_discovered(api: Api, kind: Kind) -> None:
    group, _, version = kind.version.rpartition("/")
    if group:
        listed = {one["name"]: one for one in api.get("/apis")["groups"]}[group]
        assert version in [one["version"] for one in listed["versions"]]
        assert api.get(f"/apis/{group}")["name"] == group
    path = f"/apis/{kind.version}" if group else "/api/v1"
    resources = {one["name"]: one for one in api.get(path)["resources"]}
    assert resources[kind.plural]["namespaced"] == kind.namespaced
    verbs = {"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"}
    if kind.plural == "services":
        assert "deletecollection" in resources[kind.plural]["verbs"]
    assert verbs <= set(resources[kind.plural]["verbs"])
    assert (f"{kind.plural}/status" in resources) or kind.status is None


@QUICK
def test_life(api: Api, namespace: str, kind: Kind) -> None:
    """Create, get, list, watch, patch, update, delete, delete many."""
    label = unique("life")
    path = kind.path(namespace if kind.namespaced else "")
    one = made(api, kind, path, label)
    name, uid = one["metadata"]["name"], one["metadata"]["uid"]
    others = [made(api, kind, path, label)["metadata"]["name"] for _ in range(2)]
    assert api.get(f"{path}/{name}")["metadata"]["uid"] == uid
    for listing in {path, kind.path()}:
        assert sorted(api.names(listing, labelSelector=f"e2e={label}")) == sorted([name, *others])
    since = api.get(path, labelSelector=f"e2e={label}")["metadata"]["resourceVersion"]
    with api.watch(kind.path(), labelSelector=f"e2e={label}", resourceVersion=since) as watch:
        _change(api, f"{path}/{name}", watch)
        if kind.status is not None:
            _change_status(api, kind, f"{path}/{name}", watch)
        deleted = api.delete(f"{path}/{name}")
        assert deleted["kind"] in ("Status", one["kind"])
        until(lambda: api.gone(f"{path}/{name}"))
        seen(watch, "DELETED", name)
    assert sorted(api.names(path, labelSelector=f"e2e={label}")) == sorted(others)
    api.delete(path, labelSelector=f"e2e={label}")
    until(lambda: not api.names(path, labelSelector=f"e2e={label}"))


def annotated(name: str) -> Callable[[Any], None]:
    def alter(obj: Any) -> None:
        obj["metadata"]["annotations"][name] = "true"

    return alter


def _change(api: Api, at: str, watch: Watch) -> None:
    name = at.rpartition("/")[2]
    patched = api.patch(at, {"metadata": {"annotations": {"patched": "true"}}}, MERGE_PATCH)
    assert patched["metadata"]["annotations"]["patched"] == "true"
    seen(watch, "MODIFIED", name, "patched")
    api.change(at, annotated("updated"))
    seen(watch, "MODIFIED", name, "updated")


def _change_status(api: Api, kind: Kind, at: str, watch: Watch) -> None:
    """Patched, read and updated at its own address."""
    status = {"metadata": {"annotations": {"patchedstatus": "true"}}, "status": kind.status}
    patched = api.patch(f"{at}/status", status, MERGE_PATCH)
    assert ("patchedstatus" in patched["metadata"]["annotations"]) == (kind.plural not in STATUS_ALONE)
    for key, value in (kind.status or {}).items():
        assert _within(value, patched["status"][key]), patched["status"]
    assert api.get(f"{at}/status")["metadata"]["uid"] == patched["metadata"]["uid"]
    api.change(at, annotated("updatedstatus"), "/status")
    if kind.plural not in STATUS_ALONE:
        seen(watch, "MODIFIED", at.rpartition("/")[2], "updatedstatus")


def _within(part: Any, whole: Any) -> bool:
    if isinstance(part, dict):
        return all(key in whole and _within(value, whole[key]) for key, value in part.items())
    if isinstance(part, list):
        return all(any(_within(value, have) for have in whole) for value in part)
    return bool(part == whole)


@QUICK
def test_patches_and_applies(api: Api, namespace: str, kind: Kind) -> None:
    """JSON patch, apply and deletion with preconditions work for every kind."""
    path = kind.path(namespace if kind.namespaced else "")
    one = made(api, kind, path, "patches")
    at = f"{path}/{one['metadata']['name']}"
    add = [{"op": "add", "path": "/metadata/labels/json", "value": "yes"}]
    assert api.patch(at, add, JSON_PATCH)["metadata"]["labels"]["json"] == "yes"
    wanted = {
        "apiVersion": one["apiVersion"],
        "kind": one["kind"],
        "metadata": {"name": one["metadata"]["name"], "labels": {"applied": "yes"}},
    }
    applied = api.apply(at, wanted, manager="e2e")
    assert applied["metadata"]["labels"] == {"e2e": "patches", "json": "yes", "applied": "yes"}
    assert "e2e" in [entry["manager"] for entry in applied["metadata"]["managedFields"]]
    api.fails(409, "DELETE", at, {"preconditions": {"uid": "somebody-else"}})
    api("DELETE", at, {"preconditions": {"uid": one["metadata"]["uid"]}})
    until(lambda: api.gone(at))
