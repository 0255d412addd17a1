"""The loop behind DaemonSets: what belongs to a set, on which nodes, and its history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...apimachinery import labels
from ...apimachinery.errors import StatusError
from ...client.informer import key_of
from ...client.resources import CONTROLLERREVISIONS, DAEMONSETS, NODES
from .. import owners
from .. import pods as podlib
from ..context import Context, index
from ..history import History, of_template
from ..ownership import controller_of
from ..pod_owner import PodOwner
from ..podcontrol import all_of, namespace_is_going, slow_start
from ..status_writer import write_status
from . import pods as daemons
from . import rolling, status
from .backoff import FailedPods
from .nodes import Eligibility, same_to_sets
from .plan import Plan, View, manage

Object = dict[str, Any]
BURST = 250
PLACE_INDEX = "daemon on node"


def _by_place(pod: Object) -> list[str]:
    """Index values: which set's pod this is on which node."""
    ref = controller_of(pod)
    if ref is None or ref["kind"] != daemons.KIND.kind:
        return []
    return [daemons.place(ref["uid"], daemons.target_node(pod))]


class DaemonSetController(PodOwner):
    name = "daemonset-controller"
    queue_name = "daemonset"
    resource = DAEMONSETS
    kind = daemons.KIND
    component = "daemonset-controller"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._failed_pods = FailedPods(ctx.clock)
        revisions = owners.follow(self.informer(CONTROLLERREVISIONS))
        index(self.pods, PLACE_INDEX, _by_place)
        self._history = History(ctx.client, revisions, self.owners, daemons.HASH_LABEL, of_template)
        self._nodes = self.informer(NODES)
        self.listen()
        self._nodes.on_event(self._node_changed)
        revisions.on_event(self.dependent_changed)

    async def reconcile(self, key: str) -> None:
        owner = self.owners.informer.get(key)
        if owner is None:
            self.expectations.forget(key)
            return
        if labels.from_label_selector(owner["spec"].get("selector")).empty:
            text = "This daemon set is selecting all pods. A non-empty selector is required."
            self.recorder.event(owner, "Warning", "SelectingAll", text)
            return
        # Of a set that is being deleted the garbage collector may have taken pods or revisions already.
        if not podlib.is_deleted(owner):
            await self._sync(key, owner)

    async def _sync(self, key: str, owner: Object) -> None:
        known = await self._history.claim(owner)
        revision, collisions = await self._history.current(owner, known)
        digest = revision["metadata"]["labels"][daemons.HASH_LABEL]
        settled = self.expectations.satisfied(key)
        pods = await self.claim(owner)
        view = View.of(owner, digest, self._nodes.list(), pods, self.clock.now())
        failure = await self._act(key, view) if settled else None
        computed = status.compute(view, collisions, settled=settled)
        await write_status(self.client, DAEMONSETS, owner, computed, status.same)
        if failure is not None:
            raise failure
        if settled:
            await self._forget(owner, [r for r in known if r["data"] != revision["data"]], pods)
        self.come_back(owner, pods)

    async def _act(self, key: str, view: View) -> Exception | None:
        plan = manage(view, lambda node, pod: self._may_kill(key, view.owner, node))
        for node, pod in plan.finished:
            self._tell(view.owner, node, pod)
        failure = await self._carry_out(key, view, plan)
        if failure is not None or not self.expectations.satisfied(key):
            return failure
        strategy = view.owner["spec"].get("updateStrategy") or {}
        if strategy.get("type", "RollingUpdate") == "RollingUpdate":
            return await self._carry_out(key, view, rolling.step(view))
        return None

    def _may_kill(self, key: str, owner: Object, node: str) -> bool:
        observed = owner.get("status", {}).get("observedGeneration", 0)
        place = f"{owner['metadata']['uid']}/{observed}/{node}"
        wait = self._failed_pods.remaining(place)
        if wait:
            self.queue.add_after(key, wait)
            return False
        self._failed_pods.note(place)
        return True

    def _tell(self, owner: Object, node: str, pod: Object) -> None:
        name = f"{pod['metadata']['namespace']}/{pod['metadata']['name']} on node {node}"
        if podlib.phase(pod) == "Failed":
            text = f"Found failed daemon pod {name}, will try to kill it"
            self.recorder.event(owner, "Warning", "FailedDaemonPod", text)
        else:
            text = f"Found succeeded daemon pod {name}, will try to delete it"
            self.recorder.event(owner, "Normal", "SucceededDaemonPod", text)

    async def _carry_out(self, key: str, view: View, plan: Plan) -> Exception | None:
        create, delete = plan.create[:BURST], plan.delete[:BURST]
        if not create and not delete:
            return None
        self.expectations.expect(key, len(create), {key_of(pod) for pod in delete})
        failure = await self._create(key, view, create)
        return await all_of([self._delete(key, view.owner, pod) for pod in delete]) or failure

    async def _create(self, key: str, view: View, names: Sequence[str]) -> Exception | None:
        rest = iter(names)

        async def one() -> None:
            pod = daemons.new_pod(view.owner, next(rest), view.digest)
            try:
                await self.pod_control.create(view.owner, pod)
            except StatusError as error:
                if not namespace_is_going(error):
                    raise
                self.expectations.creation_observed(key)

        made, failure = await slow_start(len(names), one)
        if made < len(names):
            self.expectations.creation_observed(key, len(names) - made)
        return failure

    async def _delete(self, key: str, owner: Object, pod: Object) -> None:
        try:
            await self.pod_control.delete(owner, pod)
        except Exception as error:
            self.expectations.deletion_observed(key, key_of(pod))
            if not (isinstance(error, StatusError) and error.code == 404):
                raise

    async def _forget(self, owner: Object, old: Sequence[Object], pods: Sequence[Object]) -> None:
        """Deletes the oldest revisions beyond the history limit that no pod has."""
        limit = owner["spec"].get("revisionHistoryLimit")
        if limit is None or len(old) <= limit:
            return
        used = {(pod["metadata"].get("labels") or {}).get(daemons.HASH_LABEL) for pod in pods}
        idle = [r for r in old if (r["metadata"].get("labels") or {}).get(daemons.HASH_LABEL) not in used]
        for revision in idle[: len(old) - limit]:
            await self._history.delete(revision)

    def _node_changed(self, kind: str, new: Object, old: Object | None) -> None:
        """Only sets that have to make or delete a pod there are looked at, as upstream does, and those that
        want one there again.

        A new taint that a running pod may live with thus shows in no status until something else happens.
        """
        if kind == "MODIFIED" and old is not None and same_to_sets(old, new):
            return
        name = new["metadata"]["name"]
        for owner in self.owners.informer.list():
            wishes = Eligibility(owner)
            verdict = wishes.of(new)
            there = bool(self.pods.by_index(PLACE_INDEX, daemons.place(owner["metadata"]["uid"], name)))
            if kind == "DELETED":
                concerned = there or verdict.run
            else:
                again = verdict.run and old is not None and not wishes.of(old).run
                concerned = again or not verdict.keep if there else verdict.run
            if concerned:
                self.enqueue(owner)
