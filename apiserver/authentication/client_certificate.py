"""Client certificates: the common name is the user, the organizations are the groups.

The TLS layer has verified chain and dates; the parsed subject is kept per certificate.
"""

from __future__ import annotations

import hashlib

from ..registry.strategy import User
from .identities import with_authenticated

_MOST_CERTIFICATES = 4096
_CREDENTIAL_ID = "authentication.kubernetes.io/credential-id"


class ClientCertificates:
    """DER bytes → user, remembered."""

    def __init__(self) -> None:
        self._users: dict[bytes, User | None] = {}

    def user(self, der: bytes) -> User | None:
        """None when the certificate names nobody."""
        try:
            return self._users[der]
        except KeyError:
            if len(self._users) >= _MOST_CERTIFICATES:
                self._users.clear()
            found = self._users[der] = _parse(der)
            return found


def _parse(der: bytes) -> User | None:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    subject = x509.load_der_x509_certificate(der).subject
    names = [str(a.value) for a in subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if not names or not names[-1]:
        return None
    groups = tuple(str(a.value) for a in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME))
    credential = f"X509SHA256={hashlib.sha256(der).hexdigest()}"
    return with_authenticated(User(names[-1], "", groups, {_CREDENTIAL_ID: (credential,)}))
