"""Servers outside have a say in where pods go: what they are asked, and what comes of their answers."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from wherry.scheduler import explain
from wherry.scheduler.config.model import Extender as Config
from wherry.scheduler.extender import Extender, ExtenderError

from tests.apiserver.callout.backend import bundle, listening
from tests.scheduler.objects import Shelf, World, node, pod
from tests.scheduler.outside import Object, Outside, outside
from tests.support import run

FILTER: Object = {"filterVerb": "filter", "nodeCacheCapable": True}
PRIORITIZE: Object = {"prioritizeVerb": "prioritize", "nodeCacheCapable": True, "weight": 2}
GPU = "example.com/gpu"


def gpu_pod(name: str) -> Object:
    return pod(name, containers=[{"name": "c", "resources": {"limits": {GPU: "1"}}}])


def but(*names: str, **reasons: Any) -> Any:
    """Answers a filter question with all nodes but these."""
    return lambda question: {"NodeNames": [n for n in question["NodeNames"] if n not in names], **reasons}


def test_a_node_that_is_filtered_out_is_not_taken() -> None:
    async def test(out: Outside) -> None:
        out.server.says["filter"] = but("a", FailedNodes={"a": "no license"})
        for name in "ab":
            out.world.node(node(name))
        out.world.pod(pod("p"))
        assert await out.bound("p") == "b"
        ((_, question),) = out.server.asked
        assert question["Pod"]["metadata"]["name"] == "p"
        assert (sorted(question["NodeNames"]), question["Nodes"]) == (["a", "b"], None)

    outside(test, FILTER)


def test_one_without_a_cache_gets_the_nodes_and_answers_in_any_case() -> None:
    async def test(out: Outside) -> None:
        def answer(question: Object) -> Object:
            assert question["NodeNames"] is None
            items = [item for item in question["Nodes"]["items"] if item["metadata"]["name"] == "b"]
            return {"nodes": {"items": items}, "failedNodes": {"a": "no"}, "error": ""}

        out.server.says["filter"] = answer
        for name in "ab":
            out.world.node(node(name))
        out.world.pod(pod("p"))
        assert await out.bound("p") == "b"

    outside(test, {"filterVerb": "filter"})


def test_a_pod_that_none_is_left_for_is_told_why_and_tried_again_whatever_happens() -> None:
    async def test(out: Outside) -> None:
        out.server.says["filter"] = {
            "NodeNames": [],
            "FailedNodes": {"a": "no license", "b": "no license"},
            "FailedAndUnresolvableNodes": {"b": "too far"},
        }
        for name in "abc":
            out.world.node(node(name))
        out.world.pod(pod("p"))
        condition = await out.refused("p")
        told = "0/3 nodes are available: 1 no license, 1 too far. no new claims to deallocate"
        assert (condition["reason"], condition["message"].startswith(told)) == ("Unschedulable", True)
        entry = out.world.scheduler.queue.get("default/p")
        assert entry is not None and entry.plugins == {"Extender"}
        out.server.says["filter"] = but()
        out.world.node(node("a", labels={"some": "thing"}))
        await out.world.clock.advance(1.0)
        await out.bound("p")

    outside(test, FILTER)


def test_each_is_asked_about_what_those_before_it_left() -> None:
    async def test(out: Outside) -> None:
        out.servers[0].says["filter"] = but("a")
        out.servers[1].says["filter"] = but("b")
        for name in "abc":
            out.world.node(node(name))
        out.world.pod(pod("p"))
        assert await out.bound("p") == "c"
        assert sorted(out.servers[1].asked[0][1]["NodeNames"]) == ["b", "c"]

    outside(test, FILTER, FILTER)


def test_scores_are_weighed_with_those_of_the_plug_ins_and_told() -> None:
    async def test(out: Outside) -> None:
        out.servers[0].says["prioritize"] = [{"Host": "a", "Score": 10}, {"Host": "b", "Score": 1}]
        out.servers[1].says["prioritize"] = b"broken"
        out.world.node(node("a", cpu="2"))
        out.world.node(node("b", cpu="64", memory="64Gi"))
        out.world.pod(pod("p", cpu="1", memory="1Gi"))
        assert await out.bound("p") == "a"
        told = explain.attempt(out.world.scheduler.decisions.of("uid-p")[-1], str)
        best = told["table"][0]
        name = next(iter(out.extenders)).name
        assert best["scores"][-1] == {"plugin": name, "score": 100, "weight": 2, "weighted": 200}
        assert best["total"] == sum(score["weighted"] for score in best["scores"])

    outside(test, PRIORITIZE, PRIORITIZE)


def test_what_it_refused_and_would_refuse_now_is_told() -> None:
    async def test(out: Outside) -> None:
        out.server.says["filter"] = but("a", FailedNodes={"a": "no license"})
        out.world.node(node("a"))
        out.world.pod(pod("p"))
        await out.refused("p")
        entry = out.world.scheduler.queue.get("default/p")
        assert entry is not None
        now = explain.rehearsal(await out.world.desks[0].framework.rehearse(entry.pod))
        rejected = {
            "plugin": next(iter(out.extenders)).name,
            "reasons": ["no license"],
            "preemptionMayHelp": True,
        }
        assert now["table"] == [{"node": "a", "rejected": rejected}]
        waiting = explain.waiting(entry, out.world.desks[0].framework.profile, str)
        assert waiting["mayHelp"] == [{"resource": "*", "actions": ["All"]}]
        past = explain.attempt(out.world.scheduler.decisions.of("uid-p")[-1], str)
        assert past["table"] == now["table"]

    outside(test, FILTER)


@pytest.mark.parametrize(
    ("code", "answer", "problem"),
    [
        (500, {}, "failed filter with extender at URL {url}/filter, code 500"),
        (200, {"Error": "the cat is on the keyboard"}, "the cat is on the keyboard"),
        (200, b"<html>", "the answer of the extender at URL {url}/filter is not JSON"),
        (200, [], "the answer of the extender at URL {url}/filter is none: expected an object"),
        (
            200,
            {"FAILEDNODES": {"a": 1}},
            "the answer of the extender at URL {url}/filter is none: failednodes.a: expected a valid string",
        ),
        (
            200,
            {"NodeNames": [7]},
            "the answer of the extender at URL {url}/filter is none: nodenames.0: expe",
        ),
        (200, {"NodeNames": ["z"]}, 'extender "{url}" claims a filtered node "z" which is not found in'),
    ],
)
def test_one_that_fails_fails_the_pod(code: int, answer: Any, problem: str) -> None:
    async def test(out: Outside) -> None:
        out.server.says["filter"], out.server.code = answer, code
        out.world.node(node("a"))
        out.world.pod(pod("p"))
        condition = await out.refused("p")
        url = next(iter(out.extenders)).name
        assert (condition["reason"], condition["message"][: len(problem.format(url=url))]) == (
            "SchedulerError",
            problem.format(url=url),
        )
        out.server.says["filter"], out.server.code = but(), 200
        await out.world.clock.advance(1.0)
        out.world.scheduler.queue.wake()
        assert await out.bound("p") == "a"

    outside(test, FILTER)


def test_one_that_does_not_answer_is_left_out_when_it_may_be() -> None:
    async def test(out: Outside) -> None:
        out.server.open.clear()
        out.world.node(node("a"))
        out.world.pod(pod("p"))
        assert await out.bound("p") == "a"
        out.server.open.set()

    outside(test, FILTER | {"ignorable": True, "httpTimeout": "20ms"})


def test_one_that_does_not_answer_fails_the_pod_in_time() -> None:
    async def test(out: Outside) -> None:
        out.server.open.clear()
        out.world.node(node("a"))
        out.world.pod(pod("p"))
        assert "Client.Timeout exceeded" in (await out.refused("p"))["message"]
        out.server.open.set()

    outside(test, FILTER | {"httpTimeout": "20ms"})


def test_one_that_is_not_there_fails_the_pod_in_the_words_of_go() -> None:
    async def ask(url: str) -> str:
        async with Extender(
            Config.model_validate({"urlPrefix": url, "filterVerb": "f"}), Shelf("Node").get
        ) as extender:
            try:
                await extender.filter(World().info(pod("p")), [])
            except ExtenderError as error:
                return str(error)
        return ""

    refused = 'Post "http://127.0.0.1:1/f": dial tcp 127.0.0.1:1: connect: connection refused'
    assert run(ask("http://127.0.0.1:1/")) == refused


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"tlsConfig": {"caData": bundle()}}, ""),
        ({"tlsConfig": {"caData": bundle(), "serverName": "hook.default.svc"}}, ""),
        ({"enableHTTPS": True}, ""),
        ({}, "tls: failed to verify certificate: x509: "),
        ({"tlsConfig": {"caData": bundle("others")}}, "tls: failed to verify certificate: x509: "),
    ],
)
def test_whom_it_trusts(fields: Object, problem: str) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"NodeNames": []})

    async def ask() -> str:
        async with listening(answer) as port:
            config = Config.model_validate(FILTER | fields | {"urlPrefix": f"https://127.0.0.1:{port}"})
            async with Extender(config, Shelf("Node").get) as extender:
                try:
                    await extender.filter(World().info(pod("p")), [])
                except ExtenderError as error:
                    return str(error)
        return ""

    found = run(ask())
    assert (problem in found) if problem else not found


def test_only_pods_with_its_resources_are_its_business_and_others_do_not_wait() -> None:
    async def test(out: Outside) -> None:
        out.server.says["filter"] = but()
        out.server.open.clear()
        out.world.node(node("a", allocatable={GPU: "4"}))
        out.world.pod(gpu_pod("slow"))
        await out.until(lambda: out.server.asked)
        out.world.pod(pod("quick"))
        assert await out.bound("quick") == "a"
        assert "slow" not in out.world.api.bound
        out.server.open.set()
        assert await out.bound("slow") == "a"
        assert len(out.server.asked) == 1

    outside(test, FILTER | {"managedResources": [{"name": GPU}]})


def test_what_happens_while_it_thinks_counts() -> None:
    async def test(out: Outside) -> None:
        out.server.says["filter"] = but("a")
        out.server.open.clear()
        out.world.node(node("a"))
        out.world.pod(pod("p"))
        await out.until(lambda: out.server.asked)
        out.world.node(node("b"))
        out.server.open.set()
        await out.refused("p")
        await out.world.clock.advance(1.0)
        assert await out.bound("p") == "b"

    outside(test, FILTER)


def test_a_node_that_goes_or_fills_up_while_it_thinks_is_not_taken() -> None:
    async def test(out: Outside) -> None:
        out.server.says["filter"] = but()
        out.server.open.clear()
        for name in "ab":
            out.world.node(node(name, cpu="1"))
        out.world.pod(pod("p", cpu="1"))
        await out.until(lambda: out.server.asked)
        out.world.feed.on_node("DELETED", node("a"), None)
        out.world.pod(pod("thief", cpu="1", on="b"))
        out.server.open.set()
        assert "1 Insufficient cpu" in (await out.refused("p"))["message"]

    outside(test, FILTER)


def test_a_pod_that_goes_while_it_thinks_is_forgotten() -> None:
    async def test(out: Outside) -> None:
        out.server.says["filter"] = but()
        out.server.open.clear()
        out.world.node(node("a"))
        out.world.pod(pod("p"))
        await out.until(lambda: out.server.asked)
        out.world.pod(pod("p"), "DELETED")
        out.server.open.set()
        out.world.pod(pod("q"))
        await out.bound("q")
        assert list(out.world.api.bound) == ["q"]

    outside(test, FILTER)


def test_a_pod_that_changes_while_it_thinks_is_placed_as_it_is_by_then() -> None:
    async def test(out: Outside) -> None:
        out.server.says["filter"] = but()
        out.server.open.clear()
        out.world.node(node("a"))
        status = {"phase": "Pending", "nominatedNodeName": "a"}
        out.world.pod(pod("p", status=status))
        await out.until(lambda: out.server.asked)
        out.world.pod(pod("p", status=status, labels={"app": "web"}), "MODIFIED")
        out.server.open.set()
        await out.bound("p")
        cache = out.world.scheduler.cache
        placed = cache.pod("default/p")
        assert placed is not None and placed.labels == {"app": "web"}
        assert cache.nominated == {}

    outside(test, FILTER)


def test_it_may_bind_itself_and_we_do_when_it_cannot() -> None:
    async def test(out: Outside) -> None:
        out.server.says["bind"] = {}
        out.world.node(node("a"))
        out.world.pod(pod("p"))
        await out.until(lambda: any("Scheduled" in reason for reason in out.world.reasons()))
        question = {"PodName": "p", "PodNamespace": "default", "PodUID": "uid-p", "Node": "a"}
        assert out.server.asked == [("bind", question)]
        assert out.world.api.bound == {}
        out.server.says["bind"] = {"Error": "cannot"}
        out.world.pod(pod("q"))
        assert await out.bound("q") == "a"

    outside(test, {"bindVerb": "bind", "ignorable": True})


def test_a_binding_of_its_that_fails_is_tried_again() -> None:
    async def test(out: Outside) -> None:
        out.server.says["bind"] = {"Error": "cannot"}
        out.world.node(node("a"))
        out.world.pod(pod("p"))
        assert (await out.refused("p"))["message"] == "cannot"

    outside(test, {"bindVerb": "bind"})


def test_it_may_spare_victims_of_preemption() -> None:
    async def test(out: Outside) -> None:
        def answer(question: Object) -> Object:
            plans = question["NodeNameToVictims"]
            assert sorted(plans) == ["a", "b"]
            assert plans["a"]["Pods"][0]["metadata"]["name"] == "low-a"
            return {"NodeNameToMetaVictims": {"b": {"Pods": [{"UID": "uid-low-b"}]}}}

        out.server.says["preempt"] = answer
        for name, priority in (("a", 1), ("b", 5)):
            out.world.node(node(name, cpu="1"))
            out.world.pod(pod(f"low-{name}", cpu="1", on=name, priority=priority))
        out.world.pod(pod("p", cpu="1", priority=100))
        await out.until(lambda: out.world.api.deleted)
        assert out.world.api.deleted == ["low-b"]

    outside(test, {"preemptVerb": "preempt"})


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({}, "preemption: no candidate node for preemption"),
        (
            {"NodeNameToMetaVictims": {"a": {"Pods": []}}},
            'preemption: expected at least one victim pod on node "a"',
        ),
        (
            {"NodeNameToMetaVictims": {"a": {"Pods": [{"UID": "x"}]}}},
            "claims to preempt pod (UID: &{x}) on node: a, but the pod is not found on that node",
        ),
        ({"NodeNameToMetaVictims": {"z": {}}}, 'nodeinfo not found for node name "z"'),
    ],
)
def test_it_may_spoil_a_preemption(answer: Object, problem: str) -> None:
    async def test(out: Outside) -> None:
        out.server.says["preempt"] = answer
        out.world.node(node("a", cpu="1"))
        out.world.pod(pod("low", cpu="1", on="a", priority=1))
        out.world.pod(pod("p", cpu="1", priority=100))
        assert problem in (await out.refused("p"))["message"]
        meta = {"Pods": [{"UID": "uid-low"}], "NumPDBViolations": 0}
        assert out.server.asked[0][1]["NodeNameToMetaVictims"] == {"a": meta}

    outside(test, {"preemptVerb": "preempt", "nodeCacheCapable": True})
