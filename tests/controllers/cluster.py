"""A real API server in this process with the controllers under test, and helpers to wait for them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from wherry.apimachinery.clock import SystemClock
from wherry.apimachinery.errors import StatusError
from wherry.apimachinery.gvk import GroupVersionResource
from wherry.apiserver import main as apiserver
from wherry.apiserver.settings import Settings as ServerSettings
from wherry.client.client import Client
from wherry.client.config import ClientConfig
from wherry.client.resources import PODS
from wherry.client.tasks import Tasks
from wherry.controllers.manager import Manager
from wherry.controllers.settings import Settings

Object = dict[str, Any]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Cluster:
    """`client` is the administrator's."""

    def __init__(self, client: Client, manager: Manager) -> None:
        self.client = client
        self.manager = manager

    async def until(
        self, r: GroupVersionResource, name: str, check: Callable[[Object], bool], namespace: str = "default"
    ) -> Object:
        """The object once `check` holds for it; an absent one is `{}`. Polls: absence has no event."""
        while True:
            try:
                found = await self.client.get(r, name, namespace if r.namespaced else "")
            except StatusError as error:
                if error.code != 404:
                    raise
                found = {}
            if check(found):
                return found
            await asyncio.sleep(0.01)

    async def seen(self, r: GroupVersionResource, key: str, check: Callable[[Object], bool]) -> None:
        """Returns when `check` holds for what the controllers' cache has of an object (`NAMESPACE/NAME`)."""
        assert self.manager.context is not None
        informer = self.manager.context.informers.of(r)
        while True:
            if check(informer.get(key) or {}):
                return
            await asyncio.sleep(0.01)

    async def until_list(
        self, r: GroupVersionResource, check: Callable[[list[Object]], bool], selector: str = ""
    ) -> list[Object]:
        while True:
            items: list[Object] = (await self.client.list(r, "default", label_selector=selector))["items"]
            if check(items):
                return items
            await asyncio.sleep(0.01)

    async def run_pods(self, selector: str, ready: bool = True) -> None:
        """Plays the kubelet: every pod of `selector` runs."""
        for number, pod in enumerate(
            (await self.client.list(PODS, "default", label_selector=selector))["items"]
        ):
            status = running(f"10.9.0.{number + 1}", ready)
            await self.client.patch(
                PODS, pod["metadata"]["name"], {"status": status}, "default", subresource="status"
            )


def running(ip: str, ready: bool = True) -> Object:
    flag = "True" if ready else "False"
    condition = {"type": "Ready", "status": flag, "lastTransitionTime": "2026-01-01T00:00:00Z"}
    return {"phase": "Running", "podIP": ip, "podIPs": [{"ip": ip}], "conditions": [condition]}


@asynccontextmanager
async def cluster(
    directory: Path, *controllers: str, scale: float = 1.0, **more: Any
) -> AsyncIterator[Cluster]:
    """`scale` makes the controllers' time run faster; `more` are further settings of the manager."""
    port, ready = free_port(), asyncio.Event()
    server = ServerSettings(data_dir=directory, port=port, storage="memory", advertise="127.0.0.1")
    admin = directory / "kubeconfig" / "admin.conf"
    own = directory / "kubeconfig" / "controller-manager.conf"
    async with Tasks() as tasks:
        tasks.spawn("apiserver", apiserver.run(server, SystemClock(), ready=ready))
        await ready.wait()
        async with (
            Client(ClientConfig.from_kubeconfig(admin, "tests")) as client,
            Client(ClientConfig.from_kubeconfig(own, "kube-controller-manager")) as identity,
            Tasks() as managed,
        ):
            settings = Settings(controllers=list(controllers) or ["*"], seed=1, **more)
            manager = Manager(identity, SystemClock(scale), settings)
            managed.spawn("manager", manager.run())
            while not manager.ready:  # noqa: ASYNC110 - readiness is a state, not an event
                await asyncio.sleep(0.005)
            yield Cluster(client, manager)
