"""The claims of a StatefulSet's pods: names, contents, and who deletes them when."""

from __future__ import annotations

from typing import Any, cast

import pytest
from wherry.apimachinery.errors import StatusError
from wherry.client.client import Client
from wherry.client.events import EventRecorder
from wherry.client.informer import Informer
from wherry.controllers.ownership import controller_reference
from wherry.controllers.statefulset import facts
from wherry.controllers.statefulset.claims import POD, ClaimError, Claims

from tests.controllers.objects import Object, meta, pod
from tests.support import run


class Store:
    """Stands in for the cache of claims, the client and the recorder."""

    def __init__(self, *claims: Object) -> None:
        self.held = {f"ns/{claim['metadata']['name']}": claim for claim in claims}
        self.created: list[Object] = []
        self.updated: list[Object] = []
        self.events: list[tuple[str, str]] = []
        self.refusal: StatusError | None = None

    def get(self, key: str) -> Object | None:
        return self.held.get(key)

    async def create(self, r: object, obj: Object) -> Object:
        if self.refusal is not None:
            raise self.refusal
        self.created.append(obj)
        return obj

    async def update(self, r: object, obj: Object) -> Object:
        self.updated.append(obj)
        return obj

    def event(self, obj: Object, kind: str, reason: str, message: str) -> None:
        self.events.append((reason, message))

    @property
    def claims(self) -> Claims:
        return Claims(cast(Client, self), cast(Informer, self), cast(EventRecorder, self))


TEMPLATE = {"metadata": {"name": "data", "labels": {"own": "1"}}, "spec": {"storageClassName": "x"}}


def owner(scaled: str = "Retain", deleted: str = "Retain", replicas: int = 1) -> Object:
    return {
        "kind": "StatefulSet",
        "apiVersion": "apps/v1",
        "metadata": meta("s"),
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "s"}},
            "volumeClaimTemplates": [TEMPLATE],
            "persistentVolumeClaimRetentionPolicy": {"whenScaled": scaled, "whenDeleted": deleted},
        },
    }


def claim(*refs: Object, **more: Any) -> Object:
    return {"metadata": meta("data-s-0", ownerReferences=list(refs), **more)}


MEMBER = pod("s-0")
OF_SET = controller_reference(owner(), facts.KIND)
OF_POD = controller_reference(MEMBER, POD)


def owners(found: Object) -> list[str]:
    return [ref["kind"] for ref in found["metadata"]["ownerReferences"]]


def test_a_missing_claim_is_made_of_its_template() -> None:
    store = Store()
    run(store.claims.make(owner(), MEMBER))
    made = store.created[0]
    assert (made["metadata"]["name"], made["metadata"]["labels"]) == ("data-s-0", {"own": "1", "app": "s"})
    assert made["spec"] == {"storageClassName": "x"}
    message = "Create Claim data-s-0 Pod s-0 in StatefulSet s success"
    assert store.events == [("SuccessfulCreate", message)]


def test_a_claim_that_is_there_is_used() -> None:
    store = Store(claim())
    run(store.claims.make(owner(), MEMBER))
    assert not store.created


def test_a_claim_on_its_way_out_stops_the_pod() -> None:
    store = Store(claim(deletionTimestamp="2026-01-01T00:00:00Z"))
    with pytest.raises(ClaimError, match="pvc data-s-0 is being deleted"):
        run(store.claims.make(owner(), MEMBER))


def test_a_refused_claim_is_told_of() -> None:
    store = Store()
    store.refusal = StatusError(403, "Forbidden", "no")
    with pytest.raises(ClaimError, match="failed to create PVC data-s-0: no"):
        run(store.claims.make(owner(), MEMBER))
    message = "Create Claim data-s-0 for Pod s-0 in StatefulSet s failed error: no"
    assert store.events == [("FailedCreate", message)]


def test_a_claim_that_another_pass_made_is_no_event() -> None:
    store = Store()
    store.refusal = StatusError(409, "AlreadyExists", "there")
    with pytest.raises(ClaimError):
        run(store.claims.make(owner(), MEMBER))
    assert store.events == []


@pytest.mark.parametrize(
    ("scaled", "deleted", "replicas", "wanted"),
    [
        ("Retain", "Retain", 1, []),
        ("Retain", "Retain", 0, []),
        ("Retain", "Delete", 1, ["StatefulSet"]),
        ("Retain", "Delete", 0, ["StatefulSet"]),
        ("Delete", "Retain", 1, []),
        ("Delete", "Retain", 0, ["Pod"]),
        ("Delete", "Delete", 1, ["StatefulSet"]),
        ("Delete", "Delete", 0, ["Pod"]),
    ],
)
@pytest.mark.parametrize("before", [[], [OF_SET], [OF_POD]])
def test_the_policy_chooses_the_owner(
    scaled: str, deleted: str, replicas: int, wanted: list[str], before: list[Object]
) -> None:
    store, s = Store(claim(*before)), owner(scaled, deleted, replicas)
    run(store.claims.apply_policy(s, MEMBER))
    assert store.claims.follow_policy(s, MEMBER) == ([ref["kind"] for ref in before] == wanted)
    assert owners(store.updated[0] if store.updated else claim(*before)) == wanted


def test_an_owner_of_the_user_s_stays() -> None:
    other = {"kind": "ConfigMap", "apiVersion": "v1", "name": "c", "uid": "c"}
    store = Store(claim(other))
    run(store.claims.apply_policy(owner(deleted="Delete"), MEMBER))
    assert owners(store.updated[0]) == ["ConfigMap", "StatefulSet"]


def test_another_controller_overrules_the_policy() -> None:
    other = {"kind": "App", "apiVersion": "x/v1", "name": "c", "uid": "c", "controller": True}
    store, s = Store(claim(other)), owner(deleted="Delete")
    assert store.claims.follow_policy(s, MEMBER)
    run(store.claims.apply_policy(s, MEMBER))
    assert not store.updated and store.events[0][0] == "ConflictingController"


def test_an_earlier_pod_s_claim_is_stale() -> None:
    stale = Store(claim({**OF_POD, "uid": "earlier"})).claims
    assert stale.are_stale(owner(scaled="Delete"), MEMBER)
    assert not stale.are_stale(owner(), MEMBER)
    assert not stale.follow_policy(owner(), MEMBER)
    assert not Store(claim()).claims.are_stale(owner(scaled="Delete"), MEMBER)
