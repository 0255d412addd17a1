"""A node server over a fake manager, for tests of single paths."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from aiohttp import test_utils
from wherry.apimachinery.clock import FakeClock
from wherry.kubelet.runtime.contract import Usage
from wherry.kubelet.server.app import NodeServer
from wherry.kubelet.worker.records import records_of

from tests.kubelet.fakes import container, pod

Object = dict[str, Any]


class Pods:
    """A manager with the pod default/p, whose container `c` runs and whose `idle` does not."""

    def __init__(self, directory: Path, ip: str) -> None:
        desired = pod(container("c"), container("idle"))
        records = records_of(desired)
        self.running = records[0]
        self.running.attempt = 0
        self.running.run("c0", FakeClock())
        self.the = SimpleNamespace(
            name="default/p",
            pod=desired,
            records=records,
            directory=directory,
            sandbox=SimpleNamespace(ip=ip),
        )
        self.the.record = lambda name: next((r for r in records if r.name == name), None)

    def find(self, namespace: str, name: str) -> Any:
        return self.the if (namespace, name) == ("default", "p") else None

    def workers(self) -> list[Any]:
        return [self.the]

    def pods(self) -> list[Object]:
        return [self.the.pod]


class Using:
    """A runtime that knows usage only."""

    def usage(self, container_id: str) -> Usage | None:
        return Usage(1_500_000_000, 4096) if container_id == "c0" else None

    def node_usage(self) -> Usage:
        return Usage(9_000_000_000, 2**20)


def server(directory: Path, ip: str = "127.0.0.1", name: str = "n1") -> NodeServer:
    facts = SimpleNamespace(name=name, ip=ip, memory="4Mi")
    return NodeServer(Pods(directory, ip), Using(), facts, FakeClock(), directory / "volumes")  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def asked(directory: Path, ip: str = "127.0.0.1") -> AsyncIterator[test_utils.TestClient[Any, Any]]:
    """A client of the application, without TLS."""
    async with test_utils.TestClient(test_utils.TestServer(server(directory, ip).application())) as client:
        yield client
