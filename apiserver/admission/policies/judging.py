"""One validating policy about one request. Imported with the first policy, as it needs the CEL engine.

Source: k8s.io/apiserver pkg/admission/plugin/policy/validating/validator.go.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ....apimachinery.cel.errors import CompileError
from ...registry.strategy import Object
from ..expressions import Failed, OutOfBudget
from .evaluation import Evaluation
from .policy import Policy, Validation
from .validating import Denial, message_of


class Verdict(NamedTuple):
    denials: list[Denial]
    failed_annotations: list[Denial]
    """Audit annotations that gave no value: they refuse whatever the binding's actions are."""


NOTHING = Verdict([], [])


def judge(policy: Policy, values: dict[str, Any], params: Object | None) -> Verdict:
    """What the policy has against the request."""
    try:
        evaluation = Evaluation(policy, values, params)
        if not evaluation.concerned():
            return NOTHING
    except (CompileError, Failed) as error:
        return NOTHING if policy.fails_open else Verdict([Denial(str(error))], [])
    try:
        failed = [
            (validation, problem)
            for validation in policy.expressions.validations
            if (problem := _problem(evaluation, validation)) is not None
        ]
    except OutOfBudget as error:
        return NOTHING if policy.fails_open else Verdict([Denial(str(error))], [])
    denials = []
    for validation, problem in failed:
        if problem:
            denials += [] if policy.fails_open else [Denial(problem)]
        else:
            denials.append(_denial(evaluation, validation, policy.fails_open))
    return Verdict([one for one in denials if one.message], _annotations(policy, values, params))


def _problem(evaluation: Evaluation, validation: Validation) -> str | None:
    """None when it holds, empty when it does not, a text when it gave no value."""
    try:
        return None if evaluation.value(validation.check) is True else ""
    except OutOfBudget:
        raise
    except Failed as error:
        return str(error)


def _denial(evaluation: Evaluation, validation: Validation, fails_open: bool) -> Denial:
    said: Any = None
    if validation.said is not None:
        try:
            said = evaluation.value(validation.said)
        except OutOfBudget as error:
            return Denial("" if fails_open else f"failed messageExpression: {error}")
        except Failed:
            said = None
    return Denial(message_of(validation, said), validation.reason)


def _annotations(policy: Policy, values: dict[str, Any], params: Object | None) -> list[Denial]:
    """Nobody reads the annotations, as there is no audit log, but they can fail."""
    if not policy.expressions.annotations or policy.fails_open:
        return []
    evaluation = Evaluation(policy, values, params)
    failed: list[Denial] = []
    for program in policy.expressions.annotations:
        try:
            evaluation.value(program)
        except OutOfBudget as error:
            return [Denial(str(error))]
        except Failed as error:
            failed.append(Denial(str(error)))
    return failed
