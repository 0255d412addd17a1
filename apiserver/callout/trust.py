"""TLS contexts that trust a caBundle and nothing else; kept, because reading authorities takes
milliseconds."""

from __future__ import annotations

import ssl
from functools import lru_cache

KEPT = 200
"""As many as upstream keeps clients."""


class BadBundle(Exception):  # noqa: N818
    """A caBundle that holds no certificates."""


@lru_cache(maxsize=KEPT)
def context(ca: bytes, *, verify: bool = True, certificate: tuple[str, str] | None = None) -> ssl.SSLContext:
    """A client's context; an empty `ca` is the machine's own authorities. `certificate` names the files
    (chain and key) of the one the client shows. BadBundle."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if certificate is not None:
        made.load_cert_chain(*certificate)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.hostname_checks_common_name = False
    if not verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
        return made
    if not ca:
        made.load_default_certs()
        return made
    # A certificate that is named is trusted, whoever signed it.
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        made.load_verify_locations(cadata=ca.decode("ascii"))
    except (ssl.SSLError, ValueError):
        raise BadBundle("unable to load root certificates: unable to parse bytes as PEM block") from None
    return made
