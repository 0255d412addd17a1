"""`wherry why` in words: the answer, the table of nodes, the timeline."""

from __future__ import annotations

from typing import Any

import pytest

from wherry.access.why import placement, story

Object = dict[str, Any]


def score(plugin: str, value: int, weight: int = 1) -> Object:
    return {"plugin": plugin, "score": value, "weight": weight, "weighted": value * weight}


def rejected(node: str, plugin: str, *reasons: str) -> Object:
    return {"node": node, "rejected": {"plugin": plugin, "reasons": list(reasons)}}


FIT = "NodeResourcesFit"
PLACED = {
    "time": "2026-01-01T00:00:01.000000Z",
    "attempt": 2,
    "result": "Scheduled",
    "node": "b",
    "nodes": {"total": 3, "feasible": 2, "rejected": 1},
    "table": [
        {"node": "b", "total": 290, "scores": [score(FIT, 90), score("PodTopologySpread", 100, 2)]},
        {"node": "a", "total": 80, "scores": [score(FIT, 80)]},
        rejected("c", FIT, "Insufficient cpu"),
    ],
}
REFUSED = {
    "time": "2026-01-01T00:00:00.000000Z",
    "attempt": 1,
    "result": "Unschedulable",
    "nodes": {"total": 2, "rejected": 2},
    "table": [rejected("a", FIT, "Insufficient cpu"), rejected("b", FIT, "Insufficient cpu")],
}


def told(node: str = "", **status: Any) -> list[str]:
    spec = {"schedulerName": "default-scheduler", **({"nodeName": node} if node else {})}
    doc = {"metadata": {"name": "web", "namespace": "shop"}, "spec": spec, "status": status}
    return placement.text(doc).splitlines()


def test_a_placed_pod_and_every_node() -> None:
    assert told("b", attempts=[PLACED]) == [
        "Pod shop/web is on b: of 3 nodes 2 could take it, and it scored best (290, the next 80).",
        "",
        "NODE   NODE RESOURCES FIT   POD TOPOLOGY SPREAD   TOTAL   VERDICT",
        "b      90                   100×2                 290     ✓ chosen",
        "a      80                   -                     80      could take it",
        "c      -                    -                     -       ✗ NodeResourcesFit: Insufficient cpu",
    ]


def test_equals_and_only_ones() -> None:
    equal = {**PLACED, "table": [{"node": n, "total": 7, "scores": []} for n in ("b", "a")]}
    assert told("b", attempts=[equal])[0].endswith("2 of these scored best (7); the dice chose.")
    one = {**PLACED, "nodes": {"total": 3, "feasible": 1, "rejected": 2}, "table": [{"node": "b"}]}
    assert told("b", attempts=[one])[0].endswith("of 3 nodes it was the only one that could take it.")
    nominated = {**one, "nodes": {"total": 3, "feasible": 1, "notLookedAt": 2}}
    assert "room had been made for it there" in told("b", attempts=[nominated])[0]


def test_a_waiting_pod_says_what_it_lacks() -> None:
    queue = {"state": "unschedulable", "attempts": 1}
    assert told(attempts=[REFUSED], queue=queue)[0] == (
        "Pod shop/web waits: none of 2 nodes can take it (2 × NodeResourcesFit: Insufficient cpu). "
        "Tried 1 time so far. It is tried again when something changes that may help."
    )


def test_an_attempt_that_failed_says_how() -> None:
    broken = {**REFUSED, "result": "Error", "message": "nobody answers"}
    queue = {"state": "error backoff", "attempts": 1}
    assert told(attempts=[broken], queue=queue)[0] == (
        "Pod shop/web waits: the last attempt failed: nobody answers. Tried 1 time so far. "
        "It is tried again when its back-off is over."
    )


def test_what_would_help_is_named() -> None:
    helping = [
        {"resource": "AssignedPod", "actions": ["Delete", "UpdatePodScaleDown"]},
        {"resource": "Node", "actions": ["Add", "UpdateNodeAllocatable"]},
    ]
    queue = {"state": "unschedulable", "attempts": 1, "mayHelp": helping}
    assert told(attempts=[REFUSED], queue=queue)[1] == (
        "That may be when a pod on a node goes or asks for less; a node is added or has other resources."
    )


