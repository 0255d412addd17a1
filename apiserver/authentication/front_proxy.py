"""Requests that an authenticating proxy hands on: `X-Remote-…` headers over the proxy's own certificate.

Only a certificate of the front proxy's authority with an allowed name makes the headers count; from anybody
else they mean nothing. Source: "Authenticating proxy" in the Kubernetes documentation.
"""

from __future__ import annotations

from urllib.parse import unquote

from ...apimachinery import errors
from ..registry.strategy import User
from .head import RequestHead
from .identities import with_authenticated

ALLOWED_NAMES = ("front-proxy-client",)
_EXTRA = b"x-remote-extra-"
_MOST_CERTIFICATES = 4096


class FrontProxy:
    """Tells the proxy's certificates from others, remembered, and reads whom its requests are for."""

    def __init__(self, authority: bytes, names: tuple[str, ...] = ALLOWED_NAMES) -> None:
        """`authority` is PEM; empty trusts no proxy. No `names` allows any."""
        self._authority = authority
        self._names = names
        self._known: dict[bytes, str | None] = {}

    def issued(self, der: bytes) -> bool:
        """Whether the certificate is of the proxy's authority, and so of no user."""
        return self._name(der) is not None

    def user(self, head: RequestHead) -> User | None:
        """Whom the proxy names; None when it names nobody. 401 for a certificate that may not."""
        assert head.client_cert is not None
        if self._names and self._name(head.client_cert) not in self._names:
            raise errors.unauthorized()
        name = head.headers.get(b"x-remote-user", b"").decode("utf-8", "replace")
        if not name:
            return None
        uid = head.headers.get(b"x-remote-uid", b"").decode("utf-8", "replace")
        groups = tuple(_texts(head, b"x-remote-group"))
        return with_authenticated(User(name, uid, groups, _extra(head)))

    def _name(self, der: bytes) -> str | None:
        """The common name of a certificate of the proxy's authority, None for others."""
        try:
            return self._known[der]
        except KeyError:
            if len(self._known) >= _MOST_CERTIFICATES:
                self._known.clear()
            found = self._known[der] = _name_if_issued(der, self._authority) if self._authority else None
            return found


def _name_if_issued(der: bytes, authority: bytes) -> str | None:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.x509.oid import NameOID

    certificate = x509.load_der_x509_certificate(der)
    try:
        certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(authority))
    except (ValueError, TypeError, InvalidSignature):
        return None
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[-1].value) if names else ""


def _texts(head: RequestHead, header: bytes) -> list[str]:
    return [value.decode("utf-8", "replace") for name, value in head.raw if name == header and value]


def _extra(head: RequestHead) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, value in head.raw:
        if name.startswith(_EXTRA):
            key = unquote(name.removeprefix(_EXTRA).decode("latin-1"))
            found[key] = (*found.get(key, ()), value.decode("utf-8", "replace"))
    return found
