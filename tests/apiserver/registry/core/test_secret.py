"""Secret: text, types and what they must hold, freezing."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

SECRET = Kind("", "v1", "Secret")


def typed(kind: str, **data: str) -> dict[str, Any]:
    return {"type": f"kubernetes.io/{kind}", "stringData": data}


SECRET_PROBLEMS: dict[str, tuple[Any, list[str]]] = {
    "any keys": ({"stringData": {"a": "b"}}, []),
    "a bad key": (
        {"stringData": {"a/b": "c"}},
        [
            (
                'data[a/b]: Invalid value: "a/b": a valid config key must consist of '
                "alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
                "'KEY_NAME',  or 'key-name', regex used for validation is "
                "'[-._a-zA-Z0-9]+')"
            )
        ],
    ),
    "a token of no account": (
        typed("service-account-token"),
        ["metadata.annotations[kubernetes.io/service-account.name]: Required value"],
    ),
    "docker configuration": (typed("dockercfg", **{".dockercfg": "{}"}), []),
    "docker configuration without key": (
        typed("dockerconfigjson"),
        ["data[.dockerconfigjson]: Required value"],
    ),
    "docker configuration that is not JSON": (
        typed("dockerconfigjson", **{".dockerconfigjson": "{"}),
        [
            (
                'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": '
                "unexpected end of JSON input"
            )
        ],
    ),
    "a login without user and password": (
        typed("basic-auth", a="b"),
        ["data[username]: Required value", "data[password]: Required value"],
    ),
    "a login with one of them": (typed("basic-auth", username="b"), []),
    "an ssh key without key": (typed("ssh-auth"), ["data[ssh-privatekey]: Required value"]),
    "a certificate without both parts": (
        typed("tls"),
        ["data[tls.crt]: Required value", "data[tls.key]: Required value"],
    ),
    "a type nobody knows": ({"type": "test.io/mine"}, []),
}


@pytest.mark.parametrize(("given", "problems"), SECRET_PROBLEMS.values(), ids=SECRET_PROBLEMS)
def test_secret_problems(given: Any, problems: list[str]) -> None:
    assert SECRET.problems(given) == problems


CHANGES_OF_A_SECRET: dict[str, tuple[Any, list[str]]] = {
    "the same": ({"immutable": True, "stringData": {"a": "b"}}, []),
    "an empty type": ({"type": "", "immutable": True, "stringData": {"a": "b"}}, []),
    "another type": (
        {"type": "test.io/a", "immutable": True, "stringData": {"a": "b"}},
        ['type: Invalid value: "test.io/a": field is immutable'],
    ),
    "other data": (
        {"immutable": True, "stringData": {"a": "c"}},
        ["data: Forbidden: field is immutable when `immutable` is set"],
    ),
}


@pytest.mark.parametrize(("given", "problems"), CHANGES_OF_A_SECRET.values(), ids=CHANGES_OF_A_SECRET)
def test_changes_of_a_secret(given: Any, problems: list[str]) -> None:
    assert SECRET.update_problems({"immutable": True, "stringData": {"a": "b"}}, given) == problems


WARNINGS_ABOUT_CERTIFICATES: dict[str, tuple[Any, list[str]]] = {
    "another type": ({"stringData": {"tls.crt": "a"}}, []),
    "not PEM": (
        typed("tls", **{"tls.crt": "a", "tls.key": "b"}),
        ["tls: failed to find any PEM data in certificate input"],
    ),
    "not PEM in the key": (
        typed("tls", **{"tls.crt": "-----BEGIN CERTIFICATE-----", "tls.key": "b"}),
        ["tls: failed to find any PEM data in key input"],
    ),
}


@pytest.mark.parametrize(
    ("given", "warnings"), WARNINGS_ABOUT_CERTIFICATES.values(), ids=WARNINGS_ABOUT_CERTIFICATES
)
def test_warnings_about_certificates(given: Any, warnings: list[str]) -> None:
    assert SECRET.warnings(given) == warnings


def test_text_is_stored_encoded_and_wins_over_data() -> None:
    secret = SECRET.created({"data": {"a": "eA==", "b": "eQ=="}, "stringData": {"a": "z"}})
    assert secret["data"] == {"a": "eg==", "b": "eQ=="}
    assert "stringData" not in secret
    assert secret["type"] == "Opaque"


def test_the_row_of_a_secret() -> None:
    assert SECRET.cells({"stringData": {"a": "b"}}) == ["a", "Opaque", 1, "0s"]
