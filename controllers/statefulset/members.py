"""Making, correcting and removing one pod of a set, with upstream's events."""

from __future__ import annotations

from typing import Any

from ...apimachinery import jsonio
from ...apimachinery.errors import StatusError
from ...client.client import Client
from ...client.events import EventRecorder
from ...client.resources import PODS
from ..podcontrol import namespace_is_going
from . import facts
from .claims import ClaimError, Claims

Object = dict[str, Any]


class Members:
    def __init__(self, client: Client, claims: Claims, recorder: EventRecorder) -> None:
        self._client = client
        self._recorder = recorder
        self.claims = claims

    async def create(self, owner: Object, pod: Object) -> None:
        """Its claims come first. Raises StatusError or ClaimError after telling why in an event; in a
        namespace that is being deleted nothing is made, and no retry would help."""
        try:
            await self.claims.make(owner, pod)
            await self._client.create(PODS, pod)
            await self.claims.apply_policy(owner, pod)
        except (StatusError, ClaimError) as error:
            if isinstance(error, StatusError) and namespace_is_going(error):
                return
            if not (isinstance(error, StatusError) and error.reason == "AlreadyExists"):
                self._failed("Create", owner, pod, error)
            raise
        self._done("Create", owner, pod)

    async def complete_claims(self, owner: Object, pod: Object) -> None:
        """Of a pod that waits for its claims: makes those that are missing."""
        await self.claims.make(owner, pod)
        await self._apply_policy(owner, pod)

    async def correct(self, owner: Object, pod: Object) -> None:
        """Gives a pod the labels, volumes and owners of claims that its place asks for."""
        changed = jsonio.clone(pod)
        try:
            if not facts.has_identity(owner, changed):
                facts.set_identity(owner, changed)
            if not facts.has_storage(owner, changed):
                facts.set_storage(owner, changed)
                await self.claims.make(owner, changed)
            if not self.claims.follow_policy(owner, changed):
                await self.claims.apply_policy(owner, changed)
            if changed != pod:
                await self._client.update(PODS, changed)
        except (StatusError, ClaimError) as error:
            self._failed("Update", owner, pod, error)
            raise
        self._done("Update", owner, pod)

    async def delete(self, owner: Object, pod: Object) -> None:
        """The very pod: its name may be a new one's already."""
        meta = pod["metadata"]
        try:
            await self._client.delete(PODS, meta["name"], meta["namespace"], uid=meta["uid"])
        except StatusError as error:
            if error.code in (404, 409):
                return
            self._failed("Delete", owner, pod, error)
            raise
        self._done("Delete", owner, pod)

    async def _apply_policy(self, owner: Object, pod: Object) -> None:
        try:
            await self.claims.apply_policy(owner, pod)
        except StatusError as error:
            self._failed("Update", owner, pod, error)
            raise

    def _done(self, verb: str, owner: Object, pod: Object) -> None:
        text = f"{verb} Pod {pod['metadata']['name']} in StatefulSet {owner['metadata']['name']} successful"
        self._recorder.event(owner, "Normal", f"Successful{verb}", text)

    def _failed(self, verb: str, owner: Object, pod: Object, error: Exception) -> None:
        where = f"Pod {pod['metadata']['name']} in StatefulSet {owner['metadata']['name']}"
        self._recorder.event(owner, "Warning", f"Failed{verb}", f"{verb} {where} failed error: {error}")
