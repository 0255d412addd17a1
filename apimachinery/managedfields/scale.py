"""Ownership seen through the scale subresource: there, `spec.replicas` is all there is.

Source: apimachinery `pkg/util/managedfields/scalehandler.go`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import entries
from .entries import Managers, Owned
from .fieldset import contains, difference, single

SCALE_VERSION = "autoscaling/v1"
_REPLICAS = ("f:spec", "f:replicas")


def _path(dotted: str) -> tuple[str, ...]:
    return tuple("f:" + name for name in dotted.split("."))


def to_scale(managed: Iterable[Any], replicas_path: str) -> list[Any]:
    """The managedFields of the Scale of an object with `managed`. `replicas_path` is dotted:
    `spec.replicas`."""
    path = _path(replicas_path)
    managers = entries.read(managed, trusted=True)
    return entries.write(
        {
            identity: Owned(SCALE_VERSION, owned.time, single(_REPLICAS))
            for identity, owned in managers.items()
            if contains(owned.fields, path)
        }
    )


def from_scale(
    managed: Iterable[Any], scale_managed: Iterable[Any], api_version: str, replicas_path: str
) -> list[Any]:
    """The object's managedFields after its Scale's became `scale_managed`. As upstream has it, an entry
    that is new to the object carries no time."""
    path = _path(replicas_path)
    scale = entries.read(scale_managed, trusted=True)
    parent = entries.read(managed, trusted=True)
    out: Managers = {}
    for identity, owned in parent.items():
        if not contains(owned.fields, path):
            out[identity] = owned
        elif identity in scale:
            out[identity] = owned
            del scale[identity]
        else:
            rest = difference(owned.fields, single(path))
            if rest:
                out[identity] = owned._replace(fields=rest)
    for identity, owned in scale.items():
        if contains(owned.fields, _REPLICAS):
            time = parent[identity].time if identity in parent else ""
            out[identity] = Owned(api_version, time, single(path))
    return entries.write(out)
