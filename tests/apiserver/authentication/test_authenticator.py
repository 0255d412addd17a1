"""Who sent a request: certificates, tokens, nobody."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from wherry.apimachinery.clock import FakeClock
from wherry.apimachinery.errors import StatusError
from wherry.apiserver.authentication import Authenticator, AuthenticatorSettings, RequestHead
from wherry.apiserver.authentication.bearer import SPACE_WARNING
from wherry.apiserver.authentication.token_request import TokenIssuer
from wherry.apiserver.pki.authority import Authority, Leaf, key_pem, new_key
from wherry.apiserver.registry.strategy import User

from tests.apiserver.readers import MapReader

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Setting:
    """An authenticator over a reader with one service account."""

    def __init__(self, token_file: Path | None = None, *, anonymous: bool = True) -> None:
        self.reader = MapReader()
        self.clock = FakeClock(NOW)
        key = key_pem(new_key())
        settings = AuthenticatorSettings(service_account_key=key, token_file=token_file, anonymous=anonymous)
        self.authenticator = Authenticator.build(settings, self.reader, self.clock)
        self.account = self.reader.put("", "serviceaccounts", "robot", "ns")
        self.issuer = TokenIssuer(self.authenticator.tokens.accounts, self.clock, lambda: "id-1")

    def token(self, seconds: int = 3600, audience: str = "https://kubernetes.default.svc") -> str:
        return self.issuer.issue(self.account, audiences=[audience], seconds=seconds).token

    def ask(self, authorization: str = "", certificate: bytes | None = None) -> User:
        headers = {b"authorization": authorization.encode()} if authorization else {}
        return self.authenticator.authenticate(RequestHead(headers, certificate))

    def refused(self, authorization: str) -> bool:
        try:
            self.ask(authorization)
        except StatusError as error:
            return error.code == 401
        return False


def certificate(leaf: Leaf) -> bytes:
    pem = Authority.create("ca", NOW).issue(leaf, NOW).certificate
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


def test_a_certificate_names_user_and_groups() -> None:
    user = Setting().ask(certificate=certificate(Leaf("jane", ("devs", "ops"))))
    assert (user.name, user.groups) == ("jane", ("devs", "ops", "system:authenticated"))


def test_a_header_goes_before_the_certificate() -> None:
    setting, der = Setting(), certificate(Leaf("jane"))
    assert setting.ask(f"Bearer {setting.token()}", der).name == "system:serviceaccount:ns:robot"
    assert setting.ask("Basic dXNlcjpwYXNz", der).name == "system:anonymous"


def test_a_service_account_token() -> None:
    setting = Setting()
    user = setting.ask(f"Bearer {setting.token()}")
    assert user.name == "system:serviceaccount:ns:robot"
    assert user.groups == ("system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated")
    assert user.extra == {"authentication.kubernetes.io/credential-id": ("JTI=id-1",)}


@pytest.mark.parametrize("header", ["", "Basic dXNlcjpwYXNz", "Token abc", "nonsense", "Bearer "])
def test_no_bearer_token_means_nobody(header: str) -> None:
    assert Setting().ask(header).name == "system:anonymous"


@pytest.mark.parametrize("header", ["Bearer nonsense", "bearer nonsense", "Bearer a b", "Bearer a.b.c"])
def test_a_bad_token_is_refused(header: str) -> None:
    assert Setting().refused(header)


def test_the_scheme_is_written_in_any_case() -> None:
    setting = Setting()
    assert setting.ask(f"bearer {setting.token()} ").name == "system:serviceaccount:ns:robot"


def test_extra_space_before_the_token_is_told() -> None:
    head = RequestHead({b"authorization": b"Bearer  abc"})
    assert Setting().authenticator.authenticate(head).name == "system:anonymous"
    assert head.warnings == [SPACE_WARNING]


def test_a_token_of_another_key_is_refused() -> None:
    assert Setting().refused(f"Bearer {Setting().token()}")


def test_a_token_for_somebody_else_is_refused() -> None:
    setting = Setting()
    assert setting.refused(f"Bearer {setting.token(audience='vault')}")


def test_a_token_expires() -> None:
    setting = Setting()
    token = f"Bearer {setting.token(600)}"
    assert setting.ask(token).name
    asyncio.run(setting.clock.advance(601))
    assert setting.refused(token)


def test_a_token_dies_with_its_account() -> None:
    setting = Setting()
    token = f"Bearer {setting.token()}"
    assert setting.ask(token).name
    setting.reader.drop("", "serviceaccounts", "robot", "ns")
    assert setting.refused(token)


def test_a_recreated_account_does_not_revive_old_tokens() -> None:
    setting = Setting()
    token = f"Bearer {setting.token()}"
    setting.reader.put("", "serviceaccounts", "robot", "ns", metadata={"uid": "another"})
    assert setting.refused(token)


def test_a_token_bound_to_a_pod_tells_and_needs_it() -> None:
    setting = Setting()
    pod = setting.reader.put("", "pods", "web", "ns")
    issued = setting.issuer.issue(
        setting.account,
        audiences=["https://kubernetes.default.svc"],
        seconds=3600,
        bound=pod,
        bound_kind="Pod",
    )
    user = setting.ask(f"Bearer {issued.token}")
    assert user.extra["authentication.kubernetes.io/pod-name"] == ("web",)
    setting.reader.drop("", "pods", "web", "ns")
    verdict = setting.authenticator.tokens.review(issued.token)
    assert verdict.error == "[invalid bearer token, service account token has been invalidated]"


def test_a_review_compares_audiences() -> None:
    setting = Setting()
    verdict = setting.authenticator.tokens.review(
        setting.token(), ["other", "https://kubernetes.default.svc"]
    )
    assert verdict.audiences == ("https://kubernetes.default.svc",)
    assert setting.authenticator.tokens.review(setting.token(), ["other"]).error == (
        '[invalid bearer token, token audiences ["https://kubernetes.default.svc"] is invalid for the target '
        'audiences ["other"]]'
    )


def test_mounted_tokens_last_longer_than_they_say() -> None:
    setting = Setting()
    token = f"Bearer {setting.token(3607)}"
    asyncio.run(setting.clock.advance(timedelta(days=300).total_seconds()))
    assert setting.ask(token).name == "system:serviceaccount:ns:robot"


def test_tokens_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "tokens.csv"
    file.write_text('secret,jane,u1,"devs,ops"\n')
    user = Setting(file).ask("Bearer secret")
    assert user == User("jane", "u1", ("devs", "ops", "system:authenticated"))


def test_tokens_of_a_file_are_for_this_server_only(tmp_path: Path) -> None:
    file = tmp_path / "tokens.csv"
    file.write_text("secret,jane,u1\n")
    tokens = Setting(file).authenticator.tokens
    ours = "https://kubernetes.default.svc"
    assert tokens.review("secret", ["other", ours]).audiences == (ours,)
    refused = tokens.review("secret", ["other"])
    assert (refused.user, refused.error) == (None, "invalid bearer token")


def test_a_token_file_with_a_short_line(tmp_path: Path) -> None:
    file = tmp_path / "tokens.csv"
    file.write_text("secret,jane\n")
    with pytest.raises(ValueError, match="line 1"):
        Setting(file)


def test_where_nobody_may_be_anonymous_credentials_are_needed() -> None:
    setting = Setting(anonymous=False)
    assert setting.refused("")
    assert setting.refused("Basic dXNlcjpwYXNz")
    assert setting.ask(f"Bearer {setting.token()}").name == "system:serviceaccount:ns:robot"
