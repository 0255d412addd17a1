"""What the variables of an admission expression hold, and evaluating within a budget.

Source: k8s.io/apiserver pkg/admission/plugin/cel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..authentication.identities import account_groups, account_user_name
from ..authorization.attributes import Attributes as Access
from ..authorization.attributes import Authorizer
from ..registry.strategy import User
from .plugin import Attributes

if TYPE_CHECKING:
    from ...apimachinery.cel.budget import Budget
    from ...apimachinery.cel.library import authorization
    from ...apimachinery.cel.program import Program

SPENT = "validation failed due to running out of cost budget, no further validation rules will be run"


class Failed(Exception):  # noqa: N818
    """An expression gave no value; the text is upstream's."""


class OutOfBudget(Failed):
    """It cost more than was left: no further expression may be evaluated."""

    def __init__(self) -> None:
        super().__init__(SPENT)


def evaluate(program: Program, values: dict[str, Any], budget: Budget) -> Any:
    """The expression's value. Failed, OutOfBudget."""
    from ...apimachinery.cel.errors import EvaluationError

    try:
        value = program.evaluate(values, budget)
    except EvaluationError as error:
        if budget.left < 0:
            raise OutOfBudget from None
        raise Failed(f"expression '{program.expression}' resulted in error: {error}") from None
    if budget.left < 0:
        raise OutOfBudget
    return value


def authorizer_variables(attrs: Attributes, authorizer: Authorizer) -> dict[str, Any]:
    """`authorizer`, who asks for the sender of the request, and what it asks about the request's resource."""
    from ...apimachinery.cel.library import authorization

    asks = authorization.Authorizer(_check(attrs.user, authorizer))
    own = authorization.Asked(
        "",
        group=attrs.group,
        resource=attrs.resource,
        subresource=attrs.subresource,
        namespace=attrs.of_namespace,
        name=attrs.name,
    )
    return {"authorizer": asks, "authorizer.requestResource": authorization.ResourceCheck(asks, own)}


def _check(sender: User, authorizer: Authorizer) -> authorization.Check:
    from ...apimachinery.cel.library.authorization import Account, Asked, Decision

    def check(account: Account | None, asked: Asked) -> Decision:
        user = sender
        if account is not None:
            user = User(account_user_name(*account), groups=account_groups(account[0]))
        found = authorizer.authorize(
            Access(
                user,
                asked.verb,
                asked.group,
                "",
                asked.resource,
                asked.subresource,
                asked.namespace,
                asked.name,
                asked.path,
                asked.field_selector,
                asked.label_selector,
            )
        )
        return Decision(found.allowed, found.reason)

    return check
