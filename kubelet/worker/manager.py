"""The pods of one node: which worker each has, and who hears what."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from ...apimachinery.errors import StatusError
from ...client.errors import Unreachable
from ...client.watch import DELETED
from ..runtime.contract import ContainerState
from . import admit
from .host import Host
from .pod_worker import PodWorker

Object = dict[str, Any]
log = logging.getLogger(__name__)


class PodManager:
    """`heard` is an informer's handler for the node's pods; `exited` the runtime's for ended containers."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._workers: dict[str, PodWorker] = {}
        self._orphans = {state.pod_uid for state in host.runtime.containers()}
        host.runtime.on_exit(self.exited)

    def heard(self, kind: str, pod: Object, old: Object | None) -> None:
        uid = pod["metadata"]["uid"]
        worker = self._workers.get(uid)
        if worker is not None and worker.finished:
            worker = None
        if kind == DELETED:
            if worker is not None:
                worker.vanish(pod)
            self._forget_finished()
            return
        if worker is not None:
            worker.update(pod)
            if old is not None and _shown(pod) != _shown(old):
                worker.refresh_volumes()
            return
        over = (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")
        if over and uid not in self._orphans and not pod["metadata"].get("deletionTimestamp"):
            return
        if uid in self._workers and self._workers[uid].finished:
            # Its last words are on their way to the API.
            return
        self._begin(uid, pod)

    def _begin(self, uid: str, pod: Object) -> None:
        worker = PodWorker(self._host, pod, lambda: self._others(worker))
        states = sorted(
            (s for s in self._host.runtime.containers() if s.pod_uid == uid), key=lambda s: s.attempt
        )
        self._orphans.discard(uid)
        adopted = [worker.adopt(state) for state in states]
        if not any(adopted):
            worker.restore()
        is_new = not adopted and not (pod.get("status") or {}).get("startTime")
        self._workers[uid] = worker
        if not is_new or self._admit(worker):
            worker.wake()

    def _admit(self, worker: PodWorker) -> bool:
        """Refuses a pod for which the node has no room left, or is not the right one; False as long as it is
        not sure."""
        if not self._host.allocatable:
            return True
        refused = self._refusal(worker, self._host.node())
        if refused is not None and refused[0] in admit.OF_THE_NODE and self._host.fetch_node is not None:
            worker.held = True
            self._host.spawn(f"admit {worker.name}", self._admit_surely(worker, self._host.fetch_node))
            return False
        self._reject(worker, refused)
        return True

    async def _admit_surely(self, worker: PodWorker, fetch: Callable[[], Awaitable[Object]]) -> None:
        """What was heard of the Node last may be older than what the pod was bound by."""
        node = await self._looked_up(worker, fetch)
        worker.held = False
        if not worker.finished and not worker.gone:
            self._reject(worker, self._refusal(worker, node))
        worker.wake()

    async def _looked_up(self, worker: PodWorker, fetch: Callable[[], Awaitable[Object]]) -> Object | None:
        """The Node, as it was heard of last when it cannot be had."""
        try:
            return await fetch()
        except (StatusError, Unreachable) as error:
            log.info("pod %s: node %s: %s", worker.name, self._host.node_name, error)
        except Exception:
            # What goes wrong for one pod is not the end of the kubelet.
            log.exception("pod %s: node %s", worker.name, self._host.node_name)
        return self._host.node()

    def _refusal(self, worker: PodWorker, node: Object | None) -> tuple[str, str] | None:
        host, others = self._host, self._others(worker)
        return admit.refusal(worker.pod, others, host.allocatable, simulated=host.instant, node=node)

    def _reject(self, worker: PodWorker, refused: tuple[str, str] | None) -> None:
        if refused is not None:
            reason, message = refused
            self._host.event(worker.pod, "Warning", reason, message)
            worker.reject(reason, admit.PREFIX + message)

    def _others(self, worker: PodWorker) -> list[Object]:
        return [w.granted for w in self._workers.values() if w is not worker and w.takes_room]

    def _forget_finished(self) -> None:
        for uid in [uid for uid, worker in self._workers.items() if worker.finished]:
            del self._workers[uid]

    def exited(self, state: ContainerState) -> None:
        worker = self._workers.get(state.pod_uid)
        if worker is not None:
            worker.exited(state)

    def volumes_changed(self, uid: str) -> None:
        worker = self._workers.get(uid)
        if worker is not None:
            worker.refresh_volumes()

    def refresh_tokens(self) -> None:
        """Lets pods whose tokens grow old have new ones."""
        for worker in self._workers.values():
            volumes = worker.pod["spec"].get("volumes") or []
            if any("projected" in volume or "downwardAPI" in volume for volume in volumes):
                worker.refresh_volumes()

    async def end_orphans(self) -> None:
        """Containers of an earlier kubelet whose pod is gone."""
        for state in self._host.runtime.containers():
            if state.pod_uid in self._orphans:
                log.info("ending orphaned container %s of pod %s", state.name, state.pod_uid)
                await self._host.runtime.signal(state.id, 9)
                await self._host.runtime.remove_container(state.id)
        self._orphans.clear()

    def worker(self, uid: str) -> PodWorker | None:
        return self._workers.get(uid)

    def find(self, namespace: str, name: str) -> PodWorker | None:
        """By name, for logs and exec; the newest wins."""
        wanted = f"{namespace}/{name}"
        return next(
            (w for w in reversed(self._workers.values()) if w.name == wanted and not w.finished), None
        )

    def pods(self) -> list[Object]:
        return [worker.pod for worker in self._workers.values() if not worker.finished]

    def workers(self) -> list[PodWorker]:
        return [worker for worker in self._workers.values() if not worker.finished]

    async def close(self) -> None:
        for worker in self._workers.values():
            await worker.close()


def _shown(pod: Object) -> tuple[Any, Any]:
    """What a downwardAPI volume may show of a pod and that can change."""
    return pod["metadata"].get("labels"), pod["metadata"].get("annotations")
