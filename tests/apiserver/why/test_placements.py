"""Placements are asked of the schedulers, which listen on a watch and post their answers."""

from __future__ import annotations

import asyncio

import pytest
from wherry.apiserver.bootstrap import rbac
from wherry.apiserver.endpoints.internal import InternalWriter
from wherry.apiserver.why import questions

from tests.apiserver.harness import PODS, Api, Object, Reply, Stream, drive

ROOT = "/apis/wherry.dev/v1"
RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces/default"
REQUESTS = f"{ROOT}/placementrequests"
PLACEMENT = f"{ROOT}/namespaces/default/placements/a"
POD = {"metadata": {"name": "a"}, "spec": {"containers": [{"name": "c", "image": "i"}]}}


async def with_pod(api: Api) -> Object:
    return await api.create(PODS, POD)


async def answered(api: Api, stream: Stream, status: Object) -> Object:
    """Plays the scheduler for one question, which is returned."""
    kind, question = await stream.event()
    assert kind == "ADDED"
    path = f"{REQUESTS}/{question['metadata']['name']}/answer"
    reply = await api.ask("POST", path, {"kind": "PlacementRequest", "status": status})
    assert reply.status == 201, reply.text
    return question


def asking(api: Api) -> asyncio.Task[Reply]:
    return asyncio.create_task(api.get(PLACEMENT), name="asking")


def test_a_scheduler_is_asked_and_its_answer_is_the_placement() -> None:
    async def scenario(api: Api) -> None:
        pod = await with_pod(api)
        async with api.watch(f"{REQUESTS}?watch=true") as stream:
            await stream.reply_started()
            asked = asking(api)
            question = await answered(api, stream, {"attempts": [{"node": "n1"}]})
            reply = await asked
        assert question["spec"] == {"namespace": "default", "name": "a", "uid": pod["metadata"]["uid"]}
        assert (reply.status, reply.json["kind"]) == (200, "Placement")
        assert reply.json["metadata"] == {"name": "a", "namespace": "default"}
        assert reply.json["status"] == {"attempts": [{"node": "n1"}]}
        assert reply.json["spec"]["schedulerName"] == "default-scheduler"

    drive(scenario)


VICTIMS = [
    {"namespace": "default", "name": "b", "priority": 1},
    {"namespace": "far", "name": "c", "priority": 2},
]
ATTEMPT = {
    "node": "n1",
    "table": [{"node": "n1", "total": 9}, {"node": "n2", "total": 8}],
    "preemption": {
        "node": "n1",
        "victims": VICTIMS,
        "alternatives": [{"node": "n2", "victims": VICTIMS[1:]}],
    },
}
STATUS = {"attempts": [ATTEMPT], "now": {"best": ["n2"], "table": [{"node": "n2"}]}}


async def may_get_pods(api: Api, user: str) -> None:
    """Those of the namespace `default`."""
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
    await api.create(f"{RBAC}/roles", {"metadata": {"name": "r"}, "rules": [rule]})
    group = "rbac.authorization.k8s.io"
    subject = {"apiGroup": group, "kind": "User", "name": user}
    ref = {"apiGroup": group, "kind": "Role", "name": "r"}
    await api.create(
        f"{RBAC}/rolebindings", {"metadata": {"name": "b"}, "roleRef": ref, "subjects": [subject]}
    )


def test_who_reads_a_pod_learns_nothing_of_other_peoples_pods_and_nodes() -> None:
    async def scenario(api: Api) -> None:
        await with_pod(api)
        await may_get_pods(api, "eve")
        found = []
        async with api.watch(f"{REQUESTS}?watch=true") as stream:
            await stream.reply_started()
            for headers in ({}, {"impersonate-user": "eve"}):
                asked = asyncio.create_task(api.ask("GET", PLACEMENT, headers=headers), name="asking")
                await answered(api, stream, STATUS)
                found.append((await asked).json["status"])
        assert found[0] == STATUS
        (attempt,) = found[1]["attempts"]
        assert attempt["table"] == [{"node": "n1", "total": 9}, {"hidden": True, "total": 8}]
        assert attempt["preemption"]["victims"] == [VICTIMS[0], {"hidden": True}]
        assert attempt["preemption"]["alternatives"] == [{"hidden": True, "victims": [{"hidden": True}]}]
        assert found[1]["now"] == {"table": [{"hidden": True}]}

    drive(scenario)


def test_of_several_schedulers_the_one_that_knows_is_heard() -> None:
    async def scenario(api: Api) -> None:
        await with_pod(api)
        async with api.watch(f"{REQUESTS}?watch=true") as one, api.watch(f"{REQUESTS}?watch=true") as two:
            await one.reply_started()
            await two.reply_started()
            asked = asking(api)
            await answered(api, one, {})
            await answered(api, two, {"queue": {"state": "gated"}})
            assert (await asked).json["status"] == {"queue": {"state": "gated"}}

    drive(scenario)


def test_that_none_knows_the_pod_is_an_answer_too() -> None:
    async def scenario(api: Api) -> None:
        await with_pod(api)
        async with api.watch(f"{REQUESTS}?watch=true") as stream:
            await stream.reply_started()
            asked = asking(api)
            await answered(api, stream, {})
            assert (await asked).json["status"] == {}

    drive(scenario)


def test_without_a_scheduler_nobody_can_say() -> None:
    async def scenario(api: Api) -> None:
        await with_pod(api)
        reply = await api.get(PLACEMENT)
        assert (reply.status, reply.message) == (503, "no scheduler is there to ask")

    drive(scenario)


def test_a_scheduler_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "SECONDS", 0.01)

    async def scenario(api: Api) -> None:
        await with_pod(api)
        async with api.watch(f"{REQUESTS}?watch=true") as stream:
            await stream.reply_started()
            assert (await api.get(PLACEMENT)).status == 503
            _, question = await stream.event()
            late = await api.ask("POST", f"{REQUESTS}/{question['metadata']['name']}/answer", {"status": {}})
            assert late.status == 404

    drive(scenario)


def test_pods_that_are_not_there_are_not_found() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get(PLACEMENT)
        assert (reply.status, reply.message) == (404, 'pods "a" not found')

    drive(scenario)


def test_answers_must_be_answers() -> None:
    async def scenario(api: Api) -> None:
        for body, status in ((b"{", 400), (b"[]", 400), (b'{"status":1}', 404), (b"{}", 404)):
            reply = await api.ask("POST", f"{REQUESTS}/x/answer", body)
            assert reply.status == status, body

    drive(scenario)


def test_the_watch_ends_with_the_server_and_with_its_time() -> None:
    async def scenario(api: Api) -> None:
        async with api.watch(f"{REQUESTS}?watch=true&timeoutSeconds=1") as stream:
            await stream.reply_started()
            api.app.why.close()
            assert await stream.line() == b""

    drive(scenario)


def test_only_schedulers_may_listen_and_answer() -> None:
    async def scenario(api: Api) -> None:
        writer = InternalWriter(api.app.server)
        for default in rbac.defaults():
            if default.name == "wherry:placement-answers":
                await writer.create(default.group, default.resource, default.obj)
        for user, status in (("eve", 403), ("system:kube-scheduler", 404)):
            reply = await api.ask("POST", f"{REQUESTS}/x/answer", {}, headers={"impersonate-user": user})
            assert reply.status == status
        reply = await api.ask("GET", f"{REQUESTS}?watch=true", headers={"impersonate-user": "eve"})
        assert reply.status == 403

    drive(scenario)