def test_what_would_be_now_is_told_when_it_differs() -> None:
    now = {
        "result": "Scheduled",
        "best": ["a"],
        "nodes": {"total": 2, "feasible": 1},
        "table": [{"node": "a"}],
    }
    assert "If it were tried now, it would get a." in told(attempts=[REFUSED], now=now)
    same = {**REFUSED, "message": "m"}
    assert not any("tried now" in line for line in told(attempts=[REFUSED], now=same))


def test_victims_are_named_with_what_else_was_thought_of() -> None:
    victim = {"namespace": "shop", "name": "low", "priority": 1}
    other = {"node": "b", "victims": [{**victim, "name": "mid", "priority": 5}]}
    plan = {"node": "a", "victims": [victim], "budgetViolations": 1, "alternatives": [other]}
    lines = told("b", attempts=[{**REFUSED, "preemption": plan}, PLACED])
    assert "Attempt 1 at 00:00:00.000: Unschedulable" in lines
    assert "Preempted to make room on a: shop/low (priority 1), against 1 disruption budget." in lines
    assert "  It would have cost more on b: shop/mid (5)." in lines
    assert "Attempt 2 at 00:00:01.000: Scheduled → b" in lines


def test_what_may_not_be_seen_is_left_out_by_name() -> None:
    victim = {"namespace": "shop", "name": "low", "priority": 1}
    others = [{"hidden": True, "victims": [{"hidden": True}]}]
    plan = {"node": "b", "victims": [victim, {"hidden": True}, {"hidden": True}], "alternatives": others}
    table = [{"node": "b", "total": 7}, {"hidden": True, "total": 6}]
    attempt = {**PLACED, "nodes": {"total": 2, "feasible": 2}, "table": table, "preemption": plan}
    lines = told("b", attempts=[attempt])
    assert "Preempted to make room on b: shop/low (priority 1), 2 pods that you may not see." in lines
    assert "  It would have cost more on (hidden): 1 pod that you may not see." in lines
    assert "(hidden)   could take it" in lines
    now = {"result": "Scheduled", "nodes": {"total": 1, "feasible": 1}, "table": [{"hidden": True}]}
    assert "If it were tried now, it would get a node whose name you may not see." in told(now=now)


def test_gates_errors_and_the_unknown() -> None:
    assert "waits at its scheduling gates: g." in told(gates=["g"])[0]
    assert "the scheduler has forgotten why" in told("b")[0]
    assert "no scheduler knows of it" in told()[0]
    failed = {**PLACED, "result": "BindingFailed", "message": "not now"}
    assert told(attempts=[failed])[0] == "Pod shop/web was given b, but not now."
    refusal = {"plugins": ["VolumeBinding"], "message": "claim not found"}
    of_itself = {**REFUSED, "refusal": refusal, "table": []}
    assert "VolumeBinding said of the pod itself: claim not found." in told(attempts=[of_itself])[0]
    assert "there are no nodes." in told(attempts=[{**REFUSED, "nodes": {}, "table": []}])[0]


def test_many_nodes_are_cut() -> None:
    rows = [rejected(f"n{i}", FIT, "Insufficient cpu") for i in range(30)]
    lines = told(attempts=[{**REFUSED, "table": rows}])
    assert lines[-1] == "… and 10 nodes more (--all shows them)"


def write(revision: int, role: str, kind: str, name: str, by: str, parent: int = 0, **more: Any) -> Object:
    return {
        "revision": revision,
        "role": role,
        "parent": parent,
        "time": f"2026-01-01T00:00:{revision}.000000Z",
        "action": "changed",
        "object": {"kind": kind, "name": name, "namespace": "shop"},
        "user": "system:kube-x" if by else "admin",
        "userAgent": "kubectl/v1.36",
        "reconcile": {"by": by, "because": [parent] if parent else []} if by else None,
        **more,
    }


