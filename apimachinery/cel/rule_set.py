"""The rules of a schema, ready to be asked about objects.

A tree of the schemas that have rules somewhere below. Rules about a value that did not change only warn
(ratcheting); those that compare with oldSelf run only where there is an old value.

Source: apiextensions-apiserver pkg/apiserver/schema/cel/validation.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from .. import field
from ..field import FieldError
from ..schema.correlation import Correlation
from .budget import Budget
from .errors import BudgetExceeded, EvaluationError
from .escaping import escape
from .program import Program
from .rule_text import Compiled, Rule, compile_rules, rules_of
from .schema_types import EMBEDDED, declare
from .types import CelType
from .values import NONE, Optional

Raw = dict[str, Any]

MAX_MESSAGE = 5 * 1024
_SPENT = "validation failed due to running out of cost budget, no further validation rules will be run"
_NESTED_KEYS = ("items", "additionalProperties")


class Outcome(NamedTuple):
    errors: list[FieldError]
    warnings: list[str]
    """Rules that an unchanged value breaks."""


class _Ratchet(NamedTuple):
    """The pair of new and old value here, or else the nearest above that has one."""

    current: Correlation | None
    nearest: Correlation | None

    def key(self, name: str) -> _Ratchet:
        if self.current is None:
            return self
        if self.nearest is None and name in ("apiVersion", "kind"):
            return _Ratchet(None, None)
        return _Ratchet(self.current.key(name), self.current)

    def item(self, i: int) -> _Ratchet:
        return self if self.current is None else _Ratchet(self.current.index(i), self.current)

    @property
    def unchanged(self) -> bool:
        pair = self.current or self.nearest
        return pair is not None and pair.unchanged


class _StopError(Exception):
    """The budget is spent: no further rule runs."""


class _Node:
    """A schema with rules at it or below."""

    __slots__ = ("all_of", "item", "keys", "kind", "more", "properties", "raw", "rules", "wire")

    def __init__(self, raw: Raw, declared: CelType) -> None:
        self.raw = raw
        self.kind: str = raw.get("type", "")
        self.rules: list[tuple[Rule, Compiled]] = []
        self.properties: dict[str, _Node] = {}
        self.more: _Node | None = None
        self.item: _Node | None = None
        self.all_of: list[_Node] = []
        self.wire = None if declared.kind == "struct" else declared.wire
        self.keys: tuple[str, ...] | None = None
        if raw.get("x-kubernetes-list-type") == "map":
            self.keys = tuple(raw.get("x-kubernetes-list-map-keys", ()))

    @property
    def empty(self) -> bool:
        return not (self.rules or self.properties or self.more or self.item or self.all_of)


def build(raw: Raw, *, root: bool) -> RuleSet | None:
    if not _has_rules(raw):
        return None
    declared = declare(raw, root=root)
    if declared is None:
        return None
    node = _node(raw, raw, declared)
    return None if node is None else RuleSet(node)


def _has_rules(raw: Raw) -> bool:
    if raw.get("x-kubernetes-validations"):
        return True
    inner = [one for key in _NESTED_KEYS if isinstance(one := raw.get(key), dict)]
    inner += (raw.get("properties") or {}).values()
    return any(_has_rules(one) for one in (*inner, *(raw.get("allOf") or ())))


def _node(rules: Raw, raw: Raw, declared: CelType) -> _Node | None:
    """The node of a schema. `rules` is the schema itself or a part of its allOf, whose rules are about it."""
    node = _Node(raw, declared)
    node.rules = list(zip(rules_of(rules), compile_rules(rules, declared), strict=True))
    items, own_items = rules.get("items"), raw.get("items")
    if isinstance(items, dict) and isinstance(own_items, dict) and declared.params:
        node.item = _node(items, own_items, declared.params[0])
    more, own_more = rules.get("additionalProperties"), raw.get("additionalProperties")
    if isinstance(more, dict) and isinstance(own_more, dict) and declared.kind == "map":
        node.more = _node(more, own_more, declared.params[1])
    for name, prop in (rules.get("properties") or {}).items():
        own = (raw.get("properties") or {}).get(name)
        inner = _property(name, own, declared) if isinstance(own, dict) else None
        made = _node(prop, own, inner) if inner is not None and isinstance(own, dict) else None
        if made is not None:
            node.properties[name] = made
    for part in rules.get("allOf") or ():
        made = _node(part, raw, declared)
        if made is not None:
            node.all_of.append(made)
    return None if node.empty else node


def _property(name: str, own: Raw, declared: CelType) -> CelType | None:
    escaped = escape(name)
    if escaped is None:
        return declare(own, root=bool(own.get(EMBEDDED)))
    return (declared.fields or {}).get(escaped)


class RuleSet:
    """Immutable; serves any number of validations."""

    __slots__ = ("_root",)

    def __init__(self, root: _Node) -> None:
        self._root = root

    def validate(self, obj: Any, old: Any = None) -> Outcome:
        """What the rules say about an object, which value validation accepted, and its old state.

        Paths are relative to the object; `<nil>` is the object itself.
        """
        walk = _Validation()
        pair = Correlation(self._root.raw, obj, old) if old is not None else None
        with suppress(_StopError):
            walk.visit(self._root, "", obj, old, _Ratchet(pair, None))
        return Outcome(walk.errors, walk.warnings)


class _Validation:
    def __init__(self) -> None:
        self.errors: list[FieldError] = []
        self.warnings: list[str] = []
        self.budget = Budget()

    def visit(self, node: _Node, path: str, value: Any, old: Any, ratchet: _Ratchet) -> None:
        if value is None:
            return
        if node.rules:
            self.run(node, path, value, old, ratchet)
        for part in node.all_of:
            self.visit(part, path, value, old, _Ratchet(None, ratchet.nearest))
        if isinstance(value, list):
            if node.item is not None:
                self.visit_items(node, node.item, path, value, old, ratchet)
        elif isinstance(value, dict):
            self.visit_fields(node, path, value, old if isinstance(old, dict) else {}, ratchet)

    def visit_fields(
        self, node: _Node, path: str, value: dict[str, Any], old: dict[str, Any], ratchet: _Ratchet
    ) -> None:
        if node.more is not None:
            for name, item in value.items():
                self.visit(node.more, f"{path}[{name}]", item, old.get(name), ratchet.key(name))
        for name, inner in node.properties.items():
            if name in value:
                at = f"{path}.{name}" if path else name
                self.visit(inner, at, value[name], old.get(name), ratchet.key(name))

    def visit_items(
        self, node: _Node, inner: _Node, path: str, value: list[Any], old: Any, ratchet: _Ratchet
    ) -> None:
        before: dict[Any, Any] = {}
        if node.keys is not None and isinstance(old, list):
            before = {_identity(item, node.keys): item for item in old}
        for i, item in enumerate(value):
            there = before.get(_identity(item, node.keys)) if before and node.keys is not None else None
            self.visit(inner, f"{path}[{i}]", item, there, ratchet.item(i))

    # Rules

    def run(self, node: _Node, path: str, value: Any, old: Any, ratchet: _Ratchet) -> None:
        if self.budget.left <= 0:
            self.stop(path, node, _SPENT)
        try:
            plain, optional = _bindings(node, value, old)
        except EvaluationError as wrong:
            self.errors.append(field.invalid(_shown(path), node.kind, str(wrong)))
            return
        for rule, compiled in node.rules:
            if compiled.error:
                self.errors.append(
                    field.invalid(_shown(path), node.kind, f"rule compile error: {compiled.error}")
                )
            if compiled.program is None or (compiled.uses_old and old is None and not rule.optional_old_self):
                continue
            values = optional if rule.optional_old_self else plain
            self.judge(node, path, value, (rule, compiled, compiled.program), values, ratchet)

    def judge(
        self,
        node: _Node,
        path: str,
        value: Any,
        one: tuple[Rule, Compiled, Program],
        values: Mapping[str, Any],
        ratchet: _Ratchet,
    ) -> None:
        rule, compiled, program = one
        try:
            kept = program.evaluate(values, self.budget)
        except BudgetExceeded as wrong:
            why = "no further validation rules will be run due to call cost exceeds limit for rule"
            self.stop(path, node, f"'{wrong}': {why}: {rule.shown}")
        except EvaluationError as wrong:
            self.check_budget(path, node)
            self.errors.append(field.invalid(_shown(path), node.kind, _failed(str(wrong), rule)))
            return
        self.check_budget(path, node)
        if kept is not True:
            self.broken(node, path, value, rule, compiled, values, ratchet)

    def broken(
        self,
        node: _Node,
        path: str,
        value: Any,
        rule: Rule,
        compiled: Compiled,
        values: Mapping[str, Any],
        ratchet: _Ratchet,
    ) -> None:
        at = _child(path, compiled.field_path)
        detail = self.message(node, at, compiled.message, rule, values) or rule.detail
        error = _error(_shown(at), value, rule.reason, detail, bare=node.kind in ("object", "array"))
        if not compiled.uses_old and ratchet.unchanged:
            self.warnings.append(str(error))
        else:
            self.errors.append(error)

    def message(
        self, node: _Node, path: str, program: Program | None, rule: Rule, values: Mapping[str, Any]
    ) -> str:
        """What messageExpression says; empty when it fails to say anything usable."""
        if program is None:
            return ""
        try:
            said = program.evaluate(values, self.budget)
        except BudgetExceeded:
            shown = field.quote(rule.message_expression)
            why = (
                "no further validation rules will be run due to call cost exceeds limit for messageExpression"
            )
            self.stop(path, node, f"{why}: {shown}")
        except EvaluationError:
            said = ""
        if self.budget.left < 0:
            why = "messageExpression evaluation failed due to running out of cost budget"
            self.stop(path, node, f"{why}, no further validation rules will be run")
        text = said.strip() if isinstance(said, str) else ""
        return "" if "\n" in text or len(text.encode()) > MAX_MESSAGE else text

    def check_budget(self, path: str, node: _Node) -> None:
        if self.budget.left < 0:
            self.stop(path, node, _SPENT)

    def stop(self, path: str, node: _Node, detail: str) -> None:
        self.errors.append(field.invalid(_shown(path), node.kind, detail))
        raise _StopError


def _bindings(node: _Node, value: Any, old: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """self and oldSelf, for rules whose oldSelf is a value, and for those where it may be absent."""
    wire = node.wire
    new = wire(value) if wire else value
    if old is None:
        return {"self": new}, {"self": new, "oldSelf": NONE}
    before = wire(old) if wire else old
    return {"self": new, "oldSelf": before}, {"self": new, "oldSelf": Optional(before)}


def _identity(item: Any, keys: tuple[str, ...]) -> Any:
    return tuple(map(str, (item.get(key) for key in keys))) if isinstance(item, dict) else None


def _shown(path: str) -> str:
    return path or "<nil>"


def _child(path: str, inner: str) -> str:
    return f"{path}.{inner}" if path and inner else path or inner


def _failed(wrong: str, rule: Rule) -> str:
    if wrong.startswith("no such overload"):
        why = "call arguments did not match a supported operator, function or macro signature for rule"
        return f"'{wrong}': {why}: {rule.shown}"
    return f"{wrong} evaluating rule: {rule.shown}"


def _error(path: str, value: Any, reason: str | None, detail: str, *, bare: bool) -> FieldError:
    """`bare`: the value is an object or list, and is not shown."""
    if reason == "FieldValueForbidden":
        return field.forbidden(path, detail)
    if reason == "FieldValueRequired":
        return field.required(path, detail)
    if reason == "FieldValueDuplicate":
        return FieldError(reason, path, "Duplicate value") if bare else field.duplicate(path, value)
    if bare:
        return FieldError("FieldValueInvalid", path, f"Invalid value: {detail}")
    return field.invalid(path, value, detail)
