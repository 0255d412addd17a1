"""The variables that a policy's expressions find in one request.

Source: k8s.io/apiserver pkg/admission/plugin/cel/{activation,composition}.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....apimachinery.cel.budget import MATCH_CONDITIONS, Budget
from ....apimachinery.cel.errors import EvaluationError
from ....apimachinery.field import quote
from ...registry.strategy import Object
from ..expressions import Failed, OutOfBudget, evaluate
from .policy import Policy

if TYPE_CHECKING:
    from ....apimachinery.cel.program import Program


class Variables(dict[str, Any]):
    """`variables`: each is worked out when it is first asked for, and remembered, errors as well."""

    def __init__(self, programs: dict[str, Program], values: dict[str, Any], budget: Budget) -> None:
        super().__init__()
        self._programs = programs
        self._values = values
        self._budget = budget
        self._failed: dict[str, EvaluationError] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._programs

    def __missing__(self, name: str) -> Any:
        if name in self._failed:
            raise self._failed[name]
        try:
            value = self._programs[name].evaluate(self._values, self._budget)
        except EvaluationError as error:
            said = f"composited variable {quote(name)} fails to evaluate: {error}"
            self._failed[name] = EvaluationError(said)
            raise self._failed[name] from None
        self[name] = value
        return value


class Evaluation:
    """One policy, one request, one parameter. `values` are the variables but `object` and its like, which the
    caller may put there anew."""

    def __init__(self, policy: Policy, values: dict[str, Any], params: Object | None) -> None:
        self._policy = policy
        self.budget = Budget()
        self.values = {**values, "params": params}
        self.values["variables"] = Variables(policy.expressions.variables, self.values, self.budget)

    def fresh(self) -> None:
        """After the object changed: variables are to be worked out again, with a budget of their own."""
        self.budget = Budget()
        self.values["variables"] = Variables(self._policy.expressions.variables, self.values, self.budget)

    def concerned(self) -> bool:
        """Whether all match conditions hold. Failed when one gave no value and none said no."""
        budget = Budget(MATCH_CONDITIONS)
        values = {**self.values, "namespaceObject": None}
        problems: list[str] = []
        for program in self._policy.expressions.conditions:
            try:
                if evaluate(program, values, budget) is False:
                    return False
            except OutOfBudget:
                raise
            except Failed as error:
                problems.append(str(error))
        if problems:
            raise Failed(problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]")
        return True

    def value(self, program: Program) -> Any:
        """Failed, OutOfBudget."""
        return evaluate(program, self.values, self.budget)
