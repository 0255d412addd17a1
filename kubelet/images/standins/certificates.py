"""The certificate for `localhost` that images bring along for tests of TLS."""

from __future__ import annotations

import datetime
import os
import ssl
from pathlib import Path

NAME = "localhost"
DAYS = 365


def context(certificate: str, key: str) -> ssl.SSLContext:
    """For a server with these files; with one that was signed by nobody where the container has no such
    files."""
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if Path(certificate).exists():
        found.load_cert_chain(certificate, key or None)
        return found
    # Only from files can a key be loaded; this one is gone with the process.
    handle = os.memfd_create("certificate")
    os.write(handle, _made())
    found.load_cert_chain(f"/proc/self/fd/{handle}")
    os.close(handle)
    return found


def _made() -> bytes:
    """PEM: the key, then its certificate."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1))
    builder = builder.not_valid_after(now + datetime.timedelta(days=DAYS))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
