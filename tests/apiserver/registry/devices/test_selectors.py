"""The CEL selectors of devices."""

from __future__ import annotations

import pytest
from wherry.apimachinery.cel import devices, program
from wherry.apimachinery.cel.errors import CompileError
from wherry.apimachinery.cel.types import BOOL, INT
from wherry.apiserver.registry.devices.selectors import MAX_LENGTH, selector_errors


@pytest.mark.parametrize(
    "expression",
    [
        'device.driver == "a"',
        'device.attributes["a"].healthy',
        'has(device.attributes["a"].b) && "a" in device.attributes',
        'device.capacity["a"].memory.compareTo(quantity("1Gi")) >= 0',
        'device.attributes["a"].version.isGreaterThan(semver("1.0.0"))',
        'cel.bind(a, device.attributes["a"], a.healthy && a.fast)',
    ],
)
def test_what_compiles(expression: str) -> None:
    assert selector_errors(expression, "p") == []


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("1", "must evaluate to bool or the unknown type, not int"),
        ("device.nope", "undefined field 'nope'"),
        ("(", "compilation failed: ERROR: <input>:1:2: Syntax error: mismatched input '<EOF>'"),
        ("cel.bind(1, 2, true)", "cel.bind() variable names must be simple identifiers"),
        ("a" * (MAX_LENGTH + 1), "Too long"),
    ],
)
def test_what_does_not(expression: str, problem: str) -> None:
    (error,) = selector_errors(expression, "spec.selectors[0].cel.expression")
    assert problem in str(error)
    assert error.field == "spec.selectors[0].cel.expression"


def test_a_name_is_bound_once() -> None:
    made = program.compile("cel.bind(x, n + 1, x * x == 9)", {"n": INT}, returns=(BOOL,), bindings=True)
    assert made.evaluate({"n": 2}) is True


def test_only_selectors_know_the_macro() -> None:
    with pytest.raises(CompileError, match="undeclared reference to 'cel'"):
        program.compile("cel.bind(x, 1, true)", devices.VARIABLES)


def test_a_selector_that_may_cost_too_much() -> None:
    each = "device.attributes.exists({0}, "
    expression = "".join(each.format(name) for name in "abcd") + "a == b && c == d))))"
    (problem,) = selector_errors(expression, "x")
    assert str(problem) == "x: Forbidden: too complex, exceeds cost limit"
