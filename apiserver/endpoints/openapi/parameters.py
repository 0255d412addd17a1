"""Query and path parameters of operations.

kubectl looks for `fieldValidation` on a kind's PATCH operation to learn that the server validates fields.
"""

from __future__ import annotations

from typing import NamedTuple


class Parameter(NamedTuple):
    name: str
    type: str
    description: str


def _table(*rows: tuple[str, str, str]) -> dict[str, Parameter]:
    return {row[0]: Parameter(*row) for row in rows}


QUERY = _table(
    ("pretty", "string", "Indent the answer when 'true'."),
    ("allowWatchBookmarks", "boolean", "Send BOOKMARK events, which carry only a resourceVersion."),
    ("continue", "string", "The token of the previous page of a list."),
    ("fieldSelector", "string", "Only objects whose fields match."),
    ("labelSelector", "string", "Only objects whose labels match."),
    ("limit", "integer", "The most objects in one page."),
    ("resourceVersion", "string", "Which state to read, or where a watch begins."),
    ("resourceVersionMatch", "string", "Exact or NotOlderThan: how resourceVersion is meant in a list."),
    ("sendInitialEvents", "boolean", "Begin a watch with the objects that exist, then a bookmark."),
    ("shardSelector", "string", "Only objects of a part of the whole (needs a feature that is off)."),
    ("timeoutSeconds", "integer", "End the list or watch after so many seconds."),
    ("watch", "boolean", "Follow changes instead of listing."),
    ("dryRun", "string", "'All' runs everything but storing."),
    ("fieldManager", "string", "The name under which the changed fields are recorded."),
    ("fieldValidation", "string", "Ignore, Warn or Strict: what unknown and duplicate fields mean."),
    ("force", "boolean", "Take over fields that other managers own (apply patches only)."),
    ("gracePeriodSeconds", "integer", "Seconds an object gets to end; 0 deletes at once."),
    ("ignoreStoreReadErrorWithClusterBreakingPotential", "boolean", "Delete an object that cannot be read."),
    ("orphanDependents", "boolean", "Deprecated: use propagationPolicy."),
    ("propagationPolicy", "string", "Orphan, Background or Foreground: what happens to dependents."),
    ("container", "string", "The container; may be left out when there is only one."),
    ("follow", "boolean", "Keep sending what the container writes."),
    ("insecureSkipTLSVerifyBackend", "boolean", "Do not check the kubelet's certificate."),
    ("limitBytes", "integer", "Send at most so many bytes."),
    ("previous", "boolean", "The log of the container's previous run."),
    ("sinceSeconds", "integer", "Only lines of the last so many seconds."),
    ("stream", "string", "All, Stdout or Stderr."),
    ("tailLines", "integer", "Only so many lines from the end."),
    ("timestamps", "boolean", "Begin each line with its time."),
    ("command", "string", "The command to run; one parameter per word."),
    ("stdin", "boolean", "Connect standard input."),
    ("stdout", "boolean", "Connect standard output."),
    ("stderr", "boolean", "Connect standard error."),
    ("tty", "boolean", "Run in a terminal."),
    ("ports", "integer", "The ports to forward."),
    ("path", "string", "The path of the URL to proxy to."),
)
PATH = {
    "name": "The object's name.",
    "namespace": "The object's namespace.",
    "path": "The path of the URL to proxy to.",
}
_WRITE = ("pretty", "dryRun", "fieldManager", "fieldValidation")
_LIST = (
    "pretty",
    "allowWatchBookmarks",
    "continue",
    "fieldSelector",
    "labelSelector",
    "limit",
    "resourceVersion",
    "resourceVersionMatch",
    "sendInitialEvents",
    "shardSelector",
    "timeoutSeconds",
    "watch",
)
_DELETE = (
    "pretty",
    "dryRun",
    "gracePeriodSeconds",
    "ignoreStoreReadErrorWithClusterBreakingPotential",
    "orphanDependents",
    "propagationPolicy",
)
VERB_PARAMETERS: dict[str, tuple[str, ...]] = {
    "get": ("pretty",),
    "list": _LIST,
    "watch": _LIST,
    "create": _WRITE,
    "update": _WRITE,
    "patch": (*_WRITE, "force"),
    "delete": _DELETE,
    "deletecollection": (*_DELETE, *(name for name in _LIST if name not in ("pretty", "watch"))),
    "log": (
        "pretty",
        "container",
        "follow",
        "insecureSkipTLSVerifyBackend",
        "limitBytes",
        "previous",
        "sinceSeconds",
        "stream",
        "tailLines",
        "timestamps",
    ),
    "exec": ("command", "container", "stderr", "stdin", "stdout", "tty"),
    "attach": ("container", "stderr", "stdin", "stdout", "tty"),
    "portforward": ("ports",),
    "proxy": ("path",),
}
"""Per verb, or per name of a connect subresource."""
CUSTOM_PARAMETERS = VERB_PARAMETERS | {"get": ("pretty", "resourceVersion"), "deletecollection": _LIST}
"""Of custom kinds, which upstream describes by other means than its own."""
