"""Signs requests with the cluster's authority. Extensions that are asked for do not count, but names do."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography import x509

BACKDATE = timedelta(minutes=5)
SHORT = timedelta(hours=8)
"""A shorter lifetime counts from the backdated beginning on."""
LEAST = timedelta(minutes=10)
_USAGES = {
    "signing": "digital_signature",
    "digital signature": "digital_signature",
    "content commitment": "content_commitment",
    "key encipherment": "key_encipherment",
    "key agreement": "key_agreement",
    "data encipherment": "data_encipherment",
    "cert sign": "key_cert_sign",
    "crl sign": "crl_sign",
    "encipher only": "encipher_only",
    "decipher only": "decipher_only",
}
_EXTENDED = {
    "any": "2.5.29.37.0",
    "server auth": "1.3.6.1.5.5.7.3.1",
    "client auth": "1.3.6.1.5.5.7.3.2",
    "code signing": "1.3.6.1.5.5.7.3.3",
    "email protection": "1.3.6.1.5.5.7.3.4",
    "s/mime": "1.3.6.1.5.5.7.3.4",
    "ipsec end system": "1.3.6.1.5.5.7.3.5",
    "ipsec tunnel": "1.3.6.1.5.5.7.3.6",
    "ipsec user": "1.3.6.1.5.5.7.3.7",
    "timestamping": "1.3.6.1.5.5.7.3.8",
    "ocsp signing": "1.3.6.1.5.5.7.3.9",
    "microsoft sgc": "1.3.6.1.4.1.311.10.3.3",
    "netscape sgc": "2.16.840.1.113730.4.1",
}


class Authority:
    """A certificate and its key, both PEM files; `lifetime` is that of a certificate that names none."""

    def __init__(self, certificate: str, key: str, lifetime: float) -> None:
        self._certificate = Path(certificate)
        self._key = Path(key)
        self._lifetime = timedelta(seconds=lifetime)

    def sign(
        self, asked: x509.CertificateSigningRequest, usages: list[str], seconds: int | None, now: datetime
    ) -> bytes:
        """The certificate (PEM). ValueError for a key that does not fit, or usages that nobody knows."""
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization

        issuer = x509.load_pem_x509_certificate(self._certificate.read_bytes())
        key: Any = serialization.load_pem_private_key(self._key.read_bytes(), password=None)
        begin, end = self._span(seconds, now)
        builder = (
            x509.CertificateBuilder()
            .subject_name(asked.subject)
            .issuer_name(issuer.subject)
            .public_key(asked.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(min(end, issuer.not_valid_after_utc))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
            )
        )
        for extension, critical in _extensions(asked, usages):
            builder = builder.add_extension(extension, critical=critical)
        made = builder.sign(key, hashes.SHA256())
        return made.public_bytes(serialization.Encoding.PEM)

    def _span(self, seconds: int | None, now: datetime) -> tuple[datetime, datetime]:
        wish = self._lifetime if seconds is None else timedelta(seconds=seconds)
        wish = max(LEAST, min(wish, self._lifetime))
        begin = now - BACKDATE
        return begin, (begin if wish < SHORT else now) + wish


def _extensions(
    asked: x509.CertificateSigningRequest, usages: list[str]
) -> list[tuple[x509.ExtensionType, bool]]:
    """Extensions, and whether each is critical."""
    from cryptography import x509

    unknown = [usage for usage in usages if usage not in _USAGES and usage not in _EXTENDED]
    if unknown:
        raise ValueError(f"unrecognized usage values: {unknown}")
    found: list[tuple[x509.ExtensionType, bool]] = []
    plain = {_USAGES[usage] for usage in usages if usage in _USAGES}
    if plain:
        flags = {name: name in plain for name in _USAGES.values()}
        found.append((x509.KeyUsage(**flags), True))
    purposes = sorted({_EXTENDED[usage] for usage in usages if usage in _EXTENDED})
    if purposes:
        found.append((x509.ExtendedKeyUsage([x509.ObjectIdentifier(oid) for oid in purposes]), False))
    try:
        names = asked.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return found
    return [*found, (names, False)]
