"""Whom a dependent's change concerns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from wherry.apimachinery.clock import FakeClock
from wherry.apimachinery.gvk import GroupVersionKind
from wherry.client.client import Client
from wherry.client.informer import Informer
from wherry.client.resources import REPLICASETS
from wherry.controllers.owners import Owners

from tests.controllers.objects import Object, meta
from tests.support import run

T = TypeVar("T")
KIND = GroupVersionKind("apps", "v1", "ReplicaSet")


class Cache(Informer):
    """Holds what it is given."""

    def __init__(self, *objects: Object) -> None:
        super().__init__(cast(Client, None), REPLICASETS, clock=FakeClock())
        for obj in objects:
            self._apply("ADDED", obj)


def owner(name: str, **labels: str) -> Object:
    return {"metadata": meta(name), "spec": {"selector": {"matchLabels": labels}}}


def pod(of: str = "", *, uid: str = "", kind: str = "ReplicaSet", **more: Any) -> Object:
    refs = []
    if of:
        ref = {"apiVersion": "apps/v1", "kind": kind, "name": of, "uid": uid or f"uid-{of}"}
        refs = [{**ref, "controller": True}]
    return {"metadata": meta("p", ownerReferences=refs, **more)}


def asked(question: Callable[[Owners], T]) -> T:
    """What is answered about the owners `a` and `b`, who want `app=x`, and `empty`, who wants nothing."""

    async def answer() -> T:
        cache = Cache(owner("a", app="x"), owner("b", app="x"), owner("empty"))
        return question(Owners(cast(Client, None), cache, KIND))

    return run(answer())


def concerned(kind: str, new: Object, old: Object | None = None) -> list[str]:
    found = asked(lambda owners: list(owners.concerned(kind, new, old)))
    return sorted(one["metadata"]["name"] for one in found)


def test_a_change_concerns_the_owner() -> None:
    assert concerned("MODIFIED", pod("a"), pod("a")) == ["a"]
    assert concerned("DELETED", pod("a")) == ["a"]


def test_a_reference_that_moves_concerns_both_owners() -> None:
    assert concerned("MODIFIED", pod("b"), pod("a")) == ["a", "b"]


def test_an_orphan_concerns_those_who_may_adopt_it() -> None:
    assert concerned("ADDED", pod(labels={"app": "x"})) == ["a", "b"]
    assert concerned("ADDED", pod(labels={"app": "y"})) == []


def test_an_orphan_that_leaves_concerns_nobody() -> None:
    assert concerned("DELETED", pod(labels={"app": "x"})) == []
    leaving = pod(labels={"app": "x"}, deletionTimestamp="2026-01-01T00:00:00Z")
    assert concerned("MODIFIED", leaving) == []


def test_an_owner_is_known_by_its_uid_and_kind() -> None:
    assert asked(lambda owners: owners.of(pod("a", uid="uid-earlier"))) is None
    assert asked(lambda owners: owners.of(pod("a", kind="DaemonSet"))) is None
    assert asked(lambda owners: owners.of(pod())) is None
