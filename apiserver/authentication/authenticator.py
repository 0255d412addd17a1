"""The methods in order: front proxy, bearer token, client certificate, anonymous."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...apimachinery import errors
from ...apimachinery.account_keys import AccountKeys
from ...apimachinery.clock import Clock
from ..registry.strategy import RevisedReader, User
from .account_tokens import ISSUER, AccountTokens
from .bearer import BearerTokens, token_of
from .bootstrap_tokens import BootstrapTokens
from .client_certificate import ClientCertificates
from .front_proxy import FrontProxy
from .head import RequestHead
from .identities import ANONYMOUS
from .recall import Recall
from .static_tokens import StaticTokens


@dataclass(frozen=True, kw_only=True)
class AuthenticatorSettings:
    """`service_account_key` is the PEM private key that signs accounts' tokens."""

    service_account_key: bytes
    issuer: str = ISSUER
    audiences: tuple[str, ...] = ()
    """What tokens must be meant for; the issuer alone when empty."""
    token_file: Path | None = None
    front_proxy_ca: bytes = b""
    """PEM of the authority whose clients may say who a request is from; empty: nobody may."""
    anonymous: bool = True
    """Whether a request without credentials is let in, as a user of that name."""


class Authenticator:
    """Finds out who sent a request."""

    def __init__(
        self, tokens: BearerTokens, recall: Recall, front_proxy: FrontProxy, *, anonymous: bool = True
    ) -> None:
        self.tokens = tokens
        self._recall = recall
        self._anonymous = anonymous
        self._front_proxy = front_proxy
        self._certificates = ClientCertificates()

    @classmethod
    def build(cls, settings: AuthenticatorSettings, reader: RevisedReader, clock: Clock) -> Authenticator:
        keys = AccountKeys(settings.service_account_key)
        accounts = AccountTokens(keys, reader, clock, issuer=settings.issuer, audiences=settings.audiences)
        tables: list[StaticTokens | BootstrapTokens] = [BootstrapTokens(reader, clock)]
        if settings.token_file is not None:
            tables.insert(0, StaticTokens.load(settings.token_file))
        proxy = FrontProxy(settings.front_proxy_ca)
        recall = Recall(reader, clock)
        return cls(BearerTokens(accounts, tables), recall, proxy, anonymous=settings.anonymous)

    def authenticate(self, head: RequestHead) -> User:
        """The user; anonymous when the request shows no credentials, 401 when it shows bad ones, or none
        where nobody may be anonymous.

        An Authorization header says whom the caller means to be, so it goes before the connection's
        certificate (upstream looks at the certificate first).
        """
        user = self._known(head)
        if user is None:
            if not self._anonymous:
                raise errors.unauthorized()
            return ANONYMOUS
        return user

    def _known(self, head: RequestHead) -> User | None:
        """Whom the credentials name; None without any."""
        proxied = head.client_cert is not None and self._front_proxy.issued(head.client_cert)
        if proxied and (named := self._front_proxy.user(head)) is not None:
            return named
        header = head.headers.get(b"authorization")
        if header is not None:
            return self._recall.user(header) or self._bearer(header, head)
        if proxied:
            raise errors.unauthorized()
        if head.client_cert is not None:
            return self._certificates.user(head.client_cert)
        return None

    def _bearer(self, header: bytes, head: RequestHead) -> User | None:
        token = token_of(head)
        if not token:
            return None
        user = self.tokens.review(token).user
        if user is None:
            raise errors.unauthorized()
        standing = self.tokens.accounts.standing(token)
        if standing is not None and standing.user is user:
            self._recall.keep(header, standing)
        return user
