"""What becomes of a volume whose claim is gone."""

from __future__ import annotations

import asyncio
import re
import shutil
from typing import Any

from ...apimachinery import volumes as rules
from ...client.client import Client
from ...client.resources import PERSISTENTVOLUMES
from . import plugins
from .recycle import Recycler
from .store import Store

Object = dict[str, Any]

DELETABLE_PATHS = re.compile(r"/tmp/.+")


class DeletionError(Exception):
    """The text is what people see of it."""


class Reclaimer:
    """Carries out `persistentVolumeReclaimPolicy`; a volume that fails keeps its data and says why."""

    def __init__(self, client: Client, store: Store, recycler: Recycler) -> None:
        self._client = client
        self._store = store
        self._recycler = recycler

    async def reclaim(self, volume: Object) -> None:
        policy = volume["spec"].get("persistentVolumeReclaimPolicy")
        if policy == "Delete":
            await self._delete(volume)
        elif policy == "Recycle":
            await self._recycler.recycle(volume)

    async def _delete(self, volume: Object) -> None:
        provisioner = rules.notes(volume).get(rules.PROVISIONED_BY, "")
        external = provisioner and not plugins.is_internal(provisioner)
        if external or "deletionTimestamp" in volume["metadata"]:
            return
        try:
            await _remove_data(volume, provisioner)
        except DeletionError as error:
            await self._store.fail(volume, "VolumeFailedDelete", str(error))
            return
        meta = volume["metadata"]
        await self._client.delete(PERSISTENTVOLUMES, meta["name"], uid=meta["uid"])


async def _remove_data(volume: Object, provisioner: str) -> None:
    """Removes a host path below /tmp, as upstream's host-path deleter does. Raises DeletionError."""
    why = plugins.no_deleter(volume, provisioner)
    if why:
        raise DeletionError(why)
    path = volume["spec"]["hostPath"]["path"]
    if not DELETABLE_PATHS.match(path):
        raise DeletionError(f"host_path deleter only supports /tmp/.+ but received provided {path}")
    try:
        await asyncio.to_thread(shutil.rmtree, path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise DeletionError(str(error)) from error
