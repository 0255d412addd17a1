"""What mutations by JSON patch are written with: the type JSONPatch, `jsonpatch.escapeKey`.

Source: k8s.io/apiserver/pkg/cel/library/jsonpatch.go, pkg/cel/mutation/jsonpatch.go.
"""

from __future__ import annotations

from ..functions import Function, over
from ..types import DYN, STRING, struct

JSON_PATCH = struct("JSONPatch", {"op": STRING, "path": STRING, "from": STRING, "value": DYN})


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


FUNCTIONS = (
    Function("jsonpatch.escapeKey", (over("string_jsonpatch_escapeKey_string", (STRING,), STRING, _escape),)),
)
