"""How an invalid object's problems are told."""

from __future__ import annotations

from wherry.apimachinery import errors, field


def told(count: int) -> errors.StatusError:
    return errors.invalid("apps", "Deployment", "a", [field.required(f"f{i}") for i in range(count)])


def test_one_problem_is_told_alone_and_several_in_brackets() -> None:
    head = 'Deployment.apps "a" is invalid'
    assert told(0).message == head
    assert told(1).message == f"{head}: f0: Required value"
    assert told(2).message == f"{head}: [f0: Required value, f1: Required value]"


def test_of_very_many_problems_the_first_are_told() -> None:
    most = told(errors.MOST_PROBLEMS)
    assert most.details is not None and len(most.details["causes"]) == errors.MOST_PROBLEMS
    assert most.message.endswith("f999: Required value]")
    error = told(errors.MOST_PROBLEMS + 1)
    assert error.details is not None and len(error.details["causes"]) == errors.MOST_PROBLEMS + 1
    assert error.message.endswith("f999: Required value, Too many problems: only the first 1000 are shown]")
