"""Asks the API server why."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...apimachinery.errors import StatusError
from ...apimachinery.gvk import GroupVersionResource
from ...client.client import Client
from ..kinds import Kind

Object = dict[str, Any]
GROUP, VERSION = "wherry.dev", "v1"
PLACEMENTS = GroupVersionResource(GROUP, VERSION, "placements", True)


class Why(NamedTuple):
    """What was found about one object. `excuse` says why a pod that is there has no placement."""

    cause: Object
    placement: Object | None = None
    excuse: str = ""

    @property
    def documents(self) -> list[Object]:
        return [self.cause] if self.placement is None else [self.placement, self.cause]


async def ask(client: Client, kind: Kind, namespace: str, name: str) -> Why:
    """StatusError when the object is not there or may not be seen."""
    r = kind.resource
    stored = f"{r.resource}.{r.group}" if r.group else r.resource
    causes = GroupVersionResource(GROUP, VERSION, "causes", r.namespaced)
    cause = await client.get(causes, f"{stored}:{name}", namespace)
    if stored != "pods":
        return Why(cause)
    try:
        return Why(cause, await client.get(PLACEMENTS, name, namespace))
    except StatusError as error:
        if error.code not in (403, 404, 503):
            raise
        return Why(cause, None, "" if error.code == 404 else error.message)
