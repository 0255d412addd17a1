"""What controllers share that work on claims and on volumes."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from ...client.informer import Informer
from ...client.latest import Latest
from ..base import Controller

Object = dict[str, Any]
CLAIM, VOLUME = "claim ", "volume "


class ClaimsAndVolumes(Controller):
    """Keys are `claim NAMESPACE/NAME` and `volume NAME`; what is gone is left alone."""

    _claims: Informer | Latest
    _volumes: Informer | Latest

    async def reconcile(self, key: str) -> None:
        if key.startswith(VOLUME):
            volume = self._volumes.get(key.removeprefix(VOLUME))
            if volume is not None:
                await self._sync_volume(volume)
            return
        claim = self._claims.get(key.removeprefix(CLAIM))
        if claim is not None:
            await self._sync_claim(claim)

    @abstractmethod
    async def _sync_claim(self, claim: Object) -> None: ...

    @abstractmethod
    async def _sync_volume(self, volume: Object) -> None: ...
