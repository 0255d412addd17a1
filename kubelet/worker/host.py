"""What the workers of one node share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from ...apimachinery.clock import Clock
from ..images.puller import Puller
from ..probes.check import Checker
from ..runtime.contract import Mount, Runtime

Object = dict[str, Any]


class Waits(Exception):  # noqa: N818
    """Something a container needs is not there yet; `reason` is shown as its waiting reason."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class Volumes(Protocol):
    """Lays out a pod's volumes as directories."""

    async def set_up(self, pod: Object, directory: Path) -> None:
        """All volumes, new or refreshed; `Waits("FailedMount", …)` when one cannot be had yet."""

    def mounts(self, pod: Object, container: Object, env: dict[str, str]) -> list[Mount]:
        """Where a container with this environment sees them."""

    async def tear_down(self, pod: Object, directory: Path) -> None:
        """Removes them."""


class Environment(Protocol):
    """Resolves a container's variables."""

    async def resolve(self, pod: Object, container: Object, pod_ip: str) -> dict[str, str]:
        """`Waits("CreateContainerConfigError", …)` when a source is missing."""


class Addresses(Protocol):
    """Hands out pod IPs of the node's podCIDR."""

    @property
    def known(self) -> bool:
        """Whether the node has a podCIDR."""

    def when_known(self, tell: Callable[[], object]) -> None:
        """Calls `tell` once it has."""

    def take(self, uid: str, wanted: str = "") -> str:
        """The pod's address, once there is a podCIDR. `wanted` is kept when it is free."""

    def give_back(self, uid: str) -> None:
        """Frees it."""


Spawn = Callable[[str, Coroutine[Any, Any, None]], Any]
"""Starts a named task owned by the node; the task is returned."""
Event = Callable[..., None]


class Host(NamedTuple):
    runtime: Runtime
    puller: Puller
    checker: Checker
    volumes: Volumes
    environment: Environment
    addresses: Addresses
    clock: Clock
    event: Event
    """`event(pod, type, reason, message)`; pods' containers are named by a reference with fieldPath."""
    publish: Callable[[Object, Object], None]
    """`publish(pod, status)`: writes the status to the API some time soon, the latest one last."""
    finish: Callable[[Object], None]
    """Removes a pod whose containers have ended from the API."""
    spawn: Spawn
    node_name: str
    node_ip: str
    directory: Path
    dns: tuple[str, ...] = ()
    cluster_domain: str = "cluster.local"
    allocatable: dict[str, str] = {}
    """What all pods together may request; empty: everything fits."""
    node: Callable[[], Object | None] = lambda: None
    """The Node object as it was last heard of; None when nobody knows it."""
    fetch_node: Callable[[], Awaitable[Object]] | None = None
    """The Node object as it is now. Raises StatusError, Unreachable."""
    instant: bool = False
    """Simulated: no volumes, environment or probes are needed."""
