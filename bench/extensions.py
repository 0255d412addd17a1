"""Server-side apply, custom resources and OpenAPI: what the issue on the API wants measured."""

from __future__ import annotations

import time
from typing import Any

from . import load
from .cluster import WAIT, Api

FIELDS = 200
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
RULES = (
    "self.f0 <= self.f1",
    "self.s0.startsWith('a') && size(self.s1) < 64",
    "!has(self.items) || self.items.all(i, i.port > 0)",
)
DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "NAME", "labels": {"app": "x", "count": "COUNT"}},
    "spec": {
        "replicas": 0,
        "selector": {"matchLabels": {"app": "x"}},
        "template": {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [load.CONTAINER]}},
    },
}


def schema() -> dict[str, Any]:
    """A structural schema of 200 fields and three rules."""
    fields: dict[str, Any] = {f"f{i}": {"type": "integer", "minimum": 0} for i in range(FIELDS // 2)}
    fields |= {f"s{i}": {"type": "string", "maxLength": 64} for i in range(FIELDS // 2 - 2)}
    item = {"type": "object", "properties": {"port": {"type": "integer"}}}
    fields["items"] = {"type": "array", "maxItems": 16, "items": item}
    rules = [{"rule": rule} for rule in RULES]
    spec = {"type": "object", "properties": fields, "x-kubernetes-validations": rules}
    return {"type": "object", "properties": {"spec": spec}}


def definition(plural: str) -> dict[str, Any]:
    """A CustomResourceDefinition of bench.wherry.dev."""
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema()}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.bench.wherry.dev"},
        "spec": {
            "group": "bench.wherry.dev",
            "scope": "Namespaced",
            "names": {"plural": plural, "kind": plural.title()},
            "versions": [version],
        },
    }


def instance(plural: str) -> dict[str, Any]:
    """An object that fills half of the fields."""
    spec: dict[str, Any] = {f"f{i}": i for i in range(FIELDS // 4)}
    spec |= {f"s{i}": f"a{i}" for i in range(FIELDS // 4)}
    spec["items"] = [{"port": 80}, {"port": 443}]
    return {
        "apiVersion": "bench.wherry.dev/v1",
        "kind": plural.title(),
        "metadata": {"name": "NAME"},
        "spec": spec,
    }


def served_after(api: Api, plural: str) -> float:
    """Milliseconds from the answer to a definition's creation to the first list of its resource."""
    api("POST", CRDS, definition(plural))
    started = time.monotonic()
    while time.monotonic() < started + WAIT:
        if api.status("GET", f"/apis/bench.wherry.dev/v1/{plural}") == 200:
            return (time.monotonic() - started) * 1000
    raise SystemExit(f"{plural}.bench.wherry.dev was not served within {WAIT:g} s")


def openapi_seconds(api: Api) -> float:
    """Every document of the OpenAPI v3 index, for the first time."""
    started = time.monotonic()
    for found in api("GET", "/openapi/v3")["paths"].values():
        api.bytes("GET", found["serverRelativeURL"])
    return time.monotonic() - started
