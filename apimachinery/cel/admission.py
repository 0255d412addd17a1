"""What expressions about requests may name: those of webhooks' conditions and of policies.

Source: k8s.io/apiserver pkg/admission/plugin/cel/{compile,composition}.go, pkg/cel/mutation.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from . import environment
from .library.json_patch import JSON_PATCH
from .program import Program, compile  # noqa: A004 - its name elsewhere too
from .types import (
    AUTHORIZER,
    BOOL,
    DYN,
    INT,
    NULL,
    RESOURCE_CHECK,
    STRING,
    TIMESTAMP,
    CelType,
    list_of,
    map_of,
    struct,
)

Variables = Mapping[str, CelType]

OBJECT = "Object"


@cache
def variables(*, params: bool = False, authorizer: bool = True) -> Variables:
    """By name, those of a match condition; `params` for policies that have a paramKind."""
    found = {
        "object": DYN,
        "oldObject": DYN,
        "namespaceObject": _namespace(),
        "request": _request(),
    }
    if params:
        found["params"] = DYN
    if authorizer:
        found["authorizer"] = AUTHORIZER
        found["authorizer.requestResource"] = RESOURCE_CHECK
    return found


def _request() -> CelType:
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


class Composition:
    """Compiles a policy's expressions in order. `params`: it has a paramKind; `base`: variables in place of
    the usual ones, with types that are known (for checking types). Without `composed` there is nothing that
    expressions could call `variables`."""

    def __init__(self, *, params: bool, base: Variables | None = None, composed: bool = True) -> None:
        self._params = params
        self._base = base
        self._composed = composed
        self._fields: dict[str, CelType] = {}

    def add(self, name: str, text: str) -> Program:
        """A variable. CompileError; it is dyn then for those that use it."""
        declared = self.names()
        self._fields[name] = DYN
        program = compile(text, declared)
        self._fields[name] = program.returns
        return program

    def names(self, *, authorizer: bool = True) -> Variables:
        known = self._base or variables(params=self._params, authorizer=authorizer)
        if not self._composed:
            return known
        return {**known, "variables": struct("kubernetes.variables", dict(self._fields))}

    def boolean(self, text: str) -> Program:
        return compile(text, self.names(), returns=(BOOL,))

    def message(self, text: str) -> Program:
        return compile(text, self.names(authorizer=False), returns=(STRING,))

    def annotation(self, text: str) -> Program:
        return compile(text, self.names(), returns=(STRING, NULL))

    def configuration(self, text: str) -> Program:
        """What an ApplyConfiguration mutation merges into the object."""
        return self._mutation(text, struct(OBJECT))

    def patch(self, text: str) -> Program:
        """The operations of a JSONPatch mutation."""
        return self._mutation(text, list_of(JSON_PATCH))

    def _mutation(self, text: str, wanted: CelType) -> Program:
        return compile(
            text,
            self.names(),
            returns=(wanted,),
            structs=_mutation_structs,
            functions=environment.MUTATION_FUNCTIONS,
        )


def _mutation_structs(name: str) -> CelType | None:
    """`Object`, `Object.spec` … take any field; `JSONPatch` has its four."""
    if name == JSON_PATCH.name:
        return JSON_PATCH
    if name == OBJECT or name.startswith(f"{OBJECT}."):
        return struct(name, open_fields=True)
    return None
