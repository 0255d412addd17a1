"""The rules of one schema, compiled.

Source: apiextensions-apiserver pkg/apiserver/schema/cel/compilation.go.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..schema.field_path import FieldPathError, follow
from .errors import CompileError
from .program import InstantiationError, Program, compile  # noqa: A004 - its name elsewhere too
from .rule_costs import variables
from .types import BOOL, STRING, CelType

Raw = dict[str, Any]


class Rule(NamedTuple):
    rule: str
    message: str
    message_expression: str
    reason: str | None
    field_path: str
    given_optional: bool | None

    @property
    def optional_old_self(self) -> bool:
        return bool(self.given_optional)

    @property
    def shown(self) -> str:
        """How errors name the rule."""
        return (self.message or self.rule).strip()

    @property
    def detail(self) -> str:
        """What is said when the rule is broken and no expression says it."""
        return self.message.strip() if self.message else f"failed rule: {self.shown}"


class Compiled(NamedTuple):
    """A rule that can run, or what is wrong with it."""

    program: Program | None = None
    message: Program | None = None
    uses_old: bool = False
    error: str = ""
    message_error: str = ""
    field_path: str = ""
    """The normalized path of the field that an error is about."""


def rules_of(raw: Raw) -> list[Rule]:
    return [
        Rule(
            one.get("rule", ""),
            one.get("message", ""),
            one.get("messageExpression", ""),
            one.get("reason"),
            one.get("fieldPath", ""),
            one.get("optionalOldSelf"),
        )
        for one in raw.get("x-kubernetes-validations") or ()
    ]


def compile_rules(raw: Raw, declared: CelType) -> list[Compiled]:
    return [_compile(raw, rule, declared) for rule in rules_of(raw)]


def _compile(raw: Raw, rule: Rule, declared: CelType) -> Compiled:
    if not rule.rule.strip():
        return Compiled()
    names = variables(declared, rule.optional_old_self)
    try:
        program = compile(rule.rule, names)
    except InstantiationError as wrong:
        return Compiled(error=f"program instantiation failed: {wrong}")
    except CompileError as wrong:
        return Compiled(error=f"compilation failed: {wrong}")
    if program.returns != BOOL:
        return Compiled(error="cel expression must evaluate to a bool")
    message, wrong_message = _message(rule, names)
    return Compiled(
        program,
        message,
        "oldSelf" in program.names,
        message_error=wrong_message,
        field_path=_path(raw, rule.field_path),
    )


def _message(rule: Rule, names: dict[str, CelType]) -> tuple[Program | None, str]:
    if not rule.message_expression:
        return None, ""
    try:
        program = compile(rule.message_expression, names)
    except InstantiationError as wrong:
        return None, f"messageExpression instantiation failed: {wrong}"
    except CompileError as wrong:
        return None, f"messageExpression compilation failed: {wrong}"
    if program.returns != STRING:
        return None, "messageExpression must evaluate to a string"
    return program, ""


def _path(raw: Raw, given: str) -> str:
    if not given:
        return ""
    try:
        return follow(given, raw).text
    except FieldPathError:
        return ""
