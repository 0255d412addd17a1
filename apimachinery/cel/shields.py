"""Steps around steps: what becomes of errors in what a call is priced by, and of optionals on their way.

Source: cel-go interpreter/{attributes,runtimecost}.go, ext/lists.go.
"""

from __future__ import annotations

from typing import Any

from .ast import Call
from .errors import Crash, EvaluationError, Stopped
from .steps import Frame, Step
from .values import NONE, Opaque, Optional, Unconvertible

LISTER, INT = "*types.Err is not traits.Lister: missing method Add", "ref.Val is *types.Err, not types.Int"


_SORTED = ("distinct", "sort", "@sortByAssociatedKeys")


def looked_at(node: Call) -> str:
    """What the last argument of a call is taken for to price the call, even if it is an error; or nothing."""
    if len(node.overloads) != 1:
        return ""
    if node.function in _SORTED:
        return LISTER
    return INT if node.overloads[0] == "list_flatten_int" else ""


def unshielded(step: Step, wanted: str) -> Step:
    """An argument that a call is priced by; upstream looks at it even if there is an error instead."""

    def run(frame: Frame) -> Any:
        try:
            return step(frame)
        except Stopped:
            raise
        except EvaluationError:
            raise Crash(f"interface conversion: {wanted}") from None

    return run


def resolved(step: Step) -> Step:
    """A variable or a condition that gives an optional: upstream takes what is in it for data once more, and
    sees no second optional inside, nor knows its own addresses, quantities, URLs and versions again."""

    def run(frame: Frame) -> Any:
        found = step(frame)
        return _again(found) if type(found) is Optional and found.present else found

    return run


def _again(found: Optional) -> Optional:
    inner = found.value
    if isinstance(inner, Optional):
        return Optional(inner.value if inner.present else None)
    if isinstance(inner, Opaque) and inner.go_data:
        return Unconvertible(f"unsupported conversion to ref.Val: ({inner.go_data}){inner}")
    return found


class _AbsentError(Exception):
    """An optional that is indexed is not there."""


def present(step: Step) -> Step:
    """What is indexed, to be used inside of `unless_absent`."""

    def run(frame: Frame) -> Any:
        found = step(frame)
        if isinstance(found, Optional) and not found.present:
            raise _AbsentError
        return found

    return run


def unless_absent(step: Step) -> Step:
    """The index is not looked at where there is nothing to index."""

    def run(frame: Frame) -> Any:
        try:
            return step(frame)
        except _AbsentError:
            return NONE

    return run
