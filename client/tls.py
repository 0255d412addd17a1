"""The TLS context of a connection to the API."""

from __future__ import annotations

import os
import ssl
import tempfile

from .config import ClientConfig
from .errors import ConfigError


def context(config: ClientConfig) -> ssl.SSLContext | None:
    """None for a plain `http://` server. ConfigError when a certificate or key cannot be read."""
    if not config.server.startswith("https://"):
        return None
    try:
        made = _verifying(config)
        _identify(made, config)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"cannot load the certificates for {config.server}: {error}") from error
    return made


def _verifying(config: ClientConfig) -> ssl.SSLContext:
    made = ssl.create_default_context(
        cafile=config.ca_file if config.ca_file and not config.ca_data else None,
        cadata=config.ca_data.decode("ascii") if config.ca_data else None,
    )
    if config.insecure:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made


def _identify(made: ssl.SSLContext, config: ClientConfig) -> None:
    if config.cert_data and config.key_data:
        _load_pem(made, config.cert_data, config.key_data)
    elif config.cert_file and config.key_file:
        made.load_cert_chain(config.cert_file, config.key_file)


def _load_pem(made: ssl.SSLContext, cert: bytes, key: bytes) -> None:
    """OpenSSL reads a key from files only, so the PEM lives in a private temporary one for a moment."""
    handle, name = tempfile.mkstemp(prefix="wherry-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(cert + b"\n" + key)
        made.load_cert_chain(name)
    finally:
        os.unlink(name)  # noqa: PTH108
