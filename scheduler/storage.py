"""What the scheduler knows of claims, volumes and classes, with what it has promised but not yet written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ..apimachinery.node_affinity import NodeTerm
from ..client.client import Client
from ..client.informer import key_of
from ..client.latest import Latest
from ..client.resources import PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES
from .changes import Change
from .pod import PodInfo

Object = dict[str, Any]
Get = Callable[[str], Object | None]


class Storage:
    """Claims are held by `namespace/name`, everything else by name."""

    def __init__(
        self,
        client: Client,
        claims: Latest,
        volumes: Latest,
        classes: Get,
        csi_nodes: Get,
        csi_drivers: Get,
        capacities: Callable[[], list[Object]],
        attachments: Callable[[], list[Object]],
    ) -> None:
        self.csi_driver = csi_drivers
        self.capacities = capacities
        """The CSIStorageCapacities there are."""
        self.attachments = attachments
        """The VolumeAttachments there are."""
        self._client = client
        self.claims = claims
        self.volumes = volumes
        self.storage_class = classes
        self.csi_node = csi_nodes
        self._wake = asyncio.Event()

    def changed(self) -> None:
        """Wakes those who wait for claims to be bound."""
        self._wake.set()
        self._wake = asyncio.Event()

    async def change(self) -> None:
        """Returns when something here changes."""
        await self._wake.wait()

    async def save_volume(self, volume: Object) -> None:
        self.volumes.wrote(await self._client.update(PERSISTENTVOLUMES, volume))

    async def save_claim(self, claim: Object) -> None:
        self.claims.wrote(await self._client.update(PERSISTENTVOLUMECLAIMS, claim))

    def volume_of(self, claim: Object) -> Object | None:
        name = claim["spec"].get("volumeName")
        return self.volumes.get(name) if name else None


class Reach:
    """From which nodes a volume can be used: its node affinity, compiled."""

    def __init__(self, volume: Object) -> None:
        required = (volume["spec"].get("nodeAffinity") or {}).get("required")
        self._terms = (
            None if required is None else [NodeTerm(t) for t in required.get("nodeSelectorTerms") or ()]
        )

    def covers(self, name: str, labels: dict[str, str]) -> bool:
        return self._terms is None or any(term.matches(name, labels) for term in self._terms)


def mounts(pod: PodInfo, change: Change) -> bool:
    """Whether a claim that came or changed is one of the pod's."""
    return key_of(change.new) in pod.claims
