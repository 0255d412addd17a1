"""Whom a certificate is for, when it is not for whom it should be: looked at once more, to say so in Go's
words.

Source: Go's crypto/x509 HostnameError.
"""

from __future__ import annotations

import asyncio
import ipaddress

from . import trust

NAME_MISMATCHES = frozenset((62, 64))
"""OpenSSL's verify codes for another host name and another address."""


async def mismatch(host: str, port: int, wanted: str) -> str:
    """What is wrong with the certificate shown at that address to one who wanted `wanted`. OSError."""
    _, writer = await asyncio.open_connection(
        host, port, ssl=trust.context(b"", verify=False), server_hostname=wanted
    )
    try:
        shown = writer.get_extra_info("ssl_object").getpeercert(True)
    finally:
        writer.transport.abort()
    return described(shown, wanted)


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
