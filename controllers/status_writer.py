"""Writes the status of an owner of pods, when it is not so already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..apimachinery.errors import StatusError
from ..apimachinery.gvk import GroupVersionResource
from ..client.client import Client

Object = dict[str, Any]
TRIES = 2


async def write_status(
    client: Client,
    r: GroupVersionResource,
    owner: Object,
    computed: Object,
    same: Callable[[Object, Object], bool],
) -> None:
    """Tries again on the newest state when somebody else was faster; an owner that is gone needs none.

    `same` says whether a status is what was computed already. Raises StatusError.
    """
    for left in range(TRIES - 1, -1, -1):
        if same(owner.get("status") or {}, computed):
            return
        try:
            await client.update(r, {**owner, "status": computed}, subresource="status")
            return
        except StatusError as error:
            if error.code == 404:
                return
            if error.code != 409 or not left:
                raise
        meta = owner["metadata"]
        owner = await client.get(r, meta["name"], meta["namespace"])
        if owner["metadata"]["uid"] != meta["uid"]:
            return
