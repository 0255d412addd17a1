"""The loop behind DaemonSets: what belongs to a set, on which nodes, and its history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...apimachinery import labels
from ...apimachinery.errors import StatusError
from ...client.informer import key_of
from ...client.resources import CONTROLLERREVISIONS, DAEMONSETS, NODES, PODS
from .. import pods as podlib
from ..base import Controller
from ..context import Context, index
from ..expectations import Expectations
from ..history import History, of_template
from ..ownership import CONTROLLER_INDEX, Claimer, by_controller, controller_of, orphans
from ..podcontrol import PodControl, all_of, namespace_is_going, slow_start
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


class DaemonSetController(Controller):
    name = "daemonset-controller"
    queue_name = "daemonset"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._recorder = ctx.recorder("daemonset-controller")
        self._pod_control = PodControl(ctx.client, self._recorder)
        self._expectations = Expectations(ctx.clock)
        self._failed_pods = FailedPods(ctx.clock)
        self._sets = self.informer(DAEMONSETS)
        self._pods = self.informer(PODS)
        self._revisions = self.informer(CONTROLLERREVISIONS)
        self._nodes = self.informer(NODES)
        for informer in (self._pods, self._revisions):
            index(informer, CONTROLLER_INDEX, by_controller)
        index(self._pods, PLACE_INDEX, _by_place)
        self._history = History(
            ctx.client, self._revisions, DAEMONSETS, daemons.KIND, daemons.HASH_LABEL, of_template
        )
        self._sets.on_event(self._set_changed)
        self._pods.on_event(self._pod_changed)
        self._nodes.on_event(self._node_changed)
        self._revisions.on_event(self._revision_changed)

    async def reconcile(self, key: str) -> None:
        owner = self._sets.get(key)
        if owner is None:
            self._expectations.forget(key)
            return
        if labels.from_label_selector(owner["spec"].get("selector")).empty:
            text = "This daemon set is selecting all pods. A non-empty selector is required."
            self._recorder.event(owner, "Warning", "SelectingAll", text)
            return
        # Of a set that is being deleted the garbage collector may have taken pods or revisions already.
        if not podlib.is_deleted(owner):
            await self._sync(key, owner)

    async def _sync(self, key: str, owner: Object) -> None:
        known = await self._history.claim(owner)
        revision, collisions = await self._history.current(owner, known)
        digest = revision["metadata"]["labels"][daemons.HASH_LABEL]
        settled = self._expectations.satisfied(key)
        pods = await self._claim(owner)
        view = View.of(owner, digest, self._nodes.list(), pods, self.clock.now())
        failure = await self._act(key, view) if settled else None
        computed = status.compute(view, collisions, settled=settled)
        await write_status(self.client, DAEMONSETS, owner, computed, status.same)
        if failure is not None:
            raise failure
        if settled:
            await self._forget(owner, [r for r in known if r["data"] != revision["data"]], pods)
        self._come_back(key, view)

    async def _act(self, key: str, view: View) -> Exception | None:
        plan = manage(view, lambda node, pod: self._may_kill(key, view.owner, node))
        for node, pod in plan.finished:
            self._tell(view.owner, node, pod)
        failure = await self._carry_out(key, view, plan)
        if failure is not None or not self._expectations.satisfied(key):
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
            self._recorder.event(owner, "Warning", "FailedDaemonPod", text)
        else:
            text = f"Found succeeded daemon pod {name}, will try to delete it"
            self._recorder.event(owner, "Normal", "SucceededDaemonPod", text)

    async def _carry_out(self, key: str, view: View, plan: Plan) -> Exception | None:
        create, delete = plan.create[:BURST], plan.delete[:BURST]
        if not create and not delete:
            return None
        self._expectations.expect(key, len(create), {key_of(pod) for pod in delete})
        failure = await self._create(key, view, create)
        return await all_of([self._delete(key, view.owner, pod) for pod in delete]) or failure

    async def _create(self, key: str, view: View, names: Sequence[str]) -> Exception | None:
        rest = iter(names)

        async def one() -> None:
            pod = daemons.new_pod(view.owner, next(rest), view.digest)
            try:
                await self._pod_control.create(view.owner, pod)
            except StatusError as error:
                if not namespace_is_going(error):
                    raise
                self._expectations.creation_observed(key)

        made, failure = await slow_start(len(names), one)
        if made < len(names):
            self._expectations.creation_observed(key, len(names) - made)
        return failure

    async def _delete(self, key: str, owner: Object, pod: Object) -> None:
        try:
            await self._pod_control.delete(owner, pod)
        except Exception as error:
            self._expectations.deletion_observed(key, key_of(pod))
            if not (isinstance(error, StatusError) and error.code == 404):
                raise

    async def _claim(self, owner: Object) -> list[Object]:
        meta = owner["metadata"]
        owned = self._pods.by_index(CONTROLLER_INDEX, meta["uid"])
        strays = self._pods.by_index(CONTROLLER_INDEX, orphans(meta["namespace"]))

        async def fresh() -> Object:
            return await self.client.get(DAEMONSETS, meta["name"], meta["namespace"])

        selector = labels.from_label_selector(owner["spec"]["selector"])
        return await Claimer(self.client, PODS, owner, daemons.KIND, selector, fresh).claim(owned + strays)

    async def _forget(self, owner: Object, old: Sequence[Object], pods: Sequence[Object]) -> None:
        """Deletes the oldest revisions beyond the history limit that no pod has."""
        limit = owner["spec"].get("revisionHistoryLimit")
        if limit is None or len(old) <= limit:
            return
        used = {(pod["metadata"].get("labels") or {}).get(daemons.HASH_LABEL) for pod in pods}
        idle = [r for r in old if (r["metadata"].get("labels") or {}).get(daemons.HASH_LABEL) not in used]
        for revision in idle[: len(old) - limit]:
            await self._history.delete(revision)

    def _come_back(self, key: str, view: View) -> None:
        """Ready pods become available by time alone: look again when the first of them does."""
        min_ready = view.owner["spec"].get("minReadySeconds", 0)
        pods = [pod for found in view.pods.values() for pod in found]
        pending = [wait for pod in pods if (wait := podlib.available_in(pod, min_ready, view.now))]
        if pending:
            self.queue.add_after(key, min(pending))

    def _set_changed(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == "DELETED" or (old is not None and old["metadata"]["uid"] != new["metadata"]["uid"]):
            self._expectations.forget(key_of(new))
        self.enqueue(new)

    def _pod_changed(self, kind: str, new: Object, old: Object | None) -> None:
        ref = controller_of(new)
        before = controller_of(old) if old is not None else None
        if before is not None and before != ref:
            self._enqueue_owner(new, before)
        if ref is None:
            if kind != "DELETED" and not podlib.is_deleted(new):
                self._enqueue_matching(new)
            return
        key = self._enqueue_owner(new, ref)
        if key is None:
            return
        if kind == "DELETED" or podlib.is_deleted(new):
            self._expectations.deletion_observed(key, key_of(new))
        elif kind == "ADDED":
            self._expectations.creation_observed(key)

    def _enqueue_owner(self, dependent: Object, ref: Object) -> str | None:
        """The owner's key, when it is one of our sets."""
        if ref["kind"] != daemons.KIND.kind or ref["apiVersion"] != daemons.KIND.api_version:
            return None
        key = f"{dependent['metadata']['namespace']}/{ref['name']}"
        owner = self._sets.get(key)
        if owner is None or owner["metadata"]["uid"] != ref["uid"]:
            return None
        self.queue.add(key)
        return key

    def _enqueue_matching(self, orphan: Object) -> None:
        for owner in self._sets.list(orphan["metadata"]["namespace"]):
            selector = labels.from_label_selector(owner["spec"].get("selector"))
            if not selector.empty and selector.matches(orphan["metadata"].get("labels")):
                self.enqueue(owner)

    def _node_changed(self, kind: str, new: Object, old: Object | None) -> None:
        """Only sets that have to make or delete a pod there are looked at, as upstream does.

        A new taint that a running pod may live with thus shows in no status until something else happens.
        """
        if kind == "MODIFIED" and old is not None and same_to_sets(old, new):
            return
        name = new["metadata"]["name"]
        for owner in self._sets.list():
            verdict = Eligibility(owner).of(new)
            there = bool(self._pods.by_index(PLACE_INDEX, daemons.place(owner["metadata"]["uid"], name)))
            if kind == "DELETED":
                concerned = there or verdict.run
            else:
                concerned = not verdict.keep if there else verdict.run
            if concerned:
                self.enqueue(owner)

    def _revision_changed(self, kind: str, new: Object, old: Object | None) -> None:
        """A revision that is gone is made again, an orphan adopted; of a new one its maker knows."""
        ref = controller_of(new)
        if ref is None:
            if kind != "DELETED":
                self._enqueue_matching(new)
        elif kind != "ADDED":
            self._enqueue_owner(new, ref)
