"""The loop behind ReplicaSets and ReplicationControllers."""

from __future__ import annotations

from typing import Any, ClassVar

from ...apimachinery import labels
from ...apimachinery.errors import StatusError
from ...apimachinery.gvk import GroupVersionKind
from ...client.informer import key_of
from ...client.resources import REPLICASETS, REPLICATIONCONTROLLERS
from .. import metrics
from .. import pods as podlib
from ..context import Context, index
from ..ownership import CONTROLLER_INDEX, by_controller, controller_of, has_controller
from ..pod_owner import PodOwner
from ..podcontrol import all_of, namespace_is_going, pod_from_template, slow_start
from ..status_writer import write_status
from . import ranking, status

Object = dict[str, Any]
BURST = 500


class ReplicaManager(PodOwner):
    """Keeps as many active pods as `spec.replicas` says. A subclass names the kind."""

    counts_terminating: ClassVar[bool]

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        index(self.owners.informer, CONTROLLER_INDEX, by_controller)
        self.listen()

    def may_own(self, owner: Object, pod: Object) -> bool:
        return has_controller(pod) or podlib.is_active(pod)

    async def reconcile(self, key: str) -> None:
        owner = self.owners.informer.get(key)
        if owner is None:
            self.expectations.forget(key)
            return
        settled = self.expectations.satisfied(key)
        mine = await self.claim(owner)
        active, others = podlib.divide(mine)
        failure: Exception | None = None
        if settled and not podlib.is_deleted(owner):
            failure = await self._manage(key, owner, active)
        terminating = sum(map(podlib.is_terminating, others)) if self.counts_terminating else None
        computed = status.compute(owner, active, terminating, failure, self.clock.now())
        await write_status(self.client, self.resource, owner, computed, status.same)
        if failure is not None:
            raise failure
        self.come_back(owner, active)

    async def _manage(self, key: str, owner: Object, active: list[Object]) -> Exception | None:
        difference = len(active) - status.replicas_of(owner)
        if difference < 0:
            return await self._grow(key, owner, min(-difference, BURST))
        if difference > 0:
            return await self._shrink(key, owner, active, min(difference, BURST))
        return None

    async def _grow(self, key: str, owner: Object, count: int) -> Exception | None:
        self.expectations.expect_creations(key, count)

        async def one() -> None:
            pod = pod_from_template(owner["spec"]["template"], owner, self.kind)
            try:
                await self.pod_control.create(owner, pod)
            except StatusError as error:
                if not namespace_is_going(error):
                    raise
                self.expectations.creation_observed(key)

        made, failure = await slow_start(count, one)
        if made < count:
            self.expectations.creation_observed(key, count - made)
        return failure

    async def _shrink(self, key: str, owner: Object, active: list[Object], count: int) -> Exception | None:
        now = self.clock.now()
        chosen = ranking.to_delete(active, self._related(owner), count, now)
        for ratio in ranking.age_ratios(chosen, active, now):
            metrics.DELETION_AGE.observe(ratio)
        self.expectations.expect_deletions(key, {key_of(pod) for pod in chosen})

        async def one(pod: Object) -> None:
            try:
                await self.pod_control.delete(owner, pod)
            except Exception as error:
                self.expectations.deletion_observed(key, key_of(pod))
                if not (isinstance(error, StatusError) and error.code == 404):
                    raise

        return await all_of([one(pod) for pod in chosen])

    def _related(self, owner: Object) -> list[Object]:
        """The pods of all owners under the same controller (the ReplicaSets of one Deployment)."""
        ref = controller_of(owner)
        family = self.owners.informer.by_index(CONTROLLER_INDEX, ref["uid"]) if ref is not None else [owner]
        return [
            pod
            for member in family
            for pod in self.pods.by_index(CONTROLLER_INDEX, member["metadata"]["uid"])
        ]


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
