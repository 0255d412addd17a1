"""Names in wherry.dev/v1, and its discovery documents."""

from __future__ import annotations

from typing import Any, NamedTuple

Object = dict[str, Any]
GROUP, VERSION = "wherry.dev", "v1"
API_VERSION = f"{GROUP}/{VERSION}"


class About(NamedTuple):
    """The object that a Cause is about."""

    group: str
    resource: str
    name: str


def parse(text: str) -> About:
    """`pods:web-0`, `deployments.apps:web`. Parts that are missing are empty."""
    stored, _, name = text.partition(":")
    resource, _, group = stored.partition(".")
    return About(group, resource, name)


def _resource(name: str, kind: str, namespaced: bool, *verbs: str) -> Object:
    return {"name": name, "singularName": "", "namespaced": namespaced, "kind": kind, "verbs": list(verbs)}


RESOURCES: Object = {
    "kind": "APIResourceList",
    "apiVersion": "v1",
    "groupVersion": API_VERSION,
    "resources": [
        _resource("causes", "Cause", True, "get"),
        _resource("placementrequests", "PlacementRequest", False, "watch"),
        _resource("placementrequests/answer", "PlacementRequest", False, "create"),
        _resource("placements", "Placement", True, "get"),
    ],
}
_ONLY = {"groupVersion": API_VERSION, "version": VERSION}
API_GROUP: Object = {
    "kind": "APIGroup",
    "apiVersion": "v1",
    "name": GROUP,
    "versions": [_ONLY],
    "preferredVersion": _ONLY,
}
