"""The `Resource` of one version of a custom resource: names, verbs, subresources, columns, selectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...apimachinery.jsonpath import compiled
from ..registry.resource import SCALE, STATUS, Resource, ScalePaths
from ..registry.strategy import Object, Strategy
from .columns import columns
from .definition import Definition
from .strategy import go_text

VERBS = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")
"""In upstream's order, which discovery shows."""
TERMINATING_VERBS = ("delete", "deletecollection", "get", "list", "watch")


def build(definition: Definition, version: str, strategy: Strategy) -> Resource:
    found, names = definition.versions[version], definition.accepted
    subresources = found.get("subresources") or {}
    scale = subresources.get("scale")
    heads, cells = columns(found.get("additionalPrinterColumns") or ())
    given = tuple(
        sub for sub, name in ((STATUS, "status"), (SCALE, "scale")) if subresources.get(name) is not None
    )
    return Resource(
        group=definition.group,
        version=version,
        kind=definition.kind,
        plural=names["plural"],
        singular=names.get("singular", ""),
        list_kind=names.get("listKind", ""),
        short_names=tuple(names.get("shortNames") or ()),
        categories=tuple(names.get("categories") or ()),
        namespaced=not definition.cluster,
        verbs=TERMINATING_VERBS if definition.terminating else VERBS,
        subresources=given,
        scale=scale_paths(scale) if scale else None,
        strategy=strategy,
        columns=heads,
        cells=cells,
        selectable=_selectable(found.get("selectableFields") or ()),
        storage_version=definition.stored,
        deprecated=definition.deprecation(version),
        custom=True,
    )


def scale_paths(scale: Object) -> ScalePaths:
    spec, status = scale["specReplicasPath"], scale["statusReplicasPath"]
    return ScalePaths(spec[1:], status[1:], (scale.get("labelSelectorPath") or "").removeprefix("."))


def _selectable(given: Any) -> dict[str, Callable[[Object], str]]:
    return {one["jsonPath"].removeprefix("."): _reader(one["jsonPath"]) for one in given}


def _reader(path: str) -> Callable[[Object], str]:
    find = compiled(path).find

    def read(obj: Object) -> str:
        found = find(obj)
        return "" if not found or found[0] is None else go_text(found[0])

    return read
