"""Creating and deleting the pods of an owner, many at a time, with upstream's events."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from ..apimachinery import jsonio, names
from ..apimachinery.clock import Clock
from ..apimachinery.errors import StatusError, is_reason
from ..apimachinery.gvk import GroupVersionKind
from ..client.client import Client
from ..client.errors import Unreachable
from ..client.events import EventRecorder
from ..client.resources import PODS
from .ownership import controller_reference

Object = dict[str, Any]

NAMES = 8
"""How many names are tried when one is taken, as the API server does."""
RETRY_SECONDS = (0.1, 0.5, 2.0)
"""Before a creation is sent again of which no answer came."""


def pod_from_template(template: Object, owner: Object, kind: GroupVersionKind) -> Object:
    meta = template.get("metadata") or {}
    pod: Object = {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {
            "generateName": owner["metadata"]["name"] + "-",
            "namespace": owner["metadata"]["namespace"],
            "ownerReferences": [controller_reference(owner, kind)],
        },
        "spec": template["spec"],
    }
    for field in ("labels", "annotations", "finalizers"):
        if meta.get(field):
            pod["metadata"][field] = meta[field]
    return jsonio.clone(pod)  # type: ignore[no-any-return]


def namespace_is_going(error: StatusError) -> bool:
    """Whether a creation was refused because its namespace is being deleted or gone: no retry will help."""
    details = error.details or {}
    if error.code == 404 and details.get("kind") == "namespaces":
        return True
    causes = details.get("causes") or ()
    return any(cause.get("reason") == "NamespaceTerminating" for cause in causes)


class PodControl:
    def __init__(self, client: Client, recorder: EventRecorder, clock: Clock, rng: random.Random) -> None:
        self._client = client
        self._recorder = recorder
        self._clock = clock
        self._rng = rng

    async def create(self, owner: Object, pod: Object) -> Object:
        """Raises StatusError, after telling why in an event."""
        try:
            created = await self._create_once(pod)
        except StatusError as error:
            if not namespace_is_going(error):
                self._recorder.event(owner, "Warning", "FailedCreate", f"Error creating: {error}")
            raise
        name = created["metadata"]["name"]
        self._recorder.event(owner, "Normal", "SuccessfulCreate", f"Created pod: {name}")
        return created

    def _named(self, pod: Object) -> Object:
        """With a name of our choice instead of the server's, by which we know the pod again."""
        base = pod["metadata"].get("generateName")
        if not base:
            return pod
        return {**pod, "metadata": {**pod["metadata"], "name": names.generate(base, self._rng)}}

    async def _create_once(self, pod: Object) -> Object:
        """A creation whose answer was lost may have been done: it is sent again under the same name, and what
        refuses it then (a quota that it filled, say) does not mean that it was not."""
        named, waits, names_left = self._named(pod), list(RETRY_SECONDS), NAMES
        while True:
            try:
                return await self._client.create(PODS, named)
            except Unreachable:
                if not waits:
                    raise
                await self._clock.sleep(waits.pop(0))
            except StatusError as error:
                found = await self._ours(named) if len(waits) < len(RETRY_SECONDS) else None
                if found is not None:
                    return found
                names_left -= 1
                if not is_reason(error, "AlreadyExists") or named is pod or not names_left:
                    raise
                named = self._named(pod)

    async def _ours(self, pod: Object) -> Object | None:
        """The pod of this name, if its owner is that of `pod`."""
        meta = pod["metadata"]
        try:
            found = await self._client.get(PODS, meta["name"], meta["namespace"])
        except StatusError as error:
            if error.code != 404:
                raise
            return None
        same = found["metadata"].get("ownerReferences") == meta.get("ownerReferences")
        return found if same else None

    async def delete(self, owner: Object, pod: Object) -> None:
        """Raises StatusError; of a pod that is gone already no event tells."""
        meta = pod["metadata"]
        try:
            await self._client.delete(PODS, meta["name"], meta["namespace"])
        except StatusError as error:
            if error.code != 404:
                self._recorder.event(owner, "Warning", "FailedDelete", f"Error deleting: {error}")
            raise
        self._recorder.event(owner, "Normal", "SuccessfulDelete", f"Deleted pod: {meta['name']}")


async def slow_start(count: int, one: Callable[[], Awaitable[object]]) -> tuple[int, Exception | None]:
    """Calls `one` `count` times in batches of 1, 2, 4, … and stops after a batch with a failure.

    Gives the number of successes and the first failure: many calls that would fail alike are not all made.
    """
    done, batch = 0, 1
    while done < count:
        size = min(batch, count - done)
        results = await asyncio.gather(*(one() for _ in range(size)), return_exceptions=True)
        failures = _failures(results)
        done += size - len(failures)
        if failures:
            return done, failures[0]
        batch *= 2
    return done, None


async def all_of(calls: Sequence[Awaitable[object]]) -> Exception | None:
    """Runs every call at once; the first failure, if any."""
    failures = _failures(await asyncio.gather(*calls, return_exceptions=True))
    return failures[0] if failures else None


def _failures(results: Sequence[object]) -> list[Exception]:
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, Exception):
            raise result
    return [result for result in results if isinstance(result, Exception)]
