"""Names of JSON fields as CEL writes them: `a-b` is `a__dash__b`, `namespace` is `__namespace__`.

Source: k8s.io/apiserver/pkg/cel/escaping.go.
"""

from __future__ import annotations

import re

from .parser import RESERVED

_SAFE = re.compile(r"[A-Za-z0-9_./-]+", re.ASCII)
_SPECIAL = re.compile(r"__|[-./]")
_ESCAPES = {"__": "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__"}


def escape(name: str) -> str | None:
    """The identifier for a field's name; None when it cannot be written in CEL."""
    if not _SAFE.fullmatch(name) or name[0].isdigit():
        return None
    if name in RESERVED:
        return f"__{name}__"
    return _SPECIAL.sub(lambda match: _ESCAPES[match.group()], name)
