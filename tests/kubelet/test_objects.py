"""ConfigMaps and Secrets of a node's pods: read when needed, watched while held."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from wherry.apimachinery import errors
from wherry.apimachinery.clock import FakeClock
from wherry.client.errors import Unreachable
from wherry.client.resources import CONFIGMAPS
from wherry.kubelet.objects import ObjectStore
from wherry.kubelet.worker.host import Waits

from tests.kubelet.api import FakeApi
from tests.support import run


class World:
    """A store whose watches are counted, not run."""

    def __init__(self) -> None:
        self.api = FakeApi()
        self.api.put("configmaps", "default", "cm", data={"a": "1"})
        self.watches: list[asyncio.Task[Any]] = []
        self.store = ObjectStore(self.api, FakeClock(), self._spawn, lambda uid: None)  # type: ignore[arg-type]

    def _spawn(self, name: str, coro: Coroutine[Any, Any, None]) -> asyncio.Task[Any]:
        coro.close()
        task = asyncio.get_running_loop().create_task(asyncio.Event().wait(), name=name)
        self.watches.append(task)
        return task


def test_an_object_is_read_from_the_api_and_may_be_missing() -> None:
    async def scenario() -> None:
        store = World().store
        found = await store.get(CONFIGMAPS, "default", "cm")
        assert found is not None and found["data"] == {"a": "1"}
        assert await store.get(CONFIGMAPS, "default", "none") is None

    run(scenario())


@pytest.mark.parametrize(
    "failure", [Unreachable("refused"), errors.forbidden("", "configmaps", "cm", "no pod of yours")]
)
def test_a_container_waits_when_the_api_cannot_tell(failure: Exception) -> None:
    async def scenario() -> None:
        world = World()
        world.api.failures = [failure]
        with pytest.raises(Waits) as caught:
            await world.store.get(CONFIGMAPS, "default", "cm")
        assert caught.value.reason == "CreateContainerConfigError"

    run(scenario())


def test_pods_share_a_watch_which_ends_with_the_last_of_them() -> None:
    async def scenario() -> None:
        world = World()
        for uid in ("u1", "u2"):
            world.store.hold(uid, CONFIGMAPS, "default", "cm")
        assert [watch.get_name() for watch in world.watches] == ["watch configmaps default/cm"]
        world.store.release("u1")
        await asyncio.sleep(0)
        assert not world.watches[0].cancelling()
        world.store.release("u2")
        await asyncio.gather(*world.watches, return_exceptions=True)
        assert world.watches[0].cancelled()

    run(scenario())
