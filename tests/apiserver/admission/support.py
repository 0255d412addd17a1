"""Runs one plug-in on one object."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
from wherry.apimachinery.errors import StatusError
from wherry.apiserver.admission import Attributes, Hook, Plugin
from wherry.apiserver.registry.strategy import User

from tests.apiserver.readers import MapReader

Object = dict[str, Any]
JANE = User("jane", "", ("system:authenticated",))


def attributes(resource: str, operation: str = "CREATE", **more: Any) -> Attributes:
    """`GROUP|RESOURCE/SUBRESOURCE` in namespace ns, by jane, named x."""
    group, _, path = resource.rpartition("|")
    plural, _, subresource = path.partition("/")
    attrs = Attributes(operation, group, "v1", plural, subresource, "Kind", "ns", "x", JANE, warnings=[])
    return attrs._replace(**more)


def pod(**spec: Any) -> Object:
    containers = spec.pop("containers", [{"name": "c", "image": "i"}])
    return {"metadata": {"name": "x", "namespace": "ns"}, "spec": {"containers": containers, **spec}}


def run_hook(hook: Hook | None, attrs: Attributes, obj: Any, old: Any, reader: MapReader) -> None:
    assert hook is not None
    waiting = hook(attrs, obj, old, reader)
    if waiting is not None:
        asyncio.run(_finish(waiting))


async def _finish(waiting: Awaitable[object]) -> None:
    await waiting


def mutate(plugin: Plugin, attrs: Attributes, obj: Any, reader: MapReader, old: Any = None) -> Any:
    run_hook(plugin.mutate, attrs, obj, old, reader)
    return obj


def validate(plugin: Plugin, attrs: Attributes, obj: Any, reader: MapReader, old: Any = None) -> None:
    run_hook(plugin.validate, attrs, obj, old, reader)


def refusal(hook: Hook | None, attrs: Attributes, obj: Any, reader: MapReader, old: Any = None) -> str:
    """The message of the 403, without its beginning."""
    with pytest.raises(StatusError) as caught:
        run_hook(hook, attrs, obj, old, reader)
    return caught.value.message.partition(" is forbidden: ")[2] or caught.value.message
