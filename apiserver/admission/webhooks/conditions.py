"""matchConditions: CEL expressions that keep a hook from being asked.

Source: k8s.io/apiserver pkg/admission/plugin/webhook/matchconditions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...registry.admissionregistration import expressions
from ...registry.strategy import Object
from ..expressions import Failed, OutOfBudget, evaluate

if TYPE_CHECKING:
    from ....apimachinery.cel.program import Program


class ConditionsFailed(Exception):  # noqa: N818
    """At least one condition gave no value, and none said no."""


class Conditions:
    """The conditions of one hook; compiled at first use."""

    def __init__(self, conditions: list[dict[str, Any]]) -> None:
        self._texts = tuple(each["expression"].strip() for each in conditions)
        self._programs: tuple[Program, ...] | None = None

    def hold(self, request: Object, obj: Object | None, old: Object | None, asks: dict[str, Any]) -> bool:
        """Whether all are true. One that is false settles it, whatever is wrong with the others.
        ConditionsFailed. `asks` are the authorizer's variables."""
        from ....apimachinery.cel.budget import MATCH_CONDITIONS, Budget

        if self._programs is None:
            self._programs = tuple(expressions.condition(text) for text in self._texts)
        values = {"object": obj, "oldObject": old, "namespaceObject": None, "request": request, **asks}
        budget = Budget(MATCH_CONDITIONS)
        problems: list[str] = []
        for program in self._programs:
            try:
                if evaluate(program, values, budget) is False:
                    return False
            except OutOfBudget as error:
                raise ConditionsFailed(str(error)) from None
            except Failed as error:
                problems.append(str(error))
        if problems:
            raise ConditionsFailed(problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]")
        return True
