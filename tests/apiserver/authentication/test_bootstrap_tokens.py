"""Bootstrap tokens live and die with their Secrets."""

from __future__ import annotations

from base64 import b64encode

import pytest
from wherry.apimachinery.clock import FakeClock
from wherry.apiserver.authentication.bootstrap_tokens import TYPE, BootstrapTokens
from wherry.apiserver.registry.strategy import User

from tests.apiserver.readers import MapReader

TOKEN = "abcdef.0123456789abcdef"
DATA = {
    "token-id": "abcdef",
    "token-secret": "0123456789abcdef",
    "usage-bootstrap-authentication": "true",
}


def tokens(secret_type: str = TYPE, **data: str) -> BootstrapTokens:
    reader = MapReader()
    encoded = {k: b64encode(v.encode()).decode() for k, v in {**DATA, **data}.items()}
    name = "bootstrap-token-abcdef"
    reader.put("", "secrets", name, "kube-system", type=secret_type, data=encoded)
    return BootstrapTokens(reader, FakeClock())


def test_a_token_is_its_own_user() -> None:
    groups = ("system:bootstrappers", "system:authenticated")
    assert tokens().user(TOKEN) == User("system:bootstrap:abcdef", "", groups)


def test_extra_groups() -> None:
    user = tokens(**{"auth-extra-groups": "system:bootstrappers:workers"}).user(TOKEN)
    assert user is not None
    assert "system:bootstrappers:workers" in user.groups


@pytest.mark.parametrize(
    "data",
    [
        {"token-secret": "fedcba9876543210"},
        {"usage-bootstrap-authentication": "false"},
        {"expiration": "2025-12-31T00:00:00Z"},
        {"expiration": "soon"},
        {"auth-extra-groups": "system:masters"},
        {"token-id": "zzzzzz"},
    ],
)
def test_refused(data: dict[str, str]) -> None:
    assert tokens(**data).user(TOKEN) is None


def test_the_secret_must_be_of_the_type() -> None:
    assert tokens("Opaque").user(TOKEN) is None


@pytest.mark.parametrize("token", ["", "abcdef", "ABCDEF.0123456789abcdef", "abcdef.short"])
def test_other_tokens_are_not_looked_up(token: str) -> None:
    assert tokens().user(token) is None
