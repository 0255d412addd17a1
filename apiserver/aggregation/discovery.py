"""What an extension server says it serves, in the aggregated form (apidiscovery.k8s.io/v2)."""

from __future__ import annotations

from typing import Any

import aiohttp
import orjson

from ..callout import BadBundle, Unresolved
from .connection import AGGREGATOR, Connections, identity
from .services import ApiService

FETCH_SECONDS = 5.0
LARGEST = 16 * 1024 * 1024
V2 = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
ACCEPT = f"{V2},application/json"
FAILURES = (
    aiohttp.ClientError, OSError, ValueError, TypeError, KeyError, AttributeError, Unresolved, BadBundle,
)  # fmt: skip
"""What asking and reading a foreign document may end in."""

Version = dict[str, Any]


def empty(version: str, freshness: str) -> Version:
    return {"version": version, "freshness": freshness}


class Fetcher:
    """Gets documents from extension servers."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def version(self, service: ApiService) -> Version:
        """The APIVersionDiscovery of the service's version: from the server's aggregated document, else from
        its list of resources. Raises one of `FAILURES`."""
        kind, document = await self.get(service, "/apis", ACCEPT)
        if "as=APIGroupDiscoveryList" in kind and "v=v2;" in f"{kind.replace(' ', '')};":
            return _of_group_list(document, service)
        _, document = await self.get(service, service.path, "application/json")
        return {
            "version": service.version,
            "resources": converted(document["resources"]),
            "freshness": "Current",
        }

    async def get(self, service: ApiService, path: str, accept: str) -> tuple[str, Any]:
        """Content type and parsed body of a GET as the aggregator; an empty document for what the server does
        not serve. Raises one of `FAILURES`."""
        answer = await self._connections.session.get(
            await self._connections.base(service) + path,
            headers=[*identity(AGGREGATOR), ("Accept", accept)],
            timeout=aiohttp.ClientTimeout(total=FETCH_SECONDS),
            allow_redirects=False,
            **self._connections.trust(service),
        )
        async with answer:
            if answer.status >= 500:
                raise ValueError(f"{path} is answered with {answer.status}")
            if answer.status != 200:
                return "", {}
            return answer.headers.get("content-type", ""), orjson.loads(await _read(answer))


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    data = bytearray()
    async for chunk in answer.content.iter_any():
        data += chunk
        if len(data) > LARGEST:
            raise ValueError(f"the document is larger than {LARGEST} bytes")
    return bytes(data)


def _of_group_list(document: Any, service: ApiService) -> Version:
    for group in document.get("items") or ():
        if (group.get("metadata") or {}).get("name", "") != service.group:
            continue
        for found in group.get("versions") or ():
            if found.get("version") == service.version:
                return {**found, "freshness": "Current"}
    return empty(service.version, "Current")


def converted(resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """An APIResourceList's entries in the aggregated form."""
    found: dict[str, dict[str, Any]] = {}
    for entry in resources:
        name, _, sub = entry["name"].partition("/")
        if not sub:
            found[name] = _resource(entry)
            continue
        parent = found.setdefault(name, _parent(name, entry))
        parent.setdefault("subresources", []).append(
            {"subresource": sub, "responseKind": _kind(entry), "verbs": entry.get("verbs") or []}
        )
    return list(found.values())


def _scope(entry: dict[str, Any]) -> str:
    return "Namespaced" if entry.get("namespaced") else "Cluster"


def _kind(entry: dict[str, Any]) -> dict[str, str]:
    return {
        "group": entry.get("group", ""),
        "version": entry.get("version", ""),
        "kind": entry.get("kind", ""),
    }


def _resource(entry: dict[str, Any]) -> dict[str, Any]:
    out = {
        "resource": entry["name"],
        "responseKind": _kind(entry),
        "scope": _scope(entry),
        "singularResource": entry.get("singularName", ""),
        "verbs": entry.get("verbs") or [],
    }
    return {**out, **{key: entry[key] for key in ("shortNames", "categories") if entry.get(key)}}


def _parent(name: str, entry: dict[str, Any]) -> dict[str, Any]:
    """A resource of which only subresources are served."""
    return {
        "resource": name,
        "responseKind": {},
        "scope": _scope(entry),
        "singularResource": "",
        "verbs": [],
    }
