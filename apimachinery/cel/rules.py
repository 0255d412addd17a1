"""x-kubernetes-validations: whether a definition may have its rules, and what they say about an object.

Source: apiextensions-apiserver pkg/apiserver/schema/cel, pkg/apis/apiextensions/validation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import orjson

from .. import field, jsonio
from ..field import FieldError
from . import rule_costs
from .rule_costs import Costs
from .rule_set import RuleSet, build
from .rule_text import Compiled, Rule, compile_rules, rules_of
from .schema_types import EMBEDDED, declare
from .types import CelType

Raw = dict[str, Any]

__all__ = ["RuleSet", "check_schema", "compiled"]


def compiled(raw: Raw, *, root: bool = False) -> RuleSet | None:
    """The rules of a schema; None when there is none in it. `root`: the schema of whole resources."""
    return build(raw, root=root)


class _Place(NamedTuple):
    """A schema below the root."""

    raw: Raw
    path: str
    uncorrelatable: str
    """The path of the list or map whose items cannot be told apart; empty: none."""
    times: int | None
    """How often the value can be there; None: without limit."""
    declared: CelType | None
    """The type, where the parent's rules know it."""
    in_scope: bool
    """Rules are here or above."""
    ruled: frozenset[int]
    """The ids of all schemas with rules in them or below: no others are looked at."""


def check_schema(raw: Raw, path: str, broken: Sequence[str] = (), *, priced: bool = True) -> list[FieldError]:
    """What is wrong with the rules of a version's schema, at `path`, and whether they cost too much.

    `broken` are paths of other errors: rules at or above one of them are not looked at. `priced` False lets
    single rules cost what they do (the schema was accepted before).
    """
    costs = Costs()
    errors: list[FieldError] = []
    ruled: set[int] = set()
    _find_ruled(raw, ruled)
    for place in _places(_Place(raw, path, "", 1, None, False, frozenset(ruled)), root=True):
        if any(_within(other, place.path) for other in broken):
            continue
        errors += _check_place(place, costs, priced=priced)
    return errors + costs.total_errors(path)


def _find_ruled(raw: Raw, found: set[int]) -> bool:
    held = bool(raw.get("x-kubernetes-validations"))
    for inner in (raw.get("properties") or {}).values():
        held = _find_ruled(inner, found) or held
    for keyword in ("items", "additionalProperties"):
        if isinstance(inner := raw.get(keyword), dict):
            held = _find_ruled(inner, found) or held
    if held:
        found.add(id(raw))
    return held


def _within(path: str, parent: str) -> bool:
    return path == parent or path.startswith((f"{parent}.", f"{parent}["))


def _places(place: _Place, *, root: bool = False) -> Iterator[_Place]:
    """All schemas with rules, the deepest first, as upstream finds them."""
    raw = place.raw
    in_scope = place.in_scope or bool(raw.get("x-kubernetes-validations"))
    declared = place.declared
    if in_scope and declared is None:
        declared = declare(raw, root=root or bool(raw.get(EMBEDDED)))
    here = place._replace(declared=declared, in_scope=in_scope)
    yield from _children(here)
    if raw.get("x-kubernetes-validations"):
        yield here


def _children(place: _Place) -> Iterator[_Place]:
    raw, path, declared = place.raw, place.path, place.declared
    times = rule_costs.repeated(place.times, raw)
    more = raw.get("additionalProperties")
    if isinstance(more, dict) and id(more) in place.ruled:
        inner = declared.params[1] if declared is not None and declared.kind == "map" else None
        yield from _places(
            place._replace(raw=more, path=f"{path}.additionalProperties", times=times, declared=inner)
        )
    for name, prop in (raw.get("properties") or {}).items():
        if id(prop) not in place.ruled:
            continue
        yield from _places(
            place._replace(
                raw=prop,
                path=f"{path}.properties[{name}]",
                times=times,
                declared=_field_type(declared, name),
            )
        )
    items = raw.get("items")
    if isinstance(items, dict) and id(items) in place.ruled:
        lost = place.uncorrelatable or ("" if raw.get("x-kubernetes-list-type") == "map" else path)
        inner = declared.params[0] if declared is not None and declared.kind == "list" else None
        at = f"{path}.items"
        yield from _places(_Place(items, at, lost, times, inner, place.in_scope, place.ruled))


def _field_type(declared: CelType | None, name: str) -> CelType | None:
    if declared is None or declared.fields is None:
        return None
    escaped = next((key for key, json_name in declared.keys.items() if json_name == name), name)
    return declared.fields.get(escaped)


def _check_place(place: _Place, costs: Costs, *, priced: bool) -> list[FieldError]:
    at = f"{place.path}.x-kubernetes-validations"
    if place.declared is None:
        text = "internal error: failed to construct type information for x-kubernetes-validations rules: "
        return [field.internal(at, f"{text}unable to convert structural schema to CEL declarations")]
    errors: list[FieldError] = []
    rules = rules_of(place.raw)
    for i, one in enumerate(compile_rules(place.raw, place.declared)):
        errors += _check_rule(place, rules[i], one, f"{at}[{i}]", costs, priced)
    return errors


def _check_rule(
    place: _Place, rule: Rule, one: Compiled, at: str, costs: Costs, priced: bool
) -> list[FieldError]:
    assert place.declared is not None
    errors: list[FieldError] = []
    cost = 0
    if one.program is not None:
        cost = rule_costs.of_rule(one.program, place.declared, place.times)
    errors += costs.observe(f"{at}.rule", "estimated rule cost", cost, priced)
    if one.error:
        errors.append(_wrong(f"{at}.rule", rule, one.error))
    if one.message_error:
        errors.append(_wrong(f"{at}.messageExpression", rule, one.message_error))
    elif one.message is not None:
        price = rule_costs.of_message(one.message, place.declared)
        errors += costs.observe(f"{at}.messageExpression", "estimated messageExpression cost", price, priced)
    if one.uses_old:
        if place.uncorrelatable:
            why = "oldSelf cannot be used on the uncorrelatable portion of the schema within"
            errors.append(field.invalid(f"{at}.rule", rule.rule, f"{why} {place.uncorrelatable}"))
    elif rule.given_optional is not None:
        why = "may not be set if oldSelf is not used in rule"
        errors.append(field.invalid(f"{at}.optionalOldSelf", rule.given_optional, why))
    return errors


def _wrong(path: str, rule: Rule, detail: str) -> FieldError:
    """Upstream shows the whole rule, as Go's struct, in the order of its fields."""
    shown = {
        "Rule": rule.rule,
        "Message": rule.message,
        "MessageExpression": rule.message_expression,
        "Reason": rule.reason,
        "FieldPath": rule.field_path,
        "OptionalOldSelf": rule.given_optional,
    }
    text = jsonio.as_go(orjson.dumps(shown)).decode()
    return FieldError("FieldValueInvalid", path, f"Invalid value: {text}: {detail}")
