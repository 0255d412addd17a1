"""The APIServices of custom resources: made, kept and removed with their CustomResourceDefinitions.

Only objects that carry the label are this server's to change; what a user registered stays.
"""

from __future__ import annotations

import asyncio
import logging

from ...apimachinery import jsonio
from ...apimachinery.errors import StatusError
from .. import background
from ..registry.strategy import Object
from ..storage.change import Change
from ..storage.contract import StoreError
from ..storage.watch_cache import WatchCache
from .follower import GROUP, RESOURCE, Writer
from .services import GroupVersion

MANAGED = "kube-aggregator.kubernetes.io/automanaged"
ALWAYS = "true"
GROUP_PRIORITY = 1000
VERSION_PRIORITY = 100

log = logging.getLogger("wherry.apiserver")


def wanted(definitions: WatchCache) -> dict[str, GroupVersion]:
    """Group and version of every APIService there should be, by name."""
    found = {}
    for entry in definitions.entries():
        spec = entry.obj["spec"]
        for version in spec.get("versions") or ():
            if version.get("served"):
                found[f"{version['name']}.{spec['group']}"] = (spec["group"], version["name"])
    return found


def _object(name: str, group_version: GroupVersion) -> Object:
    return {
        "kind": "APIService",
        "apiVersion": f"{GROUP}/v1",
        "metadata": {"name": name, "labels": {MANAGED: ALWAYS}},
        "spec": {
            "group": group_version[0],
            "version": group_version[1],
            "groupPriorityMinimum": GROUP_PRIORITY,
            "versionPriority": VERSION_PRIORITY,
        },
    }


def _managed(obj: Object) -> bool:
    return (obj["metadata"].get("labels") or {}).get(MANAGED) == ALWAYS


class Registration:
    """One task that makes the APIServices agree with the definitions, after every change of either."""

    def __init__(self, definitions: WatchCache, services: WatchCache, writer: Writer) -> None:
        self._definitions = definitions
        self._services = services
        self._writer = writer
        self._due = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        definitions.listen(self._changed)
        services.listen(self._services_changed)

    def start(self) -> None:
        self._due.set()
        self._task = background.start(self._run(), "APIServices of custom resources")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _changed(self, _: Change) -> None:
        self._due.set()

    def _services_changed(self, change: Change) -> None:
        if change.previous is not None and _managed(change.previous.obj):
            self._due.set()

    async def _run(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            try:
                await self._reconcile()
            except (StatusError, StoreError) as error:
                log.warning("APIServices of custom resources: %s", error)

    async def _reconcile(self) -> None:
        names = wanted(self._definitions)
        present = {entry.obj["metadata"]["name"]: entry.obj for entry in self._services.entries()}
        for name, group_version in names.items():
            found, right = present.get(name), _object(name, group_version)
            if found is None:
                await self._writer.create(GROUP, RESOURCE, right)
            elif _managed(found) and found["spec"] != right["spec"]:
                await self._writer.update(GROUP, RESOURCE, {**jsonio.clone(found), "spec": right["spec"]})
        for name, obj in present.items():
            if _managed(obj) and name not in names:
                await self._writer.delete(GROUP, RESOURCE, "", name, uid=obj["metadata"]["uid"])
