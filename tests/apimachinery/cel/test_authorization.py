"""Expressions that ask what a user may."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.cel import program
from wherry.apimachinery.cel.admission import variables
from wherry.apimachinery.cel.errors import BudgetExceeded, EvaluationError
from wherry.apimachinery.cel.library.authorization import Account, Asked, Authorizer, Decision, ResourceCheck


def ask(expression: str) -> tuple[Any, list[tuple[Account | None, Asked]]]:
    """The value, and what was asked. Only `get` is allowed."""
    asked: list[tuple[Account | None, Asked]] = []

    def check(account: Account | None, what: Asked) -> Decision:
        asked.append((account, what))
        return Decision(what.verb == "get", reason=f"because of {what.verb}")

    sender = Authorizer(check)
    own = ResourceCheck(sender, Asked("", resource="pods", namespace="n", name="p"))
    values = {"authorizer": sender, "authorizer.requestResource": own}
    return program.compile(expression, variables()).evaluate(values), asked


def test_a_resource_is_asked_about_with_all_its_parts() -> None:
    value, asked = ask(
        "authorizer.group('apps').resource('deployments').subresource('scale').namespace('n').name('d')"
        ".fieldSelector('a=b').labelSelector('c').check('get').allowed()"
    )
    assert value is True
    wanted = Asked("get", "", "apps", "deployments", "scale", "n", "d", "a=b", "c")
    assert asked == [(None, wanted)]


def test_a_path_and_an_account() -> None:
    value, asked = ask("authorizer.serviceAccount('n', 'a').path('/healthz').check('put').allowed()")
    assert value is False
    assert asked == [(("n", "a"), Asked("put", path="/healthz"))]


def test_the_resource_of_the_request() -> None:
    value, asked = ask("authorizer.requestResource.check('get').reason()")
    assert value == "because of get"
    assert asked == [(None, Asked("get", resource="pods", namespace="n", name="p"))]


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("authorizer.path(' ')", "path must not be empty"),
        ("authorizer.group('').resource('')", "resource must not be empty"),
        ("authorizer.serviceAccount('n', 'A')", "Invalid service account name"),
        ("authorizer.serviceAccount('N', 'a')", "Invalid service account namespace"),
    ],
)
def test_what_cannot_be_asked(expression: str, says: str) -> None:
    with pytest.raises(EvaluationError, match=says):
        ask(expression)


def test_two_questions_fit_into_an_evaluation() -> None:
    one = "authorizer.requestResource.check('get').allowed()"
    assert ask(f"{one} && {one}")[0] is True
    with pytest.raises(BudgetExceeded):
        ask(f"{one} && {one} && {one}")
