"""CEL in webhooks and policies: the variables it finds, and what is wrong with an expression.

The engine is imported with the first expression, which most servers never see.

Source: k8s.io/apiserver pkg/admission/plugin/cel/compile.go, admissionregistration validation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from ....apimachinery import field
from ..validation.common import Errors

if TYPE_CHECKING:
    from ....apimachinery.cel.program import Program
    from ....apimachinery.cel.types import CelType

Variables = Mapping[str, "CelType"]


@cache
def variables(*, params: bool = False, authorizer: bool = True) -> Variables:
    """By name, those of a match condition; `params` for policies that have a paramKind."""
    from ....apimachinery.cel import types

    found = {
        "object": types.DYN,
        "oldObject": types.DYN,
        "namespaceObject": _namespace(),
        "request": _request(),
    }
    if params:
        found["params"] = types.DYN
    if authorizer:
        found["authorizer"] = types.AUTHORIZER
        found["authorizer.requestResource"] = types.RESOURCE_CHECK
    return found


def _request() -> CelType:
    from ....apimachinery.cel.types import BOOL, DYN, STRING, list_of, map_of, struct

    kind = struct("kubernetes.GroupVersionKind", dict.fromkeys(("group", "version", "kind"), STRING))
    names = dict.fromkeys(("group", "version", "resource"), STRING)
    resource = struct("kubernetes.GroupVersionResource", names)
    user = struct(
        "kubernetes.UserInfo",
        {
            "username": STRING,
            "uid": STRING,
            "groups": list_of(STRING),
            "extra": map_of(STRING, list_of(STRING)),
        },
    )
    return struct(
        "kubernetes.AdmissionRequest",
        {
            "kind": kind,
            "resource": resource,
            "subResource": STRING,
            "requestKind": kind,
            "requestResource": resource,
            "requestSubResource": STRING,
            "name": STRING,
            "namespace": STRING,
            "operation": STRING,
            "userInfo": user,
            "dryRun": BOOL,
            "options": DYN,
        },
    )


def _namespace() -> CelType:
    from ....apimachinery.cel.types import INT, STRING, TIMESTAMP, list_of, map_of, struct

    texts = ("name", "generateName", "namespace", "UID", "resourceVersion")
    metadata = struct(
        "kubernetes.NamespaceMetadata",
        {
            **dict.fromkeys(texts, STRING),
            "labels": map_of(STRING, STRING),
            "annotations": map_of(STRING, STRING),
            "creationTimestamp": TIMESTAMP,
            "deletionGracePeriodSeconds": INT,
            "deletionTimestamp": TIMESTAMP,
            "generation": INT,
            "finalizers": list_of(STRING),
        },
    )
    condition = struct(
        "kubernetes.NamespaceCondition",
        {
            **dict.fromkeys(("status", "type", "message", "reason"), STRING),
            "lastTransitionTime": TIMESTAMP,
        },
    )
    status = struct("kubernetes.NamespaceStatus", {"conditions": list_of(condition), "phase": STRING})
    spec = struct("kubernetes.NamespaceSpec", {"finalizers": list_of(STRING)})
    return struct("kubernetes.Namespace", {"metadata": metadata, "spec": spec, "status": status})


def compiled(expression: str, declared: Variables, returns: Sequence[CelType]) -> Program:
    """CompileError."""
    from ....apimachinery.cel import program

    return program.compile(expression, declared, returns=returns)


def condition(expression: str, *, params: bool = False) -> Program:
    """A match condition. CompileError."""
    from ....apimachinery.cel.types import BOOL

    return compiled(expression, variables(params=params), (BOOL,))


def expression_errors(expression: str, path: str, declared: Variables, returns: Sequence[CelType]) -> Errors:
    """What is wrong with a required expression."""
    text = expression.strip()
    if not text:
        return [field.required(path)]
    from ....apimachinery.cel.errors import CompileError
    from ....apimachinery.cel.program import InstantiationError, ResultError

    try:
        compiled(text, declared, returns)
    except ResultError as error:
        return [field.invalid(path, text, str(error))]
    except InstantiationError as error:
        return [field.internal(path, f"program instantiation failed: {error}")]
    except CompileError as error:
        return [field.invalid(path, text, f"compilation failed: {error}")]
    return []


def condition_errors(expression: str, path: str, *, params: bool = False) -> Errors:
    from ....apimachinery.cel.types import BOOL

    return expression_errors(expression, path, variables(params=params), (BOOL,))
