"""How large a controller of pods is meant to be, whatever its kind: its scale subresource, found by kind."""

from __future__ import annotations

from typing import Any

from ..apimachinery.errors import StatusError
from ..apimachinery.gvk import GroupVersionResource
from ..client.client import Client
from ..client.discovery import Discovery, discover

Object = dict[str, Any]


class NoMatch(Exception):  # noqa: N818
    """Nothing is served that the kind names; the text is upstream's."""


class Scales:
    """Remembers what is served; asks anew only about what it does not know or does not find."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._found: Discovery | None = None

    async def of_kind(self, group: str, kind: str, version: str = "") -> list[GroupVersionResource]:
        """The resources of a kind, the preferred version first; only `version` when one is given."""
        found = self._match(group, kind, version)
        if not found:
            self._found = await discover(self._client)
            found = self._match(group, kind, version)
        if not found:
            raise NoMatch(_no_match(group, kind, version))
        return found

    async def get(self, r: GroupVersionResource, name: str, namespace: str) -> Object | None:
        """The Scale; None when there is no such object. NoMatch when the resource has no scale."""
        try:
            return await self._client.get(r, name, namespace, subresource="scale")
        except StatusError as error:
            if error.code != 404:
                raise
        self._found = await discover(self._client)
        if r not in self._found.scalable:
            what = f"{r.resource}.{r.group}" if r.group else r.resource
            raise NoMatch(f"{what} does not implement the scale subresource")
        return None

    def _match(self, group: str, kind: str, version: str) -> list[GroupVersionResource]:
        if self._found is None:
            return []
        return [
            r
            for (_, name), r in self._found.kinds.items()
            if name == kind and r.group == group and version in ("", r.version)
        ]


def _no_match(group: str, kind: str, version: str) -> str:
    if version:
        where = f"{group}/{version}" if group else version
        return f'no matches for kind "{kind}" in version "{where}"'
    return f'no matches for kind "{kind}" in group "{group}"'
