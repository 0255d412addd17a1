"""What expressions find in Kubernetes 1.36: functions, and types by name.

Source: k8s.io/apiserver/pkg/cel/environment/base.go.
"""

from __future__ import annotations

from . import types
from .functions import Function, merge
from .library import (
    authorization,
    convert,
    json_patch,
    lists,
    named_formats,
    nets,
    operators,
    optionals,
    quantities,
    strings,
    times,
    urls,
)
from .types import CelType, list_of, map_of, param

_LIBRARIES = (
    operators.FUNCTIONS,
    convert.FUNCTIONS,
    times.FUNCTIONS,
    urls.FUNCTIONS,
    strings.FUNCTIONS,
    lists.FUNCTIONS,
    authorization.FUNCTIONS,
    optionals.FUNCTIONS,
    quantities.FUNCTIONS,
    nets.FUNCTIONS,
    named_formats.FUNCTIONS,
)
FUNCTIONS: dict[str, Function] = merge(_LIBRARIES)
MUTATION_FUNCTIONS: dict[str, Function] = merge((*_LIBRARIES, json_patch.FUNCTIONS))
"""With what only mutations have."""

TYPES: dict[str, CelType] = {
    str(one): one
    for one in (
        types.BOOL,
        types.BYTES,
        types.DOUBLE,
        types.DURATION,
        types.INT,
        types.NULL,
        types.STRING,
        types.TIMESTAMP,
        types.TYPE,
        types.UINT,
        types.URL,
        types.QUANTITY,
        types.SEMVER,
        types.FORMAT,
        types.IP,
        types.CIDR,
        types.AUTHORIZER,
        types.PATH_CHECK,
        types.GROUP_CHECK,
        types.RESOURCE_CHECK,
        types.DECISION,
    )
} | {
    "list": list_of(param("A")),
    "map": map_of(param("A"), param("B")),
    "optional_type": types.optional_of(param("A")),
}


def no_structs(name: str) -> CelType | None:
    """Scopes whose expressions build no structs."""
    return None
