"""What a URL asks for, as k8s.io/apiserver/pkg/endpoints/request RequestInfo."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

_REMEMBERED = 8192
"""Paths. Clients ask for the same ones again and again: a list, a lease, a node's status."""
VERBS = {"POST": "create", "GET": "get", "HEAD": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
NAMESPACE_SUBRESOURCES = ("status", "finalize")


class RequestInfo(NamedTuple):
    """`resource` is empty for a non-resource path. `rest` is what follows the subresource (proxy paths)."""

    verb: str
    group: str = ""
    version: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    rest: str = ""
    namespaced: bool = False
    watch_prefix: bool = False
    gaps: bool = False
    """Whether a segment of the path is empty, as none of a resource's is."""


@lru_cache(_REMEMBERED)
def parse(method: str, path: str, query_watch: bool = False) -> RequestInfo:
    """Splits `/api/v1/…` and `/apis/GROUP/VERSION/…`; anything shorter is a non-resource path."""
    parts = path.split("/")[1:]
    if parts and not parts[-1]:
        parts.pop()
    gaps = "" in path.rstrip("/").split("/")[1:]
    if len(parts) >= 3 and parts[0] == "api":
        group, version, parts = "", parts[1], parts[2:]
    elif len(parts) >= 4 and parts[0] == "apis":
        group, version, parts = parts[1], parts[2], parts[3:]
    else:
        return RequestInfo(method.lower())
    watch_prefix = parts[0] == "watch" and len(parts) > 1
    if watch_prefix:
        parts = parts[1:]
    namespace, namespaced = "", False
    if parts[0] == "namespaces" and len(parts) > 1:
        namespace = parts[1]
        if len(parts) > 2 and not (len(parts) == 3 and parts[2] in NAMESPACE_SUBRESOURCES):
            parts, namespaced = parts[2:], True
    resource = parts[0]
    name = parts[1] if len(parts) > 1 else ""
    subresource = parts[2] if len(parts) > 2 else ""
    rest = "/".join(parts[3:]) if len(parts) > 3 else ""
    # One object is watched by its prefix only: by a query, a name is got.
    verb = _verb(method, name, watch_prefix or (query_watch and not name))
    return RequestInfo(
        verb, group, version, resource, subresource, namespace, name, rest, namespaced, watch_prefix, gaps
    )


def _verb(method: str, name: str, watch: bool) -> str:
    if method in ("GET", "HEAD"):
        if watch:
            return "watch"
        return "get" if name else "list"
    if method == "DELETE" and not name:
        return "deletecollection"
    return VERBS.get(method, "")
