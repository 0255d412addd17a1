"""Who a request is from when a proxy has found that out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from wherry.apimachinery.clock import FakeClock
from wherry.apimachinery.errors import StatusError
from wherry.apiserver.authentication import Authenticator, AuthenticatorSettings, RequestHead
from wherry.apiserver.pki.authority import Authority, Leaf, key_pem, new_key
from wherry.apiserver.registry.strategy import User

from tests.apiserver.readers import MapReader

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PROXIES, CLIENTS = Authority.create("front-proxy-ca", NOW), Authority.create("kubernetes", NOW)
JANE = ((b"x-remote-user", b"jane"),)


def shown(authority: Authority, name: str) -> bytes:
    pem = authority.issue(Leaf(name), NOW).certificate
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


PROXY = shown(PROXIES, "front-proxy-client")


def ask(certificate: bytes | None, *headers: tuple[bytes, bytes]) -> User:
    settings = AuthenticatorSettings(
        service_account_key=key_pem(new_key()), front_proxy_ca=PROXIES.pair.certificate
    )
    authenticator = Authenticator.build(settings, MapReader(), FakeClock(NOW))
    head = RequestHead(dict(headers), certificate, headers)
    return authenticator.authenticate(head)


def refused(certificate: bytes | None, *headers: tuple[bytes, bytes]) -> int:
    with pytest.raises(StatusError) as caught:
        ask(certificate, *headers)
    return caught.value.code


def test_the_proxy_says_who_it_is() -> None:
    headers = (
        *JANE,
        (b"x-remote-uid", b"u-1"),
        (b"x-remote-group", b"devs"),
        (b"x-remote-group", b"ops"),
        (b"x-remote-extra-acme.com%2fscopes", b"read"),
        (b"x-remote-extra-acme.com%2fscopes", b"write"),
    )
    user = ask(PROXY, *headers)
    assert (user.name, user.uid) == ("jane", "u-1")
    assert user.groups == ("devs", "ops", "system:authenticated")
    assert user.extra == {"acme.com/scopes": ("read", "write")}


def test_the_proxy_may_name_nobody_in_particular() -> None:
    group = (b"x-remote-group", b"system:unauthenticated")
    user = ask(PROXY, (b"x-remote-user", b"system:anonymous"), group)
    assert user.groups == ("system:unauthenticated",)


def test_without_a_certificate_the_headers_mean_nothing() -> None:
    assert ask(None, *JANE).name == "system:anonymous"


def test_over_a_users_certificate_the_headers_mean_nothing() -> None:
    assert ask(shown(CLIENTS, "joe"), *JANE).name == "joe"


def test_a_users_certificate_with_the_proxys_name_is_no_proxys() -> None:
    assert ask(shown(CLIENTS, "front-proxy-client"), *JANE).name == "front-proxy-client"


def test_the_proxys_authority_may_sign_for_others_who_are_refused() -> None:
    assert refused(shown(PROXIES, "somebody"), *JANE) == 401


def test_the_proxys_certificate_makes_no_user_by_itself() -> None:
    assert refused(PROXY) == 401


def test_the_proxy_may_hand_on_a_token_instead() -> None:
    assert refused(PROXY, (b"authorization", b"Bearer nonsense")) == 401
