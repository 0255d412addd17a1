"""A policy and its bindings, read once. Expressions are compiled when the first request needs them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from ....apimachinery.gvk import parse_group_version
from ...registry.admissionregistration import expressions
from ...registry.admissionregistration.compositions import composition
from ...registry.strategy import Object
from ..matching import Criteria

if TYPE_CHECKING:
    from ....apimachinery.cel.admission import Composition
    from ....apimachinery.cel.program import Program

JSON_PATCH = "JSONPatch"


class ParamKind(NamedTuple):
    group: str
    version: str
    kind: str


class ParamRef(NamedTuple):
    name: str
    namespace: str
    selector: Object | None
    denies: bool
    """parameterNotFoundAction Deny."""


class Binding:
    """Where a policy applies. `actions` are a validating one's."""

    __slots__ = ("actions", "criteria", "name", "params")

    def __init__(self, obj: Object) -> None:
        spec = obj.get("spec") or {}
        match, ref = spec.get("matchResources"), spec.get("paramRef")
        self.name: str = obj["metadata"]["name"]
        self.criteria = Criteria.of(match, everything=True) if match is not None else None
        self.actions = tuple(spec.get("validationActions") or ())
        self.params: ParamRef | None = None
        if ref is not None:
            self.params = ParamRef(
                ref.get("name", ""),
                ref.get("namespace", ""),
                ref.get("selector"),
                ref.get("parameterNotFoundAction") == "Deny",
            )


class Validation(NamedTuple):
    check: Program
    said: Program | None
    """messageExpression."""
    message: str
    """What is said when no expression says it."""
    reason: str


class Mutation(NamedTuple):
    program: Program
    is_patch: bool


class Expressions(NamedTuple):
    """A policy's programs. `variables` keep their order, the last of one name counts."""

    conditions: tuple[Program, ...]
    variables: dict[str, Program]
    validations: tuple[Validation, ...]
    annotations: tuple[Program, ...]
    mutations: tuple[Mutation, ...]


class Policy:
    """A policy with the bindings that name it."""

    def __init__(self, obj: Object, bindings: tuple[Binding, ...]) -> None:
        spec = obj.get("spec") or {}
        self.name: str = obj["metadata"]["name"]
        self.bindings = bindings
        self.criteria = Criteria.of(spec.get("matchConstraints") or {})
        self.fails_open = spec.get("failurePolicy") == "Ignore"
        self.asks_again = spec.get("reinvocationPolicy") == "IfNeeded"
        self.params: ParamKind | None = None
        kind = spec.get("paramKind")
        if kind is not None:
            group, version = parse_group_version(kind.get("apiVersion", ""))
            self.params = ParamKind(group, version, kind.get("kind", ""))
        self._spec = spec

    @cached_property
    def expressions(self) -> Expressions:
        """CompileError for a policy that the registry would not take today."""
        spec = self._spec
        shared = composition(spec)
        variables = {
            one["name"]: shared.add(one["name"], one["expression"]) for one in spec.get("variables") or ()
        }
        return Expressions(
            tuple(self._condition(one["expression"]) for one in spec.get("matchConditions") or ()),
            variables,
            tuple(_validation(one, shared) for one in spec.get("validations") or ()),
            tuple(shared.annotation(one["valueExpression"]) for one in spec.get("auditAnnotations") or ()),
            tuple(_mutation(one, shared) for one in spec.get("mutations") or ()),
        )

    def _condition(self, text: str) -> Program:
        return expressions.condition(text, params=self.params is not None)


def _validation(one: dict[str, Any], shared: Composition) -> Validation:
    said = one.get("messageExpression", "")
    message = one.get("message", "").strip()
    return Validation(
        shared.boolean(one["expression"]),
        shared.message(said) if said else None,
        message or f"failed expression: {one['expression'].strip()}",
        one.get("reason") or "Invalid",
    )


def _mutation(one: dict[str, Any], shared: Composition) -> Mutation:
    is_patch = one["patchType"] == JSON_PATCH
    make: Callable[[str], Program] = shared.patch if is_patch else shared.configuration
    return Mutation(make(one["jsonPatch" if is_patch else "applyConfiguration"]["expression"]), is_patch)
