"""Nodes whose kubelets are played: pods run, become ready, end and go away, each after a random time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

from wherry.apimachinery.clock import rfc3339
from wherry.apimachinery.errors import StatusError
from wherry.client.client import Client
from wherry.client.informer import Informer, key_of
from wherry.client.resources import PODS
from wherry.client.tasks import Tasks
from wherry.kubelet.node import NodeAgent, NodeFacts

from tests.chaos.sim import SimClock

Object = dict[str, Any]
SLOWEST = 2.0


def says(pod: Object, name: str, default: float) -> float:
    """A number out of the pod's annotations `chaos/NAME`."""
    return float((pod["metadata"].get("annotations") or {}).get(f"chaos/{name}", default))


class Nodes:
    """`run` plays all of them until cancelled.

    Annotations of a pod: `chaos/run` (it ends after so long), `chaos/fails` (the share of such pods that end
    badly), `chaos/slow` (longest time to readiness).
    """

    def __init__(self, client: Client, clock: SimClock, rng: Random, names: list[str]) -> None:
        self._client = client
        self._clock = clock
        self._rng = rng
        self._names = names
        self._pods = Informer(client, PODS, field_selector="spec.nodeName!=", clock=clock)
        self._lives: dict[str, asyncio.Task[Any]] = {}
        self._serial = 0

    async def run(self) -> None:
        async with Tasks() as tasks:
            for number, name in enumerate(self._names):
                agent = NodeAgent(self._client, self._facts(name, number), self._clock, lease=40, renew=10)
                await agent.register()
                tasks.spawn(f"node {name}", agent.run())
            self._pods.on_event(self._heard(tasks))
            tasks.spawn("pods", self._pods.run())
            await tasks.wait()

    def _facts(self, name: str, number: int) -> NodeFacts:
        return NodeFacts(
            name,
            f"127.16.0.{number + 1}",
            10250,
            cpu="4",
            memory="8Gi",
            pods=110,
            labels={},
            taints=[],
            runtime="chaos://1",
        )

    def _heard(self, tasks: Tasks) -> Callable[[str, Object, Object | None], None]:
        def heard(kind: str, pod: Object, old: Object | None) -> None:
            uid = pod["metadata"]["uid"]
            if kind == "DELETED":
                self._lives.pop(uid, None)
            elif "deletionTimestamp" in pod["metadata"]:
                if old is None or "deletionTimestamp" not in old["metadata"]:
                    if uid in self._lives:
                        self._lives[uid].cancel()
                    self._lives[uid] = tasks.spawn(f"ends {key_of(pod)}", self._remove(pod))
            elif uid not in self._lives and pod["status"].get("phase") == "Pending":
                self._lives[uid] = tasks.spawn(f"runs {key_of(pod)}", self._live(pod))

        return heard

    async def _live(self, pod: Object) -> None:
        self._serial += 1
        ip = f"127.64.{self._serial // 250 % 250}.{self._serial % 250 + 1}"
        run = says(pod, "run", 0.0)
        await self._clock.sleep(0.05 + self._rng.random() * 0.2)
        await self._report(pod, self._running(ip, False))
        await self._clock.sleep(self._rng.random() * says(pod, "slow", SLOWEST))
        await self._report(pod, self._running(ip, True))
        if run:
            await self._clock.sleep(run * (0.5 + self._rng.random()))
            await self._report(pod, self._ended(1 if self._rng.random() < says(pod, "fails", 0.0) else 0))

    async def _remove(self, pod: Object) -> None:
        await self._clock.sleep(self._rng.random() * SLOWEST)
        meta = pod["metadata"]
        if says(pod, "run", 0.0) and pod["status"].get("phase") in ("Pending", "Running"):
            await self._report(pod, self._ended(143))
        try:
            await self._client.delete(PODS, meta["name"], meta["namespace"], uid=meta["uid"], grace=0)
        except StatusError as error:
            if error.code not in (404, 409):
                raise

    def _running(self, ip: str, ready: bool) -> Object:
        now, flag = rfc3339(self._clock.now()), "True" if ready else "False"
        conditions = [
            {"type": kind, "status": flag, "lastTransitionTime": now} for kind in ("Ready", "ContainersReady")
        ]
        state = {"running": {"startedAt": now}}
        return {
            "phase": "Running",
            "podIP": ip,
            "podIPs": [{"ip": ip}],
            "startTime": now,
            "conditions": conditions,
            "containerStatuses": [self._container(state, ready)],
        }

    def _ended(self, code: int) -> Object:
        now = rfc3339(self._clock.now())
        state = {"terminated": {"exitCode": code, "finishedAt": now, "startedAt": now}}
        conditions = [{"type": "Ready", "status": "False", "lastTransitionTime": now}]
        return {
            "phase": "Failed" if code else "Succeeded",
            "conditions": conditions,
            "containerStatuses": [self._container(state, False)],
        }

    @staticmethod
    def _container(state: Object, ready: bool) -> Object:
        return {
            "name": "c",
            "image": "i",
            "imageID": "",
            "ready": ready,
            "restartCount": 0,
            "state": state,
        }

    async def _report(self, pod: Object, status: Object) -> None:
        meta = pod["metadata"]
        patch = {"metadata": {"uid": meta["uid"]}, "status": status}
        try:
            await self._client.patch(
                PODS, meta["name"], patch, meta["namespace"], kind="strategic", subresource="status"
            )
        except StatusError as error:
            if error.code not in (404, 409):
                raise
