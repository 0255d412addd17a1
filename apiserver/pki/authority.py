"""A certificate authority: makes itself, issues leaves, is read back from PEM."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LIFETIME = timedelta(days=3650)
LEAF_LIFETIME = timedelta(days=365)
BACKDATE = timedelta(minutes=5)
"""Leaves are valid a little before they are made, for clients whose clocks are late."""

_KEY_USAGE_OFF = {
    "content_commitment": False,
    "data_encipherment": False,
    "key_agreement": False,
    "encipher_only": False,
    "decipher_only": False,
}


class KeyPair(NamedTuple):
    """A certificate and its private key, both PEM."""

    certificate: bytes
    key: bytes


class Leaf(NamedTuple):
    """What a leaf certificate says: subject, alternative names, and what it may be used for."""

    common_name: str
    organizations: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """DNS names and IP addresses for the subjectAltName extension."""
    server: bool = False
    client: bool = True


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(encoding, form)


def _subject(common_name: str, organizations: Iterable[str] = ()) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, o) for o in organizations]
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _alternative_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class Authority:
    """Signs with one CA key."""

    def __init__(self, pair: KeyPair) -> None:
        key = serialization.load_pem_private_key(pair.key, password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("the authority's key is not an elliptic-curve key")
        self.pair = pair
        self._key = key
        self._certificate = x509.load_pem_x509_certificate(pair.certificate)
        self._key_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())

    @classmethod
    def create(cls, common_name: str, now: datetime) -> Authority:
        key = new_key()
        name = _subject(common_name)
        builder = (
            _dated(now, now + AUTHORITY_LIFETIME)
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .add_extension(
                x509.KeyUsage(
                    digital_signature=True,
                    key_encipherment=True,
                    key_cert_sign=True,
                    crl_sign=False,
                    **_KEY_USAGE_OFF,
                ),
                critical=True,
            )
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(common_name)]), critical=False)
        )
        certificate = builder.sign(key, hashes.SHA256())
        return cls(KeyPair(certificate.public_bytes(serialization.Encoding.PEM), key_pem(key)))

    def issue(self, leaf: Leaf, now: datetime) -> KeyPair:
        """A fresh key and a certificate for it, never outliving the authority."""
        key = new_key()
        end = min(now + LEAF_LIFETIME, self._certificate.not_valid_after_utc)
        usages = [ExtendedKeyUsageOID.SERVER_AUTH] * leaf.server + [
            ExtendedKeyUsageOID.CLIENT_AUTH
        ] * leaf.client
        builder = (
            _dated(now, end)
            .subject_name(_subject(leaf.common_name, leaf.organizations))
            .issuer_name(self._certificate.subject)
            .public_key(key.public_key())
            .add_extension(
                x509.KeyUsage(
                    digital_signature=True,
                    key_encipherment=True,
                    key_cert_sign=False,
                    crl_sign=False,
                    **_KEY_USAGE_OFF,
                ),
                critical=True,
            )
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(self._key_id), critical=False
            )
        )
        if leaf.names:
            names = x509.SubjectAlternativeName([_alternative_name(n) for n in leaf.names])
            builder = builder.add_extension(names, critical=False)
        certificate = builder.sign(self._key, hashes.SHA256())
        return KeyPair(certificate.public_bytes(serialization.Encoding.PEM), key_pem(key))

    def still_good(self, certificate: bytes, leaf: Leaf, until: datetime) -> bool:
        """Whether a certificate on disk is ours, lasts beyond `until` and covers `leaf`'s subject and
        names."""
        try:
            found = x509.load_pem_x509_certificate(certificate)
            found.verify_directly_issued_by(self._certificate)
        except Exception:
            # Whatever is wrong with the old file, a new one replaces it.
            return False
        if found.not_valid_after_utc <= until or found.subject != _subject(
            leaf.common_name, leaf.organizations
        ):
            return False
        return {_alternative_name(n) for n in leaf.names} <= _names_of(found)

    def outlives(self, moment: datetime) -> bool:
        return self._certificate.not_valid_after_utc > moment


def _dated(start: datetime, end: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - BACKDATE)
        .not_valid_after(end)
    )


def _names_of(certificate: x509.Certificate) -> set[x509.GeneralName]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return set()
    return set(extension.value)
