"""What a binding gives a policy as `params`.

Source: k8s.io/apiserver pkg/admission/plugin/policy/generic (CollectParams).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ....apimachinery import labels
from ...registry.strategy import Object
from ..matching import Scopes
from .policy import ParamKind, ParamRef

if TYPE_CHECKING:
    from ...endpoints.scope import Scope
    from ...storage.entry import Entry

NOT_FOUND = "no params found for policy binding with `Deny` parameterNotFoundAction"


class ParamsError(Exception):
    """The binding and the policy's paramKind do not lead to parameters."""


async def find(scope: Scope | None, ref: ParamRef | None, namespace: str) -> Sequence[Object | None]:
    """The policy is evaluated once for each; `[None]` where it has no parameters. `scope` is the
    paramKind's. ParamsError."""
    if scope is None or ref is None:
        return (None,)
    where = _namespace(scope, ref, namespace)
    if ref.name:
        entry = scope.cache.get(where, ref.name)
        entries = [] if entry is None else [entry]
    else:
        selector = labels.from_label_selector(ref.selector or {})
        entries = [e for e in scope.cache.entries(where) if selector.matches(e.obj["metadata"].get("labels"))]
    if not entries and ref.denies:
        raise ParamsError(NOT_FOUND)
    return [await _shown(scope, entry) for entry in entries]


def scope_of(scopes: Scopes, kind: ParamKind) -> Scope:
    """ParamsError for a kind that is not served."""
    for (group, version, _), scope in scopes.items():
        if group == kind.group and version == kind.version and scope.resource.kind == kind.kind:
            return scope
    raise ParamsError(
        f"failed to find resource referenced by paramKind: '{kind.group}/{kind.version}, Kind={kind.kind}'"
    )


def _namespace(scope: Scope, ref: ParamRef, namespace: str) -> str:
    if not scope.resource.namespaced:
        if ref.namespace:
            raise ParamsError("paramRef.namespace must not be provided for a cluster-scoped `paramKind`")
        return ""
    if not (ref.namespace or namespace):
        raise ParamsError(
            "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources"
        )
    return ref.namespace or namespace


async def _shown(scope: Scope, entry: Entry) -> Object:
    """The object in the version that the policy names."""
    seen = entry if scope.views is None else await scope.seen(entry)
    return scope.from_storage(seen.obj)
