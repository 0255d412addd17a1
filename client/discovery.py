"""What the server serves: aggregated discovery (apidiscovery.k8s.io/v2), one request per root."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from ..apimachinery.gvk import GroupVersionResource
from .client import Client
from .errors import from_answer

ACCEPT = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
ROOTS = ("/api", "/apis")


class Served(NamedTuple):
    """One resource in its group's preferred version, or in the only version that has it."""

    resource: GroupVersionResource
    kind: str
    verbs: frozenset[str]


class Discovery(NamedTuple):
    resources: list[Served]
    stale: list[str]
    """Group versions whose resources could not be told (an aggregated API that does not answer)."""
    kinds: dict[tuple[str, str], GroupVersionResource]
    """By apiVersion and kind, of every served version."""
    scalable: set[GroupVersionResource]
    """What has a scale subresource."""


async def discover(client: Client) -> Discovery:
    """Raises StatusError or Unreachable when nothing can be told at all."""
    found = Discovery([], [], {}, set())
    for root in ROOTS:
        code, _, body = await client.raw("GET", root, headers={"Accept": ACCEPT})
        if code >= 300:
            raise from_answer(code, body)
        for group in orjson.loads(body).get("items") or ():
            _group(found, group)
    return found


def _group(found: Discovery, group: dict[str, Any]) -> None:
    name = group["metadata"].get("name", "")
    seen: set[str] = set()
    for version in group.get("versions") or ():
        if version.get("freshness") == "Stale":
            found.stale.append(f"{name}/{version['version']}")
        for entry in version.get("resources") or ():
            r = GroupVersionResource(
                name, version["version"], entry["resource"], entry.get("scope") == "Namespaced"
            )
            kind = (entry.get("responseKind") or {}).get("kind", "")
            found.kinds[(r.api_version, kind)] = r
            if any(sub.get("subresource") == "scale" for sub in entry.get("subresources") or ()):
                found.scalable.add(r)
            if r.resource not in seen:
                seen.add(r.resource)
                found.resources.append(Served(r, kind, frozenset(entry.get("verbs") or ())))
