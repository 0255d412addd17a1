"""What can go wrong beyond a `StatusError`: the server could not be reached or broke off."""

from __future__ import annotations

import orjson

from ..apimachinery.errors import StatusError


class Unreachable(Exception):  # noqa: N818
    """No (complete) answer came: refused, reset, timed out, no TLS. Trying again may help."""


class ConfigError(Exception):
    """A kubeconfig that cannot be used; the text says which file and why."""


REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
    409: "Conflict",
    410: "Gone",
    413: "RequestEntityTooLarge",
    415: "UnsupportedMediaType",
    422: "Invalid",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}


def from_answer(code: int, body: bytes) -> StatusError:
    """The error of an answer that was not 2xx: its `Status` if it holds one, else one made of the code."""
    try:
        value = orjson.loads(body)
    except ValueError:
        value = None
    if isinstance(value, dict) and value.get("kind") == "Status":
        return StatusError.from_status(value, code)
    text = body[:512].decode("utf-8", "replace").strip()
    return StatusError(code, REASONS.get(code, ""), text or f"the server answered {code}")
