"""The server's certificate, made anew at every start, and the authority its only caller is known by."""

from __future__ import annotations

import ssl
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ..client.client import Client
from ..client.resources import CONFIGMAPS

LIFETIME = timedelta(days=365)
BACKDATE = timedelta(minutes=5)
NAMESPACE, CONFIG = "kube-system", "extension-apiserver-authentication"


class Certificate(NamedTuple):
    """Self-signed, both PEM: whoever is to trust the server is given the certificate itself."""

    certificate: bytes
    key: bytes


class FrontProxy(NamedTuple):
    """The authority (PEM) that signed the API server's certificate for us, and the names it may carry."""

    authority: str
    names: list[str]


def make(host: str, now: datetime) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Certificate(certificate.public_bytes(encoding), private)


async def front_proxy(client: Client) -> FrontProxy:
    """As every extension server learns it. StatusError or Unreachable."""
    data = (await client.get(CONFIGMAPS, CONFIG, NAMESPACE))["data"]
    names = orjson.loads(data.get("requestheader-allowed-names") or "[]")
    return FrontProxy(data["requestheader-client-ca-file"], names)


def context(own: Certificate, proxy: FrontProxy) -> ssl.SSLContext:
    """A server's context that lets in whom the front proxy's authority signed."""
    found = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=proxy.authority)
    found.verify_mode = ssl.CERT_REQUIRED
    with tempfile.TemporaryDirectory(prefix="wherry-metrics-") as folder:
        cert, key = Path(folder) / "tls.crt", Path(folder) / "tls.key"
        cert.write_bytes(own.certificate)
        key.touch(mode=0o600)
        key.write_bytes(own.key)
        found.load_cert_chain(cert, key)
    return found