def lines(*writes: Object, **status: Any) -> list[str]:
    doc = {"metadata": {"name": "pods:a", "namespace": "shop"}, "status": {"writes": list(writes), **status}}
    return story.text(doc, lambda line: f"*{line}").splitlines()


def test_each_write_stands_under_its_cause() -> None:
    node = {"path": "spec.nodeName", "to": "b"}
    ready = {"path": "status.conditions[Ready].status", "from": "False", "to": "True"}
    dull = {"path": "status.observedGeneration", "to": 1}
    assert lines(
        write(10, "Cause", "Deployment", "web", "", action="created"),
        write(11, "Own", "Pod", "a", "x-controller", 10, action="created"),
        write(12, "Own", "Pod", "a", "default-scheduler", 11, subresource="binding", changes=[dull, node]),
        write(13, "Own", "Pod", "a", "kubelet b", 12, subresource="status"),
        write(14, "Own", "Pod", "a", "kubelet b", 12, subresource="status", changes=[ready]),
        write(
            15,
            "Effect",
            "Other",
            "o",
            "y-controller",
            14,
            object={"kind": "Other", "name": "o", "namespace": "n"},
        ),
    ) == [
        "How it came about",
        "00:00:10.000  admin (kubectl) created deployment web",
        "*00:00:11.000  └ x-controller created pod a",
        "*00:00:12.000    └ default-scheduler bound pod a: spec.nodeName=b",
        "*00:00:13.000      └ kubelet b changed the status of pod a (×2): Ready False → True",
        "00:00:15.000        └ y-controller changed other n/o",
    ]


def test_where_a_branch_begins_without_a_user() -> None:
    found = lines(
        write(10, "Own", "Pod", "a", "x", reconcile={"by": "x", "forgotten": [3], "because": [3]}),
        write(11, "Cause", "Pod", "b", "y"),
        {"revision": 12, "role": "Cause", "time": "2026-01-01T00:00:12.000000Z", "hidden": True},
    )
    assert found[1].endswith("x changed pod a (because of what is remembered no more)")
    assert found[2].endswith("y changed pod b (of its own accord)")
    assert found[3].endswith("a write that you may not see")


@pytest.mark.parametrize(
    ("user", "who"),
    [
        ("system:kube-controller-manager", "x-controller"),
        ("system:node:b", "x-controller"),
        ("system:serviceaccount:kube-system:x", "x-controller"),
        ("mallory", "mallory (x-controller)"),
        ("system:serviceaccount:shop:web", "system:serviceaccount:shop:web (x-controller)"),
        ("system:anonymous", "system:anonymous (x-controller)"),
    ],
)
def test_only_components_are_called_what_they_say_they_are(user: str, who: str) -> None:
    found = lines(write(10, "Own", "Pod", "a", "x-controller", user=user))
    assert found[1].startswith(f"*00:00:10.000  {who} changed pod a")


def test_nothing_in_a_story_commands_the_terminal() -> None:
    change = {"path": "status.message", "to": "\x1b[31mred\x9b0m"}
    found = lines(write(10, "Own", "Pod", "a", "x", changes=[change]))
    assert found[1].endswith(r"message=\x1b[31mred\x9b0m")
    told = lines(remembered=[{"time": "2026-01-01T00:00:00Z", "text": "\x1b]0;title\x07"}])
    assert told[1].endswith(r"\x1b]0;title\x07")


def test_ends_and_beginnings() -> None:
    gone = lines(write(10, "Own", "Pod", "a", "kubelet b", action="deleted"))
    assert gone[0] == "Pod shop/a is gone."
    entry = {"time": "2026-01-01T00:00:00Z", "text": "created"}
    owners = [{"kind": "ReplicaSet", "name": "r"}, {"kind": "Deployment", "name": "d"}]
    old = lines(remembered=[entry], owners=owners, since={"time": "2026-01-01T00:00:05.000000Z"})
    assert "older than the API server's memory (it goes back to 00:00:05)" in old[0]
    assert old[1] == "  2026-01-01T00:00:00  created"
    assert old[-1] == "Owned by ReplicaSet r ← Deployment d"
