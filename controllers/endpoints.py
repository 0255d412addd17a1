"""Endpoints (v1): the old, single list of a Service's addresses, kept for those who still read it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..apimachinery.errors import StatusError
from ..client.informer import split_key
from ..client.resources import ENDPOINTS, PODS, SERVICES
from . import serving, subsets
from .base import Controller
from .context import Context
from .endpointslice.trigger import TriggerTimes, mark
from .podcontrol import namespace_is_going

Object = dict[str, Any]
MANAGED_BY = "endpoints.kubernetes.io/managed-by"
MANAGER = "endpoint-controller"
OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity"


class Replaced:
    """The version of each object that was written over last: who still reads that one waits for the next,
    whose arrival has the key looked at again."""

    def __init__(self) -> None:
        self._versions: dict[str, str] = {}

    def remember(self, key: str, before: Object, after: Object) -> None:
        """A write that changed nothing has no next version to wait for."""
        if after["metadata"]["resourceVersion"] != before["metadata"]["resourceVersion"]:
            self._versions[key] = before["metadata"]["resourceVersion"]

    def is_outdated(self, key: str, current: Object | None) -> bool:
        return current is not None and current["metadata"]["resourceVersion"] == self._versions.get(key)

    def forget(self, key: str) -> None:
        self._versions.pop(key, None)


class EndpointsController(Controller):
    name = "endpoints-controller"
    queue_name = "endpoint"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._recorder = ctx.recorder("endpoint-controller")
        self._triggers = TriggerTimes()
        self._replaced = Replaced()
        self._services = self.informer(SERVICES, self.on_change)
        self._endpoints = self.informer(ENDPOINTS, self._endpoints_changed)
        self._pods = self.informer(PODS, serving.on_pods(self._services, self.queue))

    async def reconcile(self, key: str) -> None:
        service, current = self._services.get(key), self._endpoints.get(key)
        if service is None:
            self._triggers.forget(key)
            self._replaced.forget(key)
            if current is not None:
                await self._delete(key)
            return
        if not serving.has_selector(service) or self._replaced.is_outdated(key, current):
            return
        pods = serving.selected(service, self._pods)
        wanted = _build(service, pods)
        since = self._triggers.since(key, service, pods)
        if current is not None and _same(current, wanted):
            return
        written = wanted if current is None else _merged(current, wanted)
        mark(written, since)
        try:
            if current is None:
                await self.client.create(ENDPOINTS, written)
            else:
                self._replaced.remember(key, current, await self.client.update(ENDPOINTS, written))
        except StatusError as error:
            if current is None and error.reason == "AlreadyExists":
                # Our own of a moment ago: the cache has not seen it yet.
                self.queue.add_after(key, 0.01)
                return
            self._tell(written, error, created=current is None)

    def _tell(self, endpoints: Object, error: StatusError, *, created: bool) -> None:
        if namespace_is_going(error):
            return
        verb, what = ("Create", "create endpoint for service") if created else ("Update", "update endpoint")
        meta = endpoints["metadata"]
        message = f"Failed to {what} {meta['namespace']}/{meta['name']}: {error}"
        self._recorder.event(endpoints, "Warning", f"FailedTo{verb}Endpoint", message)
        raise error

    async def _delete(self, key: str) -> None:
        namespace, name = split_key(key)
        try:
            await self.client.delete(ENDPOINTS, name, namespace)
        except StatusError as error:
            if error.code != 404:
                raise

    def _endpoints_changed(self, kind: str, new: Object, old: Object | None) -> None:
        """Ours that others changed or deleted, and leftovers of Services deleted while we were away."""
        if _is_ours(new) or (old is not None and _is_ours(old)) or kind == "DELETED":
            self.enqueue(new)


def _is_ours(endpoints: Object) -> bool:
    return (endpoints["metadata"].get("labels") or {}).get(MANAGED_BY) == MANAGER


def _build(service: Object, pods: Iterable[Object]) -> Object:
    meta = service["metadata"]
    labels = {**(meta.get("labels") or {}), MANAGED_BY: MANAGER}
    labels.pop(serving.HEADLESS, None)
    if serving.is_headless(service):
        labels[serving.HEADLESS] = ""
    found, cut = subsets.truncated(subsets.of(service, pods))
    wanted: Object = {
        "kind": "Endpoints",
        "apiVersion": "v1",
        "metadata": {"name": meta["name"], "namespace": meta["namespace"], "labels": labels},
        "subsets": found,
    }
    if cut:
        wanted["metadata"]["annotations"] = {OVER_CAPACITY: "truncated"}
    return wanted


def _same(current: Object, wanted: Object) -> bool:
    have, want = current["metadata"], wanted["metadata"]
    return (
        (current.get("subsets") or []) == wanted["subsets"]
        and (have.get("labels") or {}) == want["labels"]
        and _mark(current) == _mark(wanted)
    )


def _mark(endpoints: Object) -> str | None:
    mark = (endpoints["metadata"].get("annotations") or {}).get(OVER_CAPACITY)
    return str(mark) if mark is not None else None


def _merged(current: Object, wanted: Object) -> Object:
    notes = {k: v for k, v in (current["metadata"].get("annotations") or {}).items() if k != OVER_CAPACITY}
    notes.update(wanted["metadata"].get("annotations") or {})
    meta = {**current["metadata"], "labels": wanted["metadata"]["labels"], "annotations": notes}
    return {**current, "metadata": meta, "subsets": wanted["subsets"]}
