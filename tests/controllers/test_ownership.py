"""Taking over orphans and letting go of what no longer matches."""

from __future__ import annotations

from typing import Any, cast

import pytest
from wherry.apimachinery import labels
from wherry.apimachinery.errors import StatusError
from wherry.client.client import Client
from wherry.client.resources import PODS
from wherry.controllers.ownership import Claimer, by_controller, controller_reference
from wherry.controllers.replicaset.controller import ReplicaSetController

from tests.controllers.objects import Object, pod, replica_set
from tests.support import run

KIND = ReplicaSetController.kind
WEB = {"app": "web"}
LEAVING: dict[str, Any] = {"deletionTimestamp": "2026-01-01T00:00:00Z"}


class Patches:
    """Notes patches by name, or refuses them with `code`."""

    def __init__(self, code: int = 0) -> None:
        self.code = code
        self.sent: dict[str, Object] = {}

    async def patch(self, r: object, name: str, patch: Object, namespace: str, *, kind: str) -> Object:
        assert kind == "strategic"
        self.sent[name] = patch["metadata"]
        if self.code:
            raise StatusError(self.code, "Refused", "no")
        return {}


def owned(name: str, owner: Object, **more: Any) -> Object:
    return pod(name, ownerReferences=[controller_reference(owner, KIND)], **more)


def claim(
    owner: Object, *pods: Object, fresh: Object | None = None, code: int = 0, finalizers: tuple[str, ...] = ()
) -> tuple[Any, Any]:
    """Names claimed, and the patches sent."""
    patches = Patches(code)

    async def read() -> Object:
        return fresh or owner

    selector = labels.parse("app=web")
    claimer = Claimer(cast(Client, patches), PODS, owner, KIND, selector, read, finalizers)
    found = run(claimer.claim(pods))
    return [obj["metadata"]["name"] for obj in found], patches.sent


def test_what_matches_and_is_owned_is_kept_without_a_write() -> None:
    rs = replica_set("rs", 1, 0)
    assert claim(rs, owned("a", rs, labels=WEB)) == (["a"], {})


def test_a_matching_orphan_is_adopted_by_uid() -> None:
    rs = replica_set("rs", 1, 0)
    names, sent = claim(rs, pod("a", labels=WEB), pod("b", labels={"app": "db"}))
    assert names == ["a"]
    assert sent == {"a": {"uid": "uid-a", "ownerReferences": [controller_reference(rs, KIND)]}}


def test_what_no_longer_matches_is_released() -> None:
    rs = replica_set("rs", 1, 0)
    names, sent = claim(rs, owned("a", rs, labels={"app": "db"}))
    assert names == []
    assert sent == {"a": {"uid": "uid-a", "ownerReferences": [{"$patch": "delete", "uid": "uid-rs"}]}}


def test_what_another_controls_is_left_alone() -> None:
    other = replica_set("other", 1, 0)
    assert claim(replica_set("rs", 1, 0), owned("a", other, labels=WEB)) == ([], {})


def test_a_leaving_orphan_is_not_adopted_and_a_leaving_owner_writes_nothing() -> None:
    rs, going = replica_set("rs", 1, 0), replica_set("rs", 1, 0)
    going["metadata"].update(LEAVING)
    assert claim(rs, pod("a", labels=WEB, **LEAVING)) == ([], {})
    pods = [pod("a", labels=WEB), owned("b", going, labels={"app": "db"}), owned("c", going, labels=WEB)]
    assert claim(going, *pods) == (["c"], {})


@pytest.mark.parametrize("change", [{"uid": "new"}, LEAVING], ids=["made anew", "being deleted"])
def test_a_stale_cache_adopts_nothing(change: dict[str, str]) -> None:
    rs, fresh = replica_set("rs", 1, 0), replica_set("rs", 1, 0)
    fresh["metadata"].update(change)
    with pytest.raises(StatusError) as caught:
        claim(rs, pod("a", labels=WEB), fresh=fresh)
    assert caught.value.code == 409


@pytest.mark.parametrize("code", [404, 422])
def test_what_is_gone_meanwhile_is_nobodys(code: int) -> None:
    assert claim(replica_set("rs", 1, 0), pod("a", labels=WEB), code=code)[0] == []


def test_other_refusals_are_raised_after_all_were_tried() -> None:
    rs = replica_set("rs", 1, 0)
    with pytest.raises(StatusError, match="no"):
        claim(rs, pod("a", labels=WEB), pod("b", labels=WEB), code=403)


def test_orphans_are_indexed_by_namespace() -> None:
    rs = replica_set("rs", 1, 0)
    assert by_controller(pod("a")) == ("orphan/ns",)
    assert by_controller(owned("a", rs)) == ("uid-rs",)


def test_finalizers_come_and_go_with_the_owner() -> None:
    rs = replica_set("rs", 1, 0)
    _, sent = claim(rs, pod("a", labels=WEB), owned("b", rs, labels={}), finalizers=("x.example/f",))
    assert sent["a"]["finalizers"] == ["x.example/f"]
    assert sent["b"]["$deleteFromPrimitiveList/finalizers"] == ["x.example/f"]
