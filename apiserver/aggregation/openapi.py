"""The OpenAPI documents of extension servers, joined into this server's.

Version 3 is only listed here and answered by the extension server itself. Of its version 2 document the paths
of its group's version are taken, with the definitions they come with.
"""

from __future__ import annotations

import logging
from typing import Any

from ..endpoints.openapi import OpenAPI, protobuf
from .discovery import FAILURES, Fetcher
from .services import ApiService

log = logging.getLogger("wherry.apiserver")

Document = dict[str, Any]


class Published:
    """What extension servers publish, kept in the server's documents."""

    def __init__(self, openapi: OpenAPI, fetcher: Fetcher) -> None:
        self._openapi = openapi
        self._fetcher = fetcher

    async def refresh(self, service: ApiService) -> bool:
        """Fetches both documents (a server need not have them). Whether anything is different now."""
        address = swagger = None
        try:
            address = _address(await self._fetch(service, "/openapi/v3"), service)
            swagger = _own(await self._fetch(service, "/openapi/v2"), service)
        except FAILURES as error:
            log.info("OpenAPI of APIService %s: %s", service.name, error)
        return self._keep(service, address, swagger)

    def forget(self, service: ApiService) -> bool:
        """Whether there was anything."""
        return self._keep(service, None, None)

    async def _fetch(self, service: ApiService, path: str) -> Document:
        found = (await self._fetcher.get(service, path, "application/json"))[1]
        return found if isinstance(found, dict) else {}

    def _keep(self, service: ApiService, address: str | None, swagger: Document | None) -> bool:
        path = service.path.strip("/")
        if swagger is not None:
            others = [one for name, one in self._openapi.foreign_v2.items() if name != service.name]
            taken = {name for one in others for name in one["definitions"]}
            own = {name: one for name, one in swagger["definitions"].items() if name not in taken}
            swagger = {"paths": swagger["paths"], "definitions": own}
        before = self._openapi.foreign.get(path), self._openapi.foreign_v2.get(service.name)
        if before == (address, swagger):
            return False
        _put(self._openapi.foreign, path, address)
        _put(self._openapi.foreign_v2, service.name, swagger)
        self._openapi.changed()
        return True


def _put(into: dict[str, Any], key: str, value: Any) -> None:
    if value is None:
        into.pop(key, None)
    else:
        into[key] = value


def _address(index: Document, service: ApiService) -> str | None:
    """Where the server says that its version's document is."""
    entry = (index.get("paths") or {}).get(service.path.strip("/"))
    if entry is None:
        return None
    address = str(entry.get("serverRelativeURL", ""))
    return address if address.startswith(f"/openapi/v3{service.path}") else f"/openapi/v3{service.path}"


def _own(swagger: Document, service: ApiService) -> Document | None:
    """What the document says about the service's version. Raises what encoding a broken one does."""
    prefix = f"{service.path}/"
    paths = {p: one for p, one in (swagger.get("paths") or {}).items() if f"{p}/".startswith(prefix)}
    if not paths:
        return None
    own = {"paths": paths, "definitions": dict(swagger.get("definitions") or {})}
    protobuf.encode(own)
    return own
