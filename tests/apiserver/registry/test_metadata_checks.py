"""How often an update's metadata is judged, and what is said of finalizers, differs from kind to kind.

What 1.36.2 answered to the same requests, counted per broken label.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.apiserver.harness import DEFAULT, Api, drive

Object = dict[str, Any]
BROKEN = {"metadata": {"labels": {"a b": "c d"}}}
POD: Object = {"containers": [{"name": "c", "image": "i"}]}
TEMPLATE: Object = {"metadata": {"labels": {"a": "b"}}, "spec": POD}
SET: Object = {"selector": {"matchLabels": {"a": "b"}}, "template": TEMPLATE}
RULES: Object = {"kind": "Role", "apiGroup": "rbac.authorization.k8s.io", "name": "r"}

KINDS: dict[str, tuple[str, Object, int]] = {
    "disruption budget": ("/apis/policy/v1/namespaces/default/poddisruptionbudgets", {"spec": {}}, 2),
    "service": (f"{DEFAULT}/services", {"spec": {"ports": [{"port": 80}]}}, 3),
    "replica set": ("/apis/apps/v1/namespaces/default/replicasets", {"spec": SET}, 3),
    "daemon set": ("/apis/apps/v1/namespaces/default/daemonsets", {"spec": SET}, 3),
    "lease": ("/apis/coordination.k8s.io/v1/namespaces/default/leases", {}, 3),
    "endpoint slice": (
        "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
        {"addressType": "IPv4", "endpoints": []},
        3,
    ),
    "service account": (f"{DEFAULT}/serviceaccounts", {}, 4),
    "role": ("/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles", {"rules": []}, 4),
    "role binding": (
        "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
        {"roleRef": RULES},
        4,
    ),
    "ingress class": (
        "/apis/networking.k8s.io/v1/ingressclasses",
        {"spec": {"controller": "a.b/c"}},
        4,
    ),
    "storage class": ("/apis/storage.k8s.io/v1/storageclasses", {"provisioner": "a.b/c"}, 4),
}


@pytest.mark.parametrize(("path", "body", "times"), KINDS.values(), ids=KINDS)
def test_a_broken_label_is_told_as_often_as_upstream_tells_it(path: str, body: Object, times: int) -> None:
    async def scenario(api: Api) -> None:
        await api.create(path, {"metadata": {"name": "one"}, **body})
        told = (await api.ask("PATCH", f"{path}/one", BROKEN, kind="application/merge-patch+json")).json
        assert len(told["details"]["causes"]) == 2 * times  # its key and its value

    drive(scenario)


def test_a_kind_that_is_judged_as_new_tells_once_of_what_cannot_change() -> None:
    async def scenario(api: Api) -> None:
        path, body, _ = KINDS["endpoint slice"]
        await api.create(path, {"metadata": {"name": "one"}, **body})
        change = {"metadata": {"uid": "another"}}
        told = (await api.ask("PATCH", f"{path}/one", change, kind="application/merge-patch+json")).json
        assert [cause["field"] for cause in told["details"]["causes"]] == ["metadata.uid"]

    drive(scenario)


@pytest.mark.parametrize(("kind", "code"), [("lease", 201), ("role", 422)])
def test_not_every_kind_knows_the_finalizers(kind: str, code: int) -> None:
    async def scenario(api: Api) -> None:
        path, body, _ = KINDS[kind]
        reply = await api.ask("POST", path, {"metadata": {"name": "one", "finalizers": ["plain"]}, **body})
        assert reply.status == code

    drive(scenario)


def test_a_limit_range_without_a_name_is_called_by_an_id() -> None:
    async def scenario(api: Api) -> None:
        made = await api.create(f"{DEFAULT}/limitranges", {"metadata": {}, "spec": {"limits": []}})
        assert len(made["metadata"]["name"]) == 36

    drive(scenario)
