"""A Placement in words: first the answer in a sentence, then the table of nodes."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from .. import table

Object = dict[str, Any]
ROWS = 20
HIDDEN = "(hidden)"
"""Stands for the name of a node that the reader may not see."""
STATES = {
    "active": "It is about to be tried.",
    "busy": "It is being tried right now.",
    "backoff": "It is tried again when its back-off is over.",
    "error backoff": "It is tried again when its back-off is over.",
    "unschedulable": "It is tried again when something changes that may help.",
    "gated": "It is not tried before its gates are gone.",
}
RESOURCES = {
    "AssignedPod": "a pod on a node",
    "UnschedulablePod": "this pod",
    "Node": "a node",
    "*": "anything",
}
ACTIONS = {
    "Add": "is added",
    "Delete": "goes",
    "UpdateNodeAllocatable": "has other resources",
    "UpdateNodeLabel": "is labelled anew",
    "UpdateNodeTaint": "has other taints",
    "UpdateNodeCondition": "has other conditions",
    "UpdatePodLabel": "is labelled anew",
    "UpdatePodScaleDown": "asks for less",
    "UpdatePodToleration": "tolerates more",
    "UpdatePodSchedulingGatesEliminated": "loses its gates",
    "UpdatePodGeneratedResourceClaim": "gets its claims",
}


def text(placement: Object, *, every: bool = False) -> str:
    """`every`: all nodes, not the first twenty."""
    status = placement["status"]
    attempts = status.get("attempts") or []
    parts = [_answer(placement, attempts)]
    shown = _shown(attempts)
    for attempt in shown:
        head = "" if len(shown) == 1 else _headline(attempt)
        parts.append("\n".join(filter(None, (head, _nodes(attempt, every), _preemption(attempt)))))
    now = status.get("now")
    if now and (not attempts or now.get("table") != attempts[-1].get("table")):
        parts.append("\n".join(filter(None, (_if_now(now), _nodes(now, every)))))
    return table.printable("\n\n".join(part for part in parts if part))


def _shown(attempts: list[Object]) -> list[Object]:
    """The last attempt, and those before it that made room or that failed after the decision."""
    told = [a for a in attempts[:-1] if a.get("preemption", {}).get("victims") or a.get("node")]
    return [*told, *attempts[-1:]]


def _answer(placement: Object, attempts: list[Object]) -> str:
    name = f"Pod {placement['metadata']['namespace']}/{placement['metadata']['name']}"
    status, node = placement["status"], placement["spec"].get("nodeName", "")
    last = attempts[-1] if attempts else {}
    if node:
        return f"{name} is on {node}: {_chosen(last, node)}"
    if status.get("gates"):
        gates = ", ".join(status["gates"])
        return f"{name} waits at its scheduling gates: {gates}. {STATES['gated']}"
    if last.get("node"):
        return f"{name} was given {last['node']}, but {last.get('message') or 'it is not bound yet'}."
    if last:
        return f"{name} waits: {_refused(last)} {_waiting(status.get('queue') or {})}".rstrip()
    if status.get("queue"):
        return f"{name} waits: {STATES.get(status['queue']['state'], 'it is in the queue.')}"
    return f"{name} waits, and no scheduler knows of it ({placement['spec'].get('schedulerName')} should)."


def _chosen(attempt: Object, node: str) -> str:
    if attempt.get("node") != node:
        return "the scheduler has forgotten why, or somebody else put it there."
    nodes = attempt["nodes"]
    feasible, total = nodes.get("feasible", 0), nodes.get("total", 0)
    totals = [row.get("total", 0) for row in attempt["table"] if "rejected" not in row]
    if feasible == 1:
        if nodes.get("notLookedAt"):
            return "room had been made for it there, so no other node was looked at."
        return f"of {_nodes_of(total)} it was the only one that could take it."
    best = totals.count(totals[0])
    score = f"of {_nodes_of(total)} {feasible} could take it, and"
    if best > 1:
        return f"{score} {best} of these scored best ({totals[0]}); the dice chose."
    return f"{score} it scored best ({totals[0]}, the next {totals[1]})."


def _nodes_of(total: int) -> str:
    return f"{total} node" if total == 1 else f"{total} nodes"


def _refused(attempt: Object) -> str:
    if attempt["result"] == "Error":
        return f"the last attempt failed: {attempt['message']}."
    nodes = attempt["nodes"]
    refusal = attempt.get("refusal")
    if refusal:
        return f"{', '.join(refusal['plugins'])} said of the pod itself: {refusal['message']}."
    if not nodes.get("total"):
        return "there are no nodes."
    tally = Counter(
        f"{row['rejected']['plugin']}: {', '.join(row['rejected']['reasons'])}"
        for row in attempt["table"]
        if "rejected" in row
    )
    reasons = "; ".join(f"{count} × {reason}" for reason, count in tally.most_common())
    return f"none of {_nodes_of(nodes['total'])} can take it ({reasons})."


def _waiting(queue: Object) -> str:
    if not queue:
        return ""
    tries = queue.get("attempts", 0)
    told = f"Tried {tries} time{'' if tries == 1 else 's'} so far."
    nominated = queue.get("nominatedNode")
    if nominated:
        return f"{told} Room is being made for it on {nominated}."
    return f"{told} {STATES.get(queue['state'], '')}{_helping(queue)}".rstrip()


def _helping(queue: Object) -> str:
    """The changes that would let it be tried again."""
    if queue["state"] != "unschedulable":
        return ""
    found = []
    for entry in queue.get("mayHelp", ()):
        what = RESOURCES.get(entry["resource"], entry["resource"])
        does = dict.fromkeys(ACTIONS.get(action, "changes") for action in entry["actions"])
        found.append(f"{what} {' or '.join(does)}")
    return f"\nThat may be when {'; '.join(found)}." if found else ""


def _headline(attempt: Object) -> str:
    place = f" → {attempt['node']}" if attempt.get("node") else ""
    return f"Attempt {attempt['attempt']} at {attempt['time'][11:23]}: {attempt['result']}{place}"


def _if_now(now: Object) -> str:
    if now["result"] == "Scheduled":
        best = now.get("best") or ["a node whose name you may not see"]
        return f"If it were tried now, it would get {' or '.join(best[:3])}."
    return f"If it were tried now, it would still fit nowhere: {now['message']}"


def _preemption(attempt: Object) -> str:
    plan = attempt.get("preemption") or {}
    if "victims" not in plan:
        return ""
    victims = _victims(plan, "priority ")
    broken = plan.get("budgetViolations", 0)
    budget = f", against {broken} disruption budget{'' if broken == 1 else 's'}" if broken else ""
    lines = [f"Preempted to make room on {plan['node']}: {victims}{budget}."]
    for other in plan.get("alternatives", [])[:3]:
        lines.append(f"  It would have cost more on {other.get('node', HIDDEN)}: {_victims(other)}.")
    return "\n".join(lines)


def _victims(plan: Object, what: str = "") -> str:
    """`what` is said before each priority."""
    seen = [v for v in plan["victims"] if not v.get("hidden")]
    hidden = len(plan["victims"]) - len(seen)
    names = [f"{v['namespace']}/{v['name']} ({what}{v['priority']})" for v in seen]
    others = [f"{hidden} pod{'' if hidden == 1 else 's'} that you may not see"] if hidden else []
    return ", ".join([*names, *others])


def _nodes(attempt: Object, every: bool) -> str:
    """A row per node, a column per plug-in that scored, the verdict last."""
    rows = attempt.get("table") or []
    if not rows:
        return ""
    plugins = list(dict.fromkeys(score["plugin"] for row in rows for score in row.get("scores", ())))
    shown = rows if every else rows[:ROWS]
    heads = ["node", *map(_spaced, plugins), *(["total"] if plugins else []), "verdict"]
    lines = table.plain(heads, [_row(row, plugins, attempt.get("node", "")) for row in shown])
    missing = len(rows) - len(shown) + attempt["nodes"].get("notShown", 0)
    notes = [f"… and {_nodes_of(missing)} more (--all shows them)"] if missing else []
    skipped = attempt["nodes"].get("notLookedAt", 0)
    if skipped and len(rows) > 1 and not attempt.get("refusal"):
        notes.append(f"{_nodes_of(skipped)} not looked at: enough others could take it")
    return "\n".join([lines, *notes])


def _spaced(plugin: str) -> str:
    """Heads are upper case: `NodePorts` would read NODEPORTS."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plugin)


def _row(row: Object, plugins: list[str], chosen: str) -> list[str]:
    name, rejected = row.get("node", HIDDEN), row.get("rejected")
    scores = {score["plugin"]: score for score in row.get("scores", ())}
    cells = [_cell(scores.get(plugin)) for plugin in plugins]
    total = [str(row.get("total", "")) or "-"] if plugins else []
    if rejected:
        verdict = f"✗ {rejected['plugin']}: {', '.join(rejected['reasons'])}"
    else:
        verdict = "✓ chosen" if name == chosen else "could take it"
    return [name, *cells, *total, verdict]


def _cell(score: Object | None) -> str:
    """What the plug-in gave, with its weight when that is not 1."""
    if score is None:
        return "-"
    return str(score["score"]) if score["weight"] == 1 else f"{score['score']}×{score['weight']}"
