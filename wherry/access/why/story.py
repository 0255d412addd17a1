"""A Cause in words: an indented timeline, each write under the one that led to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..table import printable

Object = dict[str, Any]
CHANGES = 3
DULL = (".observedGeneration", ".generation", "].message", "].reason")
"""Ends of paths that say nothing of their own."""
FIRST = ("spec.", "metadata.deletionTimestamp", "status.phase", "status.conditions[", "status.", "metadata.")
"""What is told before the rest."""
COMPONENTS = ("system:apiserver", "system:kube-", "system:node:", "system:serviceaccount:kube-system:")
"""How the users begin who are believed when they say that they reconcile: anybody may say so."""
Style = Callable[[str], str]
"""How a line about the object itself looks."""


def text(cause: Object, own: Style = str) -> str:
    """Several paragraphs; `own` marks the lines about the object itself."""
    status = cause["status"]
    namespace = cause["metadata"].get("namespace", "")
    parts = _end(status.get("writes") or [])
    if status.get("remembered"):
        parts.append(_remembered(status))
    tree = _Tree(status.get("writes") or [], namespace, own)
    if tree.lines:
        parts.append("\n".join(["How it came about", *tree.lines]))
    if status.get("leftOut"):
        parts.append(f"{status['leftOut']} more writes belong to this story (-o json tells no more, either).")
    if status.get("owners"):
        chain = " ← ".join(f"{owner['kind']} {owner['name']}" for owner in status["owners"])
        parts.append(f"Owned by {chain}")
    return "\n\n".join(parts)


def _end(writes: list[Object]) -> list[str]:
    """That the object is gone, if it is."""
    own = [write for write in writes if write["role"] == "Own"]
    if not own or own[-1].get("action") != "deleted":
        return []
    about = own[-1]["object"]
    space = f"{about['namespace']}/" if about.get("namespace") else ""
    return [f"{about.get('kind') or about['resource']} {space}{about['name']} is gone."]


def _remembered(status: Object) -> str:
    """What is left of the time before the journal."""
    since = (status.get("since") or {}).get("time", "")
    when = f" (it goes back to {since[11:19]})" if since else ""
    lines = [f"Its beginning is older than the API server's memory{when}; what the object still tells:"]
    lines += [f"  {entry['time'][:19]}  {printable(entry['text'])}" for entry in status["remembered"]]
    return "\n".join(lines)


class _Tree:
    """The writes as lines. Alike ones that follow each other under one parent share a line."""

    def __init__(self, writes: list[Object], namespace: str, own: Style) -> None:
        self._namespace = namespace
        self._own = own
        self._below: dict[int, list[Object]] = {}
        self.lines: list[str] = []
        for write in writes:
            self._below.setdefault(write.get("parent", 0), []).append(write)
        self._tell(0, 0)

    def _tell(self, parent: int, depth: int) -> None:
        """Depth first; a tree may be deeper than Python likes to recurse."""
        todo = [(run, depth) for run in reversed(_runs(self._below.get(parent, [])))]
        while todo:
            run, depth = todo.pop()
            self.lines.append(self._line(run, depth))
            below = [write for one in run for write in self._below.get(one["revision"], [])]
            todo += [(inner, depth + 1) for inner in reversed(_runs(below))]

    def _line(self, run: list[Object], depth: int) -> str:
        first, last = run[0], run[-1]
        time = first.get("time", "")[11:23] or " " * 12
        branch = "  " * (depth - 1) + "└ " if depth else ""
        if first.get("hidden"):
            return f"{time}  {branch}a write that you may not see"
        times = f" (×{len(run)})" if len(run) > 1 else ""
        said = f"{_who(first)} {self._did(last)}{times}{_why(first)}"
        detail = _changes(last)
        line = printable(f"{time}  {branch}{said}{f': {detail}' if detail else ''}")
        return self._own(line) if first["role"] == "Own" else line

    def _did(self, write: Object) -> str:
        about = write["object"]
        space = about.get("namespace", "")
        name = about["name"] if space in ("", self._namespace) else f"{space}/{about['name']}"
        what = f"{(about.get('kind') or about['resource']).lower()} {name}"
        subresource, action = write.get("subresource", ""), write["action"]
        if action == "changed" and (write.get("verb") == "delete" or subresource == "eviction"):
            return f"told {what} to end"
        if action != "changed" or not subresource:
            return f"{action} {what}"
        if subresource == "binding":
            return f"bound {what}"
        return f"changed the {subresource} of {what}"


def _runs(writes: list[Object]) -> list[list[Object]]:
    runs: list[list[Object]] = []
    for write in writes:
        if runs and _alike(runs[-1][-1], write):
            runs[-1].append(write)
        else:
            runs.append([write])
    return runs


def _alike(one: Object, other: Object) -> bool:
    if one.get("hidden") or other.get("hidden"):
        return bool(one.get("hidden") and other.get("hidden"))
    return (
        one["action"] == other["action"] == "changed"
        and one["object"] == other["object"]
        and _who(one) == _who(other)
        and one.get("subresource") == other.get("subresource") != "binding"
    )


def _who(write: Object) -> str:
    """A component by its own name for the work; what anybody else calls theirs stands behind their user's."""
    by, user = (write.get("reconcile") or {}).get("by"), write.get("user", "")
    if by and user.startswith(COMPONENTS):
        return str(by)
    agent = by or write.get("userAgent", "").split("/")[0].split(" ")[0]
    return f"{user} ({agent})" if agent else user


def _why(write: Object) -> str:
    """Where a branch begins although somebody reconciled."""
    reconcile = write.get("reconcile")
    if reconcile is None or write.get("parent"):
        return ""
    if reconcile.get("forgotten"):
        return " (because of what is remembered no more)"
    return "" if reconcile.get("because") else " (of its own accord)"


def _changes(write: Object) -> str:
    told = [c for c in write.get("changes") or () if not c["path"].endswith(DULL) and c.get("to") != "[…]"]
    told.sort(key=_rank)
    parts = [_change(change) for change in told[:CHANGES]]
    if len(told) > CHANGES:
        parts.append(f"+{len(told) - CHANGES}")
    return ", ".join(parts)


def _rank(change: Object) -> int:
    return next((i for i, start in enumerate(FIRST) if change["path"].startswith(start)), len(FIRST))


def _change(change: Object) -> str:
    path = change["path"].removeprefix("status.").removeprefix("metadata.")
    if path.startswith("conditions["):
        path = path.removeprefix("conditions[").removesuffix(".status").replace("]", "", 1)
    if "to" not in change:
        return f"{path} {'removed' if 'from' in change else 'changed'}"
    if "from" not in change:
        return f"{path}={_value(change['to'])}"
    return f"{path} {_value(change['from'])} → {_value(change['to'])}"


def _value(value: object) -> str:
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return shown if len(shown) <= 40 else shown[:39] + "…"
