"""The garbage collector's graph: what needs attention when objects come and go."""

from __future__ import annotations

from typing import Any

from wherry.client.resources import CONFIGMAPS
from wherry.controllers.garbagecollector.graph import Graph, Node

from tests.controllers.objects import Object, meta


class Told:
    def __init__(self) -> None:
        self.attention: list[str] = []
        self.orphaning: list[str] = []
        self.mismatches: list[str] = []
        self.graph = Graph(self.attention.append, self.orphaning.append, self._mismatch)
        self.graph.is_namespaced = lambda api_version, kind: True

    def _mismatch(self, dependent: Node, ref: Object) -> None:
        self.mismatches.append(dependent.identity.name)

    def put(self, name: str, *owners: Object, **more: Any) -> None:
        extra = {"ownerReferences": list(owners)} if owners else {}
        self.graph.put(CONFIGMAPS, "ConfigMap", meta(name, **extra, **more))


def owner(name: str, **more: Any) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": f"uid-{name}", **more}


def deleting(*finalizers: str) -> Object:
    return {"deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": list(finalizers)}


def test_the_end_of_an_owner_is_a_matter_for_its_dependents() -> None:
    told = Told()
    told.put("own")
    told.put("dep", owner("own"))
    assert told.attention == []
    told.graph.remove("uid-own")
    assert told.attention == ["uid-dep"]


def test_an_owner_nobody_has_seen_must_be_asked_for() -> None:
    told = Told()
    told.put("dep", owner("own"))
    assert told.attention == ["uid-own"]
    told.put("own")
    assert not told.graph.nodes["uid-own"].virtual
    assert told.attention == ["uid-own"]


def test_an_absent_owner_is_remembered() -> None:
    told = Told()
    told.put("dep", owner("own"))
    told.graph.replace_virtual("uid-own")
    assert told.attention == ["uid-own", "uid-dep"]
    identity = told.graph.owner_identity(told.graph.nodes["uid-dep"].identity, owner("own"))
    assert told.graph.known_absent(identity)


def test_foreground_deletion_looks_at_all_dependents_and_then_at_itself() -> None:
    told = Told()
    told.put("own")
    told.put("a", owner("own", blockOwnerDeletion=True))
    told.put("b", owner("own"))
    told.put("own", **deleting("foregroundDeletion"))
    assert told.attention == ["uid-a", "uid-b", "uid-own"]
    assert [n.identity.name for n in told.graph.nodes["uid-own"].blocking()] == ["a"]


def test_who_is_heard_of_while_its_owner_waits_for_its_dependents_is_looked_at() -> None:
    told = Told()
    told.put("own", **deleting("foregroundDeletion"))
    told.attention.clear()
    told.put("late", owner("own", blockOwnerDeletion=True))
    assert told.attention == ["uid-late"]


def test_a_waiting_owner_is_looked_at_when_a_dependent_goes_or_stops_blocking() -> None:
    told = Told()
    told.put("own", **deleting("foregroundDeletion"))
    told.put("a", owner("own", blockOwnerDeletion=True))
    told.put("b", owner("own", blockOwnerDeletion=True))
    told.attention.clear()
    told.graph.remove("uid-a")
    told.put("b", owner("own", blockOwnerDeletion=False))
    assert told.attention == ["uid-own", "uid-own"]


def test_orphaning_is_asked_for_once() -> None:
    told = Told()
    told.put("own", **deleting("orphan"))
    told.put("own", **deleting("orphan"))
    assert told.orphaning == ["uid-own"]


def test_a_reference_to_another_namespace_is_told() -> None:
    told = Told()
    told.put("own", namespace="elsewhere")
    told.put("dep", owner("own"))
    assert told.mismatches == ["dep"]
    assert told.attention == ["uid-dep"]


def test_a_reference_that_is_dropped_is_forgotten() -> None:
    told = Told()
    told.put("own")
    told.put("dep", owner("own"))
    told.put("dep")
    told.graph.remove("uid-own")
    assert told.attention == []
