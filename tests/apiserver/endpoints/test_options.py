"""Options of writes: dryRun, fieldManager, fieldValidation, force, and DeleteOptions."""

from __future__ import annotations

import pytest
from wherry.apimachinery.errors import StatusError
from wherry.apiserver.endpoints import options
from wherry.apiserver.endpoints.exchange import Request


def request(query: str = "", agent: str = "") -> Request:
    headers = [(b"user-agent", agent.encode())] if agent else []
    asgi = {"method": "POST", "path": "/", "headers": headers, "query_string": query.encode()}

    async def receive() -> dict[str, object]:
        return {}

    async def send(_: dict[str, object]) -> None:
        return None

    return Request(asgi, receive, send)


def refusal(query: str, kind: str = "CreateOptions") -> StatusError:
    with pytest.raises(StatusError) as refused:
        options.write(request(query), kind)
    return refused.value


def test_nothing_asked_for() -> None:
    found = options.write(request(), "CreateOptions")
    assert found == options.WriteOptions(False, "", "", False)


def test_everything_asked_for() -> None:
    query = "dryRun=All&fieldManager=me&fieldValidation=Strict&force=true"
    found = options.write(request(query), "PatchOptions", apply=True)
    assert found == options.WriteOptions(True, "me", "Strict", True)


def test_a_dry_run_is_of_all_or_of_nothing() -> None:
    error = refusal("dryRun=Some")
    assert error.code == 422
    assert 'dryRun: Unsupported value: ["Some"]: supported values: "All"' in error.message


def test_an_unknown_validation_level() -> None:
    assert 'fieldValidation: Unsupported value: "Maybe"' in refusal("fieldValidation=Maybe").message


@pytest.mark.parametrize("manager", ["x" * 129, "a%00b", "a%0Ab"])
def test_a_field_manager_is_short_and_printable(manager: str) -> None:
    error = refusal(f"fieldManager={manager}")
    assert error.code == 422
    assert "fieldManager" in error.message


def test_force_is_for_apply_only_and_apply_needs_a_manager() -> None:
    assert "may not be specified for non-apply patch" in refusal("force=true", "PatchOptions").message
    with pytest.raises(StatusError) as refused:
        options.write(request(), "PatchOptions", apply=True)
    assert "fieldManager: Required value" in refused.value.message


@pytest.mark.parametrize(
    ("query", "agent", "name"),
    [
        ("", "kubectl/v1.36.2 (linux/amd64)", "kubectl"),
        ("fieldManager=me", "kubectl/v1.36.2", "me"),
        ("", "", "unknown"),
    ],
)
def test_the_manager_is_named_or_the_program(query: str, agent: str, name: str) -> None:
    asked = request(query, agent)
    assert options.manager(asked, options.write(asked, "CreateOptions")) == name


@pytest.mark.parametrize(("text", "value"), [("5", 5), ("-3", -3), ("+7", 7), ("007", 7)])
def test_numbers_as_go_reads_them(text: str, value: int) -> None:
    assert options.parse_int(text) == value


@pytest.mark.parametrize(
    ("text", "why"), [("", "invalid syntax"), ("1.5", "invalid syntax"), ("9" * 19, "value out of range")]
)
def test_numbers_go_does_not_read(text: str, why: str) -> None:
    with pytest.raises(StatusError) as refused:
        options.parse_int(text)
    assert refused.value.code == 400
    assert refused.value.message.endswith(why)


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("1", True), ("", True), ("no", True), ("0", False), ("False", False)]
)
def test_everything_is_true_but_zero_and_false(text: str, value: bool) -> None:
    assert options.parse_bool(text) is value


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ({"propagationPolicy": "Sideways"}, "propagationPolicy: Unsupported value"),
        ({"propagationPolicy": "Orphan", "orphanDependents": True}, "cannot be both set"),
        ({"dryRun": ["Some"]}, "dryRun: Unsupported value"),
    ],
)
def test_delete_options_are_checked(found: dict[str, object], why: str) -> None:
    with pytest.raises(StatusError) as refused:
        options.check_delete(found)
    assert refused.value.code == 422
    assert why in refused.value.message


@pytest.mark.parametrize("found", [{}, {"propagationPolicy": "Foreground"}, {"orphanDependents": False}])
def test_good_delete_options_pass(found: dict[str, object]) -> None:
    options.check_delete(found)
