"""The loop behind ReplicaSets and ReplicationControllers."""

from __future__ import annotations

from typing import Any, ClassVar

from ...apimachinery import labels
from ...apimachinery.errors import StatusError
from ...apimachinery.gvk import GroupVersionKind, GroupVersionResource
from ...client.informer import key_of, split_key
from ...client.resources import PODS, REPLICASETS, REPLICATIONCONTROLLERS
from .. import metrics
from .. import pods as podlib
from ..base import Controller
from ..context import Context, index
from ..expectations import Expectations
from ..ownership import CONTROLLER_INDEX, Claimer, by_controller, controller_of, orphans
from ..podcontrol import PodControl, all_of, namespace_is_going, pod_from_template, slow_start
from ..status_writer import write_status
from . import ranking, status

Object = dict[str, Any]
BURST = 500


class ReplicaManager(Controller):
    """Keeps as many active pods as `spec.replicas` says. A subclass names the kind."""

    resource: ClassVar[GroupVersionResource]
    kind: ClassVar[GroupVersionKind]
    component: ClassVar[str]
    counts_terminating: ClassVar[bool]

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._expectations = Expectations(ctx.clock)
        self._pods_control = PodControl(ctx.client, ctx.recorder(self.component))
        self._owners = self.informer(self.resource)
        self._pods = self.informer(PODS)
        index(self._owners, CONTROLLER_INDEX, by_controller)
        index(self._pods, CONTROLLER_INDEX, by_controller)
        self._owners.on_event(self._owner_changed)
        self._pods.on_event(self._pod_changed)

    def selector(self, owner: Object) -> labels.Selector:
        return labels.from_label_selector(owner["spec"].get("selector"))

    async def reconcile(self, key: str) -> None:
        owner = self._owners.get(key)
        if owner is None:
            self._expectations.forget(key)
            return
        settled = self._expectations.satisfied(key)
        mine = await self._claim(owner)
        active = [pod for pod in mine if podlib.is_active(pod)]
        failure: Exception | None = None
        if settled and not podlib.is_deleted(owner):
            failure = await self._manage(key, owner, active)
        terminating = sum(map(podlib.is_terminating, mine)) if self.counts_terminating else None
        computed = status.compute(owner, active, terminating, failure, self.clock.now())
        await write_status(self.client, self.resource, owner, computed, status.same)
        if failure is not None:
            raise failure
        self._come_back(key, owner, active)

    async def _claim(self, owner: Object) -> list[Object]:
        namespace = owner["metadata"]["namespace"]
        pods = self._pods.by_index(CONTROLLER_INDEX, owner["metadata"]["uid"])
        strays = self._pods.by_index(CONTROLLER_INDEX, orphans(namespace))

        async def fresh() -> Object:
            return await self.client.get(self.resource, owner["metadata"]["name"], namespace)

        claimer = Claimer(self.client, PODS, owner, self.kind, self.selector(owner), fresh)
        strays = [pod for pod in strays if podlib.is_active(pod)]
        return await claimer.claim(pods + strays)

    async def _manage(self, key: str, owner: Object, active: list[Object]) -> Exception | None:
        difference = len(active) - status.replicas_of(owner)
        if difference < 0:
            return await self._grow(key, owner, min(-difference, BURST))
        if difference > 0:
            return await self._shrink(key, owner, active, min(difference, BURST))
        return None

    async def _grow(self, key: str, owner: Object, count: int) -> Exception | None:
        self._expectations.expect_creations(key, count)

        async def one() -> None:
            pod = pod_from_template(owner["spec"]["template"], owner, self.kind)
            try:
                await self._pods_control.create(owner, pod)
            except StatusError as error:
                if not namespace_is_going(error):
                    raise
                self._expectations.creation_observed(key)

        made, failure = await slow_start(count, one)
        if made < count:
            self._expectations.creation_observed(key, count - made)
        return failure

    async def _shrink(self, key: str, owner: Object, active: list[Object], count: int) -> Exception | None:
        now = self.clock.now()
        chosen = ranking.to_delete(active, self._related(owner), count, now)
        for ratio in ranking.age_ratios(chosen, active, now):
            metrics.DELETION_AGE.observe(ratio)
        self._expectations.expect_deletions(key, {key_of(pod) for pod in chosen})

        async def one(pod: Object) -> None:
            try:
                await self._pods_control.delete(owner, pod)
            except Exception as error:
                self._expectations.deletion_observed(key, key_of(pod))
                if not (isinstance(error, StatusError) and error.code == 404):
                    raise

        return await all_of([one(pod) for pod in chosen])

    def _related(self, owner: Object) -> list[Object]:
        """The pods of all owners under the same controller (the ReplicaSets of one Deployment)."""
        ref = controller_of(owner)
        family = self._owners.by_index(CONTROLLER_INDEX, ref["uid"]) if ref is not None else [owner]
        return [
            pod
            for member in family
            for pod in self._pods.by_index(CONTROLLER_INDEX, member["metadata"]["uid"])
        ]

    def _come_back(self, key: str, owner: Object, active: list[Object]) -> None:
        """Ready pods become available by time alone: look again when the first of them does."""
        min_ready = owner["spec"].get("minReadySeconds", 0)
        if not min_ready:
            return
        now = self.clock.now()
        waits = [podlib.available_in(pod, min_ready, now) for pod in active]
        pending = [wait for wait in waits if wait]
        if pending:
            self.queue.add_after(key, min(pending))

    def _owner_changed(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == "DELETED" or (old is not None and old["metadata"]["uid"] != new["metadata"]["uid"]):
            self._expectations.forget(key_of(new))
        self.enqueue(new)

    def _pod_changed(self, kind: str, new: Object, old: Object | None) -> None:
        if old is not None:
            before, after = controller_of(old), controller_of(new)
            if before != after and before is not None:
                self._enqueue_owner(new["metadata"]["namespace"], before)
        ref = controller_of(new)
        if ref is None:
            if kind != "DELETED" and not podlib.is_deleted(new):
                self._enqueue_matching(new)
            return
        key = self._enqueue_owner(new["metadata"]["namespace"], ref)
        if key is None:
            return
        if kind == "DELETED" or podlib.is_deleted(new):
            self._expectations.deletion_observed(key, key_of(new))
        elif kind == "ADDED":
            self._expectations.creation_observed(key)

    def _enqueue_owner(self, namespace: str, ref: Object) -> str | None:
        """The owner's key, when it is of our kind."""
        if ref["kind"] != self.kind.kind or ref["apiVersion"] != self.kind.api_version:
            return None
        key = f"{namespace}/{ref['name']}"
        owner = self._owners.get(key)
        if owner is None or owner["metadata"]["uid"] != ref["uid"]:
            return None
        self.queue.add(key)
        return key

    def _enqueue_matching(self, pod: Object) -> None:
        pod_labels = pod["metadata"].get("labels")
        for owner in self._owners.list(split_key(key_of(pod))[0]):
            if self.selector(owner).matches(pod_labels):
                self.enqueue(owner)


class ReplicaSetController(ReplicaManager):
    name = "replicaset-controller"
    queue_name = "replicaset"
    resource = REPLICASETS
    kind = GroupVersionKind("apps", "v1", "ReplicaSet")
    component = "replicaset-controller"
    counts_terminating = True


class ReplicationControllerController(ReplicaManager):
    name = "replicationcontroller-controller"
    queue_name = "replicationmanager"
    resource = REPLICATIONCONTROLLERS
    kind = GroupVersionKind("", "v1", "ReplicationController")
    component = "replication-controller"
    counts_terminating = False

    def selector(self, owner: Object) -> labels.Selector:
        return labels.from_map(owner["spec"].get("selector") or {})
