"""Certificates that OpenSSL refused, looked at once more: whom one is for, to say so in Go's words, and
whether one was signed by an authority that OpenSSL did not take for its issuer.

Source: Go's crypto/x509, HostnameError and the building of chains.
"""

from __future__ import annotations

import asyncio
import ipaddress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from . import trust

if TYPE_CHECKING:
    from cryptography import x509

NAME_MISMATCHES = frozenset((62, 64))
"""OpenSSL's verify codes for another host name and another address."""

NO_ISSUER = frozenset((7, 18, 20))
"""OpenSSL's verify codes for a wrong signature, a certificate that signed itself, and an unknown issuer. It
goes by names where certificates bear no key identifiers: one whose issuer has its own name counts as signed
by itself, and of several authorities of one name only one is tried. Go tries them all."""


async def mismatch(host: str, port: int, wanted: str) -> str:
    """What is wrong with the certificate shown at that address to one who wanted `wanted`. OSError."""
    return described(await _shown(host, port, wanted), wanted)


async def vouch(host: str, port: int, wanted: str, ca: bytes) -> bool:
    """Whether an authority of `ca` signed the certificate shown there; `ca` stands for it, too, from then on.
    OSError."""
    shown = await _shown(host, port, wanted)
    if not ca or not issued(shown, ca):
        return False
    trust.context(ca).load_verify_locations(cadata=shown)
    return True


def issued(certificate: bytes, ca: bytes) -> bool:
    """Whether one of the authorities in `ca` (PEM) signed a DER `certificate` itself."""
    from cryptography import x509

    leaf = x509.load_der_x509_certificate(certificate)
    return any(_signed(leaf, authority) for authority in x509.load_pem_x509_certificates(ca))


def _signed(leaf: x509.Certificate, authority: x509.Certificate) -> bool:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    try:
        if not authority.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
        leaf.verify_directly_issued_by(authority)
    except (x509.ExtensionNotFound, InvalidSignature, ValueError, TypeError):
        return False
    # By the machine's clock, as in every handshake.
    return authority.not_valid_before_utc <= datetime.now(UTC) <= authority.not_valid_after_utc


async def _shown(host: str, port: int, wanted: str) -> bytes:
    """DER."""
    _, writer = await asyncio.open_connection(
        host, port, ssl=trust.context(b"", verify=False), server_hostname=wanted
    )
    try:
        certificate: bytes = writer.get_extra_info("ssl_object").getpeercert(True)
    finally:
        writer.transport.abort()
    return certificate


def described(certificate: bytes, wanted: str) -> str:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    parsed = x509.load_der_x509_certificate(certificate)
    try:
        names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        common = [str(a.value) for a in parsed.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        if wanted.lower() in (name.lower() for name in common):
            return "x509: certificate relies on legacy Common Name field, use SANs instead"
        names = x509.SubjectAlternativeName([])
    if _is_address(wanted):
        valid = [str(address) for address in names.get_values_for_type(x509.IPAddress)]
        if not valid:
            return f"x509: cannot validate certificate for {wanted} because it doesn't contain any IP SANs"
    else:
        valid = names.get_values_for_type(x509.DNSName)
    if not valid:
        return f"x509: certificate is not valid for any names, but wanted to match {wanted}"
    return f"x509: certificate is valid for {', '.join(valid)}, not {wanted}"


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
