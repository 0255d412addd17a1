"""What went wrong with a call, in the words of Go's HTTP and TLS clients, which people search for."""

from __future__ import annotations

import asyncio
import errno
import os
import ssl

import aiohttp

from ...apimachinery import errors, field

UNVERIFIED = "tls: failed to verify certificate: "
DEADLINE = "context deadline exceeded"
UNKNOWN_ISSUERS = frozenset((2, 18, 19, 20, 21))
"""OpenSSL's verify codes for a chain that does not end in something trusted."""
TIMES = frozenset((9, 10))


def of(error: BaseException) -> str:
    """The part after `Post "URL": `."""
    if isinstance(error, asyncio.TimeoutError):
        return DEADLINE
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"{UNVERIFIED}{_certificate(error.certificate_error)}"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"dial tcp: lookup {error.host}: no such host"
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return _tls(error.os_error)
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"dial tcp {_joined(error.host, error.port)}: {_system('connect', error.os_error)}"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "EOF"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "unexpected EOF"
    if isinstance(error, OSError):
        return _system("read", error)
    return str(error)


def _joined(host: str, port: int | None) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _system(call: str, error: OSError) -> str:
    if error.errno is None or error.errno < 0:
        return str(error)
    return f"{call}: {os.strerror(error.errno).lower()}" if error.errno != errno.ETIMEDOUT else "i/o timeout"


def _certificate(error: Exception) -> str:
    why = str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        code = error.verify_code
        if code in UNKNOWN_ISSUERS:
            why = "x509: certificate signed by unknown authority"
        elif code in TIMES:
            why = f"x509: certificate has expired or is not yet valid: {error.verify_message}"
        else:
            why = f"x509: {error.verify_message}"
    return why


def _tls(error: OSError) -> str:
    text = str(error)
    if "WRONG_VERSION_NUMBER" in text or "wrong version number" in text:
        return "http: server gave HTTP response to HTTPS client"
    return f"tls: {error.strerror or text}"


BY_CODE = {
    400: ("BadRequest", "the server rejected our request for an unknown reason"),
    401: ("Unauthorized", "the server has asked for the client to provide credentials"),
    404: ("NotFound", "the server could not find the requested resource"),
    405: ("MethodNotAllowed", "the server does not allow this method on the requested resource"),
    409: ("AlreadyExists", "the server reported a conflict"),
    422: ("Invalid", "the server rejected our request due to an error in our request"),
    429: (
        "TooManyRequests",
        "the server has received too many requests and has asked us to try again later",
    ),
    503: ("ServiceUnavailable", "the server is currently unable to handle the request"),
    504: (
        "Timeout",
        "the server was unable to return a response in the time allotted, but may still be processing the "
        "request",
    ),
}
QUOTED = {403: "Forbidden", 406: "NotAcceptable", 415: "UnsupportedMediaType"}
"""Codes whose own text is passed on."""


def refusal(code: int, said: str) -> errors.StatusError:
    """The error of an answer that is no Status, from its code and text."""
    if code in BY_CODE:
        reason, message = BY_CODE[code]
    elif code in QUOTED:
        reason, message = QUOTED[code], said
    elif code >= 500:
        reason = "InternalError"
        message = f"an error on the server ({field.quote(said)}) has prevented the request from succeeding"
    else:
        reason = "Unknown"
        message = f"the server responded with the status code {code} but did not return more information"
    return errors.StatusError(code, reason, message)
