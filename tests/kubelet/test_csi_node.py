"""The node says which volume drivers it has."""

from __future__ import annotations

import asyncio
from typing import Any

from wherry.apimachinery import errors
from wherry.apimachinery.clock import FakeClock
from wherry.kubelet import csi_node

from tests.kubelet.api import FakeApi
from tests.support import run

NODE = {"metadata": {"name": "n1", "uid": "u1"}}
OURS = {"name": "host-path.wherry.dev", "nodeID": "n1", "topologyKeys": ["kubernetes.io/hostname"]}


def registered(*failures: Exception, **known: Any) -> FakeApi:
    api = FakeApi()
    api.failures = list(failures)
    if known:
        api.put("csinodes", "", "n1", **known)

    async def register() -> None:
        await csi_node.register(api, NODE, FakeClock(), asyncio.Semaphore(1))  # type: ignore[arg-type]

    run(register())
    return api


def test_it_belongs_to_the_node_and_has_the_built_in_driver() -> None:
    (made,) = registered().sent("create")
    assert made["spec"] == {"drivers": [OURS]}
    assert made["metadata"]["ownerReferences"][0]["uid"] == "u1"


def test_drivers_that_others_registered_stay() -> None:
    there = errors.already_exists("storage.k8s.io", "csinodes", "n1")
    other = {"name": "csi.example.com", "nodeID": "x"}
    (changed,) = registered(there, spec={"drivers": [other]}).sent("update")
    assert changed["spec"]["drivers"] == [other, OURS]


def test_nothing_is_written_when_all_is_said() -> None:
    there = errors.already_exists("storage.k8s.io", "csinodes", "n1")
    assert registered(there, spec={"drivers": [OURS]}).verbs() == ["create", "get"]
